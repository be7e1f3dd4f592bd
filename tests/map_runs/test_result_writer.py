"""ResultWriter: what is written where, in which form, and what the state's output is; over a folder of buckets."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine import limits
from engine.config import Settings
from engine.config.buckets import BucketSettings
from tests.api.client import Api
from tests.api.machines import ROLE
from tests.in_process import running_server
from tests.map_runs.machines import PASS, PICKY, WAIT, distributed, only_map
from tests.map_runs.test_running import map_run, run, start, types
from tests.postgres import new_database

RESOURCE = "arn:aws:states:::s3:putObject"
TO_S3 = {"Resource": RESOURCE, "Parameters": {"Bucket": "results", "Prefix": "runs/daily"}}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the buckets."""
    made = tmp_path_factory.mktemp("buckets")
    (made / "results").mkdir()
    return made


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def api(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server with a place for objects."""
    db = new_database() if request.param == "postgres" else f"sqlite:///{tmp_path_factory.mktemp('db') / 'x.db'}"
    settings = Settings(port=0, db=db, buckets=BucketSettings(root))

    with running_server(settings) as url, closing(Api(url)) as client:
        yield client


def machine(states: dict[str, Any], kind: str = "STANDARD", **fields: Any) -> str:
    return only_map(distributed(states, **fields)).replace('"STANDARD"', f'"{kind}"')


def manifest(root: Path, details: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / details["Bucket"] / details["Key"]).read_text())
    return found


def records(root: Path, shown: dict[str, Any], group: str) -> list[Any]:
    """What the files of one group hold, the sizes in the manifest checked."""
    found: list[Any] = []
    for index, entry in enumerate(shown["ResultFiles"][group]):
        path = root / shown["DestinationBucket"] / entry["Key"]
        suffix = path.suffix
        assert path.name == f"{group}_{index}{suffix}" and path.stat().st_size == entry["Size"]
        text = path.read_text()
        found += json.loads(text) if suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    return found


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_results_are_written_with_what_is_known_of_their_executions(api: Api, root: Path, kind: str) -> None:
    definition = machine(PICKY, kind, ResultWriter=TO_S3, ToleratedFailureCount=1, Label="mine")
    ended = run(api, definition, ["a", "bad", "c"])
    shown = map_run(api, ended["executionArn"])
    unique = shown["mapRunArn"].rpartition(":")[2]
    details = {"Bucket": "results", "Key": f"runs/daily/{unique}/manifest.json"}
    assert json.loads(ended["output"]) == {"MapRunArn": shown["mapRunArn"], "ResultWriterDetails": details}
    listed = manifest(root, details)
    assert (listed["DestinationBucket"], listed["MapRunArn"]) == ("results", shown["mapRunArn"])
    assert listed["ResultFiles"]["PENDING"] == []
    succeeded = records(root, listed, "SUCCEEDED")
    assert sorted(json.loads(each["Output"]) for each in succeeded) == ["a", "c"]
    (failed,) = records(root, listed, "FAILED")
    for record in (*succeeded, failed):
        described = api.describe_execution(executionArn=record["ExecutionArn"])
        assert (record["Name"], record["Status"]) == (described["name"], described["status"])
        assert (record["Input"], record["StateMachineArn"]) == (described["input"], described["stateMachineArn"])
        assert record["InputDetails"] == {"Included": True} and record["RedriveCount"] == 0
        assert list(record) == sorted(record)
    assert failed["Error"] == "Custom" and "Output" not in failed and "OutputDetails" not in failed
    assert succeeded[0]["RedriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    assert shown["executionCounts"]["resultsWritten"] == shown["itemCounts"]["resultsWritten"] == 3
    assert types(api, ended["executionArn"])[3:6] == ["MapRunStarted", "MapRunSucceeded", "MapStateSucceeded"]


_LISTS = {"Only": {"Type": "Pass", "Parameters": {"l.$": "States.Array($, 1)"}, "OutputPath": "$.l", "End": True}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"Transformation": "COMPACT"}, [["a", 1], ["b", 1]]),
        ({"Transformation": "FLATTEN"}, ["a", 1, "b", 1]),
        ({"Transformation": "FLATTEN", "OutputType": "JSONL"}, ["a", 1, "b", 1]),
        ({"Transformation": "COMPACT", "OutputType": "JSONL"}, [["a", 1], ["b", 1]]),
    ],
)
def test_forms_of_the_results(api: Api, root: Path, config: dict[str, str], expected: list[Any]) -> None:
    ended = run(api, machine(_LISTS, ResultWriter=TO_S3 | {"WriterConfig": config}, MaxConcurrency=1), ["a", "b"])
    listed = manifest(root, json.loads(ended["output"])["ResultWriterDetails"])
    (entry,) = listed["ResultFiles"]["SUCCEEDED"]
    assert entry["Key"].endswith(f"SUCCEEDED_0.{config.get('OutputType', 'JSON').lower()}")
    assert sorted(records(root, listed, "SUCCEEDED"), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize(
    ("transformation", "expected"),
    [(None, [["a", 1], ["b", 1]]), ("COMPACT", [["a", 1], ["b", 1]]), ("FLATTEN", ["a", 1, "b", 1])],
)
def test_a_form_alone_shapes_the_output(api: Api, kind: str, transformation: str | None, expected: list[Any]) -> None:
    config = {} if transformation is None else {"Transformation": transformation}
    ended = run(api, machine(_LISTS, kind, ResultWriter={"WriterConfig": config}), ["a", "b"])
    assert json.loads(ended["output"]) == expected


def test_the_output_with_metadata_and_failures_in_their_places(api: Api) -> None:
    config = {"WriterConfig": {"Transformation": "NONE"}}
    ended = run(api, machine(PICKY, ResultWriter=config, ToleratedFailureCount=1), ["a", "bad", "c"])
    statuses = [record["Status"] for record in json.loads(ended["output"])]
    assert statuses == ["SUCCEEDED", "FAILED", "SUCCEEDED"]


def test_results_over_the_limit_of_an_output_can_be_written(api: Api, root: Path) -> None:
    selector = {"text.$": "$$.Map.Item.Value", "more.$": "$[0]"}
    writer = TO_S3 | {"WriterConfig": {"Transformation": "COMPACT"}}
    ended = run(api, machine(PASS, ItemSelector=selector, ResultWriter=writer), ["x" * 50_000] * 4)
    listed = manifest(root, json.loads(ended["output"])["ResultWriterDetails"])
    assert len(records(root, listed, "SUCCEEDED")) == 4


def test_files_are_bounded(api: Api, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RESULT_FILE_BYTES_MAX", 100)
    monkeypatch.setattr(limits, "RESULT_ROWS_READ", 3)
    items = [f"{index:020}" for index in range(20)]
    writer = TO_S3 | {"WriterConfig": {"Transformation": "COMPACT"}}
    ended = run(api, machine(PASS, ResultWriter=writer, MaxConcurrency=1), items)
    listed = manifest(root, json.loads(ended["output"])["ResultWriterDetails"])
    files = listed["ResultFiles"]["SUCCEEDED"]
    assert len(files) == 5 and all(entry["Size"] <= 100 for entry in files)
    assert sorted(records(root, listed, "SUCCEEDED")) == items


def test_no_items(api: Api, root: Path) -> None:
    ended = run(api, machine(PASS, ResultWriter=TO_S3), [])
    listed = manifest(root, json.loads(ended["output"])["ResultWriterDetails"])
    assert listed["ResultFiles"] == {"FAILED": [], "PENDING": [], "SUCCEEDED": []}


def test_the_destination_is_evaluated_and_the_output_goes_its_way(api: Api, root: Path) -> None:
    writer = {"Resource": RESOURCE, "Parameters": {"Bucket.$": "$.bucket", "Prefix.$": "$.prefix"}}
    fields = {
        "ItemsPath": "$.items",
        "ResultWriter": writer,
        "ResultSelector": {"at.$": "$.ResultWriterDetails.Key"},
        "ResultPath": "$.written",
    }
    given = {"bucket": "results", "prefix": "p/", "items": ["a"]}
    output = json.loads(run(api, machine(PASS, **fields), given)["output"])
    assert output["items"] == ["a"]
    assert output["written"]["at"].startswith("p/") and (root / "results" / output["written"]["at"]).exists()


def test_without_a_prefix(api: Api, root: Path) -> None:
    writer = {"Resource": RESOURCE, "Parameters": {"Bucket": "results"}}
    details = json.loads(run(api, machine(PASS, ResultWriter=writer), ["a"])["output"])["ResultWriterDetails"]
    assert details["Key"].count("/") == 1 and manifest(root, details)


def test_jsonata(api: Api, root: Path) -> None:
    writer = {
        "Resource": RESOURCE,
        "Arguments": {"Bucket": "{% $states.input.bucket %}", "Prefix": "{% 'a' & 'b' %}"},
        "WriterConfig": {"Transformation": "COMPACT"},
    }
    fields = {
        "QueryLanguage": "JSONata",
        "Items": "{% $states.input.items %}",
        "ResultWriter": writer,
        "Output": {"key": "{% $states.result.ResultWriterDetails.Key %}"},
        "Assign": {"run": "{% $states.result.MapRunArn %}"},
    }
    key = json.loads(run(api, machine(PASS, **fields), {"bucket": "results", "items": [1, 2]})["output"])["key"]
    listed = manifest(root, {"Bucket": "results", "Key": key})
    assert key.startswith("ab/") and sorted(records(root, listed, "SUCCEEDED")) == [1, 2]


@pytest.mark.parametrize("bucket", ["nowhere", 7])
def test_results_that_cannot_be_written_fail_the_state(api: Api, bucket: Any) -> None:
    writer = {"Resource": RESOURCE, "Parameters": {"Bucket.$": "$[0]"}}
    catch = [{"ErrorEquals": ["States.ResultWriterFailed"], "Next": "Caught"}]
    ended = run(api, distributed(PASS, ResultWriter=writer, Catch=catch), [bucket])
    error = json.loads(ended["output"])
    assert (ended["status"], error["Error"]) == ("SUCCEEDED", "States.ResultWriterFailed")
    if bucket == "nowhere":
        assert error["Cause"].startswith("The results of the Map Run could not be written to the bucket 'nowhere': ")
        assert map_run(api, ended["executionArn"])["status"] == "FAILED"
        assert types(api, ended["executionArn"])[3:6] == ["MapRunStarted", "MapRunFailed", "MapStateFailed"]


def _appears(api: Api, root: Path, map_run_arn: str) -> dict[str, Any]:
    path = root / "results" / "runs/daily" / map_run_arn.rpartition(":")[2] / "manifest.json"
    api.until(lambda: path.exists(), bool)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_run_that_fails_writes_what_there_is(api: Api, root: Path, kind: str) -> None:
    items = ["a", "bad", *(f"later {index}" for index in range(5))]
    ended = run(api, machine(PICKY, kind, ResultWriter=TO_S3, MaxConcurrency=1), items)
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    shown = map_run(api, ended["executionArn"])
    listed = _appears(api, root, shown["mapRunArn"])
    assert [json.loads(each["Output"]) for each in records(root, listed, "SUCCEEDED")] == ["a"]
    assert [each["Status"] for each in records(root, listed, "FAILED")] == ["FAILED"]
    pending = records(root, listed, "PENDING")
    assert [json.loads(each["Input"]) for each in pending] == items[2:]
    assert {each["Status"] for each in pending} == {"PENDING"}
    api.until(lambda: map_run(api, ended["executionArn"]), lambda now: now["executionCounts"]["resultsWritten"] == 2)


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_run_that_is_stopped_writes_when_its_children_have_ended(api: Api, root: Path, kind: str) -> None:
    count = limits.MAP_RUN_STOPS_PER_BATCH_MAX + 20
    states = {"Only": {**WAIT["Only"], "Seconds": 200}}
    execution = start(api, machine(states, kind, ResultWriter=TO_S3), list(range(count)))
    api.until(lambda: map_run(api, execution), lambda shown: shown["executionCounts"]["running"] == count)
    api.stop_execution(executionArn=execution)
    listed = _appears(api, root, map_run(api, execution)["mapRunArn"])
    found = records(root, listed, "FAILED")
    assert len(found) == count and {each["Status"] for each in found} == {"ABORTED"}
    assert all("StopDate" in each for each in found)


def test_a_redrive_writes_what_could_not_be_written(api: Api, root: Path) -> None:
    bucket = f"later-{api.name('')}"
    writer = {"Resource": RESOURCE, "Parameters": {"Bucket": bucket}}
    ended = run(api, machine(PASS, ResultWriter=writer), ["a"])
    assert ended["error"] == "States.ResultWriterFailed"
    (root / bucket).mkdir()
    api.redrive_execution(executionArn=ended["executionArn"])
    again = api.until(lambda: api.ended(ended["executionArn"]), lambda shown: shown["status"] == "SUCCEEDED")
    listed = manifest(root, json.loads(again["output"])["ResultWriterDetails"])
    assert [json.loads(each["Output"]) for each in records(root, listed, "SUCCEEDED")] == ["a"]
    assert map_run(api, ended["executionArn"])["redriveCount"] == 1


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_the_results_of_redriven_children_take_the_place_of_their_failures(api: Api, root: Path, kind: str) -> None:
    name = api.name()
    look = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:describeStateMachine",
        "Parameters": {"StateMachineArn": api.arn(f"stateMachine:{name}")},
        "ResultSelector": {"name.$": "$.Name"},
        "End": True,
    }
    ended = run(api, machine({"Only": look}, kind, ResultWriter=TO_S3), [1, 2])
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    before = _appears(api, root, map_run(api, ended["executionArn"])["mapRunArn"])
    assert before["ResultFiles"]["SUCCEEDED"] == [] and before["ResultFiles"]["FAILED"]
    looked = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    api.create_state_machine(name=name, definition=looked, roleArn=ROLE)
    api.redrive_execution(executionArn=ended["executionArn"])
    again = api.until(lambda: api.ended(ended["executionArn"]), lambda shown: shown["status"] == "SUCCEEDED")
    listed = manifest(root, json.loads(again["output"])["ResultWriterDetails"])
    succeeded = records(root, listed, "SUCCEEDED")
    assert [json.loads(each["Output"]) for each in succeeded] == [{"name": name}] * 2
    assert listed["ResultFiles"]["FAILED"] == []
    for record in succeeded:
        described = api.describe_execution(executionArn=record["ExecutionArn"])
        assert record["RedriveCount"] == described["redriveCount"]
