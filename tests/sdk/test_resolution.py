"""Which action a resource names: built in before bridged before forwarded; and the bridge itself."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from engine import limits
from engine.asl.model import Pattern
from engine.config import Settings
from engine.contract import (
    Action,
    Caller,
    FindAction,
    Integration,
    LocalAction,
    Operation,
    RemoteAction,
    RemoteCaller,
    Transaction,
)
from engine.errors import InvariantError, ServiceError, StateError
from engine.sdk.resolution import InstalledActions, InstalledTargets
from tests.integrations.calls import task_call

CALLER = Caller("123456789012", "eu-west-1")


@dataclass
class Seen:
    """A queue service of three operations."""

    requests: list[dict[str, Any]] = field(default_factory=list)

    def send(self, tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(request)
        return {"MD5OfMessageBody": "m", "MessageId": "1"}

    def create(self, tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        raise ServiceError("QueueNameExists", "taken", 400)

    def messages(self, tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        raise ServiceError("Odd", "odd", 500)

    def integration(self) -> Integration:
        operations = {"SendMessage": self.send, "CreateQueue": self.create, "ReceiveMessage": self.messages}
        return Integration(
            "sqs",
            actions={"sendMessage": LocalAction(lambda tx, caller, call: "optimised")},
            operations={name: Operation(function) for name, function in operations.items()},
        )


class Moment:
    def uuid(self) -> str:
        return "R"


class Tx:
    moment = Moment()


def perform(action: Action | None, resource: str, parameters: Any) -> Any:
    assert isinstance(action, LocalAction)
    return action.call(cast(Transaction, Tx()), CALLER, task_call(resource, parameters))


def never(settings: Settings) -> AbstractAsyncContextManager[RemoteCaller]:
    raise AssertionError("not opened here")


def everything(settings: Settings) -> FindAction:
    return lambda service, action, sdk: RemoteAction()


FORWARD = Integration("forward", remote=never, forwards=everything)


def test_the_order() -> None:
    seen = Seen()
    found = InstalledActions([FORWARD, seen.integration()], Settings())
    assert perform(found.find("sqs", "sendMessage", False), "sqs:sendMessage", {}) == "optimised"
    assert isinstance(found.find("sqs", "sendMessage", True), LocalAction)
    assert found.find("sqs", "purgeQueue", True) is None  # a built-in service is not forwarded
    assert found.find("sns", "publish", False) == RemoteAction(caller="forward")
    assert found.find("s3", "getObject", True) == RemoteAction(caller="forward")


def test_without_settings_nothing_is_forwarded() -> None:
    assert InstalledActions([FORWARD]).find("s3", "getObject", True) is None


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RESOLVED_ACTIONS_MAX", 3)
    found = InstalledActions([FORWARD], Settings())
    for number in range(10):
        assert found.find(f"s{number}", "a", False) is not None
    assert len(found._known) == 3


def test_remote_actions_need_what_performs_them() -> None:
    with pytest.raises(InvariantError, match="nothing that performs them"):
        InstalledActions([Integration("x", actions={"a": RemoteAction()})])


def test_targets() -> None:
    actions = InstalledActions([Seen().integration()])
    targets = InstalledTargets(actions, allow_unknown=False)
    assert targets.supports("sqs", "sendMessage", Pattern.REQUEST_RESPONSE, sdk=False)
    assert targets.supports("sqs", "sendMessage", Pattern.WAIT_FOR_TASK_TOKEN, sdk=True)
    assert not targets.supports("sqs", "sendMessage", Pattern.WAIT_FOR_TASK_TOKEN, sdk=False)
    assert not targets.supports("sns", "publish", Pattern.REQUEST_RESPONSE, sdk=False)
    assert InstalledTargets(actions, allow_unknown=True).supports("sns", "publish", Pattern.SYNC, sdk=False)


def test_a_bridged_call_is_the_operation() -> None:
    seen = Seen()
    action = InstalledActions([seen.integration()]).find("sqs", "sendMessage", True)
    result = perform(action, "aws-sdk:sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"a": 1}, "DelaySeconds": 3})
    assert seen.requests == [{"QueueUrl": "q", "MessageBody": '{"a":1}', "DelaySeconds": 3}]
    assert result == {"Md5OfMessageBody": "m", "MessageId": "1"}


@pytest.mark.parametrize(
    ("action", "parameters", "name", "cause"),
    [
        ("createQueue", {"QueueName": "q"}, "Sqs.QueueNameExistsException",
         "taken (Service: Sqs, Status Code: 400, Request ID: R) (SDK Attempt Count: 1)"),
        ("receiveMessage", {"QueueUrl": "q"}, "Sqs.SqsException",
         "odd (Service: Sqs, Status Code: 500, Request ID: R) (SDK Attempt Count: 1)"),
        ("createQueue", {"Name": "q"}, "States.Runtime",
         "The Parameters '{\"Name\":\"q\"}' could not be used to start the Task: [The field 'Name' is not supported by "
         "Step Functions, The field 'QueueName' is required but was missing]"),
    ],
)  # fmt: skip
def test_a_bridged_call_that_fails(action: str, parameters: Any, name: str, cause: str) -> None:
    resource = f"aws-sdk:sqs:{action}"
    with pytest.raises(StateError) as failed:
        perform(InstalledActions([Seen().integration()]).find("sqs", action, True), resource, parameters)
    assert (failed.value.name, failed.value.cause) == (name, cause)


def test_a_bridged_call_keeps_the_models_constraints() -> None:
    states = Integration("stepfunctions", operations={"DeleteActivity": Operation(lambda tx, caller, request: {})})
    action = InstalledActions([states]).find("sfn", "deleteActivity", True)
    with pytest.raises(StateError) as failed:
        perform(action, "aws-sdk:sfn:deleteActivity", {"ActivityArn": ""})
    assert failed.value.name == "Sfn.ValidationException"
    assert "failed to satisfy constraint: Member must have length greater than or equal to 1" in str(failed.value.cause)


@pytest.mark.parametrize(
    ("stores", "allow", "installed", "input_type", "problem"),
    [
        (True, False, False, "JSON", None),
        (True, False, False, None, None),
        (True, False, True, "PARQUET", None),
        (True, False, False, "PARQUET", "pip install 'statewright[parquet]'"),
        (False, False, True, "JSON", "[buckets] root"),
        (False, True, False, "PARQUET", None),
    ],
)
def test_whether_maps_can_read_objects(
    monkeypatch: pytest.MonkeyPatch,
    stores: bool,
    allow: bool,
    installed: bool,
    input_type: str | None,
    problem: str | None,
) -> None:
    monkeypatch.setattr("engine.items.parquet.installed", lambda: installed)
    found = InstalledTargets(InstalledActions([]), allow, stores).objects_problem(input_type)
    assert (found is None) == (problem is None)
    assert problem is None or (found is not None and problem in found)
