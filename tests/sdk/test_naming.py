"""Names as the AWS SDK for Java has them, and the names of services."""

import gzip
import json
import re
from pathlib import Path

import botocore
import pytest

from engine.sdk.naming import capitalised, exception_name, java_name, member_name, service_word
from engine.wire.service_names import any_service, sdk_service, service_names
from tests.sdk.sdk_services import PREFIXES


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("executionArn", "ExecutionArn"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("MD5OfMessageBody", "Md5OfMessageBody"),
        ("ETag", "ETag"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("VpcId", "VpcId"),
        ("CiphertextBlob", "CiphertextBlob"),
        ("KMSMasterKeyID", "KmsMasterKeyId"),
        ("DynamoDB", "DynamoDb"),
        ("SFN", "Sfn"),
        ("SESv2", "SesV2"),
        ("EC2", "Ec2"),
        ("S3", "S3"),
        ("Secrets Manager", "SecretsManager"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("ApiGatewayV2", "ApiGatewayV2"),
    ],
)
def test_java_names(name: str, expected: str) -> None:
    assert java_name(name) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("InvalidToken", "InvalidTokenException"),
        ("NoSuchKey", "NoSuchKeyException"),
        ("ConditionalCheckFailedException", "ConditionalCheckFailedException"),
        ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
        ("QueueDoesNotExist", "QueueDoesNotExistException"),
    ],
)
def test_exceptions(error: str, expected: str) -> None:
    assert exception_name(error) == expected


def test_optimised_integrations_keep_the_models_names() -> None:
    assert [capitalised(name) for name in ("taskArn", "MD5OfBody", "")] == ["TaskArn", "MD5OfBody", ""]


def _service_ids() -> dict[str, str]:
    """botocore's name -> service id, without the time that parsing all models takes."""
    found = {}
    for name in service_names():
        folder = max(path for path in (Path(botocore.__file__).parent / "data" / name).iterdir() if path.is_dir())
        file = folder / "service-2.json.gz"
        text = gzip.decompress(file.read_bytes()).decode() if file.exists() else (folder / "service-2.json").read_text()
        said = re.search(r'"metadata"\s*:.*?"serviceId"\s*:\s*("[^"]*")', text, re.DOTALL)
        assert said is not None, name
        found[name] = json.loads(said[1])
    return found


def test_every_service_of_botocore_has_its_sdk_name() -> None:
    ids = _service_ids()
    assert len(ids) > 400
    for name, service_id in ids.items():
        plain = re.sub(r"[^a-z0-9]", "", service_id.lower()).removesuffix("service")
        twin = {"sms-voice": "pinpoint-sms-voice"}.get(name, name)  # the same API, twice in botocore
        assert sdk_service(plain) == twin, (plain, name)


def test_the_services_that_aws_lists() -> None:
    ids = _service_ids()
    found = {}
    for prefix in PREFIXES:
        name = sdk_service(prefix.lower())
        assert name is not None, prefix
        found[prefix] = service_word(ids[name])
    assert found == {prefix: prefix for prefix in PREFIXES}


@pytest.mark.parametrize("name", ["equals", "Equals"])
def test_a_member_that_every_object_of_java_has(name: str) -> None:
    assert (member_name(name), member_name("equalsTo")) == ("EqualsValue", "EqualsTo")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sfn", "stepfunctions"),
        ("states", "stepfunctions"),
        ("stepfunctions", "stepfunctions"),
        ("events", "events"),
        ("eventbridge", "events"),
        ("elasticmapreduce", "emr"),
        ("emr-serverless", "emr-serverless"),
        ("emrserverless", "emr-serverless"),
        ("nothing", None),
    ],
)
def test_any_name_of_a_service(name: str, expected: str | None) -> None:
    assert any_service(name) == expected


def test_a_name_of_botocores_that_is_no_sdk_name() -> None:
    assert [sdk_service(name) for name in ("events", "logs", "stepfunctions", "states")] == [None] * 4
