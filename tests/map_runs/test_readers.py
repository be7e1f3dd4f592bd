"""ItemReader: items out of objects in a folder, through a real server."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import limits
from tests.api.client import Api
from tests.integrations.serving import served
from tests.map_runs.machines import PASS, distributed, only_map
from tests.map_runs.test_running import map_run, run, start, types
from tests.postgres import new_database

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
NOTHING = {"Only": {"Type": "Pass", "Result": 0, "End": True}}
BUCKET = "data-bucket"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Path]]:
    folder = tmp_path_factory.mktemp("readers")
    (folder / "objects" / BUCKET).mkdir(parents=True)
    db = new_database() if request.param == "postgres" else None
    with served(folder, '[buckets]\nroot = "objects"\n', dict(os.environ), db) as started:
        yield started.start(), folder / "objects" / BUCKET


@pytest.fixture
def api(server: tuple[Api, Path]) -> Api:
    return server[0]


Put = Callable[[str, str | bytes], None]


@pytest.fixture
def put(server: tuple[Api, Path]) -> Put:
    """Makes an object."""

    def make(key: str, body: str | bytes) -> None:
        path = server[1] / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode())

    return make


def reading(config: dict[str, Any] | None, key: str | None = None, prefix: str = "", **fields: Any) -> str:
    where = {"Bucket": BUCKET} | ({"Prefix": prefix} if key is None else {"Key": key})
    reader: dict[str, Any] = {"Resource": LIST if key is None else GET, "Parameters": where}
    if config is not None:
        reader["ReaderConfig"] = config
    states = fields.pop("states", PASS)
    return only_map(distributed(states, ItemReader=reader, **fields))


def results(api: Api, definition: str, given: Any = None) -> Any:
    ended = run(api, definition, given)
    assert ended["status"] == "SUCCEEDED", ended
    return json.loads(ended["output"])


def test_json_lines(api: Api, put: Put) -> None:
    put("lines/a.jsonl", '{"n": 1}\n{"n": 2}\n')
    ended = run(api, reading({"InputType": "JSONL"}, "lines/a.jsonl"), None)
    assert json.loads(ended["output"]) == [{"n": 1}, {"n": 2}]
    counts = map_run(api, ended["executionArn"])
    assert counts["itemCounts"] == counts["executionCounts"]
    assert (counts["itemCounts"]["total"], counts["itemCounts"]["succeeded"]) == (2, 2)
    history = api.get_execution_history(executionArn=ended["executionArn"])["events"]
    assert [event["type"] for event in history] == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    assert history[2]["mapStateStartedEventDetails"] == {"length": 0}  # it is not known when the state begins


CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
READ: list[tuple[dict[str, Any], str, list[Any]]] = [
    (CSV, 'a,b\n1,"x,y"\n', [{"a": "1", "b": "x,y"}]),
    (CSV | {"CSVDelimiter": "SEMICOLON"}, "a;b\n1;2\n", [{"a": "1", "b": "2"}]),
    ({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x"]}, "1\n2\n", [{"x": "1"}, {"x": "2"}]),
    ({"InputType": "JSON"}, "[1, [2]]", [1, [2]]),
    ({"InputType": "JSON", "ItemsPointer": "/in/0"}, '{"in": [[7]]}', [7]),
    ({"InputType": "JSON", "MaxItems": 2}, "[1, 2, 3]", [1, 2]),
    ({"InputType": "JSON", "MaxItemsPath": "$.most"}, "[1, 2, 3]", [1]),
    ({"InputType": "JSON"}, "[]", []),
    ({"InputType": "JSONL"}, "", []),
]


@pytest.mark.parametrize(("config", "body", "items"), READ)
def test_formats(api: Api, put: Put, config: dict[str, Any], body: str, items: list[Any]) -> None:
    put("one", body)
    assert results(api, reading(config, "one"), {"most": 1}) == items


def test_items_are_selected_with_where_they_are_from(api: Api, put: Put) -> None:
    put("doc.json", '{"k": {"v": 1}, "l": 2}')
    selector = {"i.$": "$$.Map.Item", "fact.$": "$.fact"}
    made = results(api, reading({"InputType": "JSON"}, "doc.json", ItemSelector=selector), {"fact": True})
    source = f"S3://{BUCKET}/doc.json"
    assert made == [
        {"i": {"Index": 0, "Key": "k", "Value": {"Key": "k", "Value": {"v": 1}}, "Source": source}, "fact": True},
        {"i": {"Index": 1, "Key": "l", "Value": {"Key": "l", "Value": 2}, "Source": source}, "fact": True},
    ]


def test_objects_of_a_list(api: Api, put: Put) -> None:
    put("list/b.jsonl", "3\n")
    put("list/a.jsonl", "1\n2\n")
    put("list/none.jsonl", "")
    selector = {"ItemSelector": {"k.$": "$$.Map.Item.Value.Key", "s.$": "$$.Map.Item.Source"}}
    described = results(api, reading(None, prefix="list/", **selector))
    assert [found["k"] for found in described] == ["list/a.jsonl", "list/b.jsonl", "list/none.jsonl"]
    assert {found["s"] for found in described} == {f"S3://{BUCKET}"}
    flattened = {"Transformation": "LOAD_AND_FLATTEN", "InputType": "JSONL"}
    assert results(api, reading(flattened, prefix="list/")) == [1, 2, 3]


def test_packed_objects(api: Api, put: Put) -> None:
    """AWS's documentation: "external compression types", by the names of files."""
    put("packed/a.csv.gz", gzip.compress(b"n\n1\n2\n"))
    config = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    assert results(api, reading(config, "packed/a.csv.gz")) == [{"n": "1"}, {"n": "2"}]
    assert results(api, reading(config | {"Transformation": "LOAD_AND_FLATTEN"}, prefix="packed/")) == [
        {"n": "1"},
        {"n": "2"},
    ]
    put("b.jsonl.zstd", b"(\xb5/\xfd")
    ended = run(api, reading({"InputType": "JSONL"}, "b.jsonl.zstd"), None)
    assert ended["error"] == "States.ItemReaderFailed"
    assert "b.jsonl.zstd is packed by Zstandard" in ended["cause"]


def test_manifests(api: Api, put: Put) -> None:
    files = [{"key": "inventory/data/1.csv.gz"}]
    manifest = {"destinationBucket": f"arn:aws:s3:::{BUCKET}", "fileFormat": "CSV", "fileSchema": "Bucket, Key"}
    put("inventory/manifest.json", json.dumps(manifest | {"files": files}))
    put("inventory/data/1.csv.gz", gzip.compress(b'"b","k1"\n"b","k2"\n'))
    made = results(api, reading({"InputType": "MANIFEST"}, "inventory/manifest.json"))
    assert made == [{"Bucket": "b", "Key": "k1"}, {"Bucket": "b", "Key": "k2"}]
    put("unload/q-manifest.csv", f"s3://{BUCKET}/unload/part\n")
    put("unload/part", gzip.compress(b'{"x": 1}\n'))
    athena = {"ManifestType": "ATHENA_DATA", "InputType": "JSONL"}
    assert results(api, reading(athena, "unload/q-manifest.csv")) == [{"x": 1}]


def test_jsonata(api: Api, put: Put) -> None:
    put("j.jsonl", "1\n2\n3\n")
    reader = {
        "Resource": GET,
        "Arguments": {"Bucket": BUCKET, "Key": "{% $states.input.key %}"},
        "ReaderConfig": {"InputType": "JSONL", "MaxItems": "{% $states.input.most %}"},
    }
    machine = json.loads(only_map(distributed(PASS, ItemReader=reader, ItemBatcher={"MaxItemsPerBatch": 9})))
    definition = json.dumps(machine | {"QueryLanguage": "JSONata"})
    assert results(api, definition, {"key": "j.jsonl", "most": 2}) == [{"Items": [1, 2]}]


COUNT = 2 * limits.READER_PAGE_ITEMS_MAX + 7


@pytest.mark.parametrize("concurrency", [0, 5])
def test_more_than_a_page(api: Api, put: Put, concurrency: int) -> None:
    put("many.jsonl", "".join(f"{number}\n" for number in range(COUNT)))
    made = results(api, reading({"InputType": "JSONL"}, "many.jsonl", MaxConcurrency=concurrency))
    assert made == list(range(COUNT))


def test_batches_go_over_pages(api: Api, put: Put) -> None:
    put("many.jsonl", "".join(f"{number}\n" for number in range(COUNT)))
    batcher = {"MaxItemsPerBatch": limits.READER_PAGE_ITEMS_MAX + 1}
    ended = run(api, reading({"InputType": "JSONL"}, "many.jsonl", ItemBatcher=batcher), None)
    batches = [batch["Items"] for batch in json.loads(ended["output"])]
    assert [len(batch) for batch in batches] == [limits.READER_PAGE_ITEMS_MAX + 1] * 2 + [5]
    assert [item for batch in batches for item in batch] == list(range(COUNT))
    shown = map_run(api, ended["executionArn"])
    assert (shown["itemCounts"]["succeeded"], shown["executionCounts"]["succeeded"]) == (COUNT, 3)


def test_max_items_at_the_end_of_a_page(api: Api, put: Put) -> None:
    put("many.jsonl", "".join(f"{number}\n" for number in range(COUNT)))
    config = {"InputType": "JSONL", "MaxItems": limits.READER_PAGE_ITEMS_MAX}
    ended = run(api, reading(config, "many.jsonl", states=NOTHING), None)
    assert map_run(api, ended["executionArn"])["itemCounts"]["total"] == limits.READER_PAGE_ITEMS_MAX


FAILED: list[tuple[dict[str, Any], str | None, str]] = [
    ({"InputType": "JSONL"}, None, "NoSuchKey"),
    ({"InputType": "JSON"}, "1", "Attempting to map over non-iterable node."),
    ({"InputType": "JSON"}, "[1", "The data of the ItemReader is not valid JSON: unexpected end of data"),
    (CSV, "a,a\n", "CSV headers cannot contain duplicates."),
    ({"InputType": "JSON", "MaxItemsPath": "$.none"}, "[]", "field MaxItems must be positive"),
]


@pytest.mark.parametrize(("config", "body", "cause"), FAILED)
def test_failures(api: Api, put: Put, config: dict[str, Any], body: str | None, cause: str) -> None:
    if body is not None:
        put("failing", body)
    ended = run(api, reading(config, "nowhere" if body is None else "failing"), {"none": 0})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ItemReaderFailed")
    assert ended["cause"].startswith(cause)


def test_a_failure_on_the_way_stops_what_runs_and_can_be_caught(api: Api, put: Put) -> None:
    put("late", "1\n" * limits.READER_PAGE_ITEMS_MAX + "{\n")
    caught = [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught", "ResultPath": "$.e"}]
    definition = json.loads(reading({"InputType": "JSONL"}, "late", states=NOTHING, MaxConcurrency=100))
    definition["States"]["Each"]["Catch"] = caught
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    ended = run(api, json.dumps(definition), {})
    assert ended["status"] == "SUCCEEDED" and "not valid JSONL" in json.loads(ended["output"])["e"]["Cause"]
    shown = map_run(api, ended["executionArn"])
    assert shown["status"] == "FAILED"
    assert types(api, ended["executionArn"])[4:6] == ["MapRunFailed", "MapStateFailed"]


@pytest.mark.parametrize(
    ("argument", "value", "cause"),
    [("Key.$", "$.number", "'Key' must be a text but was: 1"), ("Key.$", "$.empty", "'Key' must be a text but was: ")],
)
def test_arguments_that_are_none(api: Api, argument: str, value: str, cause: str) -> None:
    machine = json.loads(reading({"InputType": "JSON"}, "x"))
    machine["States"]["Each"]["ItemReader"]["Parameters"] = {"Bucket": BUCKET, argument: value}
    ended = run(api, json.dumps(machine), {"number": 1, "empty": ""})
    assert ended["error"] == "States.ItemReaderFailed" and cause in ended["cause"]


def test_tolerated_percentage_of_what_is_not_all_read(api: Api, put: Put) -> None:
    put("mixed", '"bad"\n' * 100 + '"good"\n' * (limits.READER_PAGE_ITEMS_MAX * 2))
    picky = {
        "Only": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "StringEquals": "bad", "Next": "Broken"}],
            "Default": "Fine",
        },
        "Broken": {"Type": "Fail"},
        "Fine": {"Type": "Pass", "Result": 0, "End": True},
    }
    for percentage, status in ((0, "FAILED"), (4, "FAILED"), (5, "SUCCEEDED")):
        fields = {"ToleratedFailurePercentage": percentage, "MaxConcurrency": 50, "states": picky}
        ended = run(api, reading({"InputType": "JSONL"}, "mixed", **fields), None)
        assert ended["status"] == status, percentage


def test_express_children_get_batches(api: Api, put: Put) -> None:
    put("some.jsonl", "".join(f"{number}\n" for number in range(50)))
    definition = reading({"InputType": "JSONL"}, "some.jsonl", ItemBatcher={"MaxItemsPerBatch": 20})
    ended = run(api, definition.replace('"STANDARD"', '"EXPRESS"'), None)
    assert [len(batch["Items"]) for batch in json.loads(ended["output"])] == [20, 20, 10]
    shown = map_run(api, ended["executionArn"])
    assert (shown["itemCounts"]["succeeded"], shown["executionCounts"]["succeeded"]) == (50, 3)
    listed = api.list_executions(mapRunArn=shown["mapRunArn"])["executions"]
    assert sorted(child["itemCount"] for child in listed) == [10, 20, 20]


# Fails for one item, but for when it is redriven.
ONCE_BAD = {
    "Only": {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": "{% $states.input = 1500 and $states.context.Execution.RedriveCount = 0 ? $error('bad') : 0 %}",
        "End": True,
    }
}


@pytest.mark.parametrize("batcher", [{}, {"ItemBatcher": {"MaxItemsPerBatch": 1}}])
def test_a_redrive_goes_on_reading(api: Api, put: Put, batcher: dict[str, Any]) -> None:
    put("many.jsonl", "".join(f"{number}\n" for number in range(COUNT)))
    definition = reading({"InputType": "JSONL"}, "many.jsonl", states=ONCE_BAD, MaxConcurrency=10, **batcher)
    if batcher:
        definition = definition.replace("$states.input =", "$states.input.Items[0] =")
    execution = run(api, definition, {})["executionArn"]
    failed = map_run(api, execution)
    assert failed["status"] == "FAILED" and 1_500 < failed["itemCounts"]["total"] < COUNT
    api.redrive_execution(executionArn=execution)
    assert api.ended(execution)["status"] == "SUCCEEDED"
    shown = map_run(api, execution)
    for counts in (shown["itemCounts"], shown["executionCounts"]):
        assert (counts["succeeded"], counts["failed"], counts["pending"], counts["total"]) == (COUNT, 0, 0, COUNT)
    assert len(json.loads(api.describe_execution(executionArn=execution)["output"])) == COUNT


def test_a_stop_ends_the_reading(api: Api, put: Put) -> None:
    put("many.jsonl", "1\n" * COUNT)
    wait = {"Only": {"Type": "Wait", "Seconds": 3600, "End": True}}
    definition = reading({"InputType": "JSONL"}, "many.jsonl", states=wait, MaxConcurrency=3)
    execution = start(api, definition, None)
    api.until(lambda: map_run(api, execution), lambda shown: shown["executionCounts"]["running"] == 3)
    api.stop_execution(executionArn=execution)
    shown = api.until(lambda: map_run(api, execution), lambda run: run["executionCounts"]["aborted"] == 3)
    assert (shown["status"], shown["itemCounts"]["total"]) == ("ABORTED", limits.READER_PAGE_ITEMS_MAX)


def test_a_redrive_reads_what_was_not_there(api: Api, put: Put) -> None:
    execution = run(api, reading({"InputType": "JSONL"}, "late.jsonl"), None)["executionArn"]
    assert api.describe_execution(executionArn=execution)["cause"].startswith("NoSuchKey")
    put("late.jsonl", "1\n2\n")
    api.redrive_execution(executionArn=execution)
    ended = api.ended(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", [1, 2])


def test_a_retry_reads_from_the_beginning(api: Api, put: Put) -> None:
    put("picky.jsonl", "".join(f"{number}\n" for number in range(20)))
    bad_at_first = {
        "Only": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": "{% $states.input = [15, 0] ? $error('bad') : $states.input[0] %}",
            "End": True,
        }
    }
    selector = {"ItemSelector": {"v.$": "States.Array($$.Map.Item.Value, $$.State.RetryCount)"}}
    definition = json.loads(reading({"InputType": "JSONL"}, "picky.jsonl", states=bad_at_first, **selector))
    definition["States"]["Each"]["Retry"] = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}]
    text = json.dumps(definition).replace("$states.input = [", "$states.input.v = [").replace("input[0]", "input.v[0]")
    ended = run(api, text, {})
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", list(range(20)))
    runs = api.list_map_runs(executionArn=ended["executionArn"])["mapRuns"]
    statuses = [api.describe_map_run(mapRunArn=one["mapRunArn"])["status"] for one in runs]
    assert statuses == ["SUCCEEDED", "FAILED"]


def test_parquet(api: Api, put: Put) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = arrow.BufferOutputStream()
    parquet.write_table(arrow.Table.from_pylist([{"n": 1, "s": "a"}, {"n": 2, "s": None}]), out)
    put("rows.parquet", out.getvalue().to_pybytes())
    assert results(api, reading({"InputType": "PARQUET"}, "rows.parquet")) == [{"n": 1, "s": "a"}, {"n": 2, "s": None}]
