"""Names and causes of refused calls, in both styles."""

import pytest

from engine import limits
from engine.errors import ServiceError
from engine.sdk.errors import Refusal, optimised_error, optimised_prefix, sdk_error, state_error, unreachable
from engine.sdk.translation import translation
from engine.wire.service import load_service

NEW = "(SDK Attempt Count: 1)"


@pytest.mark.parametrize(
    ("service", "refusal", "name", "cause"),
    [
        # recorded on AWS
        ("stepfunctions", Refusal("InvalidToken", "Invalid Token: 'Invalid token'", 400, "R"),
         "Sfn.InvalidTokenException",
         f"Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: R) {NEW}"),
        ("secretsmanager", Refusal("ValidationException", "Invalid name.", 400, "R"),
         "SecretsManager.SecretsManagerException",
         f"Invalid name. (Service: SecretsManager, Status Code: 400, Request ID: R) {NEW}"),
        ("s3", Refusal("NoSuchKey", "gone", 404, "R", "X"), "S3.NoSuchKeyException",
         f"gone (Service: S3, Status Code: 404, Request ID: R, Extended Request ID: X) {NEW}"),
        ("dynamodb", Refusal("ConditionalCheckFailedException", "no", 400, "R", attempts=2),
         "DynamoDb.ConditionalCheckFailedException",
         "no (Service: DynamoDb, Status Code: 400, Request ID: R) (SDK Attempt Count: 2)"),
        ("sqs", Refusal("QueueDoesNotExist", "no", 400, "R"), "Sqs.QueueDoesNotExistException",
         f"no (Service: Sqs, Status Code: 400, Request ID: R) {NEW}"),
        ("rds", Refusal("DBInstanceNotFound", "no", 404, "R"), "Rds.DbInstanceNotFoundException",
         f"no (Service: Rds, Status Code: 404, Request ID: R) {NEW}"),
        ("ec2", Refusal("InvalidGroup.NotFound", "no", 400, "R"), "Ec2.Ec2Exception",
         f"no (Service: Ec2, Status Code: 400, Request ID: R) {NEW}"),
    ],
)  # fmt: skip
def test_sdk_tasks(service: str, refusal: Refusal, name: str, cause: str) -> None:
    error = sdk_error(load_service(service).model, refusal)
    assert (error.name, error.cause) == (name, cause)


@pytest.mark.parametrize(
    ("integration", "service", "code", "name", "cause"),
    [
        ("dynamodb", "dynamodb", "ValidationException", "DynamoDB.AmazonDynamoDBException",
         "m (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: R; "
         "Proxy: null)"),
        ("dynamodb", "dynamodb", "ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException",
         "m (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; Request ID: R; "
         "Proxy: null)"),
        ("sns", "sns", "NotFound", "SNS.NotFoundException",
         "m (Service: AmazonSNS; Status Code: 400; Error Code: NotFound; Request ID: R; Proxy: null)"),
        ("sqs", "sqs", "InvalidParameterValue", "SQS.AmazonSQSException",
         "m (Service: AmazonSQS; Status Code: 400; Error Code: InvalidParameterValue; Request ID: R; Proxy: null)"),
        ("sqs", "sqs", "AWS.SimpleQueueService.NonExistentQueue", "SQS.QueueDoesNotExistException",
         "m (Service: AmazonSQS; Status Code: 400; Error Code: AWS.SimpleQueueService.NonExistentQueue; "
         "Request ID: R; Proxy: null)"),
        ("glue", "glue", "ConcurrentRunsExceededException", "Glue.ConcurrentRunsExceededException",
         "m (Service: AWSGlue; Status Code: 400; Error Code: ConcurrentRunsExceededException; "
         "Request ID: R; Proxy: null)"),
        ("bedrock", "bedrock-runtime", "ThrottlingException", "BedrockRuntime.ThrottlingException",
         f"m (Service: BedrockRuntime, Status Code: 400, Request ID: R) {NEW}"),
    ],
)  # fmt: skip
def test_optimised_integrations(integration: str, service: str, code: str, name: str, cause: str) -> None:
    error = optimised_error(integration, load_service(service).model, Refusal(code, "m", 400, "R"))
    assert (error.name, error.cause) == (name, cause)


def test_no_answer() -> None:
    """Recorded on AWS."""
    error = unreachable(optimised_prefix("sqs", load_service("sqs").model), "no-such-queue: Name or service not known")
    assert error.name == "SQS.SdkClientException"
    assert error.cause == "Unable to execute HTTP request: no-such-queue: Name or service not known"


def test_errors_keep_awss_limits() -> None:
    error = state_error("E" * 1_000, "c" * 100_000)
    assert (len(error.name or ""), len(error.cause or "")) == (limits.ERROR_CHARS_MAX, limits.CAUSE_CHARS_MAX)


@pytest.mark.parametrize(
    ("service", "operation", "optimised", "code", "name", "words"),
    [
        ("sqs", "SendMessage", None, "QueueDoesNotExist", "Sqs.QueueDoesNotExistException", "Status Code: 400"),
        ("sqs", "SendMessage", "sqs", "QueueDoesNotExist", "SQS.QueueDoesNotExistException", "NonExistentQueue"),
        ("sqs", "PurgeQueue", None, "PurgeQueueInProgress", "Sqs.PurgeQueueInProgressException", "Status Code: 403"),
        ("sqs", "SendMessage", "sqs", "MissingParameter", "SQS.AmazonSQSException", "Error Code: MissingParameter"),
        ("sns", "Publish", None, "NotFoundException", "Sns.NotFoundException", "Status Code: 404"),
        ("sns", "Publish", "sns", "NotFoundException", "SNS.NotFoundException", "Error Code: NotFound"),
        ("ses", "SendEmail", None, "MessageRejected", "Ses.MessageRejectedException", "Status Code: 400"),
        ("sesv2", "SendEmail", None, "NotFoundException", "SesV2.NotFoundException", "Status Code: 404"),
        ("ec2", "DescribeVpcs", None, "InvalidVpcID.NotFound", "Ec2.Ec2Exception", "Status Code: 400"),
    ],
)
def test_what_built_in_operations_raise(
    service: str, operation: str, optimised: str | None, code: str, name: str, words: str
) -> None:
    """With the codes and statuses of the services' models, whatever the operation knows of them."""
    error = translation(service, operation, optimised).failure(ServiceError(code, "why"), "R")
    assert error.name == name
    assert error.cause is not None
    assert error.cause.startswith("why (")
    assert words in error.cause
