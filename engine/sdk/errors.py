"""The names and causes of failed service calls, in the two styles of AWS.

    aws-sdk:   Sfn.InvalidTokenException          <message> (Service: Sfn, Status Code: 400, Request ID: ..) (..)
    optimised  DynamoDB.AmazonDynamoDBException   <message> (Service: AmazonDynamoDBv2; Status Code: 400; ..)

An error that the service's model does not have is the service's general exception: `SecretsManager.
SecretsManagerException`, `SQS.AmazonSQSException`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from botocore.model import ServiceModel, StructureShape

from engine import limits
from engine.errors import StateError
from engine.sdk.naming import exception_name, service_word
from engine.wire.sqs_query import ERRORS as SQS_ERRORS


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a service refused a call. `code`: as on the wire; `extended_id`: S3's second id of the request."""

    code: str
    message: str
    status: int
    request_id: str
    extended_id: str | None = None
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class _Optimised:
    """The old SDK's words for a service: before the error's name, in the cause, and for unknown errors."""

    prefix: str
    service: str
    general: str


# Those that are called by the old SDK; the integrations that came later use the new one's words.
_OPTIMISED: Mapping[str, _Optimised] = {
    "athena": _Optimised("Athena", "AmazonAthena", "AmazonAthenaException"),
    "batch": _Optimised("Batch", "AWSBatch", "AWSBatchException"),
    "codebuild": _Optimised("CodeBuild", "AWSCodeBuild", "AWSCodeBuildException"),
    "databrew": _Optimised("DataBrew", "AWSGlueDataBrew", "AWSGlueDataBrewException"),
    "dynamodb": _Optimised("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    "ecs": _Optimised("ECS", "AmazonECS", "AmazonECSException"),
    "eks": _Optimised("EKS", "AmazonEKS", "AmazonEKSException"),
    "elasticmapreduce": _Optimised("ElasticMapReduce", "AmazonElasticMapReduce", "AmazonElasticMapReduceException"),
    "emr-containers": _Optimised("EMRContainers", "AmazonEMRContainers", "AmazonEMRContainersException"),
    "events": _Optimised("EventBridge", "AmazonEventBridge", "AmazonEventBridgeException"),
    "glue": _Optimised("Glue", "AWSGlue", "AWSGlueException"),
    "sagemaker": _Optimised("SageMaker", "AmazonSageMaker", "AmazonSageMakerException"),
    "sns": _Optimised("SNS", "AmazonSNS", "AmazonSNSException"),
    "sqs": _Optimised("SQS", "AmazonSQS", "AmazonSQSException"),
    "states": _Optimised("StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"),
}


def service_class(model: ServiceModel) -> str:
    """The service's word in error names and causes of `aws-sdk:` Tasks: `Sfn`, `DynamoDb`, `DatabaseMigration`."""
    return service_word(str(model.service_id))


def sdk_error(model: ServiceModel, refusal: Refusal) -> StateError:
    """The failure of an `aws-sdk:` Task."""
    service = service_class(model)
    shape = _error_shapes(model).get(refusal.code)
    name = f"{service}Exception" if shape is None else exception_name(shape)
    extended = "" if refusal.extended_id is None else f", Extended Request ID: {refusal.extended_id}"
    suffix = (
        f"(Service: {service}, Status Code: {refusal.status}, Request ID: {refusal.request_id}{extended}) "
        f"(SDK Attempt Count: {refusal.attempts})"
    )
    return state_error(f"{service}.{name}", f"{refusal.message} {suffix}")


def optimised_error(integration: str, model: ServiceModel, refusal: Refusal) -> StateError:
    """The failure of an optimised integration, by its name in resources (`elasticmapreduce`)."""
    words = _OPTIMISED.get(integration)
    if words is None:
        return sdk_error(model, refusal)
    shape = _error_shapes(model).get(refusal.code)
    name = words.general if shape is None else _old_exception_name(shape)
    suffix = (
        f"(Service: {words.service}; Status Code: {refusal.status}; Error Code: {refusal.code}; "
        f"Request ID: {refusal.request_id}; Proxy: null)"
    )
    return state_error(f"{words.prefix}.{name}", f"{refusal.message} {suffix}")


def optimised_prefix(integration: str, model: ServiceModel) -> str:
    """What stands before the names of an optimised integration's errors."""
    words = _OPTIMISED.get(integration)
    return service_class(model) if words is None else words.prefix


def unreachable(prefix: str, reason: str) -> StateError:
    """No answer: what the SDK reports when it cannot reach the service."""
    return state_error(f"{prefix}.SdkClientException", f"Unable to execute HTTP request: {reason}")


def state_error(name: str, cause: str) -> StateError:
    """Within AWS's limits of both."""
    return StateError(name[: limits.ERROR_CHARS_MAX], cause[: limits.CAUSE_CHARS_MAX])


def _old_exception_name(shape: str) -> str:
    return shape if shape.endswith("Exception") else f"{shape}Exception"


@lru_cache(maxsize=64)
def _error_shapes(model: ServiceModel) -> dict[str, str]:
    """Every error of the service: code on the wire, and shape's name -> shape's name."""
    found: dict[str, str] = {}
    for shape in model.error_shapes:
        found[shape.name] = shape.name
        if isinstance(shape, StructureShape):
            found[str(shape.error_code)] = shape.name
    if model.service_name == "sqs":  # whose model of today has lost the codes that are on the wire
        found |= {code: name for name, (code, _) in SQS_ERRORS.items()}
    return found
