"""Limits that a test cannot reach as they are, lowered; and a machine that is replaced while its update is compiled."""

import random
from typing import Any, cast

import pytest

from engine import limits
from engine.api.state_machines import Checked, update_state_machine
from engine.contract import Caller
from engine.errors import ServiceError
from engine.moment import Moment
from engine.runtime.protocol import EngineTransaction
from engine.store.rows import MachineRow
from tests.api.client import Api, refusal
from tests.api.machines import OTHER_PASS, PASS, ROLE


def test_machines(lonely: Api, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MACHINES_MAX", 2)
    first = {"name": lonely.name(), "definition": PASS, "roleArn": ROLE}
    made = lonely.create_state_machine(**first)
    lonely.machine(PASS)
    new = {"name": lonely.name(), "definition": PASS, "roleArn": ROLE}
    assert refusal(lonely.create_state_machine, **new)[0] == "StateMachineLimitExceeded"
    assert lonely.create_state_machine(**first) == made
    lonely.delete_state_machine(stateMachineArn=made["stateMachineArn"])
    lonely.until(lonely.list_state_machines, lambda page: len(page["stateMachines"]) == 1)
    lonely.create_state_machine(**new)


def test_activities(lonely: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ACTIVITIES_MAX", 1)
    made = lonely.create_activity(name="a")
    assert refusal(lonely.create_activity, name="b")[0] == "ActivityLimitExceeded"
    assert lonely.create_activity(name="a") == made
    lonely.delete_activity(activityArn=made["activityArn"])
    lonely.create_activity(name="b")


def test_pollers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    activity = api.create_activity(name=api.name())["activityArn"]
    monkeypatch.setattr(limits, "ACTIVITY_POLLERS_MAX", 0)
    assert refusal(api.get_activity_task, activityArn=activity)[0] == "ActivityWorkerLimitExceeded"


def test_a_machine_replaced_by_one_of_another_type() -> None:
    """Between the check of its new definition and the write, the machine was deleted and made anew."""
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
    row = MachineRow(2, arn, "000000000000", "us-east-1", "m", "EXPRESS", "ACTIVE", 3, None, "", "", "", "", "", 1, 1)

    class Batch:
        moment = Moment(1, random.Random(1))

        def find_machine(self, asked: str) -> MachineRow:
            return row

    request: dict[str, Any] = {"stateMachineArn": arn, "definition": OTHER_PASS}
    with pytest.raises(ServiceError) as caught:
        update_state_machine(
            cast(EngineTransaction, Batch()),
            Caller("000000000000", "us-east-1"),
            request,
            checked=Checked("STANDARD", "{}"),
        )
    assert (caught.value.code, caught.value.status) == ("ConflictException", 409)
