"""The SMTP ports of a server: workers that listen from its start until it stops.

Stopping closes the ports first; a mail that has arrived whole is answered, every other connection is told 421.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine import limits
from engine.config import Settings
from engine.contract import Worker, Workplace
from integrations.ses.receiving.chain import Chains
from integrations.ses.receiving.inbound import InboundHandler
from integrations.ses.smtp.certificate import context, identity
from integrations.ses.smtp.login import Logins
from integrations.ses.smtp.sending import SendingHandler
from integrations.ses.smtp.session import Guests, Login, Manner, SmtpSession

log = logging.getLogger("statewright.ses.smtp")
logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs commands, and what stands where one should

AGAIN_SECONDS = 5.0  # before a port that is taken is tried again
_STOPPING = "421 Service not available, closing transmission channel"


@dataclass(frozen=True, slots=True)
class Port:
    """`setting`: its name in [ses]. `handler` and `login` are made for the server that listens."""

    setting: str
    host_name: str
    ident: str
    handler: Callable[[Settings, Workplace], Any]
    from_the_start: bool = False
    login: Callable[[Settings, Workplace], Login] | None = None


def _sending(settings: Settings, place: Workplace) -> SendingHandler:
    return SendingHandler(place)


PORTS = (
    Port("smtp_port", "email-smtp.amazonaws.com", "ESMTP SimpleEmailService", _sending, login=Logins),
    Port("smtps_port", "email-smtp.amazonaws.com", "ESMTP SimpleEmailService", _sending, True, login=Logins),
)


def workers(settings: Settings) -> list[Worker]:
    """One for each port that the settings name, and one that does what the mails that came in have to go through."""
    chains = Chains()
    ports = (*PORTS, _inbound(chains))
    listening = [partial(_listen, port, settings) for port in ports if getattr(settings.ses, port.setting) is not None]
    return [*listening, chains.work]


def _inbound(chains: Chains) -> Port:
    def handler(settings: Settings, place: Workplace) -> InboundHandler:
        return InboundHandler(place, chains.woken, settings.ses.resolver)

    return Port("inbound_port", "inbound-smtp.amazonaws.com", "ESMTP SimpleEmailService", handler)


async def _listen(port: Port, settings: Settings, place: Workplace) -> None:
    tls = await _context(port, place)
    manner = Manner(
        port.host_name,
        port.ident,
        tls,
        port.from_the_start,
        limits.SES_V2_MESSAGE_BYTES_MAX,
        None if port.login is None else port.login(settings, place),
    )
    guests = Guests()
    handler = port.handler(settings, place)
    server = await _bound(port, settings, lambda: SmtpSession(handler, manner, guests), tls)
    try:
        await asyncio.Event().wait()
    finally:
        guests.closing = True
        server.close()
        await empty(guests)


async def _context(port: Port, place: Workplace) -> ssl.SSLContext:
    while True:
        try:
            return context(await place.write(identity))
        except (ssl.SSLError, ValueError, OSError) as error:
            text = "[ses] certificate and key cannot be used for %s, and are tried again in %g seconds: %s"
            log.error(text, port.setting, AGAIN_SECONDS, error)
        await asyncio.sleep(AGAIN_SECONDS)


async def _bound(
    port: Port, settings: Settings, session: Callable[[], SmtpSession], tls: ssl.SSLContext
) -> asyncio.AbstractServer:
    number = getattr(settings.ses, port.setting)
    while True:
        try:
            server = await asyncio.get_running_loop().create_server(
                session, settings.host, number, ssl=tls if port.from_the_start else None
            )
        except OSError as error:
            text = "[ses] %s: nobody can listen on port %d of %s, and it is tried again in %g seconds: %s"
            log.error(text, port.setting, number, settings.host, AGAIN_SECONDS, error)
        else:
            log.info("[ses] %s: listening on port %d of %s", port.setting, number, settings.host)
            return server
        await asyncio.sleep(AGAIN_SECONDS)


async def empty(guests: Guests) -> None:
    """Let mails that have arrived be answered, and send everybody away. Raises nothing: a worker that is cancelled must
    end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limits.SES_SMTP_DRAIN_SECONDS):
            for session in list(guests.open):
                if session.idle.is_set():
                    await session.leave(_STOPPING)
            for session in list(guests.open):
                await session.idle.wait()
                await session.leave(_STOPPING)
    for session in list(guests.open):
        session.abort()
