"""A mail server for tests: it takes mails over SMTP, refuses some addresses, and can hold still."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Mailbox(socketserver.ThreadingTCPServer):
    """What arrived, and how it behaves."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.messages: list[Any] = []
        self.refused: dict[str, int] = {}
        # The address whose mail is taken in, and never answered.
        self.silent_for = ""
        self.holds = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def addresses(self) -> list[str]:
        return [str(message["to"]) for message in self.messages]


class Talk(socketserver.StreamRequestHandler):
    """One conversation."""

    server: Mailbox

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.upper()
            if word.startswith("RCPT"):
                address = line.partition("<")[2].partition(">")[0]
                code = self.server.refused.get(address, 250)
                self.say(f"{code} {address}")
            elif word == "DATA":
                self.say("354 go on")
                self.take()
            else:
                self.say("221 bye" if word == "QUIT" else "250 fine")

    def take(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.messages.append(message)
        if str(message["to"]) == self.server.silent_for:
            self.server.holds.set()
            self.rfile.readline()
        else:
            self.say("250 taken")


@contextmanager
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A mail server to which this program's mails go."""
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        try:
            yield server
        finally:
            server.shutdown()
