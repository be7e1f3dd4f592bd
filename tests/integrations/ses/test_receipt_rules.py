"""Receipt rule sets, rules and IP address filters: boto3 against a real server, and the rules of matching as tables."""

from types import SimpleNamespace
from typing import Any

import pytest

from engine import limits
from engine.config import Settings
from engine.contract import Caller
from engine.errors import ServiceError
from integrations.ses.receiving.filters import Filter, blocked
from integrations.ses.receiving.rules import matching, takes
from integrations.ses.receiving.targets import check_targets
from tests.integrations.ses.conftest import User, refused


def rule(name: str, *actions: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"Name": name, "Actions": list(actions), **members}


STOP = {"StopAction": {"Scope": "RuleSet"}}


def names(ses: Any, rule_set: str) -> list[str]:
    return [one["Name"] for one in ses.describe_receipt_rule_set(RuleSetName=rule_set)["Rules"]]


@pytest.fixture
def rule_set(ses: Any) -> str:
    ses.create_receipt_rule_set(RuleSetName="main")
    return "main"


def test_rule_sets(ses: Any) -> None:
    ses.create_receipt_rule_set(RuleSetName="one")
    assert refused(ses.create_receipt_rule_set, RuleSetName="one") == ("AlreadyExists", "Rule set already exists: one")
    ses.create_receipt_rule(RuleSetName="one", Rule=rule("first", STOP))
    ses.clone_receipt_rule_set(RuleSetName="two", OriginalRuleSetName="one")
    assert names(ses, "two") == ["first"]
    assert [one["Name"] for one in ses.list_receipt_rule_sets()["RuleSets"]] == ["one", "two"]
    assert "Metadata" not in ses.describe_active_receipt_rule_set()
    ses.set_active_receipt_rule_set(RuleSetName="one")
    ses.set_active_receipt_rule_set(RuleSetName="two")
    assert ses.describe_active_receipt_rule_set()["Metadata"]["Name"] == "two"
    assert refused(ses.delete_receipt_rule_set, RuleSetName="two") == (
        "CannotDelete",
        "Cannot delete active rule set: two",
    )
    ses.delete_receipt_rule_set(RuleSetName="one")
    ses.delete_receipt_rule_set(RuleSetName="one")
    ses.set_active_receipt_rule_set()
    ses.delete_receipt_rule_set(RuleSetName="two")
    assert ses.list_receipt_rule_sets()["RuleSets"] == []


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("describe_receipt_rule_set", {}),
        ("set_active_receipt_rule_set", {}),
        ("reorder_receipt_rule_set", {"RuleNames": []}),
        ("clone_receipt_rule_set", {"OriginalRuleSetName": "none", "RuleSetName": "new"}),
        ("create_receipt_rule", {"Rule": {"Name": "a"}}),
        ("update_receipt_rule", {"Rule": {"Name": "a"}}),
        ("delete_receipt_rule", {"RuleName": "a"}),
        ("describe_receipt_rule", {"RuleName": "a"}),
        ("set_receipt_rule_position", {"RuleName": "a"}),
    ],
)
def test_a_rule_set_that_is_not_there(ses: Any, operation: str, parameters: dict[str, Any]) -> None:
    code, said = refused(getattr(ses, operation), **{"RuleSetName": "none", **parameters})
    assert (code, said) == ("RuleSetDoesNotExist", "Rule set does not exist: none")


def test_a_server_without_a_place_for_objects_says_so() -> None:
    tx: Any = SimpleNamespace(settings=Settings())
    with pytest.raises(ServiceError, match="This server has no place for the objects"):
        check_targets(tx, Caller("0", "us-east-1"), {"Actions": [{"S3Action": {"BucketName": "mails"}}]})


def test_the_order_of_rules(ses: Any, rule_set: str) -> None:
    for name, after in (("a", None), ("b", None), ("c", "b")):
        where = {} if after is None else {"After": after}
        ses.create_receipt_rule(RuleSetName=rule_set, Rule=rule(name), **where)
    assert names(ses, rule_set) == ["b", "c", "a"]
    ses.set_receipt_rule_position(RuleSetName=rule_set, RuleName="a")
    assert names(ses, rule_set) == ["a", "b", "c"]
    ses.set_receipt_rule_position(RuleSetName=rule_set, RuleName="a", After="c")
    ses.set_receipt_rule_position(RuleSetName=rule_set, RuleName="b", After="b")
    assert names(ses, rule_set) == ["b", "c", "a"]
    ses.update_receipt_rule(RuleSetName=rule_set, Rule=rule("c", STOP, TlsPolicy="Require"))
    ses.reorder_receipt_rule_set(RuleSetName=rule_set, RuleNames=["c", "a", "b"])
    assert names(ses, rule_set) == ["c", "a", "b"]
    assert ses.describe_receipt_rule(RuleSetName=rule_set, RuleName="c")["Rule"] == {
        "Name": "c",
        "Enabled": False,
        "TlsPolicy": "Require",
        "Recipients": [],
        "Actions": [STOP],
        "ScanEnabled": False,
    }
    for name in ("a", "a"):
        ses.delete_receipt_rule(RuleSetName=rule_set, RuleName=name)
    assert names(ses, rule_set) == ["c", "b"]


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("create_receipt_rule", {"Rule": {"Name": "there"}}, "AlreadyExists"),
        ("create_receipt_rule", {"Rule": {"Name": "a"}, "After": "none"}, "RuleDoesNotExist"),
        ("update_receipt_rule", {"Rule": {"Name": "none"}}, "RuleDoesNotExist"),
        ("describe_receipt_rule", {"RuleName": "none"}, "RuleDoesNotExist"),
        ("set_receipt_rule_position", {"RuleName": "none"}, "RuleDoesNotExist"),
        ("set_receipt_rule_position", {"RuleName": "there", "After": "none"}, "RuleDoesNotExist"),
        ("reorder_receipt_rule_set", {"RuleNames": ["none"]}, "RuleDoesNotExist"),
        ("reorder_receipt_rule_set", {"RuleNames": []}, "InvalidParameterValue"),
    ],
)
def test_rules_that_are_not_there_or_there_already(
    ses: Any, rule_set: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    ses.create_receipt_rule(RuleSetName=rule_set, Rule=rule("there"))
    assert refused(getattr(ses, operation), RuleSetName=rule_set, **parameters)[0] == code


ROLE = "arn:aws:iam::000000000000:role/mail"
INSTANCE = "arn:aws:connect:us-east-1:000000000000:instance/01234567-89ab-cdef-0123-456789abcdef"
ARN = "arn:aws:%s:us-east-1:000000000000:%s"
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"SNSAction": {"TopicArn": ARN % ("sns", "none")}}, "InvalidSnsTopic", "Could not publish to SNS topic: arn"),
    ({"SNSAction": {"TopicArn": "topic"}}, "InvalidSnsTopic", "Invalid SNS topic: topic"),
    (
        {"StopAction": {"Scope": "RuleSet", "TopicArn": "arn:aws:sns:eu-west-1:000000000000:t"}},
        "InvalidSnsTopic",
        "Invalid SNS topic: arn:aws:sns:eu-west-1:000000000000:t. It must be in the region of the rule, us-east-1",
    ),
    ({"S3Action": {"BucketName": "nowhere"}}, "InvalidS3Configuration", "Could not write to bucket: nowhere"),
    ({"S3Action": {"BucketName": "m!"}}, "InvalidParameterValue", "Invalid bucket name"),
    ({"S3Action": {"BucketName": "mails", "KmsKeyArn": "k"}}, "InvalidParameterValue", "The parameter KmsKeyArn of"),
    ({"S3Action": {"BucketName": "mails", "IamRoleArn": ROLE}}, "InvalidParameterValue", "The parameter IamRoleArn of"),
    (
        {"LambdaAction": {"FunctionArn": ARN % ("lambda", "function:none")}},
        "InvalidLambdaFunction",
        "Invalid Lambda function: arn:aws:lambda:us-east-1:000000000000:function:none. statewright.toml has no [func",
    ),
    (
        {"LambdaAction": {"FunctionArn": "arn:aws:lambda:eu-west-1:000000000000:function:f"}},
        "InvalidLambdaFunction",
        "Invalid Lambda function: arn:aws:lambda:eu-west-1:000000000000:function:f. It must be in the region of the",
    ),
    (
        {"BounceAction": {"SmtpReplyCode": "550", "Message": "No", "Sender": "a@other.org"}},
        "InvalidParameterValue",
        "The sender of a bounce must be verified in us-east-1: a@other.org",
    ),
    (
        {"BounceAction": {"SmtpReplyCode": "250", "Message": "No", "Sender": "a@other.org"}},
        "InvalidParameterValue",
        "Invalid SMTP reply code: 250",
    ),
    ({"AddHeaderAction": {"HeaderName": "a b", "HeaderValue": "v"}}, "InvalidParameterValue", "The name of a header"),
    ({"AddHeaderAction": {"HeaderName": "X-A", "HeaderValue": "a\nb"}}, "InvalidParameterValue", "The value of a"),
    ({"WorkmailAction": {"OrganizationArn": "a"}}, "InvalidParameterValue", "The action WorkmailAction is not"),
    (
        {"ConnectAction": {"InstanceARN": INSTANCE, "IAMRoleARN": ROLE}},
        "InvalidParameterValue",
        "The action ConnectAction is",
    ),
    ({**STOP, "SNSAction": {"TopicArn": "t"}}, "InvalidParameterValue", "An action of a rule is exactly one of"),
]


@pytest.mark.parametrize(("action", "code", "said"), REFUSED, ids=lambda value: str(value)[:40])
def test_actions_that_cannot_be(ses: Any, rule_set: str, action: dict[str, Any], code: str, said: str) -> None:
    for operation in (ses.create_receipt_rule, ses.update_receipt_rule):
        found = refused(operation, RuleSetName=rule_set, Rule=rule("a", action))
        assert (found[0], found[1][: len(said)]) == (code, said)
        if not names(ses, rule_set):
            ses.create_receipt_rule(RuleSetName=rule_set, Rule=rule("a"))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Name": "a b"}, "InvalidParameterValue"),
        ({"Name": "x" * 64}, "InvalidParameterValue"),
        ({"Name": "a", "Recipients": ["a@"]}, "InvalidParameterValue"),
        ({"Name": "a", "Recipients": ["@example.com"]}, "InvalidParameterValue"),
        ({"Name": "a", "Recipients": ["ä@example.com"]}, "InvalidParameterValue"),
        (
            {"Name": "a", "Actions": [{"S3Action": {"BucketName": "m12", "ObjectKeyPrefix": "a\n"}}]},
            "InvalidParameterValue",
        ),
        ({"Name": "a", "Recipients": ["a@.example.com"]}, "InvalidParameterValue"),
        ({"Name": "a", "Recipients": ["a.com"] * (limits.SES_RULE_RECIPIENTS_MAX + 1)}, "LimitExceeded"),
        ({"Name": "a", "Actions": [STOP] * (limits.SES_RULE_ACTIONS_MAX + 1)}, "LimitExceeded"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_rules_that_cannot_be(ses: Any, rule_set: str, members: dict[str, Any], code: str) -> None:
    assert refused(ses.create_receipt_rule, RuleSetName=rule_set, Rule=members)[0] == code


def test_what_actions_name_is_there(user: User, ses: Any, rule_set: str) -> None:
    user.verify("example.com")
    topic = user.client("sns").create_topic(Name="mails")["TopicArn"]
    actions = [
        {"AddHeaderAction": {"HeaderName": "X-Via", "HeaderValue": "us"}},
        {"SNSAction": {"TopicArn": topic, "Encoding": "Base64"}},
        {"BounceAction": {"SmtpReplyCode": "550", "StatusCode": "5.1.1", "Message": "No", "Sender": "a@example.com"}},
        {"StopAction": {"Scope": "RuleSet", "TopicArn": topic}},
    ]
    ses.create_receipt_rule(RuleSetName=rule_set, Rule=rule("a", *actions, Enabled=True))
    assert ses.describe_receipt_rule(RuleSetName=rule_set, RuleName="a")["Rule"]["Actions"] == actions


def test_filters(ses: Any) -> None:
    def given(name: str, policy: str, cidr: str) -> dict[str, Any]:
        return {"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}}

    ses.create_receipt_filter(Filter=given("b", "Block", "10.0.0.0/8"))
    ses.create_receipt_filter(Filter=given("a", "Allow", "10.1.2.3"))
    assert refused(ses.create_receipt_filter, Filter=given("a", "Block", "::/0"))[0] == "AlreadyExists"
    assert refused(ses.create_receipt_filter, Filter=given("c", "Block", "10.0.0.0/99"))[0] == "InvalidParameterValue"
    listed = ses.list_receipt_filters()["Filters"]
    assert listed == [given("a", "Allow", "10.1.2.3"), given("b", "Block", "10.0.0.0/8")]
    for name in ("a", "a", "b"):
        ses.delete_receipt_filter(FilterName=name)
    assert ses.list_receipt_filters()["Filters"] == []


@pytest.mark.parametrize(
    ("recipients", "address", "expected"),
    [
        ([], "ann@example.com", True),
        (["ann@example.com"], "ann@example.com", True),
        (["ann@example.com"], "ANN@Example.com", True),
        (["ann@example.com"], "ann+tag@example.com", True),
        (["ann+tag@example.com"], "ann+tag@example.com", True),
        (["ann+tag@example.com"], "ann@example.com", False),
        (["ann@example.com"], "bob@example.com", False),
        (["ann@example.com"], "ann@mail.example.com", False),
        (["example.com"], "ann@example.com", True),
        (["example.com"], "ann@mail.example.com", False),
        ([".example.com"], "ann@example.com", False),
        ([".example.com"], "ann@mail.example.com", True),
        ([".example.com"], "ann@a.b.example.com", True),
        ([".example.com"], "ann@badexample.com", False),
        (["other.org", "example.com"], "ann@example.com", True),
    ],
)
def test_whom_a_rule_takes_mail_for(recipients: list[str], address: str, expected: bool) -> None:
    assert takes({"Enabled": True, "Recipients": recipients}, address) is expected
    assert takes({"Enabled": False, "Recipients": recipients}, address) is False


def test_each_rule_has_the_recipients_that_it_takes() -> None:
    rules = [
        {"Name": "a", "Enabled": True, "Recipients": ["ann@example.com"]},
        {"Name": "b", "Enabled": True, "Recipients": ["bob@example.com"]},
        {"Name": "c", "Enabled": True, "Recipients": []},
    ]
    found = matching(rules, ["ann@example.com", "cat@example.com"])
    assert [(one["Name"], taken) for one, taken in found] == [
        ("a", ["ann@example.com"]),
        ("c", ["ann@example.com", "cat@example.com"]),
    ]


@pytest.mark.parametrize(
    ("filters", "address", "expected"),
    [
        ([], "10.1.2.3", False),
        ([("Block", "10.0.0.0/8")], "10.1.2.3", True),
        ([("Block", "10.0.0.0/8")], "::ffff:10.1.2.3", True),
        ([("Block", "10.0.0.0/8")], "11.1.2.3", False),
        ([("Block", "10.0.0.0/8"), ("Allow", "10.1.2.3")], "10.1.2.3", False),
        ([("Allow", "10.0.0.0/8"), ("Block", "10.1.2.3")], "10.1.2.3", True),
        ([("Allow", "10.1.2.3"), ("Block", "10.1.2.3/32")], "10.1.2.3", True),
        ([("Block", "2001:db8::/32")], "2001:db8::1", True),
        ([("Block", "::/0")], "10.1.2.3", False),
        ([("Block", "fe80::/10")], "fe80::1%eth0", True),
    ],
)
def test_who_may_bring_mail(filters: list[tuple[str, str]], address: str, expected: bool) -> None:
    found = [Filter(str(at), *one) for at, one in enumerate(filters)]
    assert blocked(found, address) is expected
