"""What the relay said of a mail, noted in the transaction that takes it out of the outbox.

delivered    a delivery
5xx          a bounce, by the enhanced status code that the relay gave
4xx, none    once more, later and later; a delay the first time, a bounce when its time is over
"""

import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson

from engine.config import Settings
from engine.contract import Calls, Deliver, Transaction
from integrations.ses.events import feedback, outcomes
from integrations.ses.events.facts import Facts, unpacked
from integrations.ses.sending import outbound

log = logging.getLogger("statewright.ses")

Refusal = Sequence[Any]  # recipient, code or 0, the relay's words

_ENHANCED = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")
# enhanced status code -> (bounceType, bounceSubType); every other permanent one is a hard bounce
_BOUNCES: Mapping[str, tuple[str, str]] = {
    "5.2.2": ("Transient", "MailboxFull"),
    "5.2.3": ("Transient", "MessageTooLarge"),
    "5.3.4": ("Transient", "MessageTooLarge"),
    "5.6.0": ("Transient", "ContentRejected"),
    "5.6.1": ("Transient", "AttachmentRejected"),
    "5.7.1": ("Transient", "ContentRejected"),
}
_HARD = ("Permanent", "General")
_EXPIRED = ("Transient", "General")
# enhanced status code -> delayType
_DELAYS: Mapping[str, str] = {
    "4.2.2": "MailboxFull",
    "4.2.0": "TransientCommunicationFailure",
    "4.4.7": "TransientCommunicationFailure",
    "4.7.1": "SpamDetected",
}


@asynccontextmanager
async def open_outbound(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    """The client of SMTP is loaded where there is a relay."""
    if settings.ses.relay is None:
        yield _nowhere
        return
    from integrations.ses.sending.relay import open_relay

    async with open_relay(settings.ses.relay) as deliver:
        yield deliver


async def _nowhere(payload: str) -> dict[str, Any]:
    """Mails that were taken while there was a relay wait for one."""
    waiting = [(one, 0, "[ses] has no relay any more") for one in orjson.loads(payload)["to"]]
    return {"delivered": [], "response": "", "bounced": [], "delayed": waiting}


def settle(tx: Transaction, payload: str, outcome: Mapping[str, Any]) -> None:
    values = orjson.loads(payload)
    facts = unpacked(values["facts"])
    if outcome["delivered"]:
        outcomes.delivered(tx, facts, outcome["delivered"], outcome["response"])
    for kind, refusals in _by_kind(outcome["bounced"]).items():
        _bounce(tx, facts, kind, [_bounced(refusal) for refusal in refusals])
    if outcome["delayed"]:
        _again(tx, facts, values, outcome["delayed"])


def give_up(tx: Transaction, payload: str, reason: str) -> None:
    """An error of ours, again and again."""
    values = orjson.loads(payload)
    refusals = [(one, 0, reason) for one in values["to"]]
    _bounce(tx, unpacked(values["facts"]), _EXPIRED, [_expired(values, one) for one in refusals])


def _again(tx: Transaction, facts: Facts, values: dict[str, Any], delayed: Sequence[Refusal]) -> None:
    wait_ms, now_ms = outbound.delay_ms(values["attempt"]), tx.moment.epoch_ms
    log.warning("the mail %s is delayed, attempt %d: %s", facts.message_id, values["attempt"], delayed[0][2])
    if now_ms + wait_ms >= values["until_ms"]:
        _bounce(tx, facts, _EXPIRED, [_expired(values, refusal) for refusal in delayed])
        return
    if values["attempt"] == 1:
        listed = [_delayed(refusal) for refusal in delayed]
        kind = _DELAYS.get(listed[0]["status"], "Undetermined")
        outcomes.delayed(tx, facts, listed, kind, values["until_ms"])
    left = [recipient for recipient, _, _ in delayed]
    outbound.post(tx, {**values, "to": left, "attempt": values["attempt"] + 1}, wait_ms)


def _bounce(tx: Transaction, facts: Facts, kind: tuple[str, str], recipients: Sequence[dict[str, Any]]) -> None:
    detail = outcomes.bounced(tx, facts, *kind, recipients)
    feedback.forward_bounce(tx, facts, detail)


def _by_kind(refusals: Sequence[Refusal]) -> dict[tuple[str, str], list[Refusal]]:
    found: dict[tuple[str, str], list[Refusal]] = {}
    for refusal in refusals:
        found.setdefault(_BOUNCES.get(_status(refusal, "5.0.0"), _HARD), []).append(refusal)
    return found


def _status(refusal: Refusal, default: str) -> str:
    found = _ENHANCED.search(refusal[2])
    return default if found is None else found[1]


def _said(refusal: Refusal) -> str:
    return f"smtp; {refusal[1]} {refusal[2]}" if refusal[1] else f"smtp; {refusal[2]}"


def _bounced(refusal: Refusal) -> dict[str, Any]:
    return {
        "emailAddress": refusal[0],
        "action": "failed",
        "status": _status(refusal, "5.0.0"),
        "diagnosticCode": _said(refusal),
    }


def _delayed(refusal: Refusal) -> dict[str, Any]:
    return {"emailAddress": refusal[0], "status": _status(refusal, "4.0.0"), "diagnosticCode": _said(refusal)}


def _expired(values: Mapping[str, Any], refusal: Refusal) -> dict[str, Any]:
    minutes = (values["until_ms"] - values["facts"]["time_ms"]) // 60_000
    said = f"smtp; 550 4.4.7 Message expired: unable to deliver in {minutes} minutes.<{refusal[2]}>"
    return {"emailAddress": refusal[0], "action": "failed", "status": "4.4.7", "diagnosticCode": said}
