"""The optimised integrations that are forwarded: which operation each one calls, and what it changes on the way.

Most are one operation of the same name. Where AWS's integration differs from the API (EMR's has parameters of its own,
EventBridge's fails when an entry does) the table names what is done to the parameters and to the result.
Source: the pages of "Integrating optimized services" in the Step Functions Developer Guide.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import jsontext
from engine.contract import Call
from engine.errors import StateError
from engine.sdk.errors import state_error
from engine.sdk.naming import operation_name

Json = Any
Before = Callable[[Call, dict[str, Json]], dict[str, Json]]
After = Callable[[dict[str, Json]], dict[str, Json]]


def _as_they_are(call: Call, parameters: dict[str, Json]) -> dict[str, Json]:
    return parameters


def _as_it_is(result: dict[str, Json]) -> dict[str, Json]:
    return result


@dataclass(frozen=True, slots=True)
class Optimised:
    """`service` is botocore's name. `before` and `after` work on the Task's spelling; `after` may raise StateError."""

    service: str
    operation: str
    before: Before = _as_they_are
    after: After = _as_it_is


# ---- what is done to parameters ----


def _with_sources(call: Call, parameters: dict[str, Json]) -> dict[str, Json]:
    """EventBridge: each entry names the execution and its machine among its resources."""
    parts = call.execution_arn.split(":")
    machine = ":".join([*parts[:5], "stateMachine", parts[6]])
    entries = parameters.get("Entries")
    if not isinstance(entries, list):
        return parameters
    return {**parameters, "Entries": [_with_resources(entry, [call.execution_arn, machine]) for entry in entries]}


def _with_resources(entry: Json, arns: list[str]) -> Json:
    if not isinstance(entry, dict) or not isinstance(entry.get("Resources", []), list):
        return entry
    return {**entry, "Resources": [*entry.get("Resources", []), *arns]}


MANAGED = {"Name": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}


def _managed(call: Call, parameters: dict[str, Json]) -> dict[str, Json]:
    """Batch: the job's environment says who started it."""
    overrides = parameters.get("ContainerOverrides", {})
    environment = overrides.get("Environment", []) if isinstance(overrides, dict) else None
    if not isinstance(environment, list):
        return parameters
    return {**parameters, "ContainerOverrides": {**overrides, "Environment": [*environment, MANAGED]}}


def _started_by(call: Call, parameters: dict[str, Json]) -> dict[str, Json]:
    return {"StartedBy": "AWS Step Functions", **parameters}


def _renamed(**names: str) -> Before:
    """Members by other names: Step Functions' -> the API's."""

    def before(call: Call, parameters: dict[str, Json]) -> dict[str, Json]:
        return {names.get(name, name): value for name, value in parameters.items()}

    return before


def _as_lists(**names: str) -> Before:
    """Members that the API has as lists, by names of the plural: Step Functions' -> the API's."""

    def before(call: Call, parameters: dict[str, Json]) -> dict[str, Json]:
        single = {names[name]: [value] for name, value in parameters.items() if name in names}
        return {name: value for name, value in parameters.items() if name not in names} | single

    return before


def _add_step(call: Call, parameters: dict[str, Json]) -> dict[str, Json]:
    return _as_lists(Step="Steps")(call, _renamed(ClusterId="JobFlowId")(call, parameters))


# ---- what is done to results ----


def _no_failed_entry(result: dict[str, Json]) -> dict[str, Json]:
    if result.get("FailedEntryCount"):
        raise state_error("EventBridge.FailedEntry", jsontext.dumps(result))
    return result


def _no_failure(result: dict[str, Json]) -> dict[str, Json]:
    """ECS: a task that could not be placed is no refusal of the call."""
    if result.get("Failures"):
        raise state_error("AmazonECS.Unknown", jsontext.dumps(result))
    return result


def _first(**names: str) -> After:
    """A member with the first of the list that the API gives: the API's -> Step Functions'."""

    def after(result: dict[str, Json]) -> dict[str, Json]:
        single = {names[name]: value[0] for name, value in result.items() if name in names and value}
        return {name: value for name, value in result.items() if name not in names} | single

    return after


def _cluster_id(result: dict[str, Json]) -> dict[str, Json]:
    return {"ClusterId" if name == "JobFlowId" else name: value for name, value in result.items()}


def _parsed_body(result: dict[str, Json]) -> dict[str, Json]:
    """Bedrock: a JSON answer of the model is a value."""
    if not str(result.get("ContentType", "")).startswith("application/json"):
        return result
    try:
        return {**result, "Body": jsontext.loads(result.get("Body", "null"))}
    except jsontext.JsonError as error:
        raise StateError("States.Runtime", f"The model's answer is not the JSON that it says it is: {error}") from None


# ---- the table: what is not one operation of the same name of the same service ----

_SAME_NAMES: Mapping[str, str] = {  # integration -> botocore's name of the service
    "athena": "athena",
    "batch": "batch",
    "codebuild": "codebuild",
    "databrew": "databrew",
    "dynamodb": "dynamodb",
    "ecs": "ecs",
    "eks": "eks",
    "emr-containers": "emr-containers",
    "emr-serverless": "emr-serverless",
    "events": "events",
    "glue": "glue",
    "lambda": "lambda",
    "mediaconvert": "mediaconvert",
    "sagemaker": "sagemaker",
    "sns": "sns",
    "sqs": "sqs",
}
_SPECIAL: Mapping[tuple[str, str], Optimised] = {
    ("batch", "submitJob"): Optimised("batch", "SubmitJob", before=_managed),
    ("bedrock", "invokeModel"): Optimised("bedrock-runtime", "InvokeModel", after=_parsed_body),
    ("bedrock", "createModelCustomizationJob"): Optimised("bedrock", "CreateModelCustomizationJob"),
    ("ecs", "runTask"): Optimised("ecs", "RunTask", before=_started_by, after=_no_failure),
    ("elasticmapreduce", "createCluster"): Optimised("emr", "RunJobFlow", after=_cluster_id),
    ("elasticmapreduce", "setClusterTerminationProtection"): Optimised(
        "emr", "SetTerminationProtection", before=_as_lists(ClusterId="JobFlowIds")
    ),
    ("elasticmapreduce", "terminateCluster"): Optimised(
        "emr", "TerminateJobFlows", before=_as_lists(ClusterId="JobFlowIds")
    ),
    ("elasticmapreduce", "addStep"): Optimised(
        "emr", "AddJobFlowSteps", before=_add_step, after=_first(StepIds="StepId")
    ),
    ("elasticmapreduce", "cancelStep"): Optimised(
        "emr", "CancelSteps", before=_as_lists(StepId="StepIds"), after=_first(CancelStepsInfoList="CancelStepsInfo")
    ),
    ("events", "putEvents"): Optimised("events", "PutEvents", before=_with_sources, after=_no_failed_entry),
}
# Not of the API but of a cluster, or several calls of the API: refused.
_NOT_FORWARDED = frozenset(
    {
        ("eks", "call"),
        ("eks", "runJob"),
        ("elasticmapreduce", "modifyInstanceFleetByName"),
        ("elasticmapreduce", "modifyInstanceGroupByName"),
        ("lambda", "invoke"),  # the lambda integration's own
    }
)


def optimised(integration: str, action: str) -> Optimised | None:
    """How an optimised integration is forwarded; None where it is not."""
    if (integration, action) in _NOT_FORWARDED:
        return None
    special = _SPECIAL.get((integration, action))
    if special is not None:
        return special
    service = _SAME_NAMES.get(integration)
    return None if service is None else Optimised(service, operation_name(action))
