"""Mails on their way to the relay: a row of the outbox each, with all that its end has to know."""

from collections.abc import Sequence
from typing import Any

import orjson

from engine import limits
from engine.contract import Transaction
from integrations.ses.events.facts import Facts

KIND = "ses:relay"
LOCAL_ANSWER = "250 2.0.0 OK kept in the inbox of this server"


def leave(
    tx: Transaction,
    facts: Facts,
    sender: str,
    recipients: Sequence[str],
    mime: bytes,
    tls: bool = False,
    seconds: int | None = None,
) -> None:
    """`sender`, `recipients`: the envelope. `seconds`: how long it is tried; None: as long as AWS does."""
    tried_ms = limits.SES_RELAY_MS if seconds is None else seconds * 1000
    values = {
        "facts": facts.packed(),
        "sender": sender,
        "to": list(recipients),
        "mime": mime.decode("latin-1"),
        "tls": tls,
        "attempt": 1,
        "until_ms": facts.time_ms + tried_ms,
    }
    post(tx, values, 0)


def post(tx: Transaction, values: dict[str, Any], delay_ms: int) -> None:
    tx.send_later(KIND, orjson.dumps(values).decode(), delay_ms)


def delay_ms(attempts: int) -> int:
    """What to wait after so many attempts (1 or more)."""
    return min(limits.SES_RELAY_FIRST_DELAY_MS << min(attempts - 1, 32), limits.SES_RELAY_DELAY_MAX_MS)
