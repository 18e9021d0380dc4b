"""nginx that fetches and keeps 8 MiB slices, each by a range request of its own."""

from __future__ import annotations

from peers.nginx import Nginx


class NginxSlice(Nginx):
    name = "nginx slice"
    more = """\
      slice 8m;
      proxy_set_header Range $slice_range;
      proxy_cache_key $uri$slice_range;
"""
