"""Varnish with file storage: streams while it fills, joins requests for one object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from peers.peer import ProgramPeer

VCL = """\
vcl 4.1;
backend registry {{
  .host = "127.0.0.1";
  .port = "{upstream_port}";
  .first_byte_timeout = 600s;
  .between_bytes_timeout = 600s;
}}
sub vcl_backend_response {{
  set beresp.ttl = 1d;
  set beresp.do_stream = true;
}}
"""


class Varnish(ProgramPeer):
    name = "varnish"

    def argv(self) -> Sequence[str | Path]:
        vcl = self.folder / "cache.vcl"
        vcl.write_text(VCL.format(upstream_port=self.upstream_port))
        return [
            *("varnishd", "-F", "-j", "none", "-n", self.folder / "work"),
            *("-a", f"127.0.0.1:{self.port}", "-f", vcl),
            *("-s", f"file,{self.folder}/storage,4G", "-p", "http_gzip_support=off"),
            # Skopeo tries TLS first, which Varnish takes for a slow request: 5 s until it gives up.
            *("-p", "timeout_idle=0.2"),
        ]
