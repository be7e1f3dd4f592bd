"""ItemReader: what it may say, and what is refused with which words, where."""

import json
from typing import Any

import pytest

from engine.asl.compiler import compile_machine, validate
from engine.asl.model import MapState
from engine.items.request import Format

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
OBJECT, BUCKET = {"Bucket": "b", "Key": "k"}, {"Bucket": "b"}
FLATTEN = {"Transformation": "LOAD_AND_FLATTEN"}
ONE_ROW = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}


def definition(reader: dict[str, Any], language: str = "JSONPath", **fields: Any) -> str:
    flow = {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}
    processor = flow | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    state = {"Type": "Map", "End": True, "ItemProcessor": processor, "ItemReader": reader} | fields
    return json.dumps({"QueryLanguage": language, "StartAt": "A", "States": {"A": state}})


def reader(config: Any = None, resource: str = GET, parameters: Any = None, **fields: Any) -> dict[str, Any]:
    parameters = parameters or (OBJECT if resource == GET else BUCKET)
    made = {"Resource": resource, "Parameters": parameters} | fields
    return made if config is None else made | {"ReaderConfig": config}


COMPILED: list[tuple[dict[str, Any], bool, Format | None, str | None]] = [
    (reader({"InputType": "JSON"}), False, Format("JSON"), None),
    (reader({"InputType": "JSON", "ItemsPointer": "/a/0"}), False, Format("JSON", pointer="/a/0"), None),
    (reader({"InputType": "JSONL", "MaxItems": 3}), False, Format("JSONL"), None),
    (reader({"InputType": "PARQUET"}), False, Format("PARQUET"), None),
    (reader(ONE_ROW), False, Format("CSV"), None),
    (reader(ONE_ROW | {"CSVDelimiter": "TAB"}), False, Format("CSV", "\t"), None),
    (
        reader({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x", "y"], "CSVDelimiter": "PIPE"}),
        False,
        Format("CSV", "|", ("x", "y")),
        None,
    ),
    (reader({"InputType": "MANIFEST"}), False, Format("CSV"), "S3_INVENTORY"),
    (reader({"ManifestType": "S3_INVENTORY"}), False, Format("CSV"), "S3_INVENTORY"),
    (reader({"InputType": "JSONL", "ManifestType": "ATHENA_DATA"}), False, Format("JSONL"), "ATHENA_DATA"),
    (reader(ONE_ROW | {"ManifestType": "ATHENA_DATA"}), False, Format("CSV"), "ATHENA_DATA"),
    (reader(resource=LIST), True, None, None),
    (reader({"Transformation": "NONE"}, LIST, {"Bucket": "b", "Prefix.$": "$.p"}), True, None, None),
    (reader(FLATTEN | {"InputType": "JSON"}, LIST), True, Format("JSON"), None),
    (reader(FLATTEN | ONE_ROW, "arn:aws-cn:states:::s3:listObjectsV2", BUCKET), True, Format("CSV"), None),
]


@pytest.mark.parametrize(("value", "lists", "format", "manifest"), COMPILED)
def test_compiled(value: dict[str, Any], lists: bool, format: Format | None, manifest: str | None) -> None:
    state = compile_machine(definition(value), "STANDARD", None).root.states["A"]
    assert isinstance(state, MapState) and state.item_reader is not None
    made = state.item_reader
    assert (made.lists, made.format, made.manifest) == (lists, format, manifest)


def test_jsonata() -> None:
    for arguments in ("{% $states.input %}", {"Bucket": "{% 'b' %}", "Key": "k", "VersionId": "1"}):
        value = {"Resource": GET, "Arguments": arguments, "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% 3 %}"}}
        assert validate(definition(value, "JSONata"), "STANDARD", None) == []


AT = "/States/A/ItemReader"
CONFIG = f"{AT}/ReaderConfig"
REFUSED = [
    ({}, "An ItemReader reads by s3:getObject or s3:listObjectsV2", f"{AT}/Resource"),
    (reader(resource="arn:aws:states:::s3:putObject"), "An ItemReader reads by s3:getObject", f"{AT}/Resource"),
    (reader({"InputType": "JSON"}, Other=1), "Field 'Other' is not supported", AT),
    (reader({"InputType": "JSON"}, Arguments={}), "Field 'Arguments' is not supported", AT),
    ({"Resource": GET, "ReaderConfig": {"InputType": "JSON"}}, "The field 'Parameters' is required", AT),
    (reader({"InputType": "JSON"}, parameters=BUCKET), "The field 'Key' is required", f"{AT}/Parameters"),
    (
        reader({"InputType": "JSON"}, parameters=OBJECT | {"ExpectedBucketOwner": "1"}),
        "Field 'ExpectedBucketOwner' is not supported",
        f"{AT}/Parameters",
    ),
    (reader(resource=LIST, parameters=OBJECT), "Field 'Key' is not supported", f"{AT}/Parameters"),
    (reader(1), "Expected value of type Object", CONFIG),
    (reader(), "The field 'InputType' should have one of these values: [CSV, JSON, JSONL, PARQUET, MANIFEST]", CONFIG),
    (reader({"InputType": "XML"}), "The field 'InputType' should have one of these values", f"{CONFIG}/InputType"),
    (reader({"InputType": "JSON", "Header": 1}), "Field 'Header' is not supported", CONFIG),
    (reader({"InputType": "CSV"}), "The field 'CSVHeaderLocation' should have one of", CONFIG),
    (reader(ONE_ROW | {"CSVHeaders": ["a"]}), "needs the CSVHeaderLocation GIVEN", f"{CONFIG}/CSVHeaders"),
    (
        reader({"InputType": "CSV", "CSVHeaderLocation": "GIVEN"}),
        "Expected value of type Array",
        f"{CONFIG}/CSVHeaders",
    ),
    (
        reader({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x" * 10_240]}),
        "The headers take more than 10240 bytes",
        f"{CONFIG}/CSVHeaders",
    ),
    (reader(ONE_ROW | {"CSVDelimiter": ";"}), "The field 'CSVDelimiter' should have one of", f"{CONFIG}/CSVDelimiter"),
    (reader({"InputType": "JSON", "CSVDelimiter": "TAB"}), "Field 'CSVDelimiter' is not supported for", CONFIG),
    (reader({"InputType": "CSV", "ItemsPointer": "/a"}), "Field 'ItemsPointer' is not supported for", CONFIG),
    (reader({"InputType": "JSON", "ItemsPointer": "a"}), "Value must be a JSON pointer", f"{CONFIG}/ItemsPointer"),
    (reader({"InputType": "JSON"} | FLATTEN), "s3:getObject has no Transformation", f"{CONFIG}/Transformation"),
    (reader(FLATTEN, LIST), "The field 'InputType' should have one of", CONFIG),
    (reader({"InputType": "JSON"}, LIST), "InputType needs the Transformation", f"{CONFIG}/InputType"),
    (reader({"Transformation": "ALL"}, LIST), "The field 'Transformation' should", f"{CONFIG}/Transformation"),
    (reader({"ManifestType": "S3_INVENTORY"}, LIST), "reads no manifest", f"{CONFIG}/ManifestType"),
    (reader({"ManifestType": "S3_INVENTORY", "InputType": "CSV"}), "has no InputType", f"{CONFIG}/InputType"),
    (reader({"ManifestType": "ATHENA_DATA", "InputType": "JSON"}), "[CSV, JSONL, PARQUET]", f"{CONFIG}/InputType"),
    (reader({"ManifestType": "OTHER"}), "[S3_INVENTORY, ATHENA_DATA]", f"{CONFIG}/ManifestType"),
    (reader({"InputType": "MANIFEST", "CSVHeaderLocation": "FIRST_ROW"}), "'CSVHeaderLocation' is not", CONFIG),
    (reader({"InputType": "JSON", "MaxItems": 0}), "field MaxItems must be positive", f"{CONFIG}/MaxItems"),
    (reader({"InputType": "JSON", "MaxItems": "3"}), "field MaxItems must be positive", f"{CONFIG}/MaxItems"),
    (reader({"InputType": "JSON", "MaxItems": 100_000_001}), "at most 100000000", f"{CONFIG}/MaxItems"),
    (reader({"InputType": "JSON", "MaxItems": 1, "MaxItemsPath": "$.m"}), "'MaxItemsPath' is not supported", CONFIG),
]


@pytest.mark.parametrize(("value", "text", "location"), REFUSED, ids=range(len(REFUSED)))
def test_refused(value: dict[str, Any], text: str, location: str) -> None:
    (found,) = validate(definition(value), "STANDARD", None)
    assert (found.code, found.location) == ("SCHEMA_VALIDATION_FAILED", location)
    assert text in found.message


def test_not_beside_other_items() -> None:
    (found,) = validate(definition(reader({"InputType": "JSON"}), ItemsPath="$.a"), "STANDARD", None)
    assert (found.message, found.location) == ("Field 'ItemsPath' is not supported with an ItemReader", "/States/A")


class _Targets:
    """A server that says what it thinks of objects."""

    def __init__(self, problem: str | None):
        self.problem = problem
        self.asked: list[str | None] = []

    def supports(self, *resource: object) -> bool:
        return True

    def objects_problem(self, input_type: str | None) -> str | None:
        self.asked.append(input_type)
        return self.problem


def test_a_place_for_objects() -> None:
    targets = _Targets("nowhere")
    (found,) = validate(definition(reader({"InputType": "JSON"})), "STANDARD", targets)
    assert (found.code, found.message, found.location) == ("UNSUPPORTED_INTEGRATION", "nowhere", AT)
    assert validate(definition(reader({"InputType": "JSON"})), "STANDARD", _Targets(None)) == []
    assert targets.asked == ["JSON"]
