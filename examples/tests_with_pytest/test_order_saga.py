"""Tests of the order saga, as users write them, with Statewright's pytest plugin.

Each test has a server with nothing in it, whose clock stands until the test moves it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from statewright_pytest import Machine, Statewright

EXAMPLES = Path(__file__).parents[1]
ORDER = json.loads((EXAMPLES / "inputs" / "order-saga.json").read_text())


class PaymentGatewayBusy(Exception):
    """The class's name is the error name that Retry and Catch see."""


class CardDeclined(Exception):
    pass


@pytest.fixture
def saga(statewright: Statewright) -> Machine:
    statewright.function("reserve-stock")(lambda event: {"reservationId": "r-1"})
    statewright.function("ship-order")(lambda event: {"trackingNumber": "DE-1"})
    return statewright.create(EXAMPLES / "order-saga.asl.json")


def test_a_busy_gateway_is_asked_again(statewright: Statewright, saga: Machine) -> None:
    @statewright.function("charge-card")
    def charge(event: dict[str, Any]) -> dict[str, Any]:
        if event["attempt"] < 2:
            raise PaymentGatewayBusy("try again")
        return {"chargeId": "c-1", "amount": 26.75}

    execution = statewright.run(saga, ORDER)
    assert execution.status == "RUNNING"  # it waits for its first retry

    statewright.advance(seconds=1 + 2)  # IntervalSeconds, then twice as long
    assert execution.states == ["Reserve stock", "Charge card", "Ship", "Order completed"]
    assert execution.output["trackingNumber"] == "DE-1"
    assert [event["attempt"] for event in charge.calls] == [0, 1, 2]


def test_a_declined_card_gives_the_stock_back(statewright: Statewright, saga: Machine) -> None:
    @statewright.function("charge-card")
    def charge(event: dict[str, Any]) -> None:
        raise CardDeclined("The bank declined the card")

    release = statewright.function("release-stock")(lambda event: {})
    execution = statewright.run(saga, ORDER)
    assert execution.states == ["Reserve stock", "Charge card", "Release stock", "Order rejected"]
    assert execution.error == "CardDeclined"
    assert release.calls == [{"reservationId": "r-1"}]


def test_a_gateway_that_hangs_is_given_up_after_half_a_minute(statewright: Statewright, saga: Machine) -> None:
    statewright.function("charge-card", takes=600)(lambda event: {"chargeId": "late", "amount": 1})
    statewright.function("release-stock")(lambda event: {})
    execution = statewright.run(saga, ORDER)
    statewright.advance(seconds=29)
    assert execution.status == "RUNNING"
    statewright.advance(seconds=1)
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")


def test_an_approval_that_nobody_gives_is_escalated_after_a_day(statewright: Statewright) -> None:
    asked = statewright.function("ask-approver")(lambda event: {})
    machine = statewright.create(EXAMPLES / "human-approval.asl.json")
    expense = {"amount": 250, "purpose": "a chair", "approver": "ada@example.com"}
    answered, forgotten = statewright.run(machine, expense), statewright.run(machine, expense)

    statewright.client("stepfunctions").send_task_success(
        taskToken=asked.calls[0]["taskToken"], output=json.dumps({"approved": True})
    )
    statewright.advance(days=1)
    assert answered.output == {"status": "BOOKED", "amount": 250, "purpose": "a chair"}
    assert (forgotten.status, forgotten.error) == ("FAILED", "NoAnswer")
