"""Security groups out of state machines: `aws-sdk:ec2:*`, in the transaction of the execution."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.ec2.calls import tcp
from tests.integrations.ec2.test_groups import filtered

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
_SDK = "arn:aws:states:::aws-sdk:ec2:"
_ROLE = "arn:aws:iam::000000000000:role/r"


def run(states: Any, *tasks: dict[str, Any]) -> dict[str, Any]:
    """An Express execution of these Tasks, one after the other, each with the output of the one before."""
    names = [f"S{number}" for number in range(len(tasks))]
    ways = [{"Next": name} for name in names[1:]] + [{"End": True}]
    bodies = [{"Type": "Task", **task, **way} for task, way in zip(tasks, ways, strict=True)]
    definition = json.dumps({"StartAt": names[0], "States": dict(zip(names, bodies, strict=True))})
    machine = states.create_state_machine(name="tasks", type="EXPRESS", definition=definition, roleArn=_ROLE)
    answer: dict[str, Any] = states.start_sync_execution(stateMachineArn=machine["stateMachineArn"])
    states.delete_state_machine(stateMachineArn=machine["stateMachineArn"])
    return answer


def test_a_group_with_a_rule(client: Callable[..., Any], ec2: Any) -> None:
    account = ec2.describe_vpcs()["Vpcs"][0]["OwnerId"]
    answer = run(
        client("stepfunctions", account=account),
        {"Resource": _SDK + "createSecurityGroup", "Parameters": {"GroupName": "gate", "Description": "d"}},
        {
            "Resource": _SDK + "authorizeSecurityGroupIngress",
            "Parameters": {
                "GroupId.$": "$.GroupId",
                "IpPermissions": [tcp(22, "10.0.0.9/8")],
            },
        },
    )  # fmt: skip
    assert answer["status"] == "SUCCEEDED", answer
    output = json.loads(answer["output"])
    assert output["Return"] is True
    [rule] = output["SecurityGroupRules"]
    assert (rule["CidrIpv4"], rule["FromPort"], rule["IsEgress"]) == ("10.0.0.0/8", 22, False)
    [group] = ec2.describe_security_groups(Filters=filtered("group-name", "gate"))["SecurityGroups"]
    assert group["GroupId"] == rule["GroupId"]


def test_a_refusal_undoes_what_the_task_did(client: Callable[..., Any], ec2: Any) -> None:
    """A dry run is carried out and undone; its error is EC2's general exception, as for all of its codes."""
    account = ec2.describe_vpcs()["Vpcs"][0]["OwnerId"]
    parameters = {"GroupName": "gone", "Description": "d", "DryRun": True}
    answer = run(
        client("stepfunctions", account=account), {"Resource": _SDK + "createSecurityGroup", "Parameters": parameters}
    )
    assert (answer["status"], answer["error"]) == ("FAILED", "Ec2.Ec2Exception")
    assert answer["cause"].startswith(
        "Request would have succeeded, but DryRun flag is set. (Service: Ec2, Status Code: 412"
    )
    assert ec2.describe_security_groups(Filters=filtered("group-name", "gone"))["SecurityGroups"] == []


@pytest.fixture
def gate(client: Callable[..., Any], ec2: Any) -> Iterator[Callable[..., dict[str, Any]]]:
    """Runs examples/release-gate.asl.json in the account of `ec2`."""
    account = ec2.describe_vpcs()["Vpcs"][0]["OwnerId"]
    states = client("stepfunctions", account=account)
    definition = (EXAMPLES / "release-gate.asl.json").read_text()
    machine = states.create_state_machine(name="gate", type="EXPRESS", definition=definition, roleArn=_ROLE)

    def released(**given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = states.start_sync_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps(given)
        )
        return answer

    yield released
    states.delete_state_machine(stateMachineArn=machine["stateMachineArn"])


def test_the_release_gate(ec2: Any, gate: Callable[..., dict[str, Any]]) -> None:
    """Refused, opened when asked to, and open from then on."""
    web, db = (ec2.create_security_group(GroupName=name, Description="d")["GroupId"] for name in ("web", "db"))
    asked = {"source": web, "destination": db, "port": 5432}
    closed = gate(**asked)
    assert (closed["status"], closed["error"]) == ("FAILED", "ReleaseGate.Closed")
    assert closed["cause"] == f"no ingress rule of {db} admits tcp 5432 from {web} to {db}"
    opened = gate(**asked, open=True)
    assert opened["status"] == "SUCCEEDED", opened
    [group] = ec2.describe_security_groups(GroupIds=[db])["SecurityGroups"]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == web
    again = json.loads(gate(**asked)["output"])
    assert again == json.loads(opened["output"])
    assert (again["released"], len(again["by"])) == (True, 2)
