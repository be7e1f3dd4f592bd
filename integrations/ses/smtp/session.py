"""One SMTP connection: aiosmtpd's, with AWS's replies, AUTH of our own, and bounds on all that a client can take.

    greeting -> EHLO [-> STARTTLS -> EHLO] [-> AUTH] -> MAIL -> RCPT ... -> DATA -> the handler's answer -> ...

What mails mean is the handler's business (handle_MAIL, handle_RCPT, handle_DATA of aiosmtpd). The invariant: 250 for a
mail is the handler's answer alone; a connection that is closed before it has said nothing about the mail.
"""

import asyncio
import base64
import binascii
import logging
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Session

from engine import limits
from engine.contract import Caller
from engine.errors import ServiceError

log = logging.getLogger("statewright.ses.smtp")

Login = Callable[[str, str], Awaitable[Caller | None]]  # (user, password) -> who that is; None: nobody

_COMMAND_CHARS_MAX = 512
# aiosmtpd's replies -> AWS's, where those differ.
_REPLIES = {
    "250 OK": "250 Ok",
    "221 Bye": "221 Bye",
    "501 Syntax: MAIL FROM: <address>": "501 Invalid MAIL FROM address provided",
    "501 Syntax: MAIL FROM: <address> [SP <mail-parameters>]": "501 Invalid MAIL FROM address provided",
    "501 Syntax: RCPT TO: <address>": "501 Invalid RCPT TO address provided",
    "501 Syntax: RCPT TO: <address> [SP <mail-parameters>]": "501 Invalid RCPT TO address provided",
    "530 5.7.0 Authentication required": "530 Authentication required",
    "552 Error: Too much mail data": "552 Message is too long.",
    "552 Error: message size exceeds fixed maximum message size": "552 Message is too long.",
}
_INVALID = "535 Authentication Credentials Invalid"


@dataclass(slots=True)
class Guests:
    """The connections of one port. `closing`: the server stops, and nobody is let in."""

    open: "set[SmtpSession]" = field(default_factory=set)
    closing: bool = False

    @property
    def full(self) -> bool:
        return self.closing or len(self.open) > limits.SES_SMTP_CONNECTIONS_MAX


@dataclass(frozen=True, slots=True)
class Manner:
    """How a port speaks. `from_the_start`: TLS before the greeting; else STARTTLS is offered. `login` None: everybody
    may bring mail; else nobody without it, and nothing before TLS."""

    host_name: str
    ident: str
    tls: ssl.SSLContext
    from_the_start: bool
    bytes_max: int
    login: Login | None = None


class SmtpSession(SMTP):
    """`caller`: whom AUTH has shown to be there. `idle` is not set while a mail has arrived and is
    not answered yet."""

    def __init__(self, handler: Any, manner: Manner, guests: Guests):
        self.caller: Caller | None = None
        self.idle = asyncio.Event()
        self.idle.set()
        self._manner = manner
        self._guests = guests
        self._failed_logins = 0
        super().__init__(
            handler,
            data_size_limit=manner.bytes_max,
            hostname=manner.host_name,
            ident=manner.ident,
            tls_context=None if manner.from_the_start else manner.tls,
            require_starttls=manner.login is not None,
            auth_required=manner.login is not None,
            timeout=limits.SES_SMTP_IDLE_SECONDS,
            command_call_limit=limits.SES_SMTP_COMMANDS_MAX,
            loop=asyncio.get_running_loop(),
        )
        self.command_size_limits = defaultdict(lambda: _COMMAND_CHARS_MAX)  # the class has one for all connections

    @property
    def secure(self) -> bool:
        return self._manner.from_the_start or self._tls_protocol is not None

    def _known(self) -> Session:
        assert self.session is not None  # since the connection was made
        return self.session

    # ---- from the first byte to the last ----

    async def _handle_client(self) -> None:
        self._guests.open.add(self)
        try:
            if self._guests.full:
                await self.leave("421 Too many concurrent SMTP connections")
            else:
                await super()._handle_client()
        except ConnectionError:
            pass  # the client has gone

    def connection_lost(self, error: Exception | None) -> None:
        self._guests.open.discard(self)
        super().connection_lost(error)

    async def leave(self, reply: str) -> None:
        """Say so, and close. Where nobody is there any more it does nothing."""
        if self.transport is None or self.transport.is_closing():
            return
        with suppress(ConnectionError):
            await self.push(reply)
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Close without a word: the client takes none."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def _timeout_cb(self) -> None:
        if not self.idle.is_set():  # the answer is ours to give
            self._reset_timeout()
            return
        self._writer.write(b"451 Timeout waiting for data from client.\r\n")
        super()._timeout_cb()  # type: ignore[no-untyped-call]

    async def push(self, status: Any) -> None:
        reply = status if isinstance(status, bytes) else _REPLIES.get(status, status).encode("ascii", "replace")
        await super().push(reply)

    async def handle_exception(self, error: Exception) -> str:
        if not isinstance(error, asyncio.LimitOverrunError):
            log.error("an SMTP session met an error of ours", exc_info=error)
        return "451 Temporary service failure"

    # ---- commands that are not aiosmtpd's ----

    async def smtp_EHLO(self, hostname: str) -> None:
        if not hostname:
            await self.push("501 Syntax: EHLO hostname")
            return
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self._known().extended_smtp = True
        self._known().host_name = hostname
        self.command_size_limits["MAIL"] = _COMMAND_CHARS_MAX + 26  # with SIZE and BODY
        offered = [self.hostname, "8BITMIME", f"SIZE {self.data_size_limit}"]
        if not self.secure:
            offered.append("STARTTLS")
        elif self._manner.login is not None:
            offered.append("AUTH PLAIN LOGIN")
        await self.push("".join(f"250-{line}\r\n" for line in offered) + "250 Ok")

    async def smtp_AUTH(self, arg: str | None) -> None:
        words = (arg or "").split()
        exchange = _EXCHANGES.get(words[0].upper()) if words else None
        if self._manner.login is None:
            await self.push("502 Command not implemented")
        elif not self._known().extended_smtp:
            await self.push("503 Error: send EHLO first")
        elif self.caller is not None:
            await self.push("503 Already authenticated")
        elif not 0 < len(words) <= 2:
            await self.push("501 Syntax: AUTH mechanism [initial-response]")
        elif exchange is None:
            await self.push("504 Unrecognized authentication type")
        else:
            await self._log_in(self._manner.login, await exchange(self, words[1:]))

    async def _log_in(self, login: Login, given: tuple[str, str] | None) -> None:
        if given is None:
            await self.push("501 Invalid authentication data, or given up")
            return
        try:
            self.caller = await login(*given)
        except ServiceError as error:
            log.warning("an SMTP login cannot be decided: %s", error)
            await self.push("454 Temporary authentication failure")
            return
        self._known().authenticated = self.caller is not None
        if self.caller is not None:
            await self.push("235 Authentication successful.")
            return
        self._failed_logins += 1
        if self._failed_logins >= limits.SES_SMTP_LOGINS_MAX:
            await self.leave(_INVALID)
        else:
            await self.push(_INVALID)

    async def challenge(self, text: str) -> str | None:
        """What the client answers to it, decoded; None: it gives up, or makes no sense."""
        await self.push("334 " + base64.b64encode(text.encode()).decode())
        line: bytes = await self._reader.readuntil(b"\n")
        return _decoded(line.strip().decode("ascii", "replace"))


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode("" if text == "=" else text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


async def _plain(session: SmtpSession, initial: list[str]) -> tuple[str, str] | None:
    given = _decoded(initial[0]) if initial else await session.challenge("")
    parts = (given or "").split("\0")
    return (parts[1], parts[2]) if len(parts) == 3 else None


async def _login(session: SmtpSession, initial: list[str]) -> tuple[str, str] | None:
    user = _decoded(initial[0]) if initial else await session.challenge("Username:")
    if user is None:
        return None
    password = await session.challenge("Password:")
    return None if password is None else (user, password)


_EXCHANGES = {"PLAIN": _plain, "LOGIN": _login}
