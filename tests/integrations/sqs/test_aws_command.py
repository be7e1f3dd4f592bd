"""The `aws` command against a real server: every operation of SQS once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.wire.service import load_service
from tests.integrations.sqs.calls import ACCOUNT

ROOT = Path(__file__).resolve().parents[3]


class Aws:
    """One process of the command. Calling it runs one `aws sqs` command; the user's own configuration stays out."""

    def __init__(self, endpoint: str):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
            "AWS_ACCESS_KEY_ID": "333333333333",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_PAGER": "",
        }
        # Without the flag version 1 of the command looks for SQS at AWS's own host, whatever AWS_ENDPOINT_URL says.
        command = [sys.executable, "-m", "tests.integrations.sqs.aws_commands", "--endpoint-url", endpoint]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.performed: set[str] = set()

    def __call__(self, *words: str) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        done = json.loads(self._process.stdout.readline())
        assert done["status"] == 0, (words, done["err"])
        self.performed.add("".join(word.capitalize() for word in words[0].split("-")))
        return dict(json.loads(done["out"] or "{}"))

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture
def aws(endpoint: str) -> Iterator[Aws]:
    made = Aws(endpoint)
    yield made
    made.close()


@pytest.mark.parametrize("endpoint", ["sqlite"], indirect=True)  # the command does not see which
def test_every_operation(aws: Aws) -> None:
    base = f"arn:aws:sqs:us-east-1:{ACCOUNT.replace('0', '3')}"
    dead = aws("create-queue", "--queue-name", "dead")["QueueUrl"]
    redrive = json.dumps({"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{base}:dead", "maxReceiveCount": 9})})
    aws("create-queue", "--queue-name", "cli", "--attributes", redrive)
    url = aws("get-queue-url", "--queue-name", "cli")["QueueUrl"]
    queue = ("--queue-url", url)
    assert set(aws("list-queues")["QueueUrls"]) == {dead, url}
    assert aws("list-dead-letter-source-queues", "--queue-url", dead)["queueUrls"] == [url]
    aws("set-queue-attributes", *queue, "--attributes", "VisibilityTimeout=60")
    shown = aws("get-queue-attributes", *queue, "--attribute-names", "All")["Attributes"]
    assert shown["VisibilityTimeout"] == "60"
    aws("tag-queue", *queue, "--tags", "team=a")
    assert aws("list-queue-tags", *queue)["Tags"] == {"team": "a"}
    aws("untag-queue", *queue, "--tag-keys", "team")
    aws("add-permission", *queue, "--label", "l", "--aws-account-ids", ACCOUNT, "--actions", "SendMessage")
    aws("remove-permission", *queue, "--label", "l")

    attributes = '{"kind": {"DataType": "String", "StringValue": "new"}}'
    aws("send-message", *queue, "--message-body", "one", "--message-attributes", attributes)
    entries = '[{"Id": "a", "MessageBody": "two"}, {"Id": "b", "MessageBody": "three"}]'
    assert len(aws("send-message-batch", *queue, "--entries", entries)["Successful"]) == 2
    got = aws("receive-message", *queue, "--max-number-of-messages", "10", "--message-attribute-names", "All")
    one, two, three = got["Messages"]
    assert one["MessageAttributes"] == json.loads(attributes)
    handle = ("--receipt-handle", one["ReceiptHandle"])
    aws("change-message-visibility", *queue, *handle, "--visibility-timeout", "90")
    batch = [{"Id": "a", "ReceiptHandle": two["ReceiptHandle"], "VisibilityTimeout": 90}]
    aws("change-message-visibility-batch", *queue, "--entries", json.dumps(batch))
    aws("delete-message", *queue, *handle)
    deletions = [
        {"Id": str(number), "ReceiptHandle": found["ReceiptHandle"]} for number, found in enumerate((two, three))
    ]
    assert len(aws("delete-message-batch", *queue, "--entries", json.dumps(deletions))["Successful"]) == 2

    aws("send-message", "--queue-url", dead, "--message-body", "letter")
    move = (
        "--source-arn",
        f"{base}:dead",
        "--destination-arn",
        f"{base}:cli",
        "--max-number-of-messages-per-second",
        "1",
    )
    aws("send-message", "--queue-url", dead, "--message-body", "letter")
    aws("send-message", "--queue-url", dead, "--message-body", "letter")
    task = aws("start-message-move-task", *move)["TaskHandle"]
    assert aws("list-message-move-tasks", "--source-arn", f"{base}:dead")["Results"][0]["Status"] == "RUNNING"
    aws("cancel-message-move-task", "--task-handle", task)
    aws("purge-queue", *queue)
    for found in (url, dead):
        aws("delete-queue", "--queue-url", found)
    assert aws.performed == load_service("sqs").operation_names
