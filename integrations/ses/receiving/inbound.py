"""Mails that come in by SMTP: for whom there is an active rule set that takes them, and who may bring them.

The port stands for the endpoints of all regions: a mail goes to each account and region that has verified the domain of
its recipient and whose rules take it. The invariant: 250 is said after the mail and its actions are committed.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction, Workplace
from engine.errors import ServiceError
from integrations.ses.addresses import address_of
from integrations.ses.receiving import bounceable_store, filter_store, mail_store, notice, rule_store
from integrations.ses.receiving.filters import blocked
from integrations.ses.receiving.plan import Arrival, Plan, steps_of
from integrations.ses.receiving.rules import Rule, takes
from integrations.ses.smtp.session import SmtpSession
from integrations.ses.verdicts.judging import NOT_JUDGED, Judged, judge

NOBODY = "550 5.1.1 Requested action not taken: mailbox unavailable"
BLOCKED = "550 5.7.1 Requested action not taken: mail from your address is blocked"
NEEDS_TLS = "530 5.7.0 Must issue a STARTTLS command first"
FULL = "452 4.3.1 Requested action not taken: insufficient system storage"
TOO_MANY = "452 4.5.3 Too many recipients"
TOO_LARGE_TO_PUBLISH = "552 5.3.4 Message is too long to be published to a topic"
FAILED = "451 Temporary service failure"
_NULL_SENDER = "<>"
_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_CHARS = 40
_REFUSED = "Refused"  # code of an error whose message is the reply


@dataclass(frozen=True, slots=True)
class Taker:
    """An account and region whose active rules take mail, and which."""

    caller: Caller
    rules: list[Rule]


class InboundHandler:
    """What aiosmtpd asks about each mail of a session. `came_in` is set after each that was taken. Mails are judged
    before they are answered, where there is a `resolver`."""

    def __init__(self, place: Workplace, came_in: asyncio.Event, resolver: tuple[str, int] | None = None):
        self._place = place
        self._resolver = resolver
        self._came_in = came_in

    async def handle_MAIL(self, server: SmtpSession, session: Any, envelope: Any, address: str, options: Any) -> str:
        try:
            envelope.mail_from = _NULL_SENDER if address == _NULL_SENDER else address_of(address)
        except ServiceError:
            return "501 Invalid MAIL FROM address provided"
        return "250 Ok"

    async def handle_RCPT(self, server: SmtpSession, session: Any, envelope: Any, address: str, options: Any) -> str:
        if len(envelope.rcpt_tos) >= limits.SES_INBOUND_RECIPIENTS_MAX:
            return TOO_MANY
        try:
            recipient = address_of(address)
        except ServiceError:
            return "501 Invalid RCPT TO address provided"
        arrival = _arrival(server, session, envelope)
        try:
            await self._place.write(lambda tx: takers(tx, recipient, arrival))
        except ServiceError as error:
            return reply_of(error)
        envelope.rcpt_tos.append(recipient)
        return "250 Ok"

    async def handle_DATA(self, server: SmtpSession, session: Any, envelope: Any) -> str:
        server.idle.clear()
        arrival, recipients = _arrival(server, session, envelope), list(envelope.rcpt_tos)
        mail = bytes(envelope.content)
        try:
            judged = await self._judged(arrival, mail)
            message_id = await self._place.write(lambda tx: accept(tx, arrival, recipients, mail, judged))
        except ServiceError as error:
            return reply_of(error)
        finally:
            server.idle.set()
        self._came_in.set()
        return f"250 OK {message_id}"

    async def _judged(self, arrival: Arrival, mail: bytes) -> Judged:
        if self._resolver is None:
            return NOT_JUDGED
        helo, now_seconds = notice.word(arrival.helo), await self._place.write(lambda tx: tx.moment.epoch_ms // 1000)
        return await judge(self._resolver, arrival.source, arrival.peer, helo, mail, now_seconds)


def reply_of(error: ServiceError) -> str:
    return error.message if error.code == _REFUSED else FAILED


def _refused(reply: str) -> ServiceError:
    return ServiceError(_REFUSED, reply)


def _arrival(server: SmtpSession, session: Any, envelope: Any) -> Arrival:
    source = "" if envelope.mail_from == _NULL_SENDER else envelope.mail_from
    peer = session.peer[0] if session.peer else ""
    return Arrival(source, peer, session.host_name or "", server.secure)


def takers(tx: Transaction, recipient: str, arrival: Arrival) -> list[Taker]:
    """Who takes mail for the recipient. Raises ServiceError with the reply where nobody does."""
    found, reply = [], NOBODY
    labels = recipient.rpartition("@")[2].lower().split(".")
    names = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    for account, region in rule_store.receivers(tx.connection, names, limits.SES_RECEIVERS_MAX):
        caller = Caller(account, region)
        rule_set = rule_store.active(tx.connection, caller)
        rules: list[Rule] = [] if rule_set is None else [one for one in rule_set.rules if takes(one, recipient)]
        if rule_set is None or not rules:
            continue
        if blocked(filter_store.all_of(tx.connection, caller), arrival.peer):
            reply = BLOCKED
        elif not arrival.secure and any(rule["TlsPolicy"] == "Require" for rule in rules):
            reply = NEEDS_TLS
        else:
            found.append(Taker(caller, [rule for rule in rule_set.rules if rule["Enabled"]]))
    if not found:
        raise _refused(reply)
    return found


def accept(tx: Transaction, arrival: Arrival, recipients: list[str], mail: bytes, judged: Judged = NOT_JUDGED) -> str:
    """Write the mail down for all who take it, with what they have to do; its id. Raises ServiceError with the reply.

    The rules are asked again: they may have changed since a recipient was accepted.
    """
    if mail_store.full(tx.connection):
        raise _refused(FULL)
    by_taker: dict[Caller, tuple[Taker, list[str]]] = {}
    for recipient in dict.fromkeys(recipients):
        for taker in takers(tx, recipient, arrival):
            by_taker.setdefault(taker.caller, (taker, []))[1].append(recipient)
    plans = [(taker, _plan(tx, taker, taken, arrival, judged)) for taker, taken in by_taker.values()]
    if len(mail) > limits.SES_NOTICE_MAIL_BYTES_MAX and any(
        step.kind == "SNSAction" for _, plan in plans for step in plan.steps
    ):
        raise _refused(TOO_LARGE_TO_PUBLISH)
    for taker, plan in plans:
        scanned = any(step.scanned for step in plan.steps)
        now_ms = tx.moment.epoch_ms
        region, first = taker.caller.region, plan.recipients[0]
        traced = notice.trace(arrival, plan.message_id, region, first, scanned, now_ms, judged.headers)
        mail_store.add(tx, taker.caller, plan, traced + mail)
        bounceable_store.add(tx, taker.caller, plan, mail)
    return plans[0][1].message_id


def _plan(tx: Transaction, taker: Taker, recipients: list[str], arrival: Arrival, judged: Judged) -> Plan:
    letters = (_ID_LETTERS[int(tx.moment.random() * len(_ID_LETTERS))] for _ in range(_ID_CHARS))
    steps = steps_of(taker.rules, recipients)
    return Plan("".join(letters), arrival.source, recipients, steps, verdicts=judged.verdicts)
