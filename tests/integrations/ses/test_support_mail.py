"""The example: a mail that comes in starts an execution, which answers it."""

import itertools
import json
import smtplib
from dataclasses import replace
from pathlib import Path

from engine.config import load_settings
from tests.in_process import running_server
from tests.integrations.ses.conftest import User
from tests.integrations.ses.mail_server import connected, free_ports

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
ACCOUNT = "000000000000"
ARN = f"arn:aws:%s:us-east-1:{ACCOUNT}:support-mails"


def test_a_mail_starts_an_execution_that_answers_it(tmp_path: Path) -> None:
    settings = load_settings({}, {}, EXAMPLES / "support-mail.toml")
    assert settings.ses.inbound_port == 2525
    (port,) = free_ports(1)
    ses = replace(settings.ses, inbound_port=port)
    db = f"sqlite:///{tmp_path / 'statewright.db'}"
    with running_server(replace(settings, port=0, db=db, test_controls=True, ses=ses)) as endpoint:
        user = User(endpoint, ACCOUNT, tmp_path)
        prepare(user)
        connected(port).close()
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.sendmail("ann@example.org", ["help@example.com"], "Subject: URGENT: no light\r\n\r\nIt is dark.")
            client.sendmail("bob@example.org", ["help@example.com"], "Subject: A question\r\n\r\nWhy?")
        outputs = ended(user, 2)
        mails = [one for one in user.inbox() if one["Source"] == "help@example.com"]
    tickets = {one["from"]: one["ticket"] for one in outputs}
    assert {one["subject"] for one in outputs} == {"URGENT: no light", "A question"}
    assert {(one["Destination"]["ToAddresses"][0], one["Subject"]) for one in mails} == {
        ("ann@example.org", f"Re: URGENT: no light [{tickets['ann@example.org']}]"),
        ("oncall@example.com", f"URGENT: no light [{tickets['ann@example.org']}]"),
        ("bob@example.org", f"Re: A question [{tickets['bob@example.org']}]"),
    }
    assert "It is dark." in next(one for one in mails if "oncall" in str(one["Destination"]))["Body"]["text_part"]


def prepare(user: User) -> None:
    """As examples/README.md says, in the same order."""
    user.verify("example.com")
    user.client("sns").create_topic(Name="support-mails")
    user.client("sqs").create_queue(QueueName="support-mails")
    user.client("sns").subscribe(
        TopicArn=ARN % "sns", Protocol="sqs", Endpoint=ARN % "sqs", Attributes={"RawMessageDelivery": "true"}
    )
    ses = user.client("ses")
    ses.create_receipt_rule_set(RuleSetName="support")
    actions = [{"SNSAction": {"TopicArn": ARN % "sns"}}]
    rule = {"Name": "publish", "Enabled": True, "Recipients": ["help@example.com"], "Actions": actions}
    ses.create_receipt_rule(RuleSetName="support", Rule=rule)
    ses.set_active_receipt_rule_set(RuleSetName="support")
    user.client("stepfunctions").create_state_machine(
        name="support-mail",
        definition=(EXAMPLES / "support-mail.asl.json").read_text(),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
    )


def ended(user: User, count: int) -> list[dict[str, str]]:
    """The outputs of so many executions, when they have ended; the clock goes on where they wait to send again."""
    machines = user.client("stepfunctions")
    machine = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:support-mail"
    for _ in itertools.repeat(None, 100):
        user.seconds(1)
        listed = machines.list_executions(stateMachineArn=machine)["executions"]
        if len(listed) == count and all(one["status"] != "RUNNING" for one in listed):
            found = [machines.describe_execution(executionArn=one["executionArn"]) for one in listed]
            assert [one["status"] for one in found] == ["SUCCEEDED"] * count, found
            return [json.loads(one["output"]) for one in found]
    raise AssertionError(listed)
