"""Under a service manager: sockets that outlive the process, and the news it waits for."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

from support.fixtures import StartLongshore
from support.http_client import get
from support.longshore import BINARY, START_S, Longshore, is_ready
from support.payload import MIB, payload
from support.process import Process
from support.scripted_upstream import ScriptedUpstream
from support.wait import until

NOWHERE = {"docker.io": "http://127.0.0.1:9"}
RESTARTS = 3


class ServiceManager:
    """Listens for the service and starts it with its sockets, as sd_listen_fds(3) describes."""

    def __init__(self, folder: Path, longshore: Longshore, ports: list[int]) -> None:
        self._longshore = longshore
        self._sockets = [listening(port) for port in ports]
        self._news = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._news.bind(str(folder / "notify"))
        self._news.settimeout(START_S)

    def launch(self) -> Process:
        moved = "".join(
            f"exec {3 + i}<&{100 + i} {100 + i}<&-; " for i in range(len(self._sockets))
        )
        given = [os.dup2(one.fileno(), 100 + i) for i, one in enumerate(self._sockets)]
        script = f'{moved}export LISTEN_PID=$$; exec "$@"'
        command = ["bash", "-c", script, "bash", BINARY, "serve"]
        try:
            return Process(
                [*command, "--config", self._longshore.config_path],
                self._longshore.log_path,
                {
                    "LISTEN_FDS": str(len(self._sockets)),
                    "NOTIFY_SOCKET": str(self._news.getsockname()),
                },
                pass_fds=given,
            )
        finally:
            for fd in given:
                os.close(fd)

    def news(self) -> str:
        return self._news.recv(4096).decode()

    def close(self) -> None:
        for one in (*self._sockets, self._news):
            one.close()


def listening(port: int) -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", port))
    one.listen(1024)
    return one


def manage(
    folder: Path, servers: ExitStack, ports: list[int] | None = None
) -> tuple[Longshore, ServiceManager]:
    longshore = Longshore(folder / "longshore", NOWHERE)
    manager = ServiceManager(folder, longshore, ports or [longshore.port, longshore.admin_port])
    servers.callback(manager.close)
    return longshore, manager


def start(servers: ExitStack, longshore: Longshore, manager: ServiceManager) -> Process:
    process = manager.launch()
    servers.callback(process.stop)
    process.ready(lambda: is_ready(longshore.admin_port), "longshore is ready", START_S)
    return process


class Visitor(threading.Thread):
    """Asks again and again on new connections; stops at the first that is not answered."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._over = threading.Event()
        self.answers = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        while not self._over.is_set():
            try:
                assert get(self._port, "/v2/").status == 200
            except Exception as failure:
                self.failure = failure
                return
            self.answers += 1

    def end(self) -> None:
        self._over.set()
        self.join()


def test_a_restart_through_inherited_sockets_refuses_no_connection(
    folder: Path, servers: ExitStack
) -> None:
    longshore, manager = manage(folder, servers)
    process = start(servers, longshore, manager)
    visitors = [Visitor(longshore.port) for _ in range(4)]
    for visitor in visitors:
        servers.callback(visitor.end)
        visitor.start()
    for _ in range(RESTARTS):
        seen = [visitor.answers for visitor in visitors]
        process.signal(signal.SIGTERM)
        assert process.exit_status() == 0
        process = start(servers, longshore, manager)
        until(
            lambda: all(
                visitor.failure or visitor.answers > before
                for visitor, before in zip(visitors, seen, strict=True)
            ),
            "every visitor is answered by the new process",
        )
    for visitor in visitors:
        visitor.end()
    assert [visitor.failure for visitor in visitors] == [None] * len(visitors)


def test_without_inherited_sockets_a_stopped_server_refuses(start_longshore: StartLongshore) -> None:
    """The test above can fail: this is what it would see."""
    longshore = start_longshore(NOWHERE)
    longshore.stop()
    visitor = Visitor(longshore.port)
    visitor.start()
    visitor.join()
    assert isinstance(visitor.failure, ConnectionRefusedError)


def test_who_connects_before_the_start_is_served_by_it(folder: Path, servers: ExitStack) -> None:
    longshore, manager = manage(folder, servers)
    with socket.create_connection(("127.0.0.1", longshore.port), START_S) as early:
        early.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        start(servers, longshore, manager)
        assert early.recv(64).startswith(b"HTTP/1.1 200 ")


def test_the_service_manager_is_told_of_readiness_and_of_the_end(
    folder: Path, servers: ExitStack
) -> None:
    longshore, manager = manage(folder, servers)
    process = manager.launch()
    servers.callback(process.stop)
    assert manager.news() == "READY=1"
    assert get(longshore.port, "/v2/").status == 200
    process.signal(signal.SIGTERM)
    assert manager.news() == "STOPPING=1"
    assert process.exit_status() == 0


def test_a_socket_that_the_configuration_does_not_know_is_refused(
    folder: Path, servers: ExitStack
) -> None:
    longshore = Longshore(folder / "longshore", NOWHERE)
    stranger = Longshore(folder / "stranger", NOWHERE).port
    manager = ServiceManager(folder, longshore, [longshore.port, stranger])
    servers.callback(manager.close)
    process = manager.launch()
    servers.callback(process.stop)
    assert process.exit_status(START_S) == 1
    assert f"listens on 127.0.0.1:{stranger}, which is neither in listen" in longshore.log_text()


def test_several_loops_share_one_inherited_socket(
    folder: Path, servers: ExitStack, upstream: ScriptedUpstream
) -> None:
    digest = upstream.repository("library/app").add_blob(payload(MIB))
    longshore = Longshore(folder / "longshore", {"docker.io": upstream.url}, threads=4)
    manager = ServiceManager(folder, longshore, [longshore.port])
    servers.callback(manager.close)
    start(servers, longshore, manager)
    with ExitStack() as connections:
        for _ in range(16):
            one = socket.create_connection(("127.0.0.1", longshore.port), START_S)
            connections.callback(one.close)
            one.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
            assert one.recv(64).startswith(b"HTTP/1.1 200 ")
        assert longshore.client().ask("GET", f"library/app/blobs/{digest}").status == 200
