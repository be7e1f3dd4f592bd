"""Policies of identities, and mails that another account sends by their leave."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.integrations.ses.conftest import User, refused

MAIL = {"Subject": {"Data": "S"}, "Body": {"Text": {"Data": "B"}}}


def arn(owner: User, name: str = "example.com") -> str:
    return f"arn:aws:ses:us-east-1:{owner.account}:identity/{name}"


def document(owner: User, **statement: Any) -> str:
    found = {"Effect": "Allow", "Principal": "*", "Action": "ses:*", "Resource": arn(owner), **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [{key: value for key, value in found.items() if value}]})


@pytest.fixture
def other(sender: User) -> User:
    """Another account, out of the sandbox and without identities."""
    found = replace(sender, account=str(int(sender.account) + 100_000_000))
    found.leave_sandbox()
    return found


def test_policies_are_kept_in_both_versions(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    first, second = document(sender), document(sender, Effect="Deny")
    ses.put_identity_policy(Identity="example.com", PolicyName="a", Policy=first)
    ses2.create_email_identity_policy(EmailIdentity="example.com", PolicyName="b", Policy=first)
    ses2.update_email_identity_policy(EmailIdentity="example.com", PolicyName="b", Policy=second)
    ses.put_identity_policy(Identity=arn(sender), PolicyName="a", Policy=first)
    both = {"a": first, "b": second}
    assert ses2.get_email_identity_policies(EmailIdentity="example.com")["Policies"] == both
    assert ses2.get_email_identity(EmailIdentity="example.com")["Policies"] == both
    assert ses.list_identity_policies(Identity="example.com")["PolicyNames"] == ["a", "b"]
    asked = ses.get_identity_policies(Identity="example.com", PolicyNames=["b", "c"])
    assert asked["Policies"] == {"b": second}
    ses.delete_identity_policy(Identity="example.com", PolicyName="a")
    ses.delete_identity_policy(Identity="example.com", PolicyName="a")
    ses2.delete_email_identity_policy(EmailIdentity="example.com", PolicyName="b")
    assert ses.list_identity_policies(Identity="example.com")["PolicyNames"] == []


def test_policies_go_with_their_identity(sender: User) -> None:
    ses = sender.client("ses")
    ses.put_identity_policy(Identity="example.com", PolicyName="a", Policy=document(sender))
    ses.delete_identity(Identity="example.com")
    ses.verify_domain_identity(Domain="example.com")
    assert ses.list_identity_policies(Identity="example.com")["PolicyNames"] == []


def test_what_is_not_there(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    policy = {"PolicyName": "p", "Policy": document(sender)}
    assert ses.list_identity_policies(Identity="none.org")["PolicyNames"] == []
    assert ses.get_identity_policies(Identity="none.org", PolicyNames=["p"])["Policies"] == {}
    assert refused(ses.put_identity_policy, Identity="none.org", **policy)[0] == "InvalidParameterValue"
    for operation in (ses2.create_email_identity_policy, ses2.update_email_identity_policy):
        assert refused(operation, EmailIdentity="none.org", **policy)[0] == "NotFoundException"
    for name in ("example.com", "none.org"):
        gone = refused(ses2.delete_email_identity_policy, EmailIdentity=name, PolicyName="p")
        assert gone[0] == "NotFoundException"
    assert refused(ses2.get_email_identity_policies, EmailIdentity="none.org")[0] == "NotFoundException"
    assert refused(ses2.update_email_identity_policy, EmailIdentity="example.com", **policy)[0] == "NotFoundException"
    ses2.create_email_identity_policy(EmailIdentity="example.com", **policy)
    again = refused(ses2.create_email_identity_policy, EmailIdentity="example.com", **policy)
    assert again[0] == "AlreadyExistsException"


def test_an_identity_has_twenty_policies(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    for number in range(20):
        ses.put_identity_policy(Identity="example.com", PolicyName=f"p{number}", Policy=document(sender))
    ses.put_identity_policy(Identity="example.com", PolicyName="p1", Policy=document(sender, Sid="again"))
    more = {"PolicyName": "more", "Policy": document(sender)}
    assert (
        refused(ses2.create_email_identity_policy, EmailIdentity="example.com", **more)[0] == "LimitExceededException"
    )
    names = [f"p{number}" for number in range(21)]
    assert refused(ses.get_identity_policies, Identity="example.com", PolicyNames=names)[0] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"Effect": "Maybe"}, "Effect must be Allow or Deny"),
        ({"Other": 1}, "unknown elements: Other"),
        ({"Principal": None}, "must have one of Principal and NotPrincipal"),
        ({"Principal": {"Federated": "x"}}, "a Principal must be"),
        ({"Principal": {"AWS": []}}, "Principal is not one"),
        ({"NotAction": "ses:SendEmail"}, "must have one of Action and NotAction"),
        ({"Action": "sqs:SendMessage"}, "Action is not one"),
        ({"Resource": "arn:aws:ses:us-east-1:1:identity/x.org"}, "Resource is not one"),
        ({"Condition": {"StringEquals": "x"}}, "a Condition must have the form"),
        ({"Condition": {"Sounds": {"ses:FromAddress": "x"}}}, "operator Sounds is not known"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, "key aws:SourceIp is not supported"),
        ({"Sid": "x" * 4_000}, "longer than 4096 bytes"),
    ],
)
def test_policies_that_are_refused(sender: User, change: dict[str, Any], text: str) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    policy = {"PolicyName": "p", "Policy": document(sender, **change)}
    code, why = refused(ses.put_identity_policy, Identity="example.com", **policy)
    assert code == "InvalidPolicy" and text in why
    assert refused(ses2.create_email_identity_policy, EmailIdentity="example.com", **policy)[0] == "BadRequestException"


@pytest.mark.parametrize(
    "policy", [" ", "{", "[]", '{"Statement": []}', '{"Statement": 1}', '{"Statement": [], "x": 1}']
)
def test_documents_that_are_no_policies(sender: User, policy: str) -> None:
    ses = sender.client("ses")
    assert refused(ses.put_identity_policy, Identity="example.com", PolicyName="p", Policy=policy)[0] == "InvalidPolicy"


def test_names_that_are_refused(sender: User) -> None:
    put = sender.client("ses").put_identity_policy
    for name in ("a.b", "a b"):
        assert refused(put, Identity="example.com", PolicyName=name, Policy=document(sender))[0] == "InvalidPolicy"


# ---- sending ----


def send(who: User, owner: User, source: str = "Ann <ann@example.com>", **more: Any) -> Any:
    given = {"Source": source, "Destination": {"ToAddresses": ["to@x.org"]}, "Message": MAIL, "SourceArn": arn(owner)}
    asked = {name: value for name, value in {**given, **more}.items() if value is not None}
    return who.client("ses").send_email(**asked)


def test_another_account_sends_where_a_policy_lets_it(sender: User, other: User) -> None:
    code, text = refused(send, who=other, owner=sender)
    assert code == "AccessDenied"
    user = f"arn:aws:iam::{other.account}:root"
    assert text == f"User `{user}' is not authorized to perform `ses:SendEmail' on resource `{arn(sender)}'"
    allowed = document(sender, Principal={"AWS": user})
    sender.client("ses").put_identity_policy(Identity="example.com", PolicyName="p", Policy=allowed)
    send(other, sender)
    [found] = other.inbox()
    assert found["Source"] == "Ann <ann@example.com>"
    assert refused(send, who=other, owner=sender, SourceArn=None)[0] == "MessageRejected"
    back = {"ReturnPath": "back@y.org", "ReturnPathArn": arn(sender)}
    assert "does not cover the address back@y.org" in refused(send, who=other, owner=sender, **back)[1]
    assert "does not cover" in refused(send, who=other, owner=sender, source="ann@y.org")[1]
    elsewhere = arn(sender).replace("us-east-1", "eu-west-1")
    assert "in region us-east-1" in refused(send, who=other, owner=sender, SourceArn=elsewhere)[1]
    sender.client("ses").delete_identity(Identity="example.com")
    assert refused(send, who=other, owner=sender)[0] == "AccessDenied"


def test_what_is_denied_to_the_owner(sender: User) -> None:
    send(sender, sender)
    sender.client("ses").put_identity_policy(
        Identity="example.com", PolicyName="p", Policy=document(sender, Effect="Deny", Action="ses:SendEmail")
    )
    assert refused(send, who=sender, owner=sender)[0] == "AccessDenied"


def test_an_identity_that_is_not_verified_speaks_for_nobody(sender: User, other: User) -> None:
    sender.client("ses").verify_domain_identity(Domain="new.org")
    policy = json.dumps(json.loads(document(sender).replace("example.com", "new.org")))
    sender.client("ses").put_identity_policy(Identity="new.org", PolicyName="p", Policy=policy)
    found = refused(send, who=other, owner=sender, source="a@new.org", SourceArn=arn(sender, "new.org"))
    assert found[0] == "MessageRejected"


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"ses:FromAddress": "ann@example.com"}}, True),
        ({"StringEquals": {"ses:FromAddress": "Ann <ann@example.com>"}}, False),
        ({"StringLike": {"ses:FromAddress": "bob*@example.com"}}, False),
        ({"StringEquals": {"ses:FromDisplayName": "Ann"}}, True),
        ({"StringEquals": {"ses:FeedbackAddress": "ann@example.com"}}, True),
        ({"ForAllValues:StringLike": {"ses:Recipients": ["*@x.org"]}}, False),
        ({"ForAllValues:StringLike": {"ses:Recipients": ["*@x.org", "*@y.org"]}}, True),
        ({"ForAnyValue:StringLike": {"ses:Recipients": ["*@x.org"]}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
    ],
)
def test_conditions(sender: User, other: User, condition: dict[str, Any], allowed: bool) -> None:
    policy = document(sender, Condition=condition)
    sender.client("ses").put_identity_policy(Identity="example.com", PolicyName="p", Policy=policy)
    to: dict[str, Any] = {"Destination": {"ToAddresses": ["a@x.org"], "BccAddresses": ["b@y.org"]}}
    if allowed:
        send(other, sender, **to)
    else:
        assert refused(send, who=other, owner=sender, **to)[0] == "AccessDenied"


def test_every_way_of_sending_needs_its_own_action(sender: User, other: User) -> None:
    ses, ses2 = other.client("ses"), other.client("sesv2")
    ses.create_template(Template={"TemplateName": "t", "SubjectPart": "S", "TextPart": "B"})
    to = {"ToAddresses": ["to@x.org"]}
    raw = {"Data": b"From: ann@example.com\r\nTo: to@x.org\r\n\r\nHi"}
    v1 = {"Source": "ann@example.com", "SourceArn": arn(sender)}
    v2 = {"FromEmailAddress": "ann@example.com", "FromEmailAddressIdentityArn": arn(sender)}
    named = {"Template": {"TemplateName": "t", "TemplateData": "{}"}}
    entries = [{"Destination": to}]
    ways: dict[str, list[tuple[Any, dict[str, Any]]]] = {
        "SendEmail": [
            (ses.send_email, {**v1, "Destination": to, "Message": MAIL}),
            (ses2.send_email, {**v2, "Destination": to, "Content": {"Simple": MAIL}}),
        ],
        "SendRawEmail": [
            (ses.send_raw_email, {"RawMessage": raw, "SourceArn": arn(sender)}),
            (ses.send_raw_email, {"RawMessage": raw, **v1, "FromArn": arn(sender)}),
            (ses2.send_email, {**v2, "Content": {"Raw": raw}}),
        ],
        "SendTemplatedEmail": [
            (ses.send_templated_email, {**v1, "Destination": to, "Template": "t", "TemplateData": "{}"}),
            (ses2.send_email, {**v2, "Destination": to, "Content": named}),
        ],
    }
    bulk = {**v1, "Template": "t", "DefaultTemplateData": "{}", "Destinations": entries}
    bulk2 = {**v2, "DefaultContent": named, "BulkEmailEntries": entries}
    for action, calls in ways.items():
        policy = document(sender, Action=f"ses:{action}")
        sender.client("ses").put_identity_policy(Identity="example.com", PolicyName="p", Policy=policy)
        for others, operations in ways.items():
            for operation, request in operations:
                if others == action:
                    assert operation(**request)["MessageId"]
                else:
                    assert refused(operation, **request)[0] in ("AccessDenied", "AccessDeniedException")
        assert calls
        assert ses.send_bulk_templated_email(**bulk)["Status"][0]["Status"] == "Failed"
    policy = document(sender, Action="ses:SendBulkTemplatedEmail")
    sender.client("ses").put_identity_policy(Identity="example.com", PolicyName="p", Policy=policy)
    assert ses.send_bulk_templated_email(**bulk)["Status"][0]["Status"] == "Success"
    assert ses2.send_bulk_email(**bulk2)["BulkEmailEntryResults"][0]["Status"] == "SUCCESS"
