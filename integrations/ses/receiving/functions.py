"""Functions that get a mail as an event: deliveries of the outbox; and the call that a chain waits for.

A function that cannot be reached is tried again; one that was reached and failed is called again as often as Lambda
does with events, one minute and two minutes later.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from engine import limits
from engine.asl.model import Pattern
from engine.config import Settings
from engine.contract import Call, Caller, Calls, Deliver, DeliveryError, Transaction
from engine.errors import StateError
from integrations.ses.receiving.performing import EVENT_KIND

_GONE = "ResourceNotFoundException"
_RETRY_MS = 60_000


def call_of(arn: str, event: Any, account: str, region: str, key: str) -> Call:
    """`key`: of the mail's action, the same whenever it is done again. The ARN was checked when the rule was made."""
    caller = Caller(account, region, arn.split(":")[1])
    return Call(
        resource=arn,
        service="lambda",
        action="function",
        pattern=Pattern.REQUEST_RESPONSE,
        parameters=event,
        account=account,
        region=region,
        execution_arn=caller.arn("ses", f"received/{key}"),
        state_name="",
        idempotency_key=key,
    )


def was_reached(error: StateError) -> bool:
    """Whether the function itself failed, and Lambda did not refuse the call."""
    return not str(error.name).startswith("Lambda.") or error.name == "Lambda.Unknown"


def is_gone(error: StateError) -> bool:
    return str(error.name).endswith(_GONE)


@asynccontextmanager
async def open_events(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    """Gives whether the function failed, and how."""

    async def deliver(payload: str) -> str | None:
        given = orjson.loads(payload)
        call = call_of(given["function"], given["event"], given["account"], given["region"], given["key"])
        try:
            await calls(call)
        except StateError as error:
            text = f"{error.name}: {error.cause}"
            if was_reached(error):
                return text
            raise DeliveryError(text, final=is_gone(error)) from None
        return None

    yield deliver


def settle_event(tx: Transaction, payload: str, failed: str | None) -> None:
    """After a delivery: a function that failed is called again, for as often as that goes."""
    given = orjson.loads(payload)
    if failed is not None and given["failures"] < limits.SES_EVENT_RETRIES:
        given["failures"] += 1
        tx.send_later(EVENT_KIND, orjson.dumps(given).decode(), _RETRY_MS * given["failures"])
