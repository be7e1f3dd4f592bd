"""What a port that closes says: to who is there, to a mail that has arrived, to one that is still coming."""

import asyncio
import ssl
from typing import Any

import pytest

from engine import limits
from integrations.ses.smtp.listener import empty
from integrations.ses.smtp.session import Guests, Manner, SmtpSession

STOPPING = b"421 Service not available, closing transmission channel\r\n"


class Slow:
    """A handler that answers a mail when it is let."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def handle_DATA(self, server: SmtpSession, session: Any, envelope: Any) -> str:
        server.idle.clear()
        self.arrived.set()
        await self.may_answer.wait()
        server.idle.set()
        return "250 Ok it-is-committed"


class Port:
    def __init__(self) -> None:
        self.handler, self.guests = Slow(), Guests()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._manner = Manner("host", "ESMTP", tls, from_the_start=False, bytes_max=1_000)

    async def __aenter__(self) -> "Port":
        def session() -> SmtpSession:
            return SmtpSession(self.handler, self._manner, self.guests)

        self._server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        await empty(self.guests)

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self._server.sockets[0].getsockname())

    async def client(self, *commands: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """One that has been answered as often as it said something."""
        reader, writer = await self.connected()
        await reader.readline()
        for command in commands:
            writer.write(command.encode() + b"\r\n")
            await reader.readline()
        return reader, writer


ENVELOPE = ("HELO me", "MAIL FROM:<a@b.org>", "RCPT TO:<c@d.org>", "DATA")


def test_a_mail_that_has_arrived_is_answered_and_others_are_sent_away() -> None:
    async def run() -> tuple[list[bytes], ...]:
        async with Port() as port:
            idle, coming = await port.client("HELO me"), await port.client(*ENVELOPE)
            coming[1].write(b"Subject: half\r\n")
            arrived = await port.client(*ENVELOPE)
            arrived[1].write(b"Subject: whole\r\n\r\nHi\r\n.\r\n")
            await port.handler.arrived.wait()
            closing = asyncio.ensure_future(empty(port.guests))
            first = [await idle[0].readline(), await coming[0].readline()]
            port.handler.may_answer.set()
            await closing
            told = [await arrived[0].readline(), await arrived[0].readline()]
            ends = [await one[0].readline() for one in (idle, coming, arrived)]
            for one in (idle, coming, arrived):
                one[1].close()
            return first, told, ends

    first, told, ends = asyncio.run(run())
    assert first == [STOPPING, STOPPING]
    assert told == [b"250 Ok it-is-committed\r\n", STOPPING]
    assert ends == [b"", b"", b""]


def test_more_than_may_be_there_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SES_SMTP_CONNECTIONS_MAX", 1)

    async def run() -> tuple[bytes, bytes]:
        async with Port() as port:
            (first, there), (second, refused) = await port.client("HELO me"), await port.connected()
            said = await second.readline()
            there.write(b"NOOP\r\n")
            answered = await first.readline()
            there.close()
            refused.close()
            return said, answered

    assert asyncio.run(run()) == (b"421 Too many concurrent SMTP connections\r\n", b"250 Ok\r\n")


def test_who_says_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SES_SMTP_IDLE_SECONDS", 0.01)

    async def run() -> bytes:
        async with Port() as port:
            reader, writer = await port.client()
            said = await reader.readline()
            writer.close()
            return said

    assert asyncio.run(run()) == b"451 Timeout waiting for data from client.\r\n"
