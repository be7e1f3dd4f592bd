"""State machines that send: the optimised integration and the SDK's, exactly once with the execution."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.integrations.sqs.calls import bodies, counts, name_of, receive

ROLE = "arn:aws:iam::000000000000:role/r"
SEND = "arn:aws:states:::sqs:sendMessage"


@pytest.fixture(scope="session")
def states(client: Callable[..., Any]) -> Any:
    return client("stepfunctions")


@pytest.fixture
def run(states: Any) -> Callable[..., dict[str, Any]]:
    """Runs one Task to its end."""

    def run(resource: str, parameters: dict[str, Any], given: Any = None) -> dict[str, Any]:
        task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
        definition = json.dumps({"StartAt": "T", "States": {"T": task}})
        name = f"sends-{time.time_ns()}"
        arn = states.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
        started = states.start_execution(stateMachineArn=arn, input=json.dumps(given or {}))
        return ended(states, started["executionArn"])

    return run


def ended(states: Any, arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return dict(found)


def test_all_that_a_task_may_say(sqs: Any, fifo: str, run: Callable[..., dict[str, Any]]) -> None:
    parameters = {
        "QueueUrl": fifo,
        "MessageBody": {"order.$": "$.id"},
        "MessageGroupId": "g",
        "MessageDeduplicationId": "d",
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "new"}},
    }
    found = run(SEND, parameters, {"id": 7})
    assert found["status"] == "SUCCEEDED", found
    output = json.loads(found["output"])
    assert output.keys() == {
        "MD5OfMessageAttributes",
        "MD5OfMessageBody",
        "MessageId",
        "SequenceNumber",
        "SdkHttpMetadata",
        "SdkResponseMetadata",
    }
    [message] = receive(sqs, fifo, MessageAttributeNames=["All"], AttributeNames=["All"])
    assert json.loads(message["Body"]) == {"order": 7}
    assert message["MessageAttributes"] == {"kind": {"StringValue": "new", "DataType": "String"}}
    assert (message["MessageId"], message["Attributes"]["MessageDeduplicationId"]) == (output["MessageId"], "d")


def test_a_delay_is_one(sqs: Any, queue: str, run: Callable[..., dict[str, Any]]) -> None:
    run(SEND, {"QueueUrl": queue, "MessageBody": "x", "DelaySeconds": 600})
    assert counts(sqs, queue) == (0, 0, 1)


def test_a_task_fails_as_on_aws(endpoint: str, queue: str, run: Callable[..., dict[str, Any]]) -> None:
    missing = f"{endpoint}/000000000000/nothing"
    found = run(SEND, {"QueueUrl": missing, "MessageBody": "x"})
    assert (found["status"], found["error"]) == ("FAILED", "SQS.QueueDoesNotExistException")
    assert found["cause"].startswith("The specified queue does not exist. (Service: AmazonSQS; Status Code: 400; ")
    found = run(SEND, {"QueueUrl": queue, "MessageBody": "x", "DelaySeconds": 901})
    assert found["error"] == "SQS.AmazonSQSException"
    found = run("arn:aws:states:::aws-sdk:sqs:sendMessage", {"QueueUrl": missing, "MessageBody": "x"})
    assert found["error"] == "Sqs.QueueDoesNotExistException"


def test_a_token_is_answered(sqs: Any, states: Any, queue: str) -> None:
    task = {
        "Type": "Task",
        "Resource": f"{SEND}.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": True,
    }
    definition = json.dumps({"StartAt": "T", "States": {"T": task}})
    made = states.create_state_machine(name=f"waits-{time.time_ns()}", definition=definition, roleArn=ROLE)
    execution = states.start_execution(stateMachineArn=made["stateMachineArn"])["executionArn"]
    [message] = receive(sqs, queue, WaitTimeSeconds=20)
    states.send_task_success(taskToken=json.loads(message["Body"])["token"], output='"done"')
    assert ended(states, execution)["output"] == '"done"'


def test_a_task_gets_the_url_that_aws_gives(sqs: Any, queue: str, run: Callable[..., dict[str, Any]]) -> None:
    found = run("arn:aws:states:::aws-sdk:sqs:getQueueUrl", {"QueueName": name_of(queue)})
    url = json.loads(found["output"])["QueueUrl"]
    assert url == f"https://sqs.us-east-1.amazonaws.com/000000000000/{name_of(queue)}"
    assert counts(sqs, url) == (0, 0, 0)


def test_the_sdk_integration(sqs: Any, queue: str, run: Callable[..., dict[str, Any]]) -> None:
    sdk = "arn:aws:states:::aws-sdk:sqs:"
    entries = [{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}]
    output = json.loads(run(f"{sdk}sendMessageBatch", {"QueueUrl": queue, "Entries": entries})["output"])
    assert [entry["Id"] for entry in output["Successful"]] == ["a"]
    assert [entry["Code"] for entry in output["Failed"]] == ["InvalidParameterValue"]
    output = json.loads(run(f"{sdk}getQueueAttributes", {"QueueUrl": queue, "AttributeNames": ["All"]})["output"])
    assert output["Attributes"]["ApproximateNumberOfMessages"] == "1"
    output = json.loads(run(f"{sdk}receiveMessage", {"QueueUrl": queue, "WaitTimeSeconds": 1})["output"])
    [message] = output["Messages"]
    run(f"{sdk}deleteMessage", {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]})
    assert counts(sqs, queue) == (0, 0, 0)
    assert bodies(receive(sqs, queue)) == []
