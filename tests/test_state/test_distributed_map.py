"""Distributed Maps under test: what their reader reads, what they tolerate, what a test does not know yet."""

import json
from typing import Any

import pytest

from tests.api.client import Api, refusal
from tests.test_state.test_operation import error, result, run

PROCESSOR = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
    "StartAt": "Each",
    "States": {"Each": {"Type": "Pass", "End": True}},
}
MAP = {"Type": "Map", "ItemProcessor": PROCESSOR, "End": True}
GET = "arn:aws:states:::s3:getObject"
SELECTED = {"ItemSelector": {"v.$": "$$.Map.Item.Value"}}


def reading(config: dict[str, Any], **others: Any) -> dict[str, Any]:
    reader = {"Resource": GET, "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": config}
    return {**MAP, **SELECTED, "ItemReader": reader, **others}


READ: list[tuple[dict[str, Any], str, list[Any]]] = [
    ({"InputType": "JSON"}, "[1, 2]", [1, 2]),
    ({"InputType": "JSON", "MaxItems": 1}, "[1, 2]", [1]),
    ({"InputType": "JSON", "MaxItemsPath": "$.most"}, "[1, 2, 3]", [1, 2]),
    ({"InputType": "JSON"}, '{"a": 1}', [{"Key": "a", "Value": 1}]),
    ({"InputType": "JSON", "ItemsPointer": "/a~1b/0"}, '{"a/b": [[7]]}', [7]),
    ({"InputType": "JSONL"}, '{"n": 1}\n\n2\n', [{"n": 1}, 2]),
    ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, 'n,m\n1,"a,b"\n', [{"n": "1", "m": "a,b"}]),
    (
        {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x"], "CSVDelimiter": "TAB", "MaxItems": 1},
        "1\t2\n3\n",
        [{"x": "1"}],
    ),
]


@pytest.mark.parametrize(("config", "data", "items"), READ)
def test_what_is_read(api: Api, config: dict[str, Any], data: str, items: list[Any]) -> None:
    state = reading(config)
    answer = run(api, state, {"most": 2}, mock=result([]), stateConfiguration={"mapItemReaderData": data})
    shown = answer["inspectionData"]
    assert shown["afterItemSelector"] == [{"v": item} for item in items]
    assert ("afterItemsPointer" in shown) == ("ItemsPointer" in config)
    assert "afterItemsPath" not in shown


UNREADABLE = [
    ({"InputType": "JSON"}, "1", "Attempting to map over non-iterable node."),
    ({"InputType": "JSON"}, "[", "not valid JSON"),
    ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "a,a\n", "CSV headers cannot contain duplicates."),
    ({"InputType": "JSON", "ItemsPointer": "/a"}, "{}", "ItemsPointer '/a'"),
    ({"InputType": "JSON", "MaxItemsPath": "$.none"}, "[]", "field MaxItems must be positive"),
]


@pytest.mark.parametrize(("config", "data", "cause"), UNREADABLE)
def test_what_cannot_be_read(api: Api, config: dict[str, Any], data: str, cause: str) -> None:
    configuration = {"mapItemReaderData": data}
    answer = run(api, reading(config), {"none": 0}, mock=result([]), stateConfiguration=configuration)
    assert (answer["status"], answer["error"]) == ("FAILED", "States.ItemReaderFailed")
    assert cause in answer["cause"]


@pytest.mark.parametrize(
    ("fields", "failed", "status"),
    [
        ({"ToleratedFailureCount": 1}, 1, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 2, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 2, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50}, 3, "FAILED"),
        ({"ToleratedFailurePercentagePath": "$[0]"}, 1, "FAILED"),
        ({}, 4, "SUCCEEDED"),
    ],
)
def test_what_is_tolerated(api: Api, fields: dict[str, Any], failed: int, status: str) -> None:
    configuration = {"mapIterationFailureCount": failed}
    answer = run(api, MAP | fields, [1, 2, 3, 4], mock=result([]), stateConfiguration=configuration)
    assert answer["status"] == status
    if status == "FAILED":
        assert answer["error"] == "States.ExceedToleratedFailureThreshold"
    if "ToleratedFailurePercentage" in fields:
        assert answer["inspectionData"]["toleratedFailurePercentage"] == 50


def test_a_reader_without_its_data_counts_what_the_mock_has(api: Api) -> None:
    state = reading({"InputType": "JSON"}, ToleratedFailurePercentage=50)
    given = {"mapIterationFailureCount": 2}
    assert run(api, state, {}, mock=result([1, 2, 3]), stateConfiguration=given)["status"] == "FAILED"
    assert run(api, state, {}, mock=result([1, 2, 3, 4]), stateConfiguration=given)["status"] == "SUCCEEDED"
    assert run(api, state, {}, mock=error("E"))["error"] == "E"


def test_a_reader_without_its_data_takes_an_array_that_is_the_input(api: Api) -> None:
    """AWS's documentation: "provide the data directly in the input (as if it had already been read from S3)"."""
    state = reading({"InputType": "JSON", "MaxItems": 2})
    answer = run(api, state, [7, 8, 9], mock=result([]))
    assert answer["inspectionData"]["afterItemSelector"] == [{"v": 7}, {"v": 8}]


def test_the_pointer_is_shown_in_jsonpath_alone(api: Api) -> None:
    state = reading({"InputType": "JSON", "ItemsPointer": "/a"}, QueryLanguage="JSONata")
    state["ItemReader"]["Arguments"] = state["ItemReader"].pop("Parameters")
    state["ItemSelector"] = {"v": "{% $states.context.Map.Item.Value %}"}
    given = {"mapItemReaderData": '{"a": [7]}'}
    shown = run(api, state, {}, mock=result([]), stateConfiguration=given)["inspectionData"]
    assert shown["afterItemSelector"] == [{"v": 7}]
    assert "afterItemsPointer" not in shown


BATCHED: list[tuple[dict[str, Any], list[Any]]] = [
    ({"MaxItemsPerBatch": 2}, [{"Items": ["a", "b"]}, {"Items": ["c"]}]),
    ({"MaxItemsPerBatchPath": "$.most"}, [{"Items": ["a", "b"]}, {"Items": ["c"]}]),
    ({"MaxInputBytesPerBatch": len('{"Items":["a","b"]}')}, [{"Items": ["a", "b"]}, {"Items": ["c"]}]),
    ({"MaxInputBytesPerBatch": len('{"Items":["a","b"]}') - 1}, [{"Items": ["a"]}, {"Items": ["b"]}, {"Items": ["c"]}]),
    (
        {"MaxItemsPerBatch": 9, "BatchInput": {"b.$": "$.most"}},
        [{"BatchInput": {"b": 2}, "Items": ["a", "b", "c"]}],
    ),
]


@pytest.mark.parametrize(("batcher", "batches"), BATCHED)
def test_batches(api: Api, batcher: dict[str, Any], batches: list[Any]) -> None:
    state = MAP | {"ItemsPath": "$.l", "ItemBatcher": batcher}
    answer = run(api, state, {"l": ["a", "b", "c"], "most": 2}, mock=result([]))
    assert answer["inspectionData"]["afterItemBatcher"] == batches


def test_an_item_that_fits_into_no_batch(api: Api) -> None:
    state = MAP | {"ItemBatcher": {"MaxInputBytesPerBatch": 20}}
    answer = run(api, state, ["a", "a" * 20], mock=result([]))
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")


WRITING = MAP | {
    "ItemsPath": "$.l",
    "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket.$": "$.bucket"}},
}


def test_results_that_are_written(api: Api) -> None:
    written = {"MapRunArn": "arn", "ResultWriterDetails": {"Bucket": "b", "Key": "k"}}
    state = WRITING | {"ResultSelector": {"at.$": "$.ResultWriterDetails.Key"}}
    answer = run(api, state, {"l": [1], "bucket": "b"}, mock=result(written))
    assert answer["output"] == {"at": "k"}
    answer = run(api, state, {"l": [1], "bucket": 7}, mock=result(written))
    assert (answer["status"], answer["error"]) == ("FAILED", "States.ResultWriterFailed")
    given = {"definition": json.dumps(state), "mock": {"result": "[1]"}, "input": '{"l": [1], "bucket": "b"}'}
    code, message = refusal(api.test_state, **given)
    assert code == "ValidationException" and "must be an object" in message


def test_results_in_a_form_of_their_own(api: Api) -> None:
    state = MAP | {"ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN"}}}
    assert run(api, state, [1], mock=result([1, 2]))["output"] == [1, 2]


REFUSED: list[tuple[dict[str, Any], str]] = [
    (MAP | {"ItemBatcher": {"BatchInput": {}}}, "needs MaxItemsPerBatch or MaxInputBytesPerBatch"),
    (MAP | {"ItemBatcher": {"MaxItemsPerBatch": 0}}, "out of range"),
    (MAP | {"ItemBatcher": {"MaxInputBytesPerBatch": 262_145}}, "out of range"),
    (MAP | {"ItemBatcher": {"MaxItemsPerBatch": "1"}}, "Expected value of type Integer"),
    (MAP | {"ItemBatcher": {"MaxItemsPerBatch": 1, "Other": 1}}, "Field 'Other' is not supported"),
    (MAP | {"ResultWriter": {}}, "ResultWriter"),
    (reading({"InputType": "CSV"}), "'CSVHeaderLocation' should have one of these values"),
    (reading({"InputType": "JSON", "CSVHeaders": []}), "CSVHeaders"),
    (reading({"InputType": "JSON", "MaxItems": 0}), "field MaxItems must be positive"),
    (reading({"InputType": "JSONL", "ItemsPointer": "/a"}), "Field 'ItemsPointer' is not supported for what is read"),
]


@pytest.mark.parametrize(("state", "text"), REFUSED)
def test_refusal(api: Api, state: dict[str, Any], text: str) -> None:
    code, message = refusal(api.test_state, definition=json.dumps(state), mock={"result": "[]"})
    assert code == "InvalidDefinition"
    assert text in message


LISTS = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "b"}}
NO_TEXT = [
    {"ItemReader": LISTS},
    {"ItemReader": reading({"InputType": "PARQUET"})["ItemReader"]},
    {"ItemReader": reading({"InputType": "MANIFEST"})["ItemReader"]},
]


@pytest.mark.parametrize("fields", NO_TEXT)
def test_readers_whose_data_is_no_text(api: Api, fields: dict[str, Any]) -> None:
    definition = json.dumps(MAP | fields)
    given = {"definition": definition, "mock": {"result": "[1]"}}
    code, message = refusal(api.test_state, stateConfiguration={"mapItemReaderData": "[]"}, **given)
    assert code == "ValidationException" and "CSV, JSON or JSONL" in message
    assert api.test_state(**given)["output"] == "[1]"  # without it the mock says it all


def test_where_items_are_from(api: Api) -> None:
    selector = {"ItemSelector": {"item.$": "$$.Map.Item"}}
    config = {"mapItemReaderData": '{"a": 1}'}
    answer = run(api, reading({"InputType": "JSON"}) | selector, {}, mock=result([]), stateConfiguration=config)
    member = {"Index": 0, "Value": {"Key": "a", "Value": 1}, "Key": "a", "Source": "S3://b/k"}
    assert answer["inspectionData"]["afterItemSelector"] == [{"item": member}]
    answer = run(api, MAP | selector, ["x"], mock=result([]))
    item = {"Index": 0, "Value": "x", "Source": "STATE_DATA"}
    assert answer["inspectionData"]["afterItemSelector"] == [{"item": item}]
