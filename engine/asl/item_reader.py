"""The ItemReader of a distributed Map: compiled, or refused by the name of what is not built."""

import re
from typing import Any

from engine.asl.fields import Fields
from engine.asl.model import ItemReader

INPUT_TYPES = ("JSON", "JSONL")
_GET_OBJECT = re.compile(r"arn:aws[a-z-]*:states:::s3:getObject")
_FIELDS = frozenset({"Resource", "Arguments", "Parameters", "ReaderConfig"})
_CONFIG = frozenset({"InputType", "ItemsPointer", "MaxItems", "MaxItemsPath"})


def compile_reader(fields: Fields) -> ItemReader | None:
    """The reader of a Map that has one; None after a finding."""
    reader = fields.inner("ItemReader", fields.value["ItemReader"])
    config_value = reader.value.get("ReaderConfig", {})
    if not isinstance(config_value, dict):
        reader.findings.schema("Expected value of type Object", reader.at("ReaderConfig"))
        return None
    config = reader.inner("ReaderConfig", config_value)
    if not _only(reader, _FIELDS) or not _only(config, _CONFIG) or not _sound(reader, config):
        return None
    return ItemReader(
        input_type=config.value["InputType"],
        arguments=reader.template("Arguments" if reader.jsonata else "Parameters"),
        items_pointer=config.value.get("ItemsPointer"),
        max_items=config.number("MaxItems"),
    )


def _only(fields: Fields, known: frozenset[str]) -> bool:
    unknown = [name for name in fields.value if name not in known]
    for name in unknown:
        fields.findings.unsupported(f"A test of a Map state does not know the field '{name}' yet", fields.at(name))
    return not unknown


def _sound(reader: Fields, fields: Fields) -> bool:
    """`fields`: the ReaderConfig's."""
    config = fields.value
    resource = reader.value.get("Resource")
    kind, pointer, most = config.get("InputType"), config.get("ItemsPointer"), config.get("MaxItems")
    if not isinstance(resource, str) or not _GET_OBJECT.fullmatch(resource):
        reader.findings.unsupported("A test of a Map state reads items by s3:getObject only", reader.at("Resource"))
    elif kind not in INPUT_TYPES:
        text = f"A test of a Map state reads items as one of {list(INPUT_TYPES)}, not yet as {kind}"
        fields.findings.unsupported(text, fields.at("InputType"))
    elif pointer is not None and not (isinstance(pointer, str) and pointer.startswith("/") and kind == "JSON"):
        fields.findings.schema("Value must be a JSON pointer into a JSON object", fields.at("ItemsPointer"))
    elif most is not None and not _is_count(most, fields.jsonata):
        fields.findings.schema("field MaxItems must be positive", fields.at("MaxItems"))
    else:
        return True
    return False


def _is_count(value: Any, jsonata: bool) -> bool:
    if isinstance(value, str):
        return jsonata
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
