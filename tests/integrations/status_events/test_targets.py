"""The deliveries: to a URL, and to the event bus of an endpoint."""

import json
from collections.abc import Iterator

import pytest

from engine.config import Endpoints, EventSettings, Settings
from engine.contract import DeliveryError
from engine.runtime.extensions import nothing_to_call
from integrations.status_events.sink import sink_of
from integrations.status_events.targets import open_target
from tests.integrations.status_events.receiver import Received, receiving

pytestmark = pytest.mark.anyio

EVENT = {
    "id": "0001",
    "time": "2026-11-22T14:18:41Z",
    "source": "aws.states",
    "account": "000000000000",
    "region": "eu-west-1",
    "resources": ["arn"],
    "detail-type": "Step Functions Execution Status Change",
    "detail": {"status": "RUNNING", "name": "é"},
}
PAYLOAD = json.dumps(EVENT)


@pytest.fixture
def received() -> Iterator[Received]:
    with receiving() as found:
        yield found


async def test_a_url_gets_the_event(received: Received) -> None:
    async with open_target(Settings(events=EventSettings(received.url)), nothing_to_call) as deliver:
        await deliver(PAYLOAD)
    assert received.bodies == [EVENT]
    assert received.headers[0]["idempotency-key"] == "0001"
    assert received.headers[0]["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "final"),
    [(500, False), (503, False), (429, False), (408, False), (401, False), (400, True), (404, True), (302, True)],
)
async def test_what_a_url_answers_decides(received: Received, status: int, final: bool) -> None:
    received.statuses.append(status)
    async with open_target(Settings(events=EventSettings(received.url)), nothing_to_call) as deliver:
        with pytest.raises(DeliveryError, match=f"answered {status}") as error:
            await deliver(PAYLOAD)
    assert error.value.final is final


async def test_a_target_that_is_not_there_is_tried_again() -> None:
    async with open_target(Settings(events=EventSettings("http://127.0.0.1:9/x")), nothing_to_call) as deliver:
        with pytest.raises(DeliveryError, match=r"http://127\.0\.0\.1:9/x") as error:
            await deliver(PAYLOAD)
    assert error.value.final is False


def _bus(received: Received) -> Settings:
    return Settings(events=EventSettings(None, "orders"), endpoints=Endpoints(services={"events": received.url}))


async def test_an_event_bus_gets_it_by_put_events(received: Received) -> None:
    received.answer = b'{"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}'
    async with open_target(_bus(received), nothing_to_call) as deliver:
        await deliver(PAYLOAD)
    [body], [headers] = received.bodies, received.headers
    [entry] = body["Entries"]
    assert headers["x-amz-target"] == "AWSEvents.PutEvents"
    assert "/eu-west-1/events/aws4_request" in headers["authorization"]
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == (
        "aws.states",
        "Step Functions Execution Status Change",
        "orders",
    )
    assert json.loads(entry["Detail"]) == EVENT["detail"]
    assert (entry["Resources"], entry["Time"]) == (["arn"], 1_795_357_121)


async def test_what_services_publish_goes_to_the_default_bus_where_no_target_is_set(received: Received) -> None:
    received.answer = b'{"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}'
    settings = Settings(endpoints=Endpoints(services={"events": received.url}))
    async with open_target(settings, nothing_to_call) as deliver:
        await deliver(PAYLOAD)
    assert received.bodies[0]["Entries"][0]["EventBusName"] == "default"


@pytest.mark.parametrize(
    ("status", "answer"), [(200, b'{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "X"}]}'), (500, b"{}")]
)
async def test_a_bus_that_refuses_is_tried_again(received: Received, status: int, answer: bytes) -> None:
    received.statuses.append(status)
    received.answer = answer
    async with open_target(_bus(received), nothing_to_call) as deliver:
        with pytest.raises(DeliveryError, match="PutEvents at") as error:
            await deliver(PAYLOAD)
    assert error.value.final is False


async def test_without_a_target_nothing_is_published_and_nothing_lost() -> None:
    assert sink_of(Settings()) is None
    async with open_target(Settings(), nothing_to_call) as deliver:
        with pytest.raises(DeliveryError, match="no target"):
            await deliver(PAYLOAD)
