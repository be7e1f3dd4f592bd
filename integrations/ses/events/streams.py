"""Events to delivery streams of Firehose: the endpoint that [endpoints] has for it, or the folder of [firehose]."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import orjson

from engine.asl.model import Pattern
from engine.config import Settings
from engine.contract import Call, Calls, Deliver, DeliveryError, Transaction
from engine.errors import StateError
from integrations.ses.events.facts import Facts

KIND = "ses:firehose"
NOWHERE = "no Firehose: [endpoints] has none, and there is no [firehose] root"
_STREAM = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_GONE = "ResourceNotFoundException"


def is_stream(arn: str) -> bool:
    """Whether its name can be that of a delivery stream, and of a folder."""
    name = arn.rpartition("/")[2]
    return ":deliverystream/" in arn and _STREAM.fullmatch(name) is not None and name.strip(".") != ""


def is_anywhere(settings: Settings) -> bool:
    return settings.endpoints.of("firehose") is not None or settings.firehose is not None


def post(tx: Transaction, facts: Facts, arn: str, event: str) -> None:
    values = {
        "stream": arn.rpartition("/")[2],
        "event": event,
        "account": facts.account,
        "region": facts.region,
        "id": tx.moment.uuid(),
        "time_ms": tx.moment.epoch_ms,
    }
    tx.send_later(KIND, orjson.dumps(values).decode())


@asynccontextmanager
async def open_streams(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    writing = anyio.Lock()

    async def deliver(payload: str) -> None:
        values = orjson.loads(payload)
        if settings.endpoints.of("firehose") is not None:
            try:
                await calls(_call(values))
            except StateError as error:
                raise DeliveryError(f"{error.name}: {error.cause}", final=str(error.name).endswith(_GONE)) from None
        elif settings.firehose is not None:
            async with writing:
                await anyio.to_thread.run_sync(_append, settings.firehose, values)
        else:
            raise DeliveryError(NOWHERE)

    yield deliver


def _append(root: Path, values: dict[str, Any]) -> None:
    """A line of JSON, on disk when this returns."""
    day = datetime.fromtimestamp(values["time_ms"] // 1000, UTC).strftime("%Y-%m-%d")
    folder = root / values["stream"]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{day}.jsonl").open("ab") as file:
        file.write(values["event"].encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _call(values: dict[str, Any]) -> Call:
    return Call(
        resource="arn:aws:states:::aws-sdk:firehose:putRecord",
        service="firehose",
        action="putRecord",
        pattern=Pattern.REQUEST_RESPONSE,
        parameters={"DeliveryStreamName": values["stream"], "Record": {"Data": values["event"] + "\n"}},
        account=values["account"],
        region=values["region"],
        execution_arn=f"arn:aws:ses:{values['region']}:{values['account']}:events",
        state_name="",
        idempotency_key=values["id"],
        sdk=True,
    )
