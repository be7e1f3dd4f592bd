"""The `aws` command performs every operation of SNS, with nothing but an endpoint URL."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.wire.service import load_service
from integrations.sns import integration
from tests.integrations.scripted import Reply, Scripted
from tests.integrations.sns.conftest import Served, new_name
from tests.integrations.sns.test_protection_policy import policy

ROOT = Path(__file__).resolve().parents[3]
NUMBER = "+15555550188"


class Aws:
    """One process of the command; `run` gives a command's answer."""

    def __init__(self, endpoint: str):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
            "AWS_ENDPOINT_URL_SNS": endpoint,
            "AWS_ACCESS_KEY_ID": "555555555555",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_PAGER": "",
        }
        command = [sys.executable, "-m", "tests.integrations.sns.aws_commands"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.performed: set[str] = set()

    def run(self, *words: str) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        done = json.loads(self._process.stdout.readline())
        assert done["status"] == 0, (words, done["err"])
        self.performed.add(words[0].replace("-", ""))
        return json.loads(done["out"]) if done["out"].strip() else {}

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture
def aws(served: Served) -> Iterator[Aws]:
    made = Aws(served.endpoint)
    yield made
    made.close()


def test_every_operation(aws: Aws, served: Served, web: Scripted) -> None:
    web.replies["POST /hook"] = web.replies["POST /push"] = Reply()
    _topics(aws, web)
    _devices(aws)
    _phones(aws, served)
    expected = {name.lower() for name in load_service("sns").operation_names}
    assert aws.performed == expected == {name.lower() for name in integration.operations}


def _topics(aws: Aws, web: Scripted) -> None:
    topic = aws.run("create-topic", "--name", new_name(), "--attributes", "DisplayName=D", "--tags", "Key=a,Value=b")
    at = ("--topic-arn", topic["TopicArn"])
    assert topic in aws.run("list-topics")["Topics"]
    aws.run("set-topic-attributes", *at, "--attribute-name", "DisplayName", "--attribute-value", "E")
    assert aws.run("get-topic-attributes", *at)["Attributes"]["DisplayName"] == "E"
    resource = ("--resource-arn", topic["TopicArn"])
    aws.run("tag-resource", *resource, "--tags", "Key=c,Value=d")
    aws.run("untag-resource", *resource, "--tag-keys", "a")
    assert aws.run("list-tags-for-resource", *resource)["Tags"] == [{"Key": "c", "Value": "d"}]
    permission = ("--aws-account-id", "111111111111", "--action-name", "Publish")
    aws.run("add-permission", *at, "--label", "l", *permission)
    aws.run("remove-permission", *at, "--label", "l")
    assert aws.run("get-data-protection-policy", *resource) == {}
    protection = json.dumps(policy())
    aws.run("put-data-protection-policy", *resource, "--data-protection-policy", protection)
    assert aws.run("get-data-protection-policy", *resource) == {"DataProtectionPolicy": protection}
    asked = ("--protocol", "http", "--notification-endpoint", f"{web.url}/hook")
    assert aws.run("subscribe", *at, *asked)["SubscriptionArn"] == "pending confirmation"
    token = web.wait_for("POST /hook")[0].json["Token"]
    subscription = ("--subscription-arn", aws.run("confirm-subscription", *at, "--token", token)["SubscriptionArn"])
    rule = ("--attribute-name", "FilterPolicy", "--attribute-value", '{"a": ["b"]}')
    aws.run("set-subscription-attributes", *subscription, *rule)
    assert aws.run("get-subscription-attributes", *subscription)["Attributes"]["FilterPolicy"] == '{"a": ["b"]}'
    listed = aws.run("list-subscriptions-by-topic", *at)["Subscriptions"]
    assert listed == aws.run("list-subscriptions")["Subscriptions"]
    attributes = '{"a": {"DataType": "String", "StringValue": "b"}}'
    sent = aws.run("publish", *at, "--message", "m", "--message-attributes", attributes)
    assert web.wait_for("POST /hook", 2)[1].json["MessageId"] == sent["MessageId"]
    batch = aws.run("publish-batch", *at, "--publish-batch-request-entries", "Id=1,Message=x", "Id=2,Message=y")
    assert [found["Id"] for found in batch["Successful"]] == ["1", "2"]
    aws.run("unsubscribe", *subscription)
    aws.run("delete-topic", *at)


def _devices(aws: Aws) -> None:
    credential = ("--attributes", "PlatformCredential=x")
    made = aws.run("create-platform-application", "--name", new_name(), "--platform", "GCM", *credential)
    application = ("--platform-application-arn", made["PlatformApplicationArn"])
    aws.run("set-platform-application-attributes", *application, "--attributes", "Enabled=true")
    shown = aws.run("get-platform-application-attributes", *application)["Attributes"]
    assert shown == {"Enabled": "true"}
    assert len(aws.run("list-platform-applications")["PlatformApplications"]) == 1
    endpoint = ("--endpoint-arn", aws.run("create-platform-endpoint", *application, "--token", "t")["EndpointArn"])
    aws.run("set-endpoint-attributes", *endpoint, "--attributes", "CustomUserData=u")
    assert aws.run("get-endpoint-attributes", *endpoint)["Attributes"]["CustomUserData"] == "u"
    assert len(aws.run("list-endpoints-by-platform-application", *application)["Endpoints"]) == 1
    aws.run("delete-endpoint", *endpoint)
    aws.run("delete-platform-application", *application)


def _phones(aws: Aws, served: Served) -> None:
    aws.run("set-sms-attributes", "--attributes", "DefaultSMSType=Transactional")
    assert aws.run("get-sms-attributes")["attributes"] == {"DefaultSMSType": "Transactional"}
    assert aws.run("get-sms-sandbox-account-status") == {"IsInSandbox": False}
    number = ("--phone-number", NUMBER)
    assert aws.run("check-if-phone-number-is-opted-out", *number) == {"isOptedOut": False}
    aws.run("opt-in-phone-number", *number)
    assert aws.run("list-phone-numbers-opted-out")["phoneNumbers"] == []
    assert aws.run("list-origination-numbers")["PhoneNumbers"] == []
    aws.run("create-sms-sandbox-phone-number", *number)
    served.clock()
    [message] = served.outgoing("sms", "555555555555")
    code = re.findall("[0-9]{6}", message["Message"])[0]
    aws.run("verify-sms-sandbox-phone-number", *number, "--one-time-password", code)
    listed = aws.run("list-sms-sandbox-phone-numbers")["PhoneNumbers"]
    assert listed == [{"PhoneNumber": NUMBER, "Status": "Verified"}]
    aws.run("delete-sms-sandbox-phone-number", *number)
