"""The tables against botocore's models: every operation, member and way in them exists there."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from engine.asl.integrations_table import OPTIMISED
from engine.asl.model import Pattern
from engine.sdk.parameters import OPTIMISED as SPELLING
from engine.sdk.parameters import request_of
from engine.wire.service import load_service
from integrations.forward.jobs import JOBS, Given, Job, Started
from integrations.forward.optimised import optimised
from tests.integrations.calls import task_call

FORWARDED = [
    pytest.param(service, action, id=f"{service}:{action}")
    for service, actions in OPTIMISED.items()
    for action in actions
    if optimised(service, action) is not None
]
JOB_ROWS = [pytest.param(*key, job, id=":".join(key)) for key, job in JOBS.items()]


def model(service: str, action: str, operation: str) -> OperationModel:
    target = optimised(service, action)
    assert target is not None
    return load_service(target.service).operation(operation)


@pytest.mark.parametrize(("service", "action"), FORWARDED)
def test_an_optimised_integration_calls_an_operation_of_its_service(service: str, action: str) -> None:
    target = optimised(service, action)
    assert target is not None
    assert model(service, action, target.operation).name == target.operation


def test_what_is_not_forwarded() -> None:
    """A new row of AWS's table must be decided about here."""
    left = {
        f"{service}:{action}"
        for service, actions in OPTIMISED.items()
        for action in actions
        if optimised(service, action) is None
    }
    assert left == {
        "apigateway:invoke",
        "bedrock-agentcore:invokeHarness",
        "eks:call",
        "eks:runJob",
        "elasticmapreduce:modifyInstanceFleetByName",
        "elasticmapreduce:modifyInstanceGroupByName",
        "http:invoke",
        "lambda:invoke",
        "states:startExecution",
    }


@pytest.mark.parametrize(("service", "action", "job"), JOB_ROWS)
def test_a_job_is_one_that_aws_waits_for(service: str, action: str, job: Job) -> None:
    assert Pattern.SYNC in OPTIMISED[service][action]


@pytest.mark.parametrize(("service", "action", "job"), JOB_ROWS)
def test_a_job_is_asked_after_and_stopped_by_operations_of_the_model(service: str, action: str, job: Job) -> None:
    for request in filter(None, (job.describe, job.stop)):
        shape = model(service, action, request.operation).input_shape
        request_of(_with_texts(request.parameters), shape, SPELLING)  # complains of unknown and of missing members


@pytest.mark.parametrize(("service", "action", "job"), JOB_ROWS)
def test_what_a_request_says_was_given_or_answered(service: str, action: str, job: Job) -> None:
    target = optimised(service, action)
    assert target is not None
    start = model(service, action, target.operation)
    for request in filter(None, (job.describe, job.stop)):
        for leaf in _leaves(request.parameters):
            shape = start.input_shape if isinstance(leaf, Given) else start.output_shape
            renamed = {"ClusterId": "JobFlowId", "StepId": "StepIds"} if service == "elasticmapreduce" else {}
            way = tuple(renamed.get(step, step) if isinstance(step, str) else step for step in leaf.way)
            if isinstance(leaf, Given) and way[0] == "JobFlowId" and action == "terminateCluster":
                way = ("JobFlowIds",)
            assert _reached(shape, way) is not None, leaf


@pytest.mark.parametrize(("service", "action", "job"), JOB_ROWS)
def test_the_status_of_a_job_has_the_words_of_the_table(service: str, action: str, job: Job) -> None:
    answer = model(service, action, job.describe.operation).output_shape
    status = _reached(answer, job.job + job.status)
    assert status is not None
    words = set(getattr(status, "enum", None) or job.succeeded | job.failed)
    assert job.succeeded | job.failed <= words
    assert _reached(answer, job.result) is not None
    assert not job.succeeded & job.failed


def _with_texts(template: Any) -> Any:
    if isinstance(template, Given | Started):
        return "x"
    if isinstance(template, dict):
        return {name: _with_texts(value) for name, value in template.items()}
    if isinstance(template, list):
        return [_with_texts(value) for value in template]
    return template


def _leaves(template: Any) -> Iterator[Given | Started]:
    if isinstance(template, Given | Started):
        yield template
    for value in template.values() if isinstance(template, dict) else template if isinstance(template, list) else ():
        yield from _leaves(value)


def _reached(shape: Shape | None, way: tuple[str | int, ...]) -> Shape | None:
    """The shape at the end of a way, by the names of Tasks."""
    for step in way:
        if isinstance(shape, StructureShape) and isinstance(step, str):
            shape = {SPELLING.member(name): member for name, member in shape.members.items()}.get(step)
        elif isinstance(shape, ListShape) and isinstance(step, int):
            shape = shape.member
        elif isinstance(shape, MapShape):
            shape = shape.value
        else:
            return None
    return shape


def test_transforms_leave_what_they_do_not_know_to_the_check() -> None:
    """Parameters of the wrong kind reach the check that names them, whatever a transform expects."""
    for service, action in (("events", "putEvents"), ("batch", "submitJob"), ("elasticmapreduce", "addStep")):
        target = optimised(service, action)
        assert target is not None
        for wrong in (
            {"Entries": 1},
            {"Entries": ["x"]},
            {"ContainerOverrides": 1},
            {"ContainerOverrides": {"Environment": 1}},
        ):
            assert isinstance(target.before(task_call(f"{service}:{action}", wrong), wrong), dict)
