"""Which identities DNS is asked about, and when; the worker that asks, where `[ses] resolver` names a server.

    watched -> due -> asked, outside of any transaction -> what was said is written, if the identity is still the same

An identity that its owner has confirmed is not watched: there a person's word counts.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from engine import limits
from engine.config import Settings
from engine.contract import Transaction, Worker, Workplace
from engine.errors import ServiceError
from integrations.ses.identities import dkim, identity_store, trait_store
from integrations.ses.identities.dns_records import (
    Answers,
    Wanted,
    dkim_there,
    domain_there,
    mail_from_there,
    next_status,
    questions,
)
from integrations.ses.identities.identity_store import Identity
from integrations.ses.identities.trait_store import Traits

_NOT_FOUND, _NO_ANSWER = "TYPE_NOT_FOUND", "DNS_SERVER_ERROR"


@dataclass(frozen=True, slots=True)
class Check:
    """One identity to ask about. `traits`: as they were when it fell due."""

    identity: Identity
    traits: Traits
    wanted: Wanted


def due(tx: Transaction) -> list[Check]:
    rows = trait_store.due(tx.connection, tx.moment.epoch_ms, limits.SES_DNS_CHECKS_MAX)
    known = identity_store.with_ids(tx.connection, [row.identity_id for row in rows])
    return [Check(known[row.identity_id], row, _wanted(tx, known[row.identity_id], row)) for row in rows]


def _wanted(tx: Transaction, identity: Identity, traits: Traits) -> Wanted:
    """What a person has confirmed is not looked for."""
    watched = "dns" in traits.content
    key, kept = traits.content.get("dkim") or {}, traits.content.get("mail_from") or {}
    asks_key = not key.get("confirmed") and (watched or "status" in key)
    own = _own_key(tx, identity, traits) if asks_key else None
    return Wanted(
        domain=identity.name.rpartition("@")[2],
        token=identity.token if watched else None,
        dkim_tokens=identity.dkim.split() if asks_key and own is None else (),
        selector=None if own is None else own[0],
        public_key=None if own is None else dkim.public_key(own[1]),
        mail_from=None if kept.get("confirmed") else kept.get("domain"),
    )


def _own_key(tx: Transaction, identity: Identity, traits: Traits) -> tuple[str, str] | None:
    """One that cannot be opened is looked for by nobody, and stops no other identity's check."""
    try:
        return dkim.own_key(tx, identity, traits)
    except ServiceError:
        return None


def note(tx: Transaction, check: Check, answers: Answers) -> None:
    """Write down what DNS said. Where the identity was changed meanwhile nothing: it is asked about again."""
    identity = identity_store.with_ids(tx.connection, [check.identity.id]).get(check.identity.id)
    if identity is None or trait_store.of_identity(tx.connection, identity.id) != check.traits:
        return
    now_ms, wanted = tx.moment.epoch_ms, check.wanted
    content = dict(check.traits.content)
    if "dns" in content:
        content["dns"] = _noted(content["dns"], domain_there(wanted, answers), now_ms)
        there = content["dns"]["status"] in ("Success", "TemporaryFailure")
        identity_store.set_verified(tx.connection, identity, there)
    if wanted.dkim_tokens or wanted.selector:
        kept = content.get("dkim") or {"since_ms": now_ms}
        before = {"status": "Pending", **kept}
        content["dkim"] = _moved(before, dkim_there(wanted, answers), now_ms)
    if wanted.mail_from:
        content["mail_from"] = _moved(content["mail_from"], mail_from_there(wanted, answers), now_ms)
    trait_store.put(tx.connection, replace(check.traits, content=content, check_ms=_next_ms(content, now_ms)))


def _moved(kept: dict[str, Any], there: bool | None, now_ms: int) -> dict[str, Any]:
    status, since_ms = next_status(kept["status"], kept.get("since_ms", now_ms), there, now_ms)
    return {**kept, "status": status, "since_ms": since_ms}


def _noted(kept: dict[str, Any], there: bool | None, now_ms: int) -> dict[str, Any]:
    """Of the identity itself, with what GetEmailIdentity tells of the asking."""
    found = {**_moved(kept, there, now_ms), "checked_ms": now_ms}
    if there:
        return {**{name: value for name, value in found.items() if name != "error"}, "success_ms": now_ms}
    return {**found, "error": _NO_ANSWER if there is None else _NOT_FOUND}


def _next_ms(content: dict[str, Any], now_ms: int) -> int | None:
    """None: all has failed, and nobody asks any more."""
    found = [content[name] for name in ("dns", "dkim", "mail_from") if name in content]
    statuses = {one.get("status") for one in found if not one.get("confirmed")}
    if statuses & {"Pending", "TemporaryFailure"}:
        return now_ms + limits.SES_DNS_PENDING_MS
    return now_ms + limits.SES_DNS_VERIFIED_MS if "Success" in statuses else None


# ---- the worker ----


def workers(settings: Settings) -> list[Worker]:
    resolver = settings.ses.resolver
    if resolver is None:
        return []

    async def ask(place: Workplace) -> None:
        from integrations.ses.identities.dns_client import ask_all

        while True:
            checks: list[Check] = await place.write(due)
            for check in checks:
                answers = await ask_all(resolver, questions(check.wanted))
                await place.write(partial(note, check=check, answers=answers))
            await place.pause(limits.SES_DNS_PAUSE_SECONDS)

    return [ask]
