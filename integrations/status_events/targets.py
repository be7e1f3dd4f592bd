"""Delivering a status change: a POST to a URL, or PutEvents at the endpoint of an event bus.

| the answer | the delivery |
|---|---|
| of a URL: 2xx | is made |
| 401, 407, 408, 409, 425, 429, 5xx, none | is tried again, as EventBridge's API destinations do |
| any other | is given up |
| of PutEvents: no failed entry | is made; else it is tried again |
"""

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import botocore.session
import httpx
import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from engine import limits
from engine.certificates import trusted
from engine.config import AWS, EventSettings, Settings
from engine.config.events import BUS
from engine.contract import Calls, Deliver, DeliveryError

SECONDS_MAX = 5.0  # what an API destination gives a target to answer
_AGAIN = frozenset({401, 407, 408, 409, 425, 429})


@asynccontextmanager
async def open_target(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    """What delivers to the configured target, else to the default bus at the endpoint of `events`; without both, what
    is left in the outbox waits for one."""
    if settings.events is None and settings.endpoints.of(BUS) is not None:
        yield _bus(settings, EventSettings(None))
    elif settings.events is None or settings.events.queue_arn is not None:
        yield _no_target
    elif settings.events.url is None:
        yield _bus(settings, settings.events)
    else:
        async with httpx.AsyncClient(timeout=SECONDS_MAX, trust_env=False, verify=trusted()) as client:
            yield _url(client, settings.events.url)


async def _no_target(payload: str) -> None:
    raise DeliveryError("[events] has no target any more")


def _url(client: httpx.AsyncClient, url: str) -> Deliver:
    async def deliver(payload: str) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": orjson.loads(payload)["id"]}
        try:
            with anyio.fail_after(SECONDS_MAX):
                answer = await client.post(url, content=payload.encode(), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise DeliveryError(f"{url}: {str(error) or type(error).__name__}") from None
        if not answer.is_success:
            again = answer.status_code >= 500 or answer.status_code in _AGAIN
            raise DeliveryError(f"{url} answered {answer.status_code}", final=not again)

    return deliver


def _bus(settings: Settings, events: EventSettings) -> Deliver:
    session = botocore.session.Session()
    clients: dict[str, Any] = {}  # by region
    making = threading.Lock()  # a session makes one client at a time
    endpoint = settings.endpoints.of("events")

    def put(payload: str) -> None:
        event = orjson.loads(payload)
        region = settings.endpoints.region or event["region"]
        with making:
            if region not in clients:
                clients[region] = _client(session, endpoint, region, event["account"])
        try:
            answer = clients[region].put_events(Entries=[_entry(event, events.bus)])
        except (BotoCoreError, ClientError) as error:
            raise DeliveryError(f"PutEvents at {endpoint}: {error}") from None
        if answer.get("FailedEntryCount"):
            raise DeliveryError(f"PutEvents at {endpoint} refused the event: {answer['Entries'][0]}")

    limiter = anyio.CapacityLimiter(limits.EVENT_BUS_CALLS_MAX)

    async def deliver(payload: str) -> None:
        await anyio.to_thread.run_sync(put, payload, limiter=limiter)

    return deliver


def _client(session: Any, endpoint: str | None, region: str, account: str) -> Any:
    given: dict[str, Any] = {}
    if endpoint != AWS:
        given["endpoint_url"] = endpoint
        if "AWS_ACCESS_KEY_ID" not in os.environ:  # as a caller of the same account, to who takes any credentials
            given |= {"aws_access_key_id": account, "aws_secret_access_key": "none"}
    config = Config(connect_timeout=SECONDS_MAX, read_timeout=SECONDS_MAX, retries={"total_max_attempts": 1})
    return session.create_client("events", region_name=region, config=config, **given)


def _entry(event: dict[str, Any], bus: str) -> dict[str, Any]:
    return {
        "Time": event["time"],
        "Source": event["source"],
        "Resources": event["resources"],
        "DetailType": event["detail-type"],
        "Detail": orjson.dumps(event["detail"]).decode(),
        "EventBusName": bus,
    }
