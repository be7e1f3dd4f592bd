"""The ItemReader of a distributed Map, compiled.

| Resource | ReaderConfig | the items |
|---|---|---|
| s3:getObject | InputType CSV, JSON, JSONL, PARQUET | those in the object |
| s3:getObject | InputType MANIFEST, or ManifestType S3_INVENTORY | those in the data files of an inventory |
| s3:getObject | ManifestType ATHENA_DATA, and an InputType | those in the data files of an UNLOAD |
| s3:listObjectsV2 | none, or Transformation NONE | the objects, described |
| s3:listObjectsV2 | Transformation LOAD_AND_FLATTEN, and an InputType | those in the objects |

Source: AWS Step Functions, "ItemReader (Map)".
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from engine import limits
from engine.asl.fields import Fields
from engine.asl.model import ItemReader
from engine.items.request import DELIMITERS, Format

_RESOURCE = re.compile(r"arn:aws[a-z-]*:states:::s3:(?P<action>getObject|listObjectsV2)")
_CONFIG = frozenset(
    {
        "Comment",
        "InputType",
        "Transformation",
        "ManifestType",
        "CSVDelimiter",
        "CSVHeaderLocation",
        "CSVHeaders",
        "ItemsPointer",
        "MaxItems",
        "MaxItemsPath",
    }
)
# action -> (the arguments it needs, those that it may have)
_ARGUMENTS = {"getObject": (("Bucket", "Key"), ("VersionId",)), "listObjectsV2": (("Bucket",), ("Prefix",))}
_OBJECT_TYPES = ("CSV", "JSON", "JSONL", "PARQUET")
_ATHENA_TYPES = ("CSV", "JSONL", "PARQUET")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is read, by the fields that say so. `input_type` None: descriptions of objects."""

    input_type: str | None
    manifest: str | None = None


class _Wrong(Exception):
    """What is wrong with a reader, and where."""

    def __init__(self, text: str, location: str):
        super().__init__(text)
        self.location = location


def compile_reader(fields: Fields) -> ItemReader | None:
    """The reader of a Map that has one; None after a finding."""
    try:
        return _compiled(fields)
    except _Wrong as wrong:
        fields.findings.schema(str(wrong), wrong.location)
        return None


def _compiled(fields: Fields) -> ItemReader:
    for field in ("ItemsPath", "Items"):
        if field in fields:
            raise _Wrong(f"Field '{field}' is not supported with an ItemReader", fields.location)
    reader = fields.inner("ItemReader", fields.value["ItemReader"])
    arguments = "Arguments" if reader.jsonata else "Parameters"
    _check_names(reader.value, {"Comment", "Resource", arguments, "ReaderConfig"}, reader.location)
    action = _action(reader)
    _check_arguments(reader, arguments, action)
    config_value = reader.value.get("ReaderConfig", {})
    if not isinstance(config_value, dict):
        raise _Wrong("Expected value of type Object", reader.at("ReaderConfig"))
    config = reader.inner("ReaderConfig", config_value)
    _check_names(config_value, _CONFIG, config.location)
    _check_max_items(config)
    kind = _kind(config, action)
    return ItemReader(
        lists=action == "listObjectsV2",
        arguments=reader.template(arguments),
        format=_format(config, kind),
        manifest=kind.manifest,
        max_items=config.number("MaxItems"),
    )


def _check_names(given: Iterable[str], known: Collection[str], location: str) -> None:
    for name in given:
        if name not in known:
            raise _Wrong(f"Field '{name}' is not supported", location)


def _one_of(config: Fields, field: str, value: Any, values: tuple[str, ...]) -> str:
    if value not in values:
        text = f"The field '{field}' should have one of these values: [{', '.join(values)}]"
        raise _Wrong(text, config.location if value is None else config.at(field))
    return str(value)


def _action(reader: Fields) -> str:
    resource = reader.value.get("Resource")
    found = _RESOURCE.fullmatch(resource) if isinstance(resource, str) else None
    if found is None:
        raise _Wrong("An ItemReader reads by s3:getObject or s3:listObjectsV2", reader.at("Resource"))
    return found["action"]


def _check_arguments(reader: Fields, field: str, action: str) -> None:
    """As far as it can be seen: an expression gives them when it runs."""
    given = reader.value.get(field)
    if isinstance(given, str) and reader.jsonata:
        return
    if not isinstance(given, dict):
        raise _Wrong(f"The field '{field}' is required but was missing", reader.location)
    needed, others = _ARGUMENTS[action]
    names = [name if reader.jsonata else name.removesuffix(".$") for name in given]
    _check_names(names, {*needed, *others}, reader.at(field))
    for name in needed:
        if name not in names:
            raise _Wrong(f"The field '{name}' is required but was missing", reader.at(field))


def _check_max_items(config: Fields) -> None:
    most, path = config.value.get("MaxItems"), config.value.get("MaxItemsPath")
    if path is not None and (config.jsonata or most is not None or not isinstance(path, str)):
        raise _Wrong("Field 'MaxItemsPath' is not supported", config.location)
    if most is None or (isinstance(most, str) and config.jsonata):
        return
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise _Wrong("field MaxItems must be positive", config.at("MaxItems"))
    if most > limits.READER_MAX_ITEMS_MAX:
        raise _Wrong(f"field MaxItems must be at most {limits.READER_MAX_ITEMS_MAX}", config.at("MaxItems"))


def _kind(config: Fields, action: str) -> _Kind:
    input_type, manifest = config.value.get("InputType"), config.value.get("ManifestType")
    if action == "listObjectsV2":
        return _kind_of_list(config, input_type)
    if "Transformation" in config:
        raise _Wrong("s3:getObject has no Transformation", config.at("Transformation"))
    if manifest == "ATHENA_DATA":
        return _Kind(_one_of(config, "InputType", input_type, _ATHENA_TYPES), manifest)
    if manifest is not None or input_type == "MANIFEST":
        _one_of(config, "ManifestType", manifest or "S3_INVENTORY", ("S3_INVENTORY", "ATHENA_DATA"))
        if input_type not in (None, "MANIFEST"):
            text = "The data files of an S3 inventory are CSV: it has no InputType"
            raise _Wrong(text, config.at("InputType"))
        return _Kind("CSV", "S3_INVENTORY")
    return _Kind(_one_of(config, "InputType", input_type, (*_OBJECT_TYPES, "MANIFEST")))


def _kind_of_list(config: Fields, input_type: Any) -> _Kind:
    if "ManifestType" in config:
        raise _Wrong("s3:listObjectsV2 reads no manifest", config.at("ManifestType"))
    transformation = config.value.get("Transformation", "NONE")
    if _one_of(config, "Transformation", transformation, ("NONE", "LOAD_AND_FLATTEN")) == "LOAD_AND_FLATTEN":
        return _Kind(_one_of(config, "InputType", input_type, _OBJECT_TYPES))
    if input_type is not None:
        raise _Wrong("InputType needs the Transformation LOAD_AND_FLATTEN", config.at("InputType"))
    return _Kind(None)


def _format(config: Fields, kind: _Kind) -> Format | None:
    """How the objects hold the items; None for descriptions of objects."""
    inventory = kind.manifest == "S3_INVENTORY"
    for field in ("CSVDelimiter", "CSVHeaderLocation", "CSVHeaders", "ItemsPointer"):
        means = kind.input_type == ("JSON" if field == "ItemsPointer" else "CSV")
        if field in config and (not means or (inventory and field != "CSVDelimiter")):
            raise _Wrong(f"Field '{field}' is not supported for what is read", config.location)
    if kind.input_type is None:
        return None
    pointer = config.value.get("ItemsPointer")
    if pointer is not None and not (isinstance(pointer, str) and (pointer == "" or pointer.startswith("/"))):
        raise _Wrong("Value must be a JSON pointer into a JSON object", config.at("ItemsPointer"))
    delimiter = _one_of(config, "CSVDelimiter", config.value.get("CSVDelimiter", "COMMA"), tuple(DELIMITERS))
    headers = _headers(config) if kind.input_type == "CSV" and not inventory else None
    return Format(kind.input_type, DELIMITERS[delimiter], headers, pointer)


def _headers(config: Fields) -> tuple[str, ...] | None:
    """The given ones, None: those of the first row."""
    headers, at = config.value.get("CSVHeaders"), config.at("CSVHeaders")
    where = _one_of(config, "CSVHeaderLocation", config.value.get("CSVHeaderLocation"), ("FIRST_ROW", "GIVEN"))
    if where == "FIRST_ROW":
        if headers is not None:
            raise _Wrong("Field 'CSVHeaders' needs the CSVHeaderLocation GIVEN", at)
        return None
    if not isinstance(headers, list) or not headers or not all(isinstance(name, str) for name in headers):
        raise _Wrong("Expected value of type Array: the headers, which are texts", at)
    if sum(len(name.encode()) + 1 for name in headers) > limits.READER_HEADER_BYTES_MAX:
        raise _Wrong(f"The headers take more than {limits.READER_HEADER_BYTES_MAX} bytes", at)
    return tuple(headers)
