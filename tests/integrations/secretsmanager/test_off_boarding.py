"""The example of a leaver: a mail asks, secrets and rules go at once, a mail tells of it; also refused and failed."""

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integrations.secretsmanager.conftest import Served
from tests.integrations.serving import ROOT

# The same machine, with the rotation function of this server.
EXAMPLE = (ROOT / "examples" / "off-boarding.asl.json").read_text().replace("rotate-password", "rotate")
INPUT = json.loads((ROOT / "examples" / "inputs" / "off-boarding.json").read_text())
ROLE = "arn:aws:iam::000000000000:role/r"
_ANSWER = re.compile(r"Yes:\n  statewright complete --output '(.*)' \\\n  (\S+)\n")
TAGS = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "person", "Value": INPUT["person"]}]}]


@dataclass
class Office:
    """A leaver with a secret of her own, a share in another one, and three rules in two groups."""

    served: Served
    own: str
    shared: str
    groups: list[str]
    machine: str

    def begin(self, **more: Any) -> str:
        states = self.served.client("stepfunctions")
        given = {**INPUT, "ownSecrets": [self.own, "never/was"], "sharedSecrets": [self.shared], **more}
        execution = states.start_execution(stateMachineArn=self.machine, input=json.dumps(given))["executionArn"]
        self.served.clock(advanceSeconds=1)  # one mail a second: SES's sandbox
        return str(execution)

    def agree(self) -> None:
        """What the approver's mail says how to."""
        asked = _ANSWER.search(self.mails()[-1]["text"])
        assert asked is not None and max(map(len, asked.string.splitlines())) <= 76, "else a mail breaks the command"
        output, token = asked.groups()
        self.served.client("stepfunctions").send_task_success(taskToken=token, output=output)
        self.served.clock()

    def mails(self) -> list[dict[str, str]]:
        with urllib.request.urlopen(f"{self.served.endpoint}/_aws/ses", timeout=60) as answer:
            found = json.load(answer)["messages"]
        return [
            {"subject": mail["Subject"], "text": mail["Body"]["text_part"], "to": mail["Destination"]["ToAddresses"][0]}
            for mail in found
            if INPUT["person"] in mail["Subject"]
        ]

    def rules(self) -> list[dict[str, Any]]:
        filters = [{"Name": "group-id", "Values": self.groups}]
        found = self.served.client("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        return [rule for rule in found if rule["IpProtocol"] == "tcp"]

    def ended(self, execution: str) -> dict[str, Any]:
        for _ in range(5):  # the waits between the looks at the rotation
            self.served.clock(advanceSeconds=1)
        found: dict[str, Any] = self.served.client("stepfunctions").describe_execution(executionArn=execution)
        return found


@pytest.fixture
def office(served: Served, sm: Any, secret: str, name: str) -> Iterator[Office]:
    ses = served.client("sesv2")
    with suppress(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity=INPUT["sender"])
    confirm = f"{served.endpoint}/_statewright/ses/confirm?identity={INPUT['sender']}"
    urllib.request.urlopen(urllib.request.Request(confirm, method="POST"), timeout=60).close()
    own = f"{secret}/own"
    sm.create_secret(Name=own, SecretString="hers")
    ec2, groups = served.client("ec2"), []
    for group in ("web", "db"):
        groups.append(ec2.create_security_group(GroupName=f"{name}-{group}", Description="d")["GroupId"])
        home = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.7/32"}]}
        ec2.authorize_security_group_ingress(GroupId=groups[-1], IpPermissions=[home], TagSpecifications=TAGS)
        colleague = {**home, "IpRanges": [{"CidrIp": "203.0.113.8/32"}]}
        ec2.authorize_security_group_ingress(GroupId=groups[-1], IpPermissions=[colleague])
    out = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "203.0.113.7/32"}]}
    ec2.authorize_security_group_egress(GroupId=groups[0], IpPermissions=[out], TagSpecifications=TAGS)
    states = served.client("stepfunctions")
    machine = states.create_state_machine(name=name.replace("/", "-"), definition=EXAMPLE, roleArn=ROLE)
    yield Office(served, own, secret, groups, machine["stateMachineArn"])
    served.rotator.failures.clear()
    states.delete_state_machine(stateMachineArn=machine["stateMachineArn"])
    for group in groups:
        ec2.delete_security_group(GroupId=group)
    for gone in (own, secret):
        sm.delete_secret(SecretId=gone, ForceDeleteWithoutRecovery=True)


def test_a_leaver_loses_every_access(office: Office, sm: Any) -> None:
    execution = office.begin()
    assert (office.mails()[-1]["subject"], office.mails()[-1]["to"]) == (
        "Take away all accesses of ana@example.com?",
        "it@example.com",
    )
    assert len(office.rules()) == 5 and "DeletedDate" not in sm.describe_secret(SecretId=office.own), "nothing yet"
    revoked = sorted(rule["SecurityGroupRuleId"] for rule in office.rules() if rule["Tags"])
    office.agree()
    ended = office.ended(execution)
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert sorted(output.pop("revoked")) == revoked and len(revoked) == 3
    expected = {"person": "ana@example.com", "deleted": [office.own, "never/was"], "rotated": [office.shared]}
    assert output == expected
    assert "DeletedDate" in sm.describe_secret(SecretId=office.own)
    assert sm.get_secret_value(SecretId=office.shared)["SecretString"].startswith("new ")
    assert {rule["CidrIpv4"] for rule in office.rules()} == {"203.0.113.8/32"}, "the colleague's stay"
    told = office.mails()[-1]
    assert told["subject"] == "ana@example.com has no accesses any more"
    assert all(found in told["text"] for found in [office.own, office.shared, *revoked])
    again = office.begin()
    office.agree()
    assert json.loads(office.ended(again)["output"]) == {**expected, "revoked": []}


def test_without_a_yes_nothing_is_taken_away(office: Office, sm: Any) -> None:
    refused, forgotten = office.begin(), office.begin()
    sent = len(office.mails())
    token = office.mails()[-2]["text"].split()[-1]
    office.served.client("stepfunctions").send_task_success(taskToken=token, output='{"approved": "perhaps"}')
    ended = office.ended(refused)
    assert (ended["status"], ended["error"]) == ("FAILED", "NotApproved")
    office.served.clock(advanceSeconds=259_200)
    ended = office.ended(forgotten)
    assert (ended["status"], ended["error"]) == ("FAILED", "NoAnswer")
    assert len(office.rules()) == 5 and len(office.mails()) == sent
    assert sm.get_secret_value(SecretId=office.own)["SecretString"] == "hers"
    assert sm.get_secret_value(SecretId=office.shared)["SecretString"] == "first"


def test_a_failure_is_told(office: Office) -> None:
    execution = office.begin(sharedSecrets=["nobody/knows"])
    office.agree()
    ended = office.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "SecretsManager.ResourceNotFoundException")
    told = office.mails()[-1]
    assert told["subject"] == "ana@example.com may still have accesses"
    assert "can't find the specified secret" in told["text"] and "run the off-boarding again" in told["text"]
