"""Deliveries to functions, delivery streams and buckets: by the remote actions of other integrations, or into a folder.

What cannot be reached is tried again as the delivery's schedule says; a function that is not there is given up at once.
A function that was reached and failed has had the message: what follows is Lambda's way with events (outcomes.py).
"""

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
from engine.contract import Call, Calls, Deliver
from engine.errors import StateError
from integrations.sns.deliveries import Delivery, read
from integrations.sns.http_sender import SendError

_GONE = ("ResourceNotFoundException", "InvalidParameterValueException")


@asynccontextmanager
async def open_functions(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    async def deliver(payload: str) -> dict[str, Any]:
        delivery = read(payload)
        parameters = {"FunctionName": delivery.endpoint, "Payload": delivery.extra["event"]}
        try:
            await calls(_call(delivery, "lambda", "invoke", parameters, sdk=False))
        except StateError as error:
            if not _is_services(error):
                return {"status": 200, "failed": f"{error.name}: {error.cause}"}
            raise _send_error(error) from None
        return {"status": 200}

    yield deliver


@asynccontextmanager
async def open_streams(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    """To the endpoint of Firehose, else into the folder of the settings; without both they wait for one."""
    writing = anyio.Lock()

    async def deliver(payload: str) -> dict[str, Any]:
        delivery = read(payload)
        name = delivery.endpoint.rpartition("/")[2]
        if settings.endpoints.of("firehose") is not None:
            record = {"DeliveryStreamName": name, "Record": {"Data": delivery.body + "\n"}}
            try:
                await calls(_call(delivery, "firehose", "putRecord", record, sdk=True))
            except StateError as error:
                raise _send_error(error) from None
        elif settings.firehose is not None:
            async with writing:
                await anyio.to_thread.run_sync(_append, settings.firehose, name, delivery)
        else:
            text = "no Firehose: [endpoints] has none, and there is no [firehose] root"
            raise SendError(text, 0, final=False)
        return {"status": 200}

    yield deliver


@asynccontextmanager
async def open_objects(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    """To the endpoint of S3: an object for each."""

    async def deliver(payload: str) -> dict[str, Any]:
        delivery = read(payload)
        content = {"Bucket": delivery.endpoint, "Key": delivery.extra["key"], "Body": delivery.body}
        try:
            await calls(_call(delivery, "s3", "putObject", content, sdk=True))
        except StateError as error:
            raise _send_error(error) from None
        return {"status": 200}

    yield deliver


def _append(root: Path, stream: str, delivery: Delivery) -> None:
    """A line of JSON, on disk when this returns."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", stream) or stream.strip(".") == "":
        raise SendError(f"{stream} is no name of a delivery stream", 400, final=True)
    day = datetime.fromtimestamp(delivery.published_ms // 1000, UTC).strftime("%Y-%m-%d")
    folder = root / stream
    folder.mkdir(parents=True, exist_ok=True)
    try:
        line = orjson.dumps(orjson.loads(delivery.body))
    except ValueError:
        line = orjson.dumps(delivery.body)  # raw delivery of what is no JSON: a line that is a string
    with (folder / f"{day}.jsonl").open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _is_services(error: StateError) -> bool:
    """Whether Lambda refused the call, and not the function itself failed."""
    return str(error.name).startswith("Lambda.") and error.name != "Lambda.Unknown"


def _send_error(error: StateError) -> SendError:
    return SendError(f"{error.name}: {error.cause}", 400, final=str(error.name).endswith(_GONE))


def _call(delivery: Delivery, service: str, action: str, parameters: dict[str, Any], sdk: bool) -> Call:
    return Call(
        resource=f"arn:aws:states:::{'aws-sdk:' if sdk else ''}{service}:{action}",
        service=service,
        action=action,
        pattern=Pattern.REQUEST_RESPONSE,
        parameters=parameters,
        account=delivery.account,
        region=delivery.region,
        execution_arn=delivery.subscription or delivery.source,
        state_name="",
        idempotency_key=f"{delivery.subscription}/{delivery.message_id}",
        sdk=sdk,
    )
