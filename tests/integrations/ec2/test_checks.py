"""Checks by Task, by network insights and by command line, over a network of two groups and their interfaces."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from engine.cli.main import cli
from tests.integrations.ec2.calls import ONE_STORE, refused, tcp

CHECK = "arn:aws:states:::statewright:securityGroups:check"
BOTH = {"Source": "10.0.1.4", "Destination": "10.0.1.5"}
EVERYWHERE = {"CidrIp": "0.0.0.0/0"}
_ROLE = "arn:aws:iam::000000000000:role/r"


class World:
    """`web` may reach `db` on 5432 and nothing else."""

    def __init__(self, ec2: Any):
        self.ec2 = ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        self.web, self.db = (
            ec2.create_security_group(GroupName=name, Description="d", VpcId=self.vpc)["GroupId"]
            for name in ("web", "db")
        )
        pairs = [{"GroupId": self.web}]
        self.rule = ec2.authorize_security_group_ingress(
            GroupId=self.db, IpPermissions=[tcp(5432, UserIdGroupPairs=pairs)]
        )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        self.web_eni, self.db_eni = (
            ec2.create_network_interface(SubnetId=self.subnet, Groups=[group])["NetworkInterface"]["NetworkInterfaceId"]
            for group in (self.web, self.db)
        )
        self.account = ec2.describe_vpcs()["Vpcs"][0]["OwnerId"]


@pytest.fixture
def world(ec2: Any) -> World:
    return World(ec2)


def run(client: Callable[..., Any], world: World, parameters: dict[str, Any]) -> dict[str, Any]:
    """An Express execution of one check."""
    states = client("stepfunctions", account=world.account)
    definition = {
        "StartAt": "Check",
        "States": {"Check": {"Type": "Task", "Resource": CHECK, "Parameters": parameters, "End": True}},
    }
    machine = states.create_state_machine(
        name=f"check-{world.web}", type="EXPRESS", definition=json.dumps(definition), roleArn=_ROLE
    )["stateMachineArn"]
    answer: dict[str, Any] = states.start_sync_execution(stateMachineArn=machine)
    states.delete_state_machine(stateMachineArn=machine)
    return answer


def test_a_task_that_is_allowed(client: Callable[..., Any], world: World) -> None:
    answer = run(client, world, {"Source": world.web, "Destination": "10.0.1.5", "Protocol": "tcp", "Port": 5432})
    verdict = json.loads(answer["output"])
    assert verdict["allowed"] is True
    assert verdict["path"] == [world.web_eni, world.web, world.db, world.db_eni]
    egress, ingress = verdict["rules"]
    assert (egress["direction"], egress["peer"], egress["protocol"]) == ("egress", "0.0.0.0/0", "-1")
    assert ingress == {
        "direction": "ingress",
        "ruleId": world.rule,
        "groupId": world.db,
        "protocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "peer": world.web,
    }


def test_a_task_that_is_denied(client: Callable[..., Any], world: World) -> None:
    asked = {"Source": world.db_eni, "Destination": world.web_eni, "Port": 443}
    verdict = json.loads(run(client, world, asked)["output"])
    assert (verdict["allowed"], verdict["path"]) == (False, [world.db_eni, world.db])
    assert verdict["reason"] == f"no ingress rule of {world.web} admits tcp 443 from {world.db_eni} to {world.web_eni}"
    failed = run(client, world, {**asked, "FailWhenDenied": True})
    assert (failed["status"], failed["error"], failed["cause"]) == (
        "FAILED",
        "SecurityGroups.Denied",
        verdict["reason"],
    )


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"Source": "sg-00000000", "Destination": "10.0.1.5", "Port": 1}, "SecurityGroups.InvalidGroup.NotFound"),
        ({"Source": "x", "Destination": "10.0.1.5", "Port": 1}, "SecurityGroups.InvalidParameterValue"),
        ({"Source": "192.0.2.1", "Destination": "192.0.2.2", "Port": 1}, "SecurityGroups.InvalidParameterValue"),
        (BOTH, "SecurityGroups.MissingParameter"),
        ({**BOTH, "Port": 70000}, "SecurityGroups.InvalidParameterValue"),
        ({**BOTH, "Protocol": "icmp", "Port": 1}, "SecurityGroups.InvalidParameterValue"),
        ({"Source": "10.0.1.4"}, "States.Runtime"),
        ({**BOTH, "Port": "443"}, "States.Runtime"),
        ({**BOTH, "Port": 443, "Colour": 1}, "States.Runtime"),
    ],
)  # fmt: skip
@ONE_STORE
def test_checks_that_cannot_be(
    client: Callable[..., Any], world: World, parameters: dict[str, Any], error: str
) -> None:
    answer = run(client, world, parameters)
    assert (answer["status"], answer["error"]) == ("FAILED", error)


def test_what_the_network_serves_is_never_filtered(client: Callable[..., Any], ec2: Any, world: World) -> None:
    ec2.revoke_security_group_egress(GroupId=world.web, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [EVERYWHERE]}])
    for address, allowed in (("169.254.169.254", True), ("10.0.0.2", True), ("10.0.0.3", False), ("172.31.0.2", False)):
        asked = {"Source": world.web_eni, "Destination": address, "Protocol": "udp", "Port": 53}
        assert json.loads(run(client, world, asked)["output"])["allowed"] is allowed


def test_an_unknown_resource_of_ours_is_refused(client: Callable[..., Any]) -> None:
    states = client("stepfunctions")
    task = {"Type": "Task", "Resource": CHECK.replace("check", "guess"), "End": True}
    definition = json.dumps({"StartAt": "A", "States": {"A": task}})
    with pytest.raises(states.exceptions.InvalidDefinition):
        states.create_state_machine(name="x", definition=definition, roleArn=_ROLE)


def analyse(ec2: Any, **path: Any) -> dict[str, Any]:
    made = ec2.create_network_insights_path(**path)["NetworkInsightsPath"]["NetworkInsightsPathId"]
    started = ec2.start_network_insights_analysis(NetworkInsightsPathId=made)["NetworkInsightsAnalysis"]
    assert started["Status"] == "running"
    ids = [started["NetworkInsightsAnalysisId"]]
    [found] = ec2.describe_network_insights_analyses(NetworkInsightsAnalysisIds=ids)["NetworkInsightsAnalyses"]
    return dict(found)


def test_insights_into_a_path_that_is_found(ec2: Any, world: World) -> None:
    found = analyse(ec2, Source=world.web_eni, Destination=world.db_eni, Protocol="tcp", DestinationPort=5432)
    assert (found["Status"], found["NetworkPathFound"]) == ("succeeded", True)
    components = [part["Component"]["Id"] for part in found["ForwardPathComponents"]]
    assert components == [world.web_eni, world.web, world.db, world.db_eni]
    assert found["ForwardPathComponents"][2]["SecurityGroupRule"] == {
        "Direction": "ingress",
        "Protocol": "tcp",
        "PortRange": {"From": 5432, "To": 5432},
        "SecurityGroupId": world.web,
    }
    assert [part["Component"]["Id"] for part in found["ReturnPathComponents"]] == components[::-1]
    assert found["ForwardPathComponents"][0]["OutboundHeader"]["DestinationAddresses"] == ["10.0.1.5/32"]
    assert (
        found["ReturnPathComponents"][0]["OutboundHeader"]
        == found["ReturnPathComponents"][3]["InboundHeader"]
        == {
            "Protocol": "6",
            "SourceAddresses": ["10.0.1.5/32"],
            "SourcePortRanges": [{"From": 5432, "To": 5432}],
            "DestinationAddresses": ["10.0.1.4/32"],
            "DestinationPortRanges": [{"From": 0, "To": 65535}],
        }
    )


def test_an_interface_at_one_of_its_addresses(client: Callable[..., Any], ec2: Any, world: World) -> None:
    """Also where an interface of another VPC has the same address."""
    twin = World(ec2)
    path = {"Source": world.web_eni, "Protocol": "tcp", "SourceIp": "10.0.1.4", "DestinationIp": "192.0.2.1"}
    assert analyse(ec2, **path)["NetworkPathFound"] is True
    asked = {"Source": f"{world.web_eni}@10.0.1.4", "Destination": "192.0.2.1", "Port": 1}
    assert json.loads(run(client, world, asked)["output"])["path"][0] == world.web_eni
    for wrong in (f"{twin.web_eni}@10.0.1.5", f"{world.web}@10.0.1.4", "10.0.1.4@10.0.1.4"):
        assert run(client, world, {**asked, "Source": wrong})["error"] == "SecurityGroups.InvalidParameterValue"


def test_insights_into_any_port(ec2: Any, world: World) -> None:
    """The first that is let through: 5432 is the only one."""
    found = analyse(ec2, Source=world.web_eni, Destination=world.db_eni, Protocol="TCP")
    assert found["NetworkPathFound"] is True
    assert found["ForwardPathComponents"][0]["OutboundHeader"]["DestinationPortRanges"] == [{"From": 5432, "To": 5432}]


def ports(first: int, last: int) -> dict[str, int]:
    return {"FromPort": first, "ToPort": last}


# filter at the source, filter at the destination, the port that is found or the code of why there is none
FILTERED: list[tuple[dict[str, Any], dict[str, Any], Any]] = [
    ({"DestinationPortRange": ports(5000, 6000)}, {}, 5432),
    ({"DestinationPortRange": ports(5432, 6000), "SourcePortRange": ports(1024, 2048)}, {}, 5432),
    ({"DestinationPortRange": ports(5433, 6000)}, {}, "ENI_SG_RULES_MISMATCH"),
    ({"SourceAddress": "10.0.1.4"}, {"DestinationAddress": "10.0.1.5"}, 5432),
    ({"DestinationPortRange": ports(1, 6000)}, {"DestinationPortRange": ports(5000, 9000)}, 5432),
    ({"DestinationPortRange": ports(1, 80)}, {"DestinationPortRange": ports(443, 9000)}, "NO_POSSIBLE_DESTINATION"),
    ({"SourcePortRange": ports(1, 80)}, {"SourcePortRange": ports(443, 9000)}, "NO_POSSIBLE_DESTINATION"),
    ({"SourceAddress": "10.0.1.4"}, {"SourceAddress": "10.0.1.9"}, "NO_POSSIBLE_DESTINATION"),
    ({"DestinationAddress": "10.0.1.5"}, {"DestinationAddress": "10.0.1.9"}, "NO_POSSIBLE_DESTINATION"),
    ({"SourceAddress": "10.0.1.9"}, {}, "does not have the address 10.0.1.9"),
]


@ONE_STORE
def test_insights_into_filtered_paths(ec2: Any, world: World) -> None:
    for at_source, at_destination, expected in FILTERED:
        filters = {"FilterAtSource": at_source, "FilterAtDestination": at_destination}
        given = {name: found for name, found in filters.items() if found}
        found = analyse(ec2, Source=world.web_eni, Destination=world.db_eni, Protocol="tcp", **given)
        if isinstance(expected, int):
            header = found["ForwardPathComponents"][0]["OutboundHeader"]
            assert header["DestinationPortRanges"] == [{"From": expected, "To": expected}], given
            said = at_source.get("SourcePortRange", ports(0, 65535))
            assert header["SourcePortRanges"] == [{"From": said["FromPort"], "To": said["ToPort"]}]
        elif found["Status"] == "failed":
            assert expected in found["StatusMessage"], given
        else:
            assert [why["ExplanationCode"] for why in found["Explanations"]] == [expected], given
    [path] = ec2.describe_network_insights_paths(MaxResults=1)["NetworkInsightsPaths"]
    assert set(path) & {"FilterAtSource", "FilterAtDestination"}, "a path shows its filters"
    only = {"Source": world.web_eni, "Protocol": "tcp", "FilterAtSource": {"DestinationAddress": "10.0.1.5"}}
    assert analyse(ec2, **only)["NetworkPathFound"] is True


def test_insights_into_paths_that_are_not_found(ec2: Any, world: World) -> None:
    found = analyse(ec2, Source=world.web_eni, Destination=world.db_eni, Protocol="tcp", DestinationPort=22)
    assert found["NetworkPathFound"] is False
    [why] = found["Explanations"]
    assert (why["ExplanationCode"], why["Direction"]) == ("ENI_SG_RULES_MISMATCH", "ingress")
    assert why["NetworkInterface"]["Id"] == world.db_eni
    assert [group["Id"] for group in why["SecurityGroups"]] == [world.db]
    assert analyse(ec2, Source=world.db_eni, Destination=world.web_eni, Protocol="tcp")["NetworkPathFound"] is False
    elsewhere = World(ec2)
    [why] = analyse(ec2, Source=world.web_eni, Destination=elsewhere.db_eni, Protocol="tcp", DestinationPort=5432)[
        "Explanations"
    ]
    assert (why["ExplanationCode"], why["Vpc"]["Id"], why["DestinationVpc"]["Id"]) == (
        "NO_ROUTE_TO_DESTINATION",
        world.vpc,
        elsewhere.vpc,
    )
    outside = analyse(ec2, Source=world.web_eni, DestinationIp="192.0.2.1", Protocol="udp", DestinationPort=53)
    assert outside["NetworkPathFound"] is True


def test_the_life_of_paths_and_analyses(ec2: Any, world: World) -> None:
    asked = {"Source": world.web_eni, "Destination": world.db_eni, "Protocol": "tcp", "DestinationPort": 1}
    first = ec2.create_network_insights_path(ClientToken="t", **asked)["NetworkInsightsPath"]
    assert ec2.create_network_insights_path(ClientToken="t", **asked)["NetworkInsightsPath"] == first
    path = first["NetworkInsightsPathId"]
    analysis = ec2.start_network_insights_analysis(NetworkInsightsPathId=path)["NetworkInsightsAnalysis"]
    identifier = analysis["NetworkInsightsAnalysisId"]
    of_path = ec2.describe_network_insights_analyses(NetworkInsightsPathId=path)["NetworkInsightsAnalyses"]
    assert [found["NetworkInsightsAnalysisId"] for found in of_path] == [identifier]
    later = ec2.describe_network_insights_analyses(AnalysisStartTime="2100-01-01T00:00:00Z")["NetworkInsightsAnalyses"]
    assert later == []
    filters = [{"Name": "source", "Values": [world.web_eni]}]
    assert len(ec2.describe_network_insights_paths(Filters=filters)["NetworkInsightsPaths"]) == 1
    assert refused(ec2.delete_network_insights_path, NetworkInsightsPathId=path)[0] == "DependencyViolation"
    ec2.delete_network_insights_analysis(NetworkInsightsAnalysisId=identifier)
    ec2.delete_network_insights_path(NetworkInsightsPathId=path)
    assert refused(ec2.describe_network_insights_paths, NetworkInsightsPathIds=[path])[0].endswith(".NotFound")
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"Source": "igw-00000000"}, "InvalidNetworkInterfaceID.Malformed"),
        ({"DestinationPort": 70_000}, "InvalidParameterValue"),
        ({"Protocol": "icmp"}, "InvalidParameterValue"),
        ({"Destination": None}, "MissingParameter"),
        ({"SourceIp": "x"}, "InvalidParameterValue"),
        ({"SourceIp": "2001:db8::1"}, "InvalidParameterValue"),
        ({"FilterAtSource": {"SourceAddress": "10.0.0.1"}}, "InvalidParameterCombination"),
        ({"FilterAtDestination": {"SourceAddress": "x"}}, "InvalidParameterValue"),
        ({"FilterAtDestination": {"DestinationPortRange": {"FromPort": 9, "ToPort": 8}}}, "InvalidParameterValue"),
        ({"FilterAtDestination": {"SourcePortRange": {"FromPort": 9}}}, "InvalidParameterValue"),
        (
            {"FilterAtDestination": {"SourceAddress": "10.0.1.4"}, "DestinationIp": "10.0.1.5"},
            "InvalidParameterCombination",
        ),
    ]
    for wrong, code in refusals:
        given = {name: value for name, value in {**asked, **wrong}.items() if value is not None}
        assert refused(ec2.create_network_insights_path, **given)[0] == code


def test_an_analysis_whose_interface_has_gone(ec2: Any, world: World) -> None:
    asked = {"Source": world.web_eni, "Destination": world.db_eni, "Protocol": "tcp", "DestinationPort": 1}
    path = ec2.create_network_insights_path(**asked)["NetworkInsightsPath"]["NetworkInsightsPathId"]
    ec2.delete_network_interface(NetworkInterfaceId=world.db_eni)
    ec2.start_network_insights_analysis(NetworkInsightsPathId=path)
    [found] = ec2.describe_network_insights_analyses(NetworkInsightsPathId=path)["NetworkInsightsAnalyses"]
    assert found["Status"] == "failed"
    assert "does not exist" in found["StatusMessage"]


def test_the_command_line(endpoint: str, world: World) -> None:
    options = ["--port", "5432", "--endpoint", endpoint, "--account", world.account]
    allowed = CliRunner().invoke(cli, ["sg", "check", world.web, world.db, *options])
    assert allowed.exit_code == 0, allowed.output
    assert allowed.output.startswith("allowed: tcp 5432 from")
    assert world.rule in "".join(allowed.output.split())
    denied = CliRunner().invoke(cli, ["sg", "check", world.db, world.web, "--json", *options])
    assert denied.exit_code == 1
    assert json.loads(denied.output)["allowed"] is False
    assert " 5432 " in allowed.output.splitlines()[-1]
    nowhere = CliRunner().invoke(cli, ["sg", "check", world.web, world.db, *options[2:]])
    assert (nowhere.exit_code, "--port" in nowhere.output) == (2, True)
    wrong = CliRunner().invoke(cli, ["sg", "check", "sg-00000000", world.web, *options])
    assert wrong.exit_code != 0
    assert "The security group 'sg-00000000' does not exist" in " ".join(f"{wrong.output} {wrong.exception}".split())
