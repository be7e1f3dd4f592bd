"""Versions through the API: published, listed, described, started, deleted, and each error that AWS documents."""

from typing import Any

import pytest

from engine import limits
from tests.api.client import Api, refusal
from tests.api.machines import OTHER_PASS, PASS, ROLE, WAIT, definition


def _published(api: Api, machine: str, **others: Any) -> str:
    arn: str = api.publish_state_machine_version(stateMachineArn=machine, **others)["stateMachineVersionArn"]
    return arn


def _listed(api: Api, machine: str) -> list[str]:
    page = api.list_state_machine_versions(stateMachineArn=machine)
    return [each["stateMachineVersionArn"] for each in page["stateMachineVersions"]]


def _revised(api: Api, machine: str, number: int, **others: Any) -> dict[str, Any]:
    text = definition((f"Step{number}", {"Type": "Pass"}))
    answer: dict[str, Any] = api.update_state_machine(stateMachineArn=machine, definition=text, **others)
    return answer


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_machine_is_created_with_its_first_version(api: Api, kind: str) -> None:
    name = api.name()
    request = {"name": name, "definition": PASS, "roleArn": ROLE, "type": kind, "publish": True}
    made = api.create_state_machine(**request)
    assert made["stateMachineVersionArn"] == made["stateMachineArn"] + ":1"
    assert api.create_state_machine(**request) == made
    unpublished = {key: value for key, value in request.items() if key != "publish"}
    assert "stateMachineVersionArn" not in api.create_state_machine(**unpublished)
    assert refusal(api.create_state_machine, **request, versionDescription="first")[0] == "StateMachineAlreadyExists"


def test_a_creation_that_publishes_does_not_publish_what_is_there(api: Api) -> None:
    request = {"name": api.name(), "definition": PASS, "roleArn": ROLE}
    arn = api.create_state_machine(**request)["stateMachineArn"]
    assert refusal(api.create_state_machine, **request, publish=True)[0] == "StateMachineAlreadyExists"
    assert _listed(api, arn) == []


def test_publishing_is_idempotent(api: Api) -> None:
    machine = api.machine(PASS)
    first = api.publish_state_machine_version(stateMachineArn=machine, description="one")
    assert first["stateMachineVersionArn"] == machine + ":1"
    assert api.publish_state_machine_version(stateMachineArn=machine, description="other") == first
    assert api.describe_state_machine(stateMachineArn=machine + ":1")["description"] == "one"
    api.update_state_machine(stateMachineArn=machine, definition=OTHER_PASS)
    assert _published(api, machine) == machine + ":2"
    assert _listed(api, machine) == [machine + ":2", machine + ":1"]


def test_an_update_publishes_what_it_made_or_found(api: Api) -> None:
    machine = api.machine(PASS)
    same = api.update_state_machine(stateMachineArn=machine, definition=PASS, publish=True, versionDescription="same")
    assert same["stateMachineVersionArn"] == machine + ":1"
    assert "revisionId" not in same
    new = api.update_state_machine(stateMachineArn=machine, definition=OTHER_PASS, publish=True)
    assert new["stateMachineVersionArn"] == machine + ":2"
    assert "stateMachineVersionArn" not in api.update_state_machine(stateMachineArn=machine, roleArn=ROLE + "2")
    described = api.describe_state_machine(stateMachineArn=machine + ":1")
    assert (described["description"], described["definition"]) == ("same", PASS)


def test_a_version_is_described_as_it_was_published(api: Api) -> None:
    machine = api.machine(PASS)
    revised = _revised(api, machine, 1)
    published = api.publish_state_machine_version(stateMachineArn=machine, description="größe 😀")
    current = api.describe_state_machine(stateMachineArn=machine)
    _revised(api, machine, 2)
    version = published["stateMachineVersionArn"]
    shown = api.describe_state_machine(stateMachineArn=version)
    expected = current | {"stateMachineArn": version, "creationDate": published["creationDate"]}
    assert shown == expected | {"description": "größe 😀"}
    assert shown["revisionId"] == revised["revisionId"]
    assert api.describe_state_machine(stateMachineArn=version, includedData="METADATA_ONLY")["definition"] == "{}"
    assert "description" not in api.describe_state_machine(stateMachineArn=machine)


def test_publishing_only_the_revision_that_one_means(api: Api) -> None:
    machine = api.machine(PASS)
    assert refusal(api.publish_state_machine_version, stateMachineArn=machine, revisionId="r") == (
        "ConflictException",
        "Failed to publish the State Machine version for revision r. The current State Machine revision is INITIAL.",
    )
    assert _published(api, machine, revisionId="INITIAL") == machine + ":1"
    revision = _revised(api, machine, 1)["revisionId"]
    assert refusal(api.publish_state_machine_version, stateMachineArn=machine, revisionId="INITIAL") == (
        "ConflictException",
        "Failed to publish the State Machine version for revision INITIAL. "
        f"The current State Machine revision is {revision}.",
    )
    assert _published(api, machine, revisionId=revision) == machine + ":2"


def test_a_number_is_never_used_again(api: Api) -> None:
    machine = api.machine(PASS, publish=True)
    _revised(api, machine, 2, publish=True)
    assert api.delete_state_machine_version(stateMachineVersionArn=machine + ":2") == {}
    assert refusal(api.describe_state_machine, stateMachineArn=machine + ":2")[0] == "StateMachineDoesNotExist"
    assert refusal(api.start_execution, stateMachineArn=machine + ":2")[0] == "StateMachineDoesNotExist"
    assert _published(api, machine) == machine + ":3"
    assert _listed(api, machine) == [machine + ":3", machine + ":1"]


def test_deleting_what_is_not_there_is_well(api: Api, other_account: Api) -> None:
    machine = api.machine(PASS, publish=True)
    unknown = api.arn("stateMachine:unknown")
    for arn in (machine + ":2", machine + ":999999999999999999", unknown + ":1"):
        assert api.delete_state_machine_version(stateMachineVersionArn=arn) == {}
    assert other_account.delete_state_machine_version(stateMachineVersionArn=machine + ":1") == {}
    assert _listed(api, machine) == [machine + ":1"]


def test_pages_of_versions(api: Api) -> None:
    machine = api.machine(PASS)
    assert api.list_state_machine_versions(stateMachineArn=machine) == {"stateMachineVersions": []}
    made = [_revised(api, machine, number, publish=True)["stateMachineVersionArn"] for number in range(7)]
    listed: list[str] = []
    token: dict[str, str] | None = {}
    while token is not None:
        page = api.list_state_machine_versions(stateMachineArn=machine, maxResults=3, **token)
        listed += [each["stateMachineVersionArn"] for each in page["stateMachineVersions"]]
        token = {"nextToken": page["nextToken"]} if "nextToken" in page else None
    assert listed == made[::-1]
    assert _listed(api, machine) == listed
    bound = api.list_state_machine_versions(stateMachineArn=machine, maxResults=3)["nextToken"]
    other = api.machine(PASS)
    for arn, token_of in ((machine, "xyz"), (other, bound)):
        assert refusal(api.list_state_machine_versions, stateMachineArn=arn, nextToken=token_of) == (
            "InvalidToken",
            "Invalid Token: 'Invalid token'",
        )


def test_the_most_versions(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "VERSIONS_MAX", 1)
    machine = api.machine(PASS, publish=True)
    before = api.describe_state_machine(stateMachineArn=machine)
    request = {"stateMachineArn": machine, "definition": OTHER_PASS, "publish": True}
    assert refusal(api.update_state_machine, **request)[0] == "ServiceQuotaExceededException"
    assert api.describe_state_machine(stateMachineArn=machine) == before
    api.update_state_machine(stateMachineArn=machine, definition=OTHER_PASS)
    code, message = refusal(api.publish_state_machine_version, stateMachineArn=machine)
    assert (code, "1, is reached" in message) == ("ServiceQuotaExceededException", True)
    api.delete_state_machine_version(stateMachineVersionArn=machine + ":1")
    assert _published(api, machine) == machine + ":2"


# operation, its parameter, what stands after the caller's prefix (else the ARN itself), code
REFUSED = [
    ("publish_state_machine_version", "stateMachineArn", "x", "InvalidArn"),
    ("publish_state_machine_version", "stateMachineArn", ":stateMachine:unknown", "StateMachineDoesNotExist"),
    ("publish_state_machine_version", "stateMachineArn", ":stateMachine:unknown:1", "StateMachineDoesNotExist"),
    ("publish_state_machine_version", "stateMachineArn", ":stateMachine:m/label", "ValidationException"),
    ("list_state_machine_versions", "stateMachineArn", "x", "InvalidArn"),
    ("list_state_machine_versions", "stateMachineArn", ":activity:a", "InvalidArn"),
    ("list_state_machine_versions", "stateMachineArn", ":stateMachine:unknown", "StateMachineDoesNotExist"),
    ("delete_state_machine_version", "stateMachineVersionArn", "x", "InvalidArn"),
    ("delete_state_machine_version", "stateMachineVersionArn", ":stateMachine:m", "InvalidArn"),
    ("delete_state_machine_version", "stateMachineVersionArn", ":stateMachine:m:PROD", "InvalidArn"),
    ("delete_state_machine_version", "stateMachineVersionArn", ":stateMachine:m:0", "InvalidArn"),
    ("delete_state_machine_version", "stateMachineVersionArn", ":stateMachine:m/label:1", "ValidationException"),
]


@pytest.mark.parametrize(("operation", "parameter", "arn", "code"), REFUSED)
def test_wrong_arns(api: Api, operation: str, parameter: str, arn: str, code: str) -> None:
    arn = api.arn(arn[1:]) if arn.startswith(":") else arn
    assert refusal(getattr(api, operation), **{parameter: arn})[0] == code


def test_a_version_is_no_machine(api: Api) -> None:
    version = api.machine(PASS, publish=True) + ":1"
    missing = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{version}'")
    assert refusal(api.update_state_machine, stateMachineArn=version, definition=OTHER_PASS) == missing
    assert refusal(api.publish_state_machine_version, stateMachineArn=version) == missing
    assert refusal(api.list_state_machine_versions, stateMachineArn=version) == missing
    assert refusal(api.delete_state_machine, stateMachineArn=version)[0] == "ValidationException"
    assert refusal(api.tag_resource, resourceArn=version, tags=[{"key": "k", "value": "v"}])[0] == "ResourceNotFound"
    assert refusal(api.list_tags_for_resource, resourceArn=version)[0] == "ResourceNotFound"


def test_an_execution_remembers_its_version(api: Api) -> None:
    machine = api.machine(PASS, publish=True)
    _revised(api, machine, 2, publish=True)
    arns = {
        named: api.start_execution(stateMachineArn=machine + named)["executionArn"] for named in ("", ":1", ":2", ":1")
    }
    arns[":1 again"] = api.start_execution(stateMachineArn=machine + ":1")["executionArn"]
    shown = {named: api.ended(arn) for named, arn in arns.items()}
    assert {each["stateMachineArn"] for each in shown.values()} == {machine}
    assert "stateMachineVersionArn" not in shown[""]
    assert shown[":1"]["stateMachineVersionArn"] == machine + ":1"
    assert "stateMachineAliasArn" not in shown[":1"]
    started = api.get_execution_history(executionArn=arns[":2"])["events"]
    assert started[0]["executionStartedEventDetails"]["stateMachineVersionArn"] == machine + ":2"
    assert started[1]["stateEnteredEventDetails"]["name"] == "Step2"
    ran = api.describe_state_machine_for_execution(executionArn=arns[":1"])
    assert (ran["definition"], ran["stateMachineArn"]) == (PASS, machine)
    plain = api.get_execution_history(executionArn=arns[""])["events"][0]["executionStartedEventDetails"]
    assert set(plain) == {"input", "inputDetails", "roleArn"}


def test_the_executions_of_a_version(api: Api) -> None:
    machine = api.machine(WAIT, publish=True)
    plain = api.start_execution(stateMachineArn=machine)["executionArn"]
    ours = [api.start_execution(stateMachineArn=machine + ":1")["executionArn"] for _ in range(3)]
    api.stop_execution(executionArn=ours[0])

    def listed(arn: str, **others: Any) -> list[str]:
        found = api.list_executions(stateMachineArn=arn, **others)["executions"]
        assert all(("stateMachineVersionArn" in each) == (each["executionArn"] != plain) for each in found)
        return [each["executionArn"] for each in found]

    assert listed(machine) == [*ours[::-1], plain]
    assert listed(machine + ":1") == ours[::-1]
    assert listed(machine + ":1", statusFilter="RUNNING") == ours[:0:-1]
    page = api.list_executions(stateMachineArn=machine + ":1", maxResults=2)
    rest = api.list_executions(stateMachineArn=machine + ":1", nextToken=page["nextToken"])["executions"]
    assert [each["executionArn"] for each in rest] == ours[:1]
    assert refusal(api.list_executions, stateMachineArn=machine, nextToken=page["nextToken"])[0] == "InvalidToken"
    missing = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine}:7'")
    assert refusal(api.list_executions, stateMachineArn=machine + ":7") == missing


def test_an_execution_outlives_its_version(api: Api) -> None:
    machine = api.machine(WAIT, publish=True)
    execution = api.start_execution(stateMachineArn=machine + ":1")["executionArn"]
    _revised(api, machine, 2)
    api.delete_state_machine_version(stateMachineVersionArn=machine + ":1")
    shown = api.describe_execution(executionArn=execution)
    assert (shown["status"], shown["stateMachineVersionArn"]) == ("RUNNING", machine + ":1")
    assert api.describe_state_machine_for_execution(executionArn=execution)["definition"] == WAIT
    api.stop_execution(executionArn=execution)


def test_a_repeated_start_is_known_by_its_name(api: Api) -> None:
    machine = api.machine(WAIT, publish=True)
    first = api.start_execution(stateMachineArn=machine + ":1", name="once")
    assert api.start_execution(stateMachineArn=machine + ":1", name="once") == first
    api.stop_execution(executionArn=first["executionArn"])


def test_express_executions_run_the_version(api: Api) -> None:
    result = {"Type": "Pass", "Result": {"from": "one"}}
    machine = api.machine(definition(("One", result)), type="EXPRESS", publish=True)
    api.update_state_machine(stateMachineArn=machine, definition=PASS)
    ran = api.start_sync_execution(stateMachineArn=machine + ":1", input="{}")
    assert (ran["output"], ran["stateMachineArn"]) == ('{"from":"one"}', machine)
    assert api.start_sync_execution(stateMachineArn=machine, input="{}")["output"] == "{}"
    started = api.start_execution(stateMachineArn=machine + ":1")["executionArn"]
    assert started.startswith(machine.replace(":stateMachine:", ":express:") + ":")
    missing = "StateMachineDoesNotExist"
    assert refusal(api.start_sync_execution, stateMachineArn=machine + ":2")[0] == missing


def test_a_machine_takes_its_versions_with_it(api: Api) -> None:
    machine = api.machine(WAIT, publish=True)
    execution = api.start_execution(stateMachineArn=machine + ":1")["executionArn"]
    api.delete_state_machine(stateMachineArn=machine)
    assert api.describe_state_machine(stateMachineArn=machine + ":1")["status"] == "DELETING"
    deleting = ("StateMachineDeleting", f"State Machine is being deleted: '{machine}'")
    assert refusal(api.start_execution, stateMachineArn=machine + ":1") == deleting
    assert refusal(api.publish_state_machine_version, stateMachineArn=machine) == deleting
    api.stop_execution(executionArn=execution)
    name = machine.rpartition(":")[2]

    def gone(listed: dict[str, Any]) -> bool:
        return machine not in [each["stateMachineArn"] for each in listed["stateMachines"]]

    api.until(lambda: api.list_state_machines(maxResults=1000), gone)
    api.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
    assert _listed(api, machine) == []
    assert _published(api, machine) == machine + ":1"
