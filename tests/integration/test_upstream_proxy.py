"""Upstreams behind an HTTP proxy, and what the guard against redirects inside can see of them."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import ExitStack
from pathlib import Path

from support.behaviours import redirect
from support.certificates import Certificates
from support.fixtures import StartLongshore
from support.http_server import close_both_ways
from support.payload import KIB, payload
from support.raw_upstream import RawUpstream
from support.scripted_upstream import ScriptedUpstream

NAME = "library/app"
LAYER = payload(100 * KIB)


class Tunnel(RawUpstream):
    """A proxy that takes every CONNECT to one port of this machine."""

    def __init__(self, port: int) -> None:
        self._to = port
        super().__init__(self._connect)

    def _connect(self, client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 Connection established\r\nX-Of: the proxy\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self._to)) as server:
            back = threading.Thread(target=pass_on, args=(server, client))
            back.start()
            pass_on(client, server)
            back.join()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
    except OSError:
        pass
    close_both_ways(source)
    close_both_ways(target)


def test_a_plain_upstream_is_asked_through_its_proxy(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """Nobody else knows the name."""
    image = upstream.repository(NAME).add_image(LAYER, "latest")
    longshore = start_longshore(
        {"docker.io": {"url": "http://registry.invalid", "proxy": upstream.url}}
    )
    client = longshore.client()
    assert client.manifest(NAME, "latest").body == image.manifest
    assert client.blob(NAME, image.layer_digest).body == LAYER
    assert {request.headers["host"] for request in upstream.requests} == {"registry.invalid"}


def test_an_upstream_with_tls_is_asked_through_a_tunnel(
    folder: Path, servers: ExitStack, start_longshore: StartLongshore
) -> None:
    """The proxy's own head is no answer of the upstream: taken for one, it made a 200 of a 404, and
    the error's text the manifest of the tag."""
    certificates = Certificates(folder / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server_certificate, certificates.server_key)
    upstream = ScriptedUpstream(context)
    servers.callback(upstream.stop)
    image = upstream.repository(NAME).add_image(LAYER, "latest")
    tunnel = Tunnel(upstream.port)
    servers.callback(tunnel.stop)
    longshore = start_longshore(
        {
            "docker.io": {
                "url": "https://localhost",
                "ca_file": str(certificates.ca),
                "proxy": tunnel.url,
            }
        }
    )
    client = longshore.client()
    assert client.manifest(NAME, "latest").body == image.manifest
    assert client.blob(NAME, image.layer_digest).body == LAYER
    assert client.manifest(NAME, "absent").status == 404
    assert tunnel.connections >= 1


def test_a_redirect_to_an_inner_address_does_not_reach_the_proxy(
    upstream: ScriptedUpstream, start_longshore: StartLongshore
) -> None:
    """The proxy may be inside itself: that says nothing of where it leads."""
    image = upstream.repository(NAME).add_image(LAYER, "latest")
    upstream.on("GET", image.layer_digest, redirect("http://169.254.169.254"))
    longshore = start_longshore(
        {"docker.io": {"url": "http://registry.invalid", "proxy": upstream.url, "prefetch": False}}
    )
    client = longshore.client()
    assert client.manifest(NAME, "latest").status == 200
    refused = client.blob(NAME, image.layer_digest)
    assert refused.status == 502
    assert "allow_private_redirects" in refused.error_message
    hosts = {request.headers["host"] for request in upstream.requests}
    assert hosts == {"registry.invalid"}
