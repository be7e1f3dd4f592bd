"""ARNs: AWS's errors for what is not one, and that what is written can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import arns
from engine.api.names import check_name
from engine.contract import Caller
from engine.errors import ServiceError

ALL = (arns.STATE_MACHINE, arns.EXECUTION, arns.EXPRESS, arns.ACTIVITY)
BASE = "arn:aws:states:us-east-1:123456789012"

# text, kinds that are welcome, what stands between the quotes of `Invalid Arn: '...'`
REFUSED = [
    ("not_a_valid_arn", ALL, "Invalid ARN prefix: not_a_valid_arn"),
    ("", ALL, "Invalid ARN prefix: "),
    ("arn", ALL, "Invalid ARN prefix: arn"),
    ("arn:gcp:states:us-east-1:123456789012:activity:a", ALL, None),
    (f"{BASE}:express:m:n:u", (arns.EXECUTION,), "Resource type not valid in this context: express"),
    (f"{BASE}:execution:m:n", (arns.STATE_MACHINE,), "Resource type not valid in this context: execution"),
    (f"{BASE}:stateMachine:m", (arns.ACTIVITY,), "Resource type not valid in this context: stateMachine"),
    (f"{BASE}:mapRun:m:n", ALL, "Resource type not valid in this context: mapRun"),
    (f"{BASE}:activity", ALL, f"Invalid ARN: {BASE}:activity"),
    (f"{BASE}:activity:", ALL, f"Invalid ARN: {BASE}:activity:"),
    (f"{BASE}:activity:a:b", ALL, f"Invalid ARN: {BASE}:activity:a:b"),
    (f"{BASE}:execution:m", ALL, f"Invalid ARN: {BASE}:execution:m"),
    (f"{BASE}:execution::n", ALL, f"Invalid ARN: {BASE}:execution::n"),
    (f"{BASE}:stateMachine:m:1:2", ALL, f"Invalid ARN: {BASE}:stateMachine:m:1:2"),
    (f"{BASE}:express:m:n", ALL, f"Invalid ARN: {BASE}:express:m:n"),
    ("arn:aws:lambda:us-east-1:123456789012:function:f", ALL, None),
    ("arn:aws:states:::activity:a", ALL, None),
    (f"{BASE}:activity:a\x00b", ALL, None),
    (f"{BASE}:activity:a b", ALL, None),
    (f"{BASE}:activity:\ud800", ALL, None),
]


@pytest.mark.parametrize(("text", "kinds", "detail"), REFUSED)
def test_refused(text: str, kinds: tuple[str, ...], detail: str | None) -> None:
    with pytest.raises(ServiceError) as caught:
        arns.parse(text, *kinds)
    assert caught.value.code == "InvalidArn"
    if detail is not None:
        assert caught.value.message == f"Invalid Arn: '{detail}'"


# text, kind, names, qualified, labelled
ACCEPTED = [
    (f"{BASE}:stateMachine:a.b-c_d", arns.STATE_MACHINE, ("a.b-c_d",), False, False),
    (f"{BASE}:stateMachine:m:PROD", arns.STATE_MACHINE, ("m", "PROD"), True, False),
    (f"{BASE}:stateMachine:m/label", arns.STATE_MACHINE, ("m/label",), False, True),
    (f"{BASE}:execution:m:n", arns.EXECUTION, ("m", "n"), False, False),
    (f"{BASE}:express:m:n:u", arns.EXPRESS, ("m", "n", "u"), False, False),
    ("arn:aws-us-gov:states:us-gov-west-1:000000000000:activity:größe", arns.ACTIVITY, ("größe",), False, False),
    ("arn:aws-iso-b:states:us-isob-east-1:000000000000:activity:a", arns.ACTIVITY, ("a",), False, False),
]


@pytest.mark.parametrize(("text", "kind", "names", "qualified", "labelled"), ACCEPTED)
def test_accepted(text: str, kind: str, names: tuple[str, ...], qualified: bool, labelled: bool) -> None:
    arn = arns.parse(text, *ALL)
    assert (arn.text, arn.kind, arn.names, arn.qualified, arn.labelled) == (text, kind, names, qualified, labelled)


# what stands after `stateMachine:`, the version, the alias, the machine's name
QUALIFIED = [
    ("m", None, None, "m"),
    ("m:1", 1, None, "m"),
    ("m:1000", 1000, None, "m"),
    ("m:0", None, None, "m"),
    ("m:01", None, None, "m"),
    ("m:1.0", None, "1.0", "m"),
    ("m:PROD", None, "PROD", "m"),
    ("m:-", None, "-", "m"),
    ("m:größe", None, None, "m"),
    ("m:" + "a" * 81, None, None, "m"),
]


@pytest.mark.parametrize(("names", "version", "alias", "machine"), QUALIFIED)
def test_versions_and_aliases(names: str, version: int | None, alias: str | None, machine: str) -> None:
    arn = arns.parse(f"{BASE}:stateMachine:{names}", arns.STATE_MACHINE)
    assert (arn.version, arn.alias, arn.unqualified) == (version, alias, f"{BASE}:stateMachine:{machine}")
    if arn.qualified:
        assert arns.qualified_arn(arn.unqualified, names.partition(":")[2]) == arn.text


OWNER = Caller("123456789012", "us-east-1")

# caller, whether an ARN below BASE is theirs
OWNERS = [
    (OWNER, True),
    (Caller("123456789012", "eu-west-1"), False),
    (Caller("000000000000", "us-east-1"), False),
    (Caller("123456789012", "us-east-1", "aws-cn"), False),
]


@pytest.mark.parametrize(("caller", "theirs"), OWNERS)
def test_belongs_to(caller: Caller, theirs: bool) -> None:
    assert arns.parse(f"{BASE}:activity:a", *ALL).belongs_to(caller) is theirs


# role ARN, accepted
ROLES = [
    ("arn:aws:iam::123456789012:role/r", True),
    ("arn:aws:iam::012345678901:role/service-role/StepFunctions-x-role-1a2b", True),
    ("arn:aws-cn:iam::123456789012:role/r", True),
    ("arn:aws-iso-b:iam::123456789012:role/r", True),
    ("arn:aws:iam::aws:policy/AWSBatchFullAccess", False),
    ("arn:aws:iam::123456789012:user/u", False),
    ("arn:aws:iam::123456789012:role/", False),
    ("arn:aws:iam::123456789012:role/a\x00", False),
    ("arn:aws:iam:us-east-1:123456789012:role/r", False),
    ("role", False),
    ("", False),
]


@pytest.mark.parametrize(("text", "accepted"), ROLES)
def test_roles(text: str, accepted: bool) -> None:
    if accepted:
        arns.check_role(text)
        return
    with pytest.raises(ServiceError) as caught:
        arns.check_role(text)
    assert (caught.value.code, caught.value.message) == ("InvalidArn", f"Invalid Role Arn: '{text}'")


# name, accepted
NAMES = [
    ("a", True),
    ("x" * 80, True),
    ("activityName.with.dots-1_2", True),
    ("größe-名前", True),
    ("a+b=c@d!e'f()", True),
    ("", False),
    ("x" * 81, False),
    ("activity\x7f", False),
    *((f"a{barred}b", False) for barred in ' \t\n\u00a0\u2003<>{}[]?*"#%\\^|~`$&,;:/\x00\x1f\x80\x9f\ud800\uffff'),
]


@pytest.mark.parametrize(("name", "accepted"), NAMES)
def test_names(name: str, accepted: bool) -> None:
    if accepted:
        check_name(name)
        return
    with pytest.raises(ServiceError) as caught:
        check_name(name)
    assert (caught.value.code, caught.value.message) == ("InvalidName", f"Invalid Name: '{name}'")


def _is_name(text: str) -> bool:
    try:
        check_name(text)
    except ServiceError:
        return False
    return True


_NAMES = st.text(min_size=1, max_size=20).filter(_is_name)


@given(_NAMES, _NAMES)
def test_what_is_written_can_be_read(machine: str, name: str) -> None:
    """Whatever name is accepted, its ARNs lead back to it and to its machine."""
    machine_arn = arns.machine_arn(OWNER, machine)
    execution = arns.parse(arns.execution_arn(machine_arn, name), *ALL)
    express = arns.parse(arns.express_arn(machine_arn, name, "u"), *ALL)
    assert arns.parse(machine_arn, *ALL).names == (machine,)
    assert (execution.kind, execution.names) == (arns.EXECUTION, (machine, name))
    assert (express.kind, express.names) == (arns.EXPRESS, (machine, name, "u"))
    assert arns.machine_of(execution.text) == arns.machine_of(express.text) == machine_arn
    assert arns.parse(arns.activity_arn(OWNER, name), *ALL).names == (name,)


@given(st.text(), st.sampled_from(ALL))
def test_any_text_is_an_arn_or_invalid(text: str, kind: str) -> None:
    for candidate in (text, f"{BASE}:{text}", f"{BASE}:{kind}:{text}"):
        try:
            assert arns.parse(candidate, *ALL).text == candidate
        except ServiceError as error:
            assert error.code == "InvalidArn"
