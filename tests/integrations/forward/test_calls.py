"""Forwarded calls: what is sent, what comes back, and how it fails; against a server that answers as it is told."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine import limits
from engine.asl.model import Pattern
from engine.config import Endpoints, Settings
from engine.contract import RemoteAction
from engine.errors import StateError
from engine.sdk.idempotency import idempotency_token
from integrations.forward.caller import Forwarding, forwarded_actions, open_forwarding
from tests.integrations.calls import EXECUTION, task_call
from tests.integrations.scripted import Reply, Scripted

pytestmark = pytest.mark.anyio
KEY = {"id": {"S": "1"}}
ID = {"x-amzn-RequestId": "R"}


@pytest.fixture
async def forwarding(script: Scripted) -> AsyncIterator[Forwarding]:
    async with open_forwarding(Settings(endpoints=Endpoints(default=script.url))) as opened:
        yield opened


async def failure(forwarding: Forwarding, resource: str, parameters: Any, **others: Any) -> tuple[str | None, str]:
    with pytest.raises(StateError) as failed:
        await forwarding.call(task_call(resource, parameters, **others))
    return failed.value.name, failed.value.cause or ""


# ---- results ----


async def test_an_sdk_task_of_the_json_protocol(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["DescribeTable"] = Reply({"Table": {"TableName": "t", "CreationDateTime": 1795356000.123}})
    result = await forwarding.call(task_call("aws-sdk:dynamodb:describeTable", {"TableName": "t"}))
    assert result == {"Table": {"TableName": "t", "CreationDateTime": "2026-11-22T14:00:00.123Z"}}
    assert script.asked[0].json == {"TableName": "t"}


async def test_an_sdk_task_of_the_query_protocol(forwarding: Forwarding, script: Scripted) -> None:
    body = "<DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceIdentifier>d</DBInstanceIdentifier>"
    body += "</DBInstance></DBInstances></DescribeDBInstancesResult>"
    script.replies["DescribeDBInstances"] = Reply(f"<DescribeDBInstancesResponse>{body}</DescribeDBInstancesResponse>")
    result = await forwarding.call(
        task_call("aws-sdk:rds:describeDBInstances", {"DbInstanceIdentifier": "d", "MaxRecords": 20})
    )
    assert result == {"DbInstances": [{"DbInstanceIdentifier": "d"}]}
    assert script.asked[0].form["DBInstanceIdentifier"] == "d"


async def test_an_sdk_task_of_the_rest_protocols(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["GET /b/k%20x"] = Reply("a text", headers={"ETag": '"e"', "Content-Type": "text/plain"})
    result = await forwarding.call(task_call("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k x"}))
    assert (result["Body"], result["ETag"], result["ContentType"]) == ("a text", '"e"', "text/plain")
    script.replies["PUT /b/k"] = Reply()
    await forwarding.call(task_call("aws-sdk:s3:putObject", {"Bucket": "b", "Key": "k", "Body": {"a": 1}}))
    assert script.asked[-1].body.endswith(b'{"a":1}') or b'{"a":1}' in script.asked[-1].body
    script.replies["POST /2015-03-31/functions/f/invocations"] = Reply('{"n": 1}')
    result = await forwarding.call(task_call("aws-sdk:lambda:invoke", {"FunctionName": "f", "Payload": {"x": 1}}))
    assert (result["Payload"], result["StatusCode"]) == ('{"n": 1}', 200)


async def test_an_optimised_integration_has_metadata(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["GetItem"] = Reply({"Item": KEY}, headers=ID)
    result = await forwarding.call(task_call("dynamodb:getItem", {"TableName": "t", "Key": KEY}))
    assert result["Item"] == KEY
    assert result["SdkResponseMetadata"] == {"RequestId": "R"}
    assert result["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert result["SdkHttpMetadata"]["HttpHeaders"]["x-amzn-requestid"] == "R"
    assert result["SdkHttpMetadata"]["AllHttpHeaders"]["x-amzn-requestid"] == ["R"]


# ---- what the optimised integrations change ----


async def test_numbers_of_items_may_be_numbers(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["PutItem"] = Reply({})
    await forwarding.call(task_call("dynamodb:putItem", {"TableName": "t", "Item": {"n": {"N": 5}}}))
    assert script.asked[0].json["Item"] == {"n": {"N": "5"}}


async def test_events_name_their_source(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["PutEvents"] = Reply({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
    entries = [{"Detail": {"a": 1}, "DetailType": "t", "Source": "s", "Resources": ["mine"]}]
    await forwarding.call(task_call("events:putEvents", {"Entries": entries}))
    machine = EXECUTION.replace(":execution:", ":stateMachine:").removesuffix(":run")
    assert script.asked[0].json["Entries"] == [
        {"Detail": '{"a":1}', "DetailType": "t", "Source": "s", "Resources": ["mine", EXECUTION, machine]}
    ]


async def test_a_failed_entry_fails_the_task(forwarding: Forwarding, script: Scripted) -> None:
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "X"}]}
    script.replies["PutEvents"] = Reply(answer)
    name, cause = await failure(forwarding, "events:putEvents", {"Entries": [{"Source": "s"}]})
    assert (name, json.loads(cause)) == ("EventBridge.FailedEntry", answer)


async def test_a_task_that_cannot_be_placed_fails(forwarding: Forwarding, script: Scripted) -> None:
    answer = {"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]}
    script.replies["RunTask"] = Reply(answer)
    name, cause = await failure(forwarding, "ecs:runTask", {"TaskDefinition": "d"})
    assert (name, json.loads(cause)) == (
        "AmazonECS.Unknown",
        {"Tasks": [], "Failures": [{"Reason": "RESOURCE:MEMORY"}]},
    )
    assert script.asked[0].json["startedBy"] == "AWS Step Functions"


async def test_batch_jobs_know_who_started_them(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["POST /v1/submitjob"] = Reply({"jobId": "j", "jobName": "n"})
    overrides = {"Vcpus": 4, "Environment": [{"Name": "A", "Value": "b"}]}
    job = {"JobName": "n", "JobQueue": "q", "JobDefinition": "d", "ContainerOverrides": overrides}
    await forwarding.call(task_call("batch:submitJob", job))
    assert script.asked[0].json["containerOverrides"] == {
        "vcpus": 4,
        "environment": [
            {"name": "A", "value": "b"},
            {"name": "MANAGED_BY_AWS", "value": "STARTED_BY_STEP_FUNCTIONS"},
        ],
    }


async def test_a_models_answer_is_parsed(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["POST /model/m/invoke"] = Reply('{"text": "hi"}', headers={"Content-Type": "application/json"})
    result = await forwarding.call(task_call("bedrock:invokeModel", {"ModelId": "m", "Body": {"prompt": "p"}}))
    assert result["Body"] == {"text": "hi"}
    assert script.asked[0].json == {"prompt": "p"}


@pytest.mark.parametrize(
    ("action", "parameters", "operation", "sent", "answer", "result"),
    [
        ("createCluster", {"Name": "n", "Instances": {}}, "RunJobFlow", {"Name": "n", "Instances": {}},
         {"JobFlowId": "j", "ClusterArn": "a"}, {"ClusterId": "j", "ClusterArn": "a"}),
        ("terminateCluster", {"ClusterId": "j"}, "TerminateJobFlows", {"JobFlowIds": ["j"]}, {}, {}),
        ("setClusterTerminationProtection", {"ClusterId": "j", "TerminationProtected": True},
         "SetTerminationProtection",
         {"JobFlowIds": ["j"], "TerminationProtected": True}, {}, {}),
        ("addStep", {"ClusterId": "j", "Step": {"Name": "s", "HadoopJarStep": {"Jar": "x"}}}, "AddJobFlowSteps",
         {"JobFlowId": "j", "Steps": [{"Name": "s", "HadoopJarStep": {"Jar": "x"}}]}, {"StepIds": ["s-1"]},
         {"StepId": "s-1"}),
        ("cancelStep", {"ClusterId": "j", "StepId": "s-1"}, "CancelSteps", {"ClusterId": "j", "StepIds": ["s-1"]},
         {"CancelStepsInfoList": [{"StepId": "s-1"}]}, {"CancelStepsInfo": {"StepId": "s-1"}}),
    ],
)  # fmt: skip
async def test_emr_has_names_of_its_own(
    forwarding: Forwarding,
    script: Scripted,
    action: str,
    parameters: Any,
    operation: str,
    sent: Any,
    answer: Any,
    result: Any,
) -> None:
    script.replies[operation] = Reply(answer)
    found = await forwarding.call(task_call(f"elasticmapreduce:{action}", parameters))
    assert script.asked[0].json == sent
    assert {name: value for name, value in found.items() if not name.startswith("Sdk")} == result


# ---- errors ----


@pytest.mark.parametrize(
    ("resource", "error", "name", "cause"),
    [
        ("dynamodb:getItem", "ResourceNotFoundException", "DynamoDB.ResourceNotFoundException",
         "m (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: R; "
         "Proxy: null)"),
        ("dynamodb:getItem", "ValidationException", "DynamoDB.AmazonDynamoDBException",
         "m (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: R; "
         "Proxy: null)"),
        ("aws-sdk:dynamodb:getItem", "ValidationException", "DynamoDb.DynamoDbException",
         "m (Service: DynamoDb, Status Code: 400, Request ID: R) (SDK Attempt Count: 1)"),
    ],
)  # fmt: skip
async def test_refusals(
    forwarding: Forwarding, script: Scripted, resource: str, error: str, name: str, cause: str
) -> None:
    script.replies["GetItem"] = Reply({"__type": f"com.amazonaws#{error}", "message": "m"}, 400, ID)
    assert await failure(forwarding, resource, {"TableName": "t", "Key": KEY}) == (name, cause)
    assert len(script.asked) == 1


async def test_a_missing_object(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["GET /b/k"] = Reply(
        "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>",
        404,
        {"x-amz-request-id": "R", "x-amz-id-2": "X"},
    )
    assert await failure(forwarding, "aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}) == (
        "S3.NoSuchKeyException",
        "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: R, Extended Request ID: X) "
        "(SDK Attempt Count: 1)",
    )


async def test_a_queue_that_is_gone_goes_by_its_shapes_name(forwarding: Forwarding, script: Scripted) -> None:
    headers = {**ID, "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"}
    script.replies["SendMessage"] = Reply(
        {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "m"}, 400, headers
    )
    name, _ = await failure(forwarding, "aws-sdk:sqs:sendMessage", {"QueueUrl": f"{script.url}/q", "MessageBody": "b"})
    assert name == "Sqs.QueueDoesNotExistException"


@pytest.mark.parametrize(
    ("resource", "name"),
    [("sqs:sendMessage", "SQS.SdkClientException"), ("aws-sdk:sqs:sendMessage", "Sqs.SdkClientException")],
)
async def test_nobody_there(resource: str, name: str) -> None:
    async with open_forwarding(Settings(endpoints=Endpoints(default="http://127.0.0.1:1"))) as forwarding:
        found = await failure(forwarding, resource, {"QueueUrl": "http://127.0.0.1:1/q", "MessageBody": "b"})
    assert found == (name, "Unable to execute HTTP request: 127.0.0.1: Connection refused")


@pytest.mark.parametrize("action", ["noSuchOperation", "invokeWithResponseStream"])
async def test_an_action_that_is_none(forwarding: Forwarding, script: Scripted, action: str) -> None:
    """A machine may name it where any service may be named."""
    resource = f"aws-sdk:lambda:{action}"
    assert await failure(forwarding, resource, {}) == (
        "States.Runtime",
        f"The resource 'arn:aws:states:::{resource}' names no action that can be called.",
    )


async def test_too_large_an_answer(forwarding: Forwarding, script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FORWARD_RESULT_BYTES_MAX", 10)
    script.replies["GET /b/k"] = Reply("12345678901")
    assert await failure(forwarding, "aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}) == (
        "States.DataLimitExceeded",
        "The state/task 'arn:aws:states:::aws-sdk:s3:getObject' returned a result with a size exceeding the maximum "
        "number of bytes service limit.",
    )


async def test_an_answer_that_is_none_of_the_protocol(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["DescribeDBInstances"] = Reply("<html>")
    name, cause = await failure(forwarding, "aws-sdk:rds:describeDBInstances", {})
    assert (name, cause.partition(":")[0]) == ("Rds.SdkClientException", "Unable to unmarshall response")


# ---- who calls ----


async def test_the_account_is_the_key_where_the_environment_has_none(forwarding: Forwarding, script: Scripted) -> None:
    script.replies["GetItem"] = Reply({})
    await forwarding.call(task_call("dynamodb:getItem", {"TableName": "t", "Key": KEY}))
    assert "Credential=123456789012/" in script.asked[0].headers["authorization"]
    assert "/eu-west-1/dynamodb/aws4_request" in script.asked[0].headers["authorization"]


async def test_the_environments_credentials_and_the_configured_region(
    script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ACCESS_KEY_ID": "AKID", "SECRET_ACCESS_KEY": "s", "SESSION_TOKEN": "token"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    script.replies["GetItem"] = Reply({})
    endpoints = Endpoints(region="us-west-2", services={"dynamodb": script.url})
    async with open_forwarding(Settings(endpoints=endpoints)) as forwarding:
        await forwarding.call(task_call("dynamodb:getItem", {"TableName": "t", "Key": KEY}))
    assert "Credential=AKID/" in script.asked[0].headers["authorization"]
    assert "/us-west-2/" in script.asked[0].headers["authorization"]
    assert script.asked[0].headers["x-amz-security-token"] == "token"


ASSUMED = """<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLEKEY</AccessKeyId>
<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""


async def test_the_tasks_role_is_assumed_once(forwarding: Forwarding, script: Scripted) -> None:
    script.replies |= {"AssumeRole": Reply(ASSUMED), "GetItem": Reply({})}
    role = {"RoleArn": "arn:aws:iam::210987654321:role/other"}
    for _ in range(2):
        await forwarding.call(task_call("dynamodb:getItem", {"TableName": "t", "Key": KEY}, credentials=role))
    assert [asked.form["RoleArn"] for asked in script.of("AssumeRole")] == [role["RoleArn"]]
    assert all("Credential=ROLEKEY/" in asked.headers["authorization"] for asked in script.of("GetItem"))


async def test_a_role_that_cannot_be_assumed(script: Scripted) -> None:
    role = {"RoleArn": "arn:aws:iam::210987654321:role/other"}
    parameters = {"TableName": "t", "Key": KEY}
    async with open_forwarding(Settings(endpoints=Endpoints(default=script.url))) as forwarding:
        name, cause = await failure(forwarding, "dynamodb:getItem", parameters, credentials=role)
        assert name == "States.TaskFailed" and "role/other of Credentials could not be assumed" in cause
    async with open_forwarding(Settings(endpoints=Endpoints(services={"dynamodb": script.url}))) as forwarding:
        name, cause = await failure(forwarding, "dynamodb:getItem", parameters, credentials=role)
        assert name == "States.Runtime" and "[endpoints] has no sts" in cause


# ---- sent twice ----


@pytest.mark.parametrize(
    ("resource", "parameters", "operation", "member"),
    [
        ("ecs:runTask", {"TaskDefinition": "d"}, "RunTask", "clientToken"),
        ("athena:startQueryExecution", {"QueryString": "q"}, "StartQueryExecution", "ClientRequestToken"),
        ("aws-sdk:secretsmanager:createSecret", {"Name": "n"}, "CreateSecret", "ClientRequestToken"),
        ("aws-sdk:dynamodb:transactWriteItems", {"TransactItems": []}, "TransactWriteItems", "ClientRequestToken"),
    ],
)
async def test_a_second_delivery_has_the_same_token(
    forwarding: Forwarding, script: Scripted, resource: str, parameters: Any, operation: str, member: str
) -> None:
    script.replies[operation] = Reply({})
    for _ in range(2):
        await forwarding.call(task_call(resource, parameters))
    assert {asked.json[member] for asked in script.asked} == {idempotency_token(f"{EXECUTION}/0/1")}
    spelled = member[0].upper() + member[1:]
    await forwarding.call(task_call(resource, {**parameters, spelled: "own-token-of-32-characters-or-so"}))
    assert script.asked[-1].json[member] == "own-token-of-32-characters-or-so"


# ---- what is forwarded ----


@pytest.mark.parametrize(
    ("service", "action", "sdk", "patterns"),
    [
        ("dynamodb", "query", True, {Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN}),
        ("dynamodb", "getItem", False, {Pattern.REQUEST_RESPONSE}),
        ("sqs", "sendMessage", False, {Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN}),
        ("ecs", "runTask", False, {Pattern.REQUEST_RESPONSE, Pattern.SYNC, Pattern.WAIT_FOR_TASK_TOKEN}),
        ("eks", "deleteCluster", False, {Pattern.REQUEST_RESPONSE}),
        ("dynamodb", "noSuchOperation", True, None),
        ("nosuchservice", "list", True, None),
        ("events", "putEvents", True, None),  # the SDK's name is eventbridge
        ("eventbridge", "putEvents", True, {Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN}),
        ("lambda", "invoke", False, None),
        ("lambda", "invokeWithResponseStream", True, None),  # a stream of events
        ("eks", "call", False, None),
        ("states", "startExecution", False, None),
    ],
)
def test_what_can_be_forwarded(service: str, action: str, sdk: bool, patterns: set[Pattern] | None) -> None:
    find = forwarded_actions(Settings(endpoints=Endpoints(default="http://127.0.0.1:1")))
    found = find(service, action, sdk)
    if found is not None and found.exists is not None and not found.exists():
        found = None
    assert found == (None if patterns is None else RemoteAction(frozenset(patterns)))


def test_only_services_with_an_endpoint_are_forwarded() -> None:
    find = forwarded_actions(Settings(endpoints=Endpoints(services={"dynamodb": "http://127.0.0.1:1"})))
    assert find("dynamodb", "query", True) is not None
    assert find("s3", "getObject", True) is None
    assert find("sqs", "sendMessage", False) is None
