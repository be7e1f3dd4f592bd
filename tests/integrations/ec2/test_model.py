"""Random authorisations, revocations and modifications over the store, against a set of rules for each group."""

import random
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.moment import Moment
from integrations.ec2.group_rules import modify_security_group_rules
from integrations.ec2.groups import create_security_group, describe_security_groups
from integrations.ec2.kinds import RULE
from integrations.ec2.permissions import authorize, revoke
from integrations.ec2.store import Network
from integrations.ec2.tables import metadata
from integrations.ec2.vpcs import create_vpc
from tests.integrations.ec2.calls import tcp

CALLER = Caller("000000000000", "us-east-1")
BLOCKS = ["10.0.0.0/8", "10.1.2.3/8", "11.0.0.0/8"]  # the first two are one
GROUPS = st.integers(0, 1)
PORTS = st.integers(1, 3)
Model = set[tuple[bool, int, str]]  # egress, port, block


def masked(block: str) -> str:
    return f"{block.partition('.')[0]}.0.0.0/8"


class Groups(RuleBasedStateMachine):
    """Two groups in a VPC that is not the default one, where what is no rule is an error."""

    @initialize()
    def begin(self) -> None:
        self.engine = sa.create_engine("sqlite://")
        metadata.create_all(self.engine)
        self.connection = self.engine.connect()
        fake = SimpleNamespace(connection=self.connection, moment=Moment(1, random.Random(3)))
        self.tx = cast(Transaction, fake)
        vpc = create_vpc(self.tx, CALLER, {"CidrBlock": "10.0.0.0/16"})["Vpc"]["VpcId"]
        self.ids = [
            create_security_group(self.tx, CALLER, {"GroupName": name, "Description": "d", "VpcId": vpc})["GroupId"]
            for name in ("a", "b")
        ]
        self.model: list[Model] = [set(), set()]

    @rule(group=GROUPS, egress=st.booleans(), port=PORTS, block=st.sampled_from(BLOCKS))
    def authorize(self, group: int, egress: bool, port: int, block: str) -> None:
        known = (egress, port, masked(block)) in self.model[group]
        code = self.attempt(authorize(egress), GroupId=self.ids[group], IpPermissions=[tcp(port, block)])
        assert code == ("InvalidPermission.Duplicate" if known else None)
        self.model[group].add((egress, port, masked(block)))

    @rule(group=GROUPS, egress=st.booleans(), port=PORTS, block=st.sampled_from(BLOCKS))
    def revoke(self, group: int, egress: bool, port: int, block: str) -> None:
        known = (egress, port, masked(block)) in self.model[group]
        code = self.attempt(revoke(egress), GroupId=self.ids[group], IpPermissions=[tcp(port, block)])
        assert code == (None if known else "InvalidPermission.NotFound")
        self.model[group].discard((egress, port, masked(block)))

    @rule(group=GROUPS, which=st.integers(0, 100), port=PORTS, block=st.sampled_from(BLOCKS))
    def modify(self, group: int, which: int, port: int, block: str) -> None:
        rules = [
            found for found in Network(self.tx, CALLER).below(RULE, self.ids[group]) if found["IpProtocol"] == "tcp"
        ]
        if not rules:
            return
        chosen = rules[which % len(rules)]
        old = (chosen["IsEgress"], chosen["FromPort"], chosen["CidrIpv4"])
        new = (chosen["IsEgress"], port, masked(block))
        update = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIpv4": block}
        code = self.attempt(
            modify_security_group_rules,
            GroupId=self.ids[group],
            SecurityGroupRules=[{"SecurityGroupRuleId": chosen["SecurityGroupRuleId"], "SecurityGroupRule": update}],
        )
        if new != old and new in self.model[group]:
            assert code == "InvalidPermission.Duplicate"
            return
        assert code is None
        self.model[group] = self.model[group] - {old} | {new}

    @invariant()
    def groups_are_as_the_model_has_them(self) -> None:
        if not hasattr(self, "ids"):
            return
        shown = describe_security_groups(self.tx, CALLER, {"GroupIds": self.ids})["SecurityGroups"]
        for found in shown:
            rules = {
                (egress, permission["FromPort"], entry["CidrIp"])
                for egress, member in ((False, "IpPermissions"), (True, "IpPermissionsEgress"))
                for permission in found[member]
                if permission["IpProtocol"] == "tcp"
                for entry in permission["IpRanges"]
            }
            assert rules == self.model[self.ids.index(found["GroupId"])]

    def attempt(self, function: Any, **request: Any) -> str | None:
        """The code of the error; what it changed is undone, as the batch does it."""
        savepoint = self.connection.begin_nested()
        try:
            function(self.tx, CALLER, request)
            savepoint.commit()
        except ServiceError as error:
            savepoint.rollback()
            return error.code
        return None

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.connection.close()
            self.engine.dispose()


Groups.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestGroups = Groups.TestCase
