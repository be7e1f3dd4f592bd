"""How an account may send: the sandbox, quotas, the pause, statistics; and the way out of the sandbox."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.contract import Caller, Transaction
from integrations.ses import account_store as store
from integrations.ses import identity_store
from integrations.ses.account_store import Account
from integrations.ses.addresses import is_simulated, speakers
from integrations.ses.errors import paused, throttled, unverified

_SECOND_MS = 1_000


def admit(tx: Transaction, caller: Caller, senders: Sequence[str], recipients: Sequence[str]) -> Account:
    """May this mail be sent? Addresses are bare. Raises ServiceError; writes nothing."""
    account = store.find(tx.connection, caller)
    if account.paused:
        raise paused(caller.account)
    real = [address for address in recipients if not is_simulated(address)]
    _check_verified(tx, caller, [*senders, *(real if account.in_sandbox else ())])
    now_ms = tx.moment.epoch_ms
    if store.sent_in_a_day(tx.connection, caller, now_ms) + len(real) > account.daily_max:
        raise throttled("Daily message quota exceeded.")
    if _in_this_second(account, now_ms) >= account.rate_max:
        raise throttled("Maximum sending rate exceeded.")
    return account


def note_sent(tx: Transaction, caller: Caller, account: Account, recipients: Sequence[str]) -> None:
    """A mail of more recipients than go in a second is sent as a whole, and the next one waits for the next second."""
    now_ms = tx.moment.epoch_ms
    count = _in_this_second(account, now_ms)
    begun = account.second_ms if count else now_ms
    store.put(tx.connection, replace(account, second_ms=begun, second_count=count + len(recipients)))
    counted = sum(not is_simulated(address) for address in recipients)
    store.note(tx.connection, caller, now_ms, len(recipients), counted)


def _in_this_second(account: Account, now_ms: int) -> int:
    return account.second_count if now_ms - account.second_ms < _SECOND_MS else 0


def _check_verified(tx: Transaction, caller: Caller, addresses: Sequence[str]) -> None:
    by_address = {address: speakers(address) for address in dict.fromkeys(addresses)}
    names = sorted({name for listed in by_address.values() for name in listed})
    found = identity_store.named(tx.connection, caller, names)
    verified = {name for name, identity in found.items() if identity.verified}
    failed = [address for address, listed in by_address.items() if verified.isdisjoint(listed)]
    if failed:
        raise unverified(failed, caller.region)


# ---- the operations ----


def get_send_quota(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    account = store.find(tx.connection, caller)
    return {
        "Max24HourSend": float(account.daily_max),
        "MaxSendRate": float(account.rate_max),
        "SentLast24Hours": float(store.sent_in_a_day(tx.connection, caller, tx.moment.epoch_ms)),
    }


def get_send_statistics(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Nothing that stays in the inbox bounces, is complained of or rejected."""
    points = store.points(tx.connection, caller, tx.moment.epoch_ms)
    none = {"Bounces": 0, "Complaints": 0, "Rejects": 0}
    return {"SendDataPoints": [{"Timestamp": ms / 1000, "DeliveryAttempts": count, **none} for ms, count in points]}


def get_account_sending_enabled(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return {"Enabled": not store.find(tx.connection, caller).paused}


def update_account_sending_enabled(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Without Enabled sending is off, as for AWS: the member's default is false."""
    account = store.find(tx.connection, caller)
    store.put(tx.connection, replace(account, paused=not request.get("Enabled", False)))
    return {}


def get_account(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2."""
    account = store.find(tx.connection, caller)
    return {
        "ProductionAccessEnabled": not account.in_sandbox,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": get_send_quota(tx, caller, {}),
        "SendingEnabled": not account.paused,
    }


def put_account_sending_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2."""
    return update_account_sending_enabled(tx, caller, {"Enabled": request.get("SendingEnabled", False)})


def set_sandbox(tx: Transaction, caller: Caller, granted_by: str | None) -> Account:
    """The operator's decision: out of the sandbox, by whom; None: back into it."""
    granted_ms = None if granted_by is None else tx.moment.epoch_ms
    changed = replace(store.find(tx.connection, caller), granted_by=granted_by, granted_ms=granted_ms)
    store.put(tx.connection, changed)
    return changed
