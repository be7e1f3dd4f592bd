"""The way out: an SMTP server that takes mail for others, over a few connections that are used again.

| what happens | the recipient's mail |
|---|---|
| 250 after its content | is delivered |
| 5xx to the sender, the recipient or the content | is bounced |
| 4xx, no connection, no login, no TLS where it must be | is delayed, and tried again (relaying.py) |

A relay that cannot be reached is left alone for a while, so that waiting mails do not hold up all other deliveries.
STARTTLS is used where it is offered; a password is sent, and a certificate is believed, only where it is verified.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from engine import limits
from engine.certificates import trusted
from engine.config import RelaySettings
from engine.contract import Deliver

_PERMANENT = 500

Refusal = tuple[str, int, str]  # (recipient, code or 0, the relay's words)


@dataclass(frozen=True, slots=True)
class Letter:
    """`tls`: it must not leave in clear."""

    sender: str
    recipients: Sequence[str]
    mime: bytes
    tls: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of a letter, recipient by recipient."""

    delivered: list[str] = field(default_factory=list)
    response: str = ""
    bounced: list[Refusal] = field(default_factory=list)
    delayed: list[Refusal] = field(default_factory=list)

    def refuse(self, recipient: str, code: int, text: str) -> None:
        listed = self.bounced if code >= _PERMANENT else self.delayed
        listed.append((recipient, code, _words(text)))


def _words(text: str) -> str:
    return " ".join(text.split())[: limits.SES_RELAY_ANSWER_CHARS_MAX]


@asynccontextmanager
async def open_relay(settings: RelaySettings) -> AsyncIterator[Deliver]:
    """The outbox's: what it returns is an Outcome as JSON."""
    relay = Relay(settings)

    async def deliver(payload: str) -> dict[str, Any]:
        values = orjson.loads(payload)
        letter = Letter(values["sender"], values["to"], values["mime"].encode("latin-1"), values["tls"])
        return asdict(await relay.send(letter))

    try:
        yield deliver
    finally:
        relay.close()


class Relay:
    """Connections to one relay. `context` gives what a certificate is verified with."""

    def __init__(self, settings: RelaySettings, context: Callable[[], ssl.SSLContext] = trusted):
        self._settings = settings
        self._context = context
        self._room = asyncio.Semaphore(limits.SES_RELAY_CONNECTIONS_MAX)
        self._idle: list[tuple[float, SMTP]] = []  # since when, by the loop's clock
        self._left_alone = (float("-inf"), "")  # until when, and why

    async def send(self, letter: Letter) -> Outcome:
        """Never raises for what the relay does."""
        async with self._room:
            now = asyncio.get_running_loop().time()
            if now < self._left_alone[0]:
                return _put_off(letter, self._left_alone[1])
            try:
                smtp = await self._connection()
            except (SMTPException, OSError, ssl.SSLError, TimeoutError) as error:
                reason = f"{self._settings.host}:{self._settings.port}: {_said(error)}"
                self._left_alone = (now + limits.SES_RELAY_PAUSE_SECONDS, reason)
                return _put_off(letter, reason)
            try:
                outcome = await _send(smtp, letter)
            except BaseException:
                smtp.close()
                raise
            if smtp.is_connected:
                self._idle.append((asyncio.get_running_loop().time(), smtp))
            return outcome

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()

    async def _connection(self) -> SMTP:
        """One that is there and still answers, or a new one."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            since, smtp = self._idle.pop()
            if now - since < limits.SES_RELAY_IDLE_SECONDS and await _answers(smtp):
                return smtp
            smtp.close()
        return await self._connect()

    async def _connect(self) -> SMTP:
        relay = self._settings
        verified = relay.tls or relay.user is not None
        smtp = SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user,
            password=relay.password,
            local_hostname=socket.gethostname(),
            timeout=limits.SES_RELAY_SECONDS_MAX,
            use_tls=relay.tls,
            start_tls=None if relay.tls or relay.user is None else True,
            tls_context=self._context() if verified else _unverified(),
        )
        try:
            await smtp.connect(timeout=limits.SES_RELAY_CONNECT_SECONDS_MAX)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _unverified() -> ssl.SSLContext:
    """As between mail servers: hidden from who listens, not from who stands in between."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _answers(smtp: SMTP) -> bool:
    if not smtp.is_connected:
        return False
    try:
        await smtp.noop()
    except (SMTPException, OSError, TimeoutError):
        return False
    return True


async def _send(smtp: SMTP, letter: Letter) -> Outcome:
    if letter.tls and smtp.get_transport_info("sslcontext") is None:
        return _put_off(letter, "TLS is required by the configuration set, and the relay offers no STARTTLS")
    outcome = Outcome()
    eight = not letter.mime.isascii() and smtp.supports_extension("8bitmime")
    options = ["BODY=8BITMIME"] if eight else []
    try:
        refused, outcome.response = await smtp.sendmail(
            letter.sender, letter.recipients, letter.mime, mail_options=options
        )
        outcome.response = _words(f"250 {outcome.response}")
        outcome.delivered = [one for one in letter.recipients if one not in refused]
        for recipient, answer in refused.items():
            outcome.refuse(recipient, answer.code, answer.message)
    except SMTPRecipientsRefused as error:
        for one in error.recipients:
            outcome.refuse(one.recipient, one.code, one.message)
    except (SMTPSenderRefused, SMTPDataError) as error:
        for recipient in letter.recipients:
            outcome.refuse(recipient, error.code, error.message)
    except (SMTPException, OSError, TimeoutError) as error:
        smtp.close()
        return _put_off(letter, _said(error))
    except ValueError as error:  # an address that SMTP cannot say
        for recipient in letter.recipients:
            outcome.refuse(recipient, _PERMANENT, str(error))
    return outcome


def _put_off(letter: Letter, text: str) -> Outcome:
    return Outcome(delayed=[(one, 0, _words(text)) for one in letter.recipients])


def _said(error: BaseException) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__
