"""nginx as people put it before a registry: proxy_cache, with a lock so that one request fills."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from peers.peer import ProgramPeer

CONFIG = """\
daemon off;
user root;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 16384; }}
http {{
  access_log {access_log};
  sendfile on;
  tcp_nopush on;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/temp;
  proxy_cache_path {folder}/cache
    levels=1:2 keys_zone=all:16m max_size=8g inactive=1d use_temp_path=off;
  upstream registry {{ server 127.0.0.1:{upstream_port}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{port}{tls};
    keepalive_requests 1000000000;
    proxy_http_version 1.1;
    proxy_read_timeout 600s;
    proxy_cache all;
    proxy_cache_valid 200 206 1d;
    proxy_cache_lock on;
    proxy_cache_lock_age 600s;
    proxy_cache_lock_timeout 600s;
    location / {{
{location}    }}
  }}
}}
"""


LOCATION = """\
      proxy_pass http://registry;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
"""


class Nginx(ProgramPeer):
    name = "nginx"
    access_log = "off"
    more = ""  # lines of the location
    tls = ""  # the rest of the line `listen`, and the lines after it

    def location(self) -> str:
        return LOCATION + self.more

    def argv(self) -> Sequence[str | Path]:
        config = self.folder / "nginx.conf"
        config.write_text(
            CONFIG.format(
                folder=self.folder,
                upstream_port=self.upstream_port,
                port=self.port,
                workers=len(os.sched_getaffinity(0)),  # "auto" counts cores it may not use
                access_log=self.access_log,
                tls=self.tls,
                location=self.location(),
            )
        )
        return ["nginx", "-e", self.folder / "error.log", "-p", self.folder, "-c", config]
