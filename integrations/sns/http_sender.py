"""Deliveries to HTTP(S) subscribers and webhooks: one POST each, and what its answer means.

| the answer | the delivery |
|---|---|
| 2xx | is made |
| 4xx but 429, a URL that is none | is given up |
| 429, 3xx, 5xx, none within 15 s | failed, and is tried again as its policy says |
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import orjson

from engine import limits
from engine.certificates import trusted
from engine.config import Settings
from engine.contract import Calls, Deliver, DeliveryError
from integrations.sns.deliveries import Delivery, read

AGENT = "Amazon Simple Notification Service Agent"
_TOO_MANY = 429
_ANSWER_BYTES_MAX = 65_536  # of a webhook's answer


class SendError(DeliveryError):
    """A delivery that its subscriber refused. `status`: of the answer, 0 without one."""

    def __init__(self, text: str, status: int, final: bool):
        super().__init__(text, final)
        self.status = status


@asynccontextmanager
async def open_http(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    async with new_client() as client:

        async def deliver(payload: str) -> dict[str, Any]:
            delivery = read(payload)
            status, _ = await post(client, delivery.endpoint, delivery.body.encode(), delivery.extra["headers"])
            return {"status": status}

        yield deliver


@asynccontextmanager
async def open_sms(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    async with new_client() as client:

        async def deliver(payload: str) -> dict[str, Any]:
            return await _hook(client, settings.sns.sms_webhook, read(payload), sms_content)

        yield deliver


@asynccontextmanager
async def open_push(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    async with new_client() as client:

        async def deliver(payload: str) -> dict[str, Any]:
            delivery = read(payload)
            if delivery.extra["token"] is None:
                raise SendError("EndpointDisabled: the endpoint is disabled or deleted", 400, final=True)
            return await _hook(client, settings.sns.push_webhook, delivery, push_content)

        yield deliver


def sms_content(delivery: Delivery) -> dict[str, Any]:
    """An SMS as the webhook gets it."""
    given: Mapping[str, Any] = delivery.extra["attributes"]
    return {
        "MessageId": delivery.message_id,
        "PhoneNumber": delivery.endpoint,
        "Message": delivery.body,
        "SenderId": _own(given, "SenderID", delivery.extra.get("sender")),
        "SMSType": _own(given, "SMSType", delivery.extra.get("type")),
        "TopicArn": delivery.source or None,
        "MessageAttributes": given,
    }


def _own(attributes: Mapping[str, Any], name: str, default: Any) -> Any:
    """What a message says of itself in `AWS.SNS.SMS.*`, or the account's default."""
    return attributes.get(f"AWS.SNS.SMS.{name}", {}).get("Value", default)


def push_content(delivery: Delivery) -> dict[str, Any]:
    """A message to a device as the webhook gets it."""
    extra = delivery.extra
    return {
        "MessageId": delivery.message_id,
        "EndpointArn": delivery.endpoint,
        "Platform": extra["platform"],
        "Token": extra["token"],
        "CustomUserData": extra["user_data"],
        "Message": delivery.body,
        "MessageAttributes": extra["attributes"],
    }


async def _hook(client: httpx.AsyncClient, url: str | None, delivery: Delivery, content: Any) -> dict[str, Any]:
    """What became of it: `record` where there is no webhook, else its status and answer."""
    if url is None:
        return {"record": content(delivery)}
    headers = {"Content-Type": "application/json", "Idempotency-Key": delivery.message_id}
    status, answer = await post(client, url, orjson.dumps(content(delivery)), headers)
    try:
        said = orjson.loads(answer) if answer else {}
    except ValueError:
        said = {}
    return {"status": status, "answer": said if isinstance(said, dict) else {}}


def new_client() -> httpx.AsyncClient:
    connections = httpx.Limits(max_connections=limits.OUTBOX_DELIVERIES_MAX, max_keepalive_connections=16)
    return httpx.AsyncClient(timeout=limits.SNS_HTTP_SECONDS_MAX, limits=connections, trust_env=False, verify=trusted())


async def post(client: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """(status, the beginning of the answer). Raises SendError."""
    try:
        with anyio.fail_after(limits.SNS_HTTP_SECONDS_MAX):
            async with client.stream("POST", url, content=body, headers={"User-Agent": AGENT, **headers}) as answer:
                said = await _beginning(answer)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise SendError(f"{url}: {error}", 0, final=True) from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise SendError(f"{url}: {str(error) or type(error).__name__}", 0, final=False) from None
    if answer.is_success:
        return answer.status_code, said
    permanent = 400 <= answer.status_code < 500 and answer.status_code != _TOO_MANY
    raise SendError(f"{url} answered {answer.status_code}", answer.status_code, final=permanent)


async def _beginning(answer: httpx.Response) -> bytes:
    content = b""
    async for part in answer.aiter_raw():
        content += part
        if len(content) > _ANSWER_BYTES_MAX:
            break
    return content[:_ANSWER_BYTES_MAX]
