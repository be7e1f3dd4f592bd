"""Which calls of other accounts a policy allows."""

from typing import Any

import pytest

from engine.contract import Caller
from engine.errors import ServiceError
from engine.jsontext import dumps
from integrations.sqs.policies import allows, read_policy

ARN = "arn:aws:sqs:us-east-1:000000000000:q"
GUEST = "111111111111"
CALLER = Caller(GUEST, "us-east-1")
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
CASES: list[tuple[list[dict[str, Any]], bool]] = [
    ([ALLOW], True),
    ([{**ALLOW, "Principal": {"AWS": GUEST}}], True),
    ([{**ALLOW, "Principal": {"AWS": ["arn:aws:iam::111111111111:user/a"]}}], True),
    ([{**ALLOW, "Principal": {"AWS": "222222222222"}}], False),
    ([{**ALLOW, "Principal": {"Service": "sns.amazonaws.com"}}], False),
    ([{**ALLOW, "Action": "SQS:SendMessage"}], True),
    ([{**ALLOW, "Action": ["sqs:receivemessage", "sqs:Send*"]}], True),
    ([{**ALLOW, "Action": "sqs:ReceiveMessage"}], False),
    ([{**ALLOW, "Resource": ARN}], True),
    ([{**ALLOW, "Resource": "arn:aws:sqs:*:*:?"}], True),
    ([{**ALLOW, "Resource": f"{ARN}2"}], False),
    ([{**ALLOW, "Condition": {"ArnEquals": {"aws:SourceArn": "x"}}}], False),
    ([ALLOW, {**ALLOW, "Effect": "Deny"}], False),
    ([ALLOW, {**ALLOW, "Effect": "Deny", "Action": "sqs:DeleteQueue"}], True),
    ([ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}], True),
    ([ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": GUEST}}}], True),
    ([ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"StringEquals": {"aws:PrincipalAccount": GUEST}}}], False),
    ([{**ALLOW, "Condition": {"StringEquals": {"aws:PrincipalAccount": [GUEST, "222222222222"]}}}], True),
    ([{**ALLOW, "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1*:root"}}}], True),
    ([{**ALLOW, "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}], False),
    ([{"Effect": "Allow", "Principal": "*", "NotAction": "sqs:ReceiveMessage", "Resource": "*"}], True),
    ([{"Effect": "Allow", "NotPrincipal": {"AWS": GUEST}, "Action": "*", "Resource": "*"}], False),
]


@pytest.mark.parametrize(("statements", "expected"), CASES)
@pytest.mark.parametrize("action", ["SendMessage", "SendMessageBatch"])
def test_what_a_policy_allows(statements: list[dict[str, Any]], expected: bool, action: str) -> None:
    assert allows(dumps({"Statement": statements}), CALLER, action, ARN) is expected


def test_a_single_statement_needs_no_list() -> None:
    assert allows(dumps({"Statement": ALLOW}), CALLER, "SendMessage", ARN)
    assert not allows(None, CALLER, "SendMessage", ARN)


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Maybe"},
        {"Resource": None},
        {"Principal": None},
        {"Principal": "ada"},
        {"Principal": {"AWS": [1]}},
        {"Action": []},
        {"Condition": "x"},
        {"Condition": {"StringIs": {"aws:PrincipalAccount": GUEST}}},
        {"Condition": {"StringEquals": "x"}},
    ],
)
def test_what_cannot_be_evaluated_is_refused(changed: dict[str, Any]) -> None:
    statement = {name: value for name, value in (ALLOW | changed).items() if value is not None}
    with pytest.raises(ServiceError) as error:
        read_policy(dumps({"Statement": [statement]}))
    assert error.value.code == "InvalidAttributeValue"
