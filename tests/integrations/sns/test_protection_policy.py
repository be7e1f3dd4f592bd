"""Data protection policies: the documents that AWS's pages show, and each rule that refuses one."""

import copy
import json
from typing import Any

import pytest

from engine import limits
from engine.errors import ServiceError
from integrations.sns.audit_destinations import Audit, Destination
from integrations.sns.protection_policy import Deidentify, Deny, read_protection

EMAIL = "arn:aws:dataprotection::aws:data-identifier/EmailAddress"
GROUP = "/aws/vendedlogs/findings"
AUDIT = {"SampleRate": "99", "FindingsDestination": {"CloudWatchLogs": {"LogGroup": GROUP}}}


def statement(**changed: Any) -> dict[str, Any]:
    found = {"DataDirection": "Inbound", "Principal": ["*"], "DataIdentifier": [EMAIL], "Operation": {"Deny": {}}}
    return found | changed


def policy(*statements: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"Name": "p", "Version": "2021-06-01", "Statement": list(statements) or [statement()]} | changed


def test_what_awss_pages_show() -> None:
    read = read_protection(
        json.dumps(
            policy(
                statement(
                    Sid="audit", Operation={"Audit": {**AUDIT, "NoFindingsDestination": {"S3": {"Bucket": "b-1"}}}}
                ),
                statement(Sid="mask", Operation={"Deidentify": {"MaskConfig": {"MaskWithCharacter": "#"}}}),
                statement(DataDirection="Outbound", Operation={"Deidentify": {"RedactConfig": {}}}),
                statement(
                    DataDirection="Outbound", Principal=["arn:aws:iam::111122223333:role/r"], DataIdentifier=["Id"]
                ),
                Description="d",
                Configuration={"CustomDataIdentifier": [{"Name": "Id", "Regex": "EID-\\d{9}-US"}]},
            )
        )
    )
    audit = Audit(99, Destination(log_group=GROUP), Destination(bucket="b-1"))
    assert [one.operation for one in read.inbound] == [audit, Deidentify("#")]
    assert [one.operation for one in read.outbound] == [Deidentify(None), Deny()]
    last = read.outbound[1]
    assert last.is_for("111122223333") and not last.is_for("444455556666")
    assert last.found("x EID-123456789-US") == {"Id": [(2, 18)]} and last.found("x") == {}


# (path to what is changed, its value, what the refusal says); DELETE takes it away
DELETE = object()
REFUSED: list[tuple[tuple[Any, ...], Any, str]] = [
    (("Name",), DELETE, "the policy must have Name"),
    (("Name",), "", "Name must be a text that is not empty"),
    (("Description",), 1, "Description must be a text"),
    (("Version",), "2012-10-17", "Version must be 2021-06-01"),
    (("Id",), "x", "the policy has unknown members: Id"),
    (("Statement",), [], "Statement must be a list with one statement at least"),
    (("Statement", 0), "x", "Statement[0] must be an object"),
    (("Statement", 0, "Effect"), "Deny", "Statement[0] has unknown members: Effect"),
    (("Statement", 0, "Sid"), "", "Statement[0].Sid must be a text"),
    (("Statement", 0, "DataDirection"), "Both", "Statement[0].DataDirection must be Inbound or Outbound"),
    (("Statement", 0, "Principal"), [], "Statement[0].Principal must be a list"),
    (("Statement", 0, "Principal"), ["ada"], "Statement[0].Principal 'ada' is no principal"),
    (("Statement", 0, "DataIdentifier"), [], "Statement[0].DataIdentifier must be a list"),
    (("Statement", 0, "DataIdentifier"), ["EmailAddress"], "'EmailAddress' is no data identifier"),
    (("Statement", 0, "DataIdentifier"), [EMAIL.replace("Email", "Shoe")], "ShoeAddress' is no data identifier"),
    (("Statement", 0, "DataIdentifier"), [EMAIL[:-12] + "Name"], "DataIdentifier Name is not supported by this server"),
    (("Statement", 0, "DataIdentifier"), [EMAIL[:-12] + "Ssn-ES"], "DataIdentifier Ssn-ES is not supported"),
    (("Statement", 0, "Operation"), {}, "Statement[0].Operation must be one of Audit, Deidentify and Deny"),
    (("Statement", 0, "Operation"), {"Deny": {}, "Audit": AUDIT}, "must be one of Audit, Deidentify and Deny"),
    (("Statement", 0, "Operation", "Deny"), {"x": 1}, "Statement[0].Operation.Deny has unknown members: x"),
    (("Statement", 0, "Operation"), {"Deidentify": {}}, "must have one of MaskConfig and RedactConfig"),
    (("Statement", 0, "Operation"), {"Deidentify": {"MaskConfig": {}}}, "MaskConfig must have MaskWithCharacter"),
    (("Statement", 0, "Operation"), {"Deidentify": {"MaskConfig": {"MaskWithCharacter": "##"}}}, "one printable ASCII"),
    (("Statement", 0, "Operation"), {"Deidentify": {"RedactConfig": {"x": 1}}}, "RedactConfig has unknown members: x"),
    (("Statement", 0, "Operation"), {"Audit": {"SampleRate": 5}}, "must have a FindingsDestination or a NoFind"),
    (("Statement", 0, "Operation"), {"Audit": {**AUDIT, "SampleRate": "100"}}, "SampleRate must be an integer from 0"),
    (("Statement", 0, "Operation"), {"Audit": {**AUDIT, "SampleRate": True}}, "SampleRate must be an integer from 0"),
    (
        ("Statement", 0, "Operation"),
        {"Audit": {**AUDIT, "FindingsDestination": {"CloudWatchLogs": {"LogGroup": "mine"}}}},
        "FindingsDestination.CloudWatchLogs.LogGroup 'mine' must match /aws/vendedlogs/",
    ),
    (
        ("Statement", 0, "Operation"),
        {"Audit": {**AUDIT, "FindingsDestination": {"Kinesis": {}}}},
        "FindingsDestination has unknown members: Kinesis",
    ),
    (
        ("Statement", 0),
        statement(DataDirection="Outbound", Operation={"Audit": AUDIT}),
        "the Audit operation needs the DataDirection Inbound",
    ),
    (
        ("Statement",),
        [statement(Operation={"Audit": AUDIT}), statement(Operation={"Audit": AUDIT})],
        "only one statement may have the Audit operation",
    ),
    (("Statement",), [statement(Sid="s"), statement(Sid="s")], "each Sid must be unique"),
    (("Configuration",), {"Custom": []}, "Configuration has unknown members: Custom"),
    (("Configuration",), {"CustomDataIdentifier": [{"Name": "a"}]}, "CustomDataIdentifier must have Regex"),
    (("Configuration",), {"CustomDataIdentifier": [{"Name": "a b", "Regex": "x"}]}, "the Name 'a b' of a custom data"),
    (("Configuration",), {"CustomDataIdentifier": [{"Name": "Ssn-US", "Regex": "x"}]}, "no other identifier's"),
    (("Configuration",), {"CustomDataIdentifier": [{"Name": "a", "Regex": 1}]}, "the Regex of a must be a text"),
    (("Configuration",), {"CustomDataIdentifier": [{"Name": "a", "Regex": "(x)"}]}, "the Regex of a has characters"),
    (
        ("Configuration",),
        {"CustomDataIdentifier": [{"Name": f"n{at}", "Regex": "x"} for at in range(11)]},
        "CustomDataIdentifier must be a list of at most 10",
    ),
]


@pytest.mark.parametrize(("path", "value", "reason"), REFUSED)
def test_what_is_refused(path: tuple[Any, ...], value: Any, reason: str) -> None:
    given = copy.deepcopy(policy())
    place: Any = given
    for step in path[:-1]:
        place = place[step]
    if value is DELETE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(ServiceError) as error:
        read_protection(json.dumps(given))
    assert error.value.code == "InvalidParameter" and reason in error.value.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "the policy is no JSON"),
        ("[]", "the policy must be an object"),
        (" " * limits.SNS_PROTECTION_POLICY_CHARS_MAX + "{}", "the policy is longer than 30720 characters"),
    ],
)
def test_what_is_no_policy(text: str, reason: str) -> None:
    with pytest.raises(ServiceError, match=reason):
        read_protection(text)
