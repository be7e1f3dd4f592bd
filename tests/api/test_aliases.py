"""Aliases through the API: made, changed, described, listed, started, deleted, and each error that AWS documents."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from engine import limits
from engine.api import routing
from engine.errors import InvariantError
from tests.api.client import Api, refusal
from tests.api.machines import PASS, ROLE, WAIT, definition


def routes(machine: str, *weights: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": f"{machine}:{version}", "weight": weight} for version, weight in weights]


@pytest.fixture
def machine(api: Api) -> str:
    """A machine with three versions, each of which ends with its number."""
    arn = api.machine(_ends_with(1), publish=True)
    for number in (2, 3):
        api.update_state_machine(stateMachineArn=arn, definition=_ends_with(number), publish=True)
    return arn


def _ends_with(number: int) -> str:
    return definition((f"Step{number}", {"Type": "Pass", "Result": number}))


def _alias(api: Api, machine: str, name: str, *weights: tuple[int, int], **others: Any) -> str:
    request = {"name": name, "routingConfiguration": routes(machine, *weights or ((1, 100),)), **others}
    arn: str = api.create_state_machine_alias(**request)["stateMachineAliasArn"]
    assert arn == f"{machine}:{name}"
    return arn


def _names(page: dict[str, Any]) -> list[str]:
    return [each["stateMachineAliasArn"].rpartition(":")[2] for each in page["stateMachineAliases"]]


def test_an_alias_is_as_it_was_created(api: Api, machine: str) -> None:
    routing = routes(machine, (1, 70), (2, 30))
    request = {"name": "PROD", "description": "größe 😀", "routingConfiguration": routing}
    made = api.create_state_machine_alias(**request)
    assert made["stateMachineAliasArn"] == machine + ":PROD"
    assert api.create_state_machine_alias(**request) == made
    assert api.describe_state_machine_alias(stateMachineAliasArn=machine + ":PROD") == {
        **made,
        **request,
        "updateDate": made["creationDate"],
    }
    assert "description" not in api.describe_state_machine_alias(stateMachineAliasArn=_alias(api, machine, "plain"))


@pytest.mark.parametrize(
    "otherwise",
    [{"description": "another"}, {"routingConfiguration": [(2, 100)]}, {"routingConfiguration": [(1, 99), (2, 1)]}],
)
def test_a_name_is_taken_once(api: Api, machine: str, otherwise: dict[str, Any]) -> None:
    arn = _alias(api, machine, "PROD")
    if "routingConfiguration" in otherwise:
        otherwise = {"routingConfiguration": routes(machine, *otherwise["routingConfiguration"])}
    request = {"name": "PROD", "routingConfiguration": routes(machine, (1, 100))} | otherwise
    code, message = refusal(api.create_state_machine_alias, **request)
    assert (code, arn in message) == ("ConflictException", True)


def test_an_update_changes_what_it_names(api: Api, machine: str) -> None:
    arn = _alias(api, machine, "PROD", description="first")
    before = api.describe_state_machine_alias(stateMachineAliasArn=arn)
    routed = routes(machine, (3, 0), (2, 100))
    update = api.update_state_machine_alias(stateMachineAliasArn=arn, routingConfiguration=routed)
    after = api.describe_state_machine_alias(stateMachineAliasArn=arn)
    assert after == before | {"routingConfiguration": routed, "updateDate": update["updateDate"]}
    assert update["updateDate"] >= before["updateDate"]
    again = api.update_state_machine_alias(stateMachineAliasArn=arn, routingConfiguration=routed, description="first")
    assert again == update
    api.update_state_machine_alias(stateMachineAliasArn=arn, description="")
    assert api.describe_state_machine_alias(stateMachineAliasArn=arn)["description"] == ""
    assert api.describe_state_machine_alias(stateMachineAliasArn=arn)["routingConfiguration"] == routed


def test_a_deleted_alias_is_gone_and_its_versions_are_not(api: Api, machine: str) -> None:
    arn = _alias(api, machine, "PROD")
    assert api.delete_state_machine_alias(stateMachineAliasArn=arn) == {}
    missing = ("ResourceNotFound", f"Resource not found: '{arn}'")
    assert refusal(api.describe_state_machine_alias, stateMachineAliasArn=arn) == missing
    assert refusal(api.delete_state_machine_alias, stateMachineAliasArn=arn) == missing
    assert refusal(api.start_execution, stateMachineArn=arn) == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{arn}'",
    )
    assert api.delete_state_machine_version(stateMachineVersionArn=machine + ":1") == {}


def test_a_version_in_use_stays(api: Api, machine: str) -> None:
    _alias(api, machine, "b", (1, 100), (2, 0))
    _alias(api, machine, "a", (1, 100))
    assert refusal(api.delete_state_machine_version, stateMachineVersionArn=machine + ":1") == (
        "ConflictException",
        "Version to be deleted must not be referenced by an alias. "
        "Current list of aliases referencing this version: [a, b]",
    )
    assert refusal(api.delete_state_machine_version, stateMachineVersionArn=machine + ":2")[0] == "ConflictException"
    assert api.delete_state_machine_version(stateMachineVersionArn=machine + ":3") == {}
    moved = routes(machine, (2, 100))
    for name in ("a", "b"):
        api.update_state_machine_alias(stateMachineAliasArn=f"{machine}:{name}", routingConfiguration=moved)
    assert api.delete_state_machine_version(stateMachineVersionArn=machine + ":1") == {}


def test_pages_of_aliases(api: Api, machine: str) -> None:
    assert api.list_state_machine_aliases(stateMachineArn=machine) == {"stateMachineAliases": []}
    for number in (3, 1, 5, 2, 4):
        _alias(api, machine, f"A-{number}", (1 + number % 2, 100))
    first = api.list_state_machine_aliases(stateMachineArn=machine, maxResults=2)
    second = api.list_state_machine_aliases(stateMachineArn=machine, nextToken=first["nextToken"])
    assert (_names(first), _names(second)) == (["A-1", "A-2"], ["A-3", "A-4", "A-5"])
    assert "nextToken" not in second
    of_version = api.list_state_machine_aliases(stateMachineArn=machine + ":2", maxResults=2)
    assert _names(of_version) == ["A-1", "A-3"]
    rest = api.list_state_machine_aliases(stateMachineArn=machine + ":2", nextToken=of_version["nextToken"])
    assert _names(rest) == ["A-5"]
    assert _names(api.list_state_machine_aliases(stateMachineArn=machine + ":3")) == []
    for token in (first["nextToken"], "xyz"):
        assert refusal(api.list_state_machine_aliases, stateMachineArn=machine + ":2", nextToken=token) == (
            "InvalidToken",
            "Invalid Token: 'Invalid token'",
        )


def test_the_most_aliases(api: Api, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ALIASES_MAX", 1)
    _alias(api, machine, "a")
    _alias(api, machine, "a")
    request = {"name": "b", "routingConfiguration": routes(machine, (1, 100))}
    code, message = refusal(api.create_state_machine_alias, **request)
    assert (code, "1, is reached" in message) == ("ServiceQuotaExceededException", True)
    api.delete_state_machine_alias(stateMachineAliasArn=machine + ":a")
    _alias(api, machine, "b")


# weights by version, or whole routes; error code, message or a part of it
ROUTES_REFUSED: list[tuple[Any, str, str]] = [
    (
        [(1, 70), (2, 29)],
        "ValidationException",
        "Sum of routing configuration weights must equal 100. Received: [70, 29]",
    ),
    ([(1, 0)], "ValidationException", "Sum of routing configuration weights must equal 100. Received: [0]"),
    (
        [(1, 50), (1, 50)],
        "ValidationException",
        "Routing configuration must contain distinct state machine version ARNs. Received: [",
    ),
    ([(1, 101)], "ValidationException", "Member must have value less than or equal to 100"),
    ([(1, -1)], "ValidationException", "Member must have value greater than or equal to 0"),
    ([], "ValidationException", "Member must have length greater than or equal to 1"),
    ([(1, 50), (2, 25), (3, 25)], "ValidationException", "Member must have length less than or equal to 2"),
    ([(9, 100)], "ResourceNotFound", "Resource not found: '"),
    ([{"stateMachineVersionArn": "x", "weight": 100}], "InvalidArn", "Invalid ARN prefix: x"),
    ([{"stateMachineVersionArn": "MACHINE", "weight": 100}], "InvalidArn", "Not the ARN of a state machine version"),
    ([{"stateMachineVersionArn": "MACHINE:PROD", "weight": 100}], "InvalidArn", "Not the ARN of a state machine"),
    ([{"stateMachineVersionArn": "UNKNOWN:1", "weight": 100}], "ResourceNotFound", "Resource not found: '"),
    (
        [{"stateMachineVersionArn": "UNKNOWN:1", "weight": 1}, {"stateMachineVersionArn": "MACHINE:1", "weight": 99}],
        "ValidationException",
        "Routing configuration must contain versions of one state machine only. Received: [",
    ),
]


def _given(api: Api, machine: str, bad: list[Any]) -> list[dict[str, Any]]:
    if not all(isinstance(each, dict) for each in bad):
        return routes(machine, *bad)
    unknown = api.arn("stateMachine:unknown")
    return [
        each
        | {
            "stateMachineVersionArn": each["stateMachineVersionArn"]
            .replace("MACHINE", machine)
            .replace("UNKNOWN", unknown)
        }
        for each in bad
    ]


@pytest.mark.parametrize(("bad", "code", "message"), ROUTES_REFUSED)
def test_routes_refused(api: Api, machine: str, bad: Any, code: str, message: str) -> None:
    given = _given(api, machine, bad)
    found = refusal(api.create_state_machine_alias, name="new", routingConfiguration=given)
    assert (found[0], message in found[1]) == (code, True), found
    arn = _alias(api, machine, "old")
    found = refusal(api.update_state_machine_alias, stateMachineAliasArn=arn, routingConfiguration=given)
    assert (found[0], message in found[1]) == (code, True), found
    assert _names(api.list_state_machine_aliases(stateMachineArn=machine)) == ["old"]


# what an update of an alias is given, the error's class in botocore, its status, its `reason`
ERRORS = [
    ({"routingConfiguration": [(1, 99)]}, "ValidationException", 400, "INVALID_ROUTING_CONFIGURATION"),
    ({"routingConfiguration": [(1, 50), (1, 50)]}, "ValidationException", 400, "INVALID_ROUTING_CONFIGURATION"),
    ({}, "ValidationException", 400, "MISSING_REQUIRED_PARAMETER"),
    ({"routingConfiguration": [(9, 100)]}, "ResourceNotFound", 400, None),
]


@pytest.mark.parametrize(("given", "code", "status", "reason"), ERRORS)
def test_errors_have_the_members_of_the_model(
    api: Api, machine: str, given: dict[str, Any], code: str, status: int, reason: str | None
) -> None:
    arn = _alias(api, machine, "PROD")
    if given:
        given = {"routingConfiguration": routes(machine, *given["routingConfiguration"])}
    with pytest.raises(ClientError) as caught:
        api.update_state_machine_alias(stateMachineAliasArn=arn, **given)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert answer.get("reason") == reason


def test_a_conflict_is_409(api: Api, machine: str) -> None:
    _alias(api, machine, "PROD")
    with pytest.raises(ClientError) as caught:
        api.delete_state_machine_version(stateMachineVersionArn=machine + ":1")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_an_alias_stays_with_its_machine(api: Api, machine: str, other_account: Api) -> None:
    arn = _alias(api, machine, "PROD")
    elsewhere = routes(api.machine(PASS, publish=True), (1, 100))
    code, message = refusal(api.update_state_machine_alias, stateMachineAliasArn=arn, routingConfiguration=elsewhere)
    assert (code, machine in message) == ("ValidationException", True)
    assert refusal(api.update_state_machine_alias, stateMachineAliasArn=arn) == (
        "ValidationException",
        "Either the description or the RoutingConfiguration must be specified",
    )
    ours = {"name": "theirs", "routingConfiguration": routes(machine, (1, 100))}
    assert refusal(other_account.create_state_machine_alias, **ours)[0] == "ResourceNotFound"
    assert refusal(other_account.describe_state_machine_alias, stateMachineAliasArn=arn)[0] == "ResourceNotFound"


@pytest.mark.parametrize("name", ["1", "007", "größe", "a b", "a:b", "x" * 81, ""])
def test_names_refused(api: Api, machine: str, name: str) -> None:
    request = {"name": name, "routingConfiguration": routes(machine, (1, 100))}
    code, message = refusal(api.create_state_machine_alias, **request)
    assert (code, "at 'name' failed to satisfy constraint" in message) == ("ValidationException", True)


@pytest.mark.parametrize("name", ["PROD", "1.0", "-", "v_2", "7a"])
def test_names_accepted(api: Api, machine: str, name: str) -> None:
    arn = _alias(api, machine, name)
    assert api.ended(api.start_execution(stateMachineArn=arn)["executionArn"])["stateMachineAliasArn"] == arn


# operation, its parameter, what stands after the caller's prefix (else the ARN itself), code
REFUSED = [
    ("describe_state_machine_alias", "stateMachineAliasArn", "x", "InvalidArn"),
    ("describe_state_machine_alias", "stateMachineAliasArn", ":stateMachine:m", "InvalidArn"),
    ("describe_state_machine_alias", "stateMachineAliasArn", ":stateMachine:m:1", "InvalidArn"),
    ("describe_state_machine_alias", "stateMachineAliasArn", ":stateMachine:unknown:PROD", "ResourceNotFound"),
    ("describe_state_machine_alias", "stateMachineAliasArn", ":stateMachine:m/label:PROD", "ValidationException"),
    ("delete_state_machine_alias", "stateMachineAliasArn", ":stateMachine:unknown:PROD", "ResourceNotFound"),
    ("delete_state_machine_alias", "stateMachineAliasArn", ":stateMachine:m:1", "InvalidArn"),
    ("list_state_machine_aliases", "stateMachineArn", "x", "InvalidArn"),
    ("list_state_machine_aliases", "stateMachineArn", ":stateMachine:m:PROD", "InvalidArn"),
    ("list_state_machine_aliases", "stateMachineArn", ":stateMachine:unknown", "StateMachineDoesNotExist"),
    ("list_state_machine_aliases", "stateMachineArn", ":stateMachine:unknown:1", "StateMachineDoesNotExist"),
]


@pytest.mark.parametrize(("operation", "parameter", "arn", "code"), REFUSED)
def test_wrong_arns(api: Api, operation: str, parameter: str, arn: str, code: str) -> None:
    arn = api.arn(arn[1:]) if arn.startswith(":") else arn
    assert refusal(getattr(api, operation), **{parameter: arn})[0] == code
    if operation == "describe_state_machine_alias":
        found = refusal(api.update_state_machine_alias, **{parameter: arn}, description="d")
        assert found[0] == code


def test_the_aliases_of_a_version_that_is_not_there(api: Api, machine: str) -> None:
    found = refusal(api.list_state_machine_aliases, stateMachineArn=machine + ":9")
    assert found == ("ResourceNotFound", f"Resource not found: '{machine}:9'")


def test_an_execution_remembers_its_alias_and_version(api: Api, machine: str) -> None:
    arn = _alias(api, machine, "PROD", (2, 100))
    execution = api.start_execution(stateMachineArn=arn)["executionArn"]
    shown = api.ended(execution)
    assert shown["stateMachineArn"] == machine
    assert (shown["stateMachineAliasArn"], shown["stateMachineVersionArn"]) == (arn, machine + ":2")
    assert shown["output"] == "2"
    event = api.get_execution_history(executionArn=execution)["events"][0]["executionStartedEventDetails"]
    assert (event["stateMachineAliasArn"], event["stateMachineVersionArn"]) == (arn, machine + ":2")
    assert api.describe_state_machine_for_execution(executionArn=execution)["definition"] == _ends_with(2)


def test_an_alias_leads_elsewhere_after_an_update(api: Api, machine: str) -> None:
    arn = _alias(api, machine, "PROD", (1, 100))
    outputs = []
    for version in (1, 3, 2):
        moved = routes(machine, (version, 100))
        api.update_state_machine_alias(stateMachineAliasArn=arn, routingConfiguration=moved)
        outputs.append(api.ended(api.start_execution(stateMachineArn=arn)["executionArn"])["output"])
    assert outputs == ["1", "3", "2"]


def test_the_executions_of_an_alias(api: Api, machine: str) -> None:
    arn = _alias(api, machine, "PROD", (1, 100))
    api.start_execution(stateMachineArn=machine)
    by_version = api.start_execution(stateMachineArn=machine + ":1")["executionArn"]
    by_alias = [api.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(2)]
    api.ended(by_alias[-1])

    def listed(text: str) -> list[str]:
        return [each["executionArn"] for each in api.list_executions(stateMachineArn=text)["executions"]]

    assert listed(arn) == by_alias[::-1]
    assert listed(machine + ":1") == [*by_alias[::-1], by_version]
    assert listed(machine + ":2") == []
    assert len(listed(machine)) == 4
    shown = api.list_executions(stateMachineArn=arn)["executions"][0]
    assert (shown["stateMachineAliasArn"], shown["stateMachineVersionArn"]) == (arn, machine + ":1")


def test_starts_are_shared_by_weight(api: Api, machine: str) -> None:
    """400 of a fair coin: 5 deviations to either side make 150 to 250, which chance leaves once in millions."""
    arn = _alias(api, machine, "half", (1, 50), (2, 50))
    for _ in range(400):
        api.start_execution(stateMachineArn=arn)
    ones = len(api.list_executions(stateMachineArn=machine + ":1", maxResults=1000)["executions"])
    twos = len(api.list_executions(stateMachineArn=machine + ":2", maxResults=1000)["executions"])
    assert ones + twos == 400
    assert 150 <= ones <= 250


def test_express_executions_go_by_the_alias(api: Api) -> None:
    machine = api.machine(_ends_with(1), type="EXPRESS", publish=True)
    arn = _alias(api, machine, "PROD")
    api.update_state_machine(stateMachineArn=machine, definition=_ends_with(2))
    ran = api.start_sync_execution(stateMachineArn=arn)
    assert (ran["output"], ran["stateMachineArn"]) == ("1", machine)
    assert refusal(api.start_sync_execution, stateMachineArn=machine + ":DEV")[0] == "StateMachineDoesNotExist"


def test_an_alias_is_described_as_a_machine(api: Api, machine: str) -> None:
    """As the version that most of its starts run: AWS's documentation lets the ARN be an alias's and says no more."""
    arn = _alias(api, machine, "PROD", (1, 30), (2, 70))
    shown = api.describe_state_machine(stateMachineArn=arn)
    assert shown == api.describe_state_machine(stateMachineArn=machine + ":2") | {"stateMachineArn": arn}


def test_an_alias_is_no_machine(api: Api, machine: str) -> None:
    arn = _alias(api, machine, "PROD")
    assert refusal(api.update_state_machine, stateMachineArn=arn, roleArn=ROLE)[0] == "StateMachineDoesNotExist"
    assert refusal(api.delete_state_machine, stateMachineArn=arn)[0] == "ValidationException"
    assert refusal(api.untag_resource, resourceArn=arn, tagKeys=["k"])[0] == "ResourceNotFound"


def test_a_machine_takes_its_aliases_with_it(api: Api) -> None:
    machine = api.machine(WAIT, publish=True)
    arn = _alias(api, machine, "PROD")
    execution = api.start_execution(stateMachineArn=arn)["executionArn"]
    api.delete_state_machine(stateMachineArn=machine)
    deleting = ("StateMachineDeleting", f"State Machine is being deleted: '{machine}'")
    again = {"name": "PROD", "routingConfiguration": routes(machine, (1, 100))}
    assert refusal(api.create_state_machine_alias, **again) == deleting
    assert refusal(api.update_state_machine_alias, stateMachineAliasArn=arn, description="d") == deleting
    assert refusal(api.list_state_machine_aliases, stateMachineArn=machine) == deleting
    assert refusal(api.start_execution, stateMachineArn=arn) == deleting
    api.stop_execution(executionArn=execution)

    def gone(listed: dict[str, Any]) -> bool:
        return machine not in [each["stateMachineArn"] for each in listed["stateMachines"]]

    api.until(lambda: api.list_state_machines(maxResults=1000), gone)
    assert refusal(api.describe_state_machine_alias, stateMachineAliasArn=arn)[0] == "ResourceNotFound"


# routes, random number, version
DRAWN = [
    (((1, 100),), 0.0, 1),
    (((1, 100),), 0.999_999_999, 1),
    (((1, 0), (2, 100)), 0.0, 2),
    (((1, 100), (2, 0)), 0.999_999_999, 1),
    (((1, 30), (2, 70)), 0.299_999, 1),
    (((1, 30), (2, 70)), 0.3, 2),
]


@pytest.mark.parametrize(("routes", "fraction", "version"), DRAWN)
def test_drawn(routes: routing.Routing, fraction: float, version: int) -> None:
    assert routing.drawn(routes, fraction) == version


def test_weights_that_are_not_100_are_our_fault() -> None:
    with pytest.raises(InvariantError):
        routing.drawn(((1, 30),), 0.5)
