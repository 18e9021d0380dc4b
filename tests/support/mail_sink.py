"""An SMTP server (RFC 5321) that takes every mail and shows it, with the password it was given."""

from __future__ import annotations

import base64
import socketserver
import threading
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser


@dataclass
class Mail:
    recipients: list[str] = field(default_factory=list)
    password: str = ""
    message: Message = field(default_factory=Message)


class MailSink:
    """Listens on a free loopback port from construction until `stop`."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self._server = Server(("127.0.0.1", 0), Session)
        self._server.sink = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    sink: MailSink


class Session(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        mail = Mail()
        self._say("220 sink")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            if verb == "EHLO":
                self._say("250-sink")
                self._say("250 AUTH PLAIN")
            elif verb == "AUTH":
                # RFC 4616: authorization identity NUL user NUL password.
                mail.password = base64.b64decode(rest.split()[1]).decode().split("\0")[2]
                self._say("235 welcome")
            elif verb == "DATA":
                self._say("354 go on")
                mail.message = BytesParser().parsebytes(self._data())
                self.server.sink.mails.append(mail)
                mail = Mail()
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                if verb == "RCPT":
                    mail.recipients.append(rest.partition(":")[2].strip("<>"))
                self._say("250 well")

    def _data(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
