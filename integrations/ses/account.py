"""How an account may send: the sandbox, quotas, the pause, statistics; and the way out of the sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.contract import Caller, Transaction
from integrations.ses import account_details
from integrations.ses import account_store as store
from integrations.ses.account_store import Account
from integrations.ses.addresses import address_of, is_simulated, speakers
from integrations.ses.errors import paused, throttled, unverified
from integrations.ses.identities import identity_store
from integrations.ses.identities.identity_store import Identity

_SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class Admission:
    """`identity`: the name of the one that speaks for the source; empty where none was asked for."""

    account: Account
    identity: str


def admit(
    tx: Transaction,
    caller: Caller,
    source: str,
    senders: Sequence[str],
    recipients: Sequence[str],
    known: Mapping[str, Identity | None],
) -> Admission:
    """May this mail be sent? Addresses may have names, and are shown so; `known`: identities of the caller that were
    looked for already. Raises ServiceError; writes nothing."""
    account = store.find(tx, caller)
    if account.paused:
        raise paused(caller.account)
    real = [text for text in recipients if not is_simulated(address_of(text))]
    verified = _check_verified(tx, caller, [*senders, *(real if account.in_sandbox else ())], known)
    identity = next((name for name in speakers(address_of(source)) if name in verified), "") if senders else ""
    now_ms = tx.moment.epoch_ms
    if store.sent_in_a_day(tx.connection, caller, now_ms) + len(real) > account.daily_max:
        raise throttled("Daily message quota exceeded.")
    if _in_this_second(account, now_ms) >= account.rate_max:
        raise throttled("Maximum sending rate exceeded.")
    return Admission(account, identity)


def note_sent(tx: Transaction, caller: Caller, account: Account, recipients: Sequence[str]) -> None:
    """A mail of more recipients than go in a second is sent as a whole, and the next one waits for the next second."""
    now_ms = tx.moment.epoch_ms
    count = _in_this_second(account, now_ms)
    begun = account.second_ms if count else now_ms
    store.put(tx.connection, replace(account, second_ms=begun, second_count=count + len(recipients)))
    counted = sum(not is_simulated(address) for address in recipients)
    store.count(tx.connection, caller, now_ms, attempts=len(recipients), counted=counted)


def _in_this_second(account: Account, now_ms: int) -> int:
    return account.second_count if now_ms - account.second_ms < _SECOND_MS else 0


def _check_verified(
    tx: Transaction, caller: Caller, texts: Sequence[str], known: Mapping[str, Identity | None]
) -> set[str]:
    """The names of the verified identities that may speak for any of them."""
    by_text = {text: speakers(address_of(text)) for text in dict.fromkeys(texts)}
    names = sorted({name for listed in by_text.values() for name in listed})
    asked = identity_store.named(tx.connection, caller, [name for name in names if name not in known])
    found = {**known, **asked}
    verified = {name for name, identity in found.items() if identity is not None and identity.verified}
    failed = [text for text, listed in by_text.items() if verified.isdisjoint(listed)]
    if failed:
        raise unverified(failed, caller.region)
    return verified


# ---- the operations ----


def get_send_quota(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    account = store.find(tx, caller)
    return {
        "Max24HourSend": float(account.daily_max),
        "MaxSendRate": float(account.rate_max),
        "SentLast24Hours": float(store.sent_in_a_day(tx.connection, caller, tx.moment.epoch_ms)),
    }


def get_send_statistics(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    slots = store.points(tx.connection, caller, tx.moment.epoch_ms)
    return {
        "SendDataPoints": [
            {
                "Timestamp": slot.slot_ms / 1000,
                "DeliveryAttempts": slot.attempts,
                "Bounces": slot.bounces,
                "Complaints": slot.complaints,
                "Rejects": slot.rejects,
            }
            for slot in slots
        ]
    }


def get_account_sending_enabled(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return {"Enabled": not store.find(tx, caller).paused}


def update_account_sending_enabled(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Without Enabled sending is off, as for AWS: the member's default is false."""
    account = store.find(tx, caller)
    store.put(tx.connection, replace(account, paused=not request.get("Enabled", False)))
    return {}


def get_account(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2."""
    account = store.find(tx, caller)
    return {
        "ProductionAccessEnabled": not account.in_sandbox,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": get_send_quota(tx, caller, {}),
        "SendingEnabled": not account.paused,
        "SuppressionAttributes": {"SuppressedReasons": list(account.suppressed)},
        **account_details.shown(tx, caller),
    }


def put_account_sending_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2."""
    return update_account_sending_enabled(tx, caller, {"Enabled": request.get("SendingEnabled", False)})


def set_sandbox(tx: Transaction, caller: Caller, granted_by: str | None) -> Account:
    """The operator's decision: out of the sandbox, by whom; None: back into it."""
    granted_ms = None if granted_by is None else tx.moment.epoch_ms
    revoked_ms = tx.moment.epoch_ms if granted_by is None else None
    before = store.find(tx, caller)
    changed = replace(before, granted_by=granted_by, granted_ms=granted_ms, revoked_ms=revoked_ms)
    store.put(tx.connection, changed)
    return changed
