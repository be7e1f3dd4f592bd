"""The ResultWriter of a distributed Map, compiled.

| fields | the results of the children |
|---|---|
| none of them | refused, as on AWS |
| WriterConfig | are the state's output, in its form |
| Resource, Parameters (JSONata: Arguments) | are written to S3, each with what is known of its execution |
| all three | are written to S3 in the form of WriterConfig |

Source: AWS Step Functions, "ResultWriter (Map)".
"""

import re
from typing import Any

from engine.asl.fields import Fields
from engine.asl.model import ResultWriter

_PUT_OBJECT = re.compile(r"arn:aws[a-z-]*:states:::s3:putObject")
_OUTPUT_TYPES = ("JSON", "JSONL")
_TRANSFORMATIONS = ("NONE", "COMPACT", "FLATTEN")
_CONFIG = {"OutputType": _OUTPUT_TYPES, "Transformation": _TRANSFORMATIONS}


def compile_writer(fields: Fields) -> ResultWriter | None:
    """The writer of a Map that has one; None after a finding."""
    writer = fields.inner("ResultWriter", fields.value["ResultWriter"])
    arguments = "Arguments" if writer.jsonata else "Parameters"
    config = writer.value.get("WriterConfig", {})
    if not _has_its_fields(writer, arguments) or not _config_is_sound(writer, config):
        return None
    exports = "Resource" in writer
    if exports and not _destination_is_sound(writer, arguments):
        return None
    made = ResultWriter(
        arguments=writer.template(arguments) if exports else None,
        output_type=config.get("OutputType", "JSON"),
        transformation=config.get("Transformation", "NONE" if exports else "COMPACT"),
    )
    if not exports and made.output_type == "JSONL":
        text = "OutputType JSONL is supported with a Resource only: the output of a state is JSON"
        writer.findings.unsupported(text, writer.at("WriterConfig/OutputType"))
        return None
    return made


def _has_its_fields(writer: Fields, arguments: str) -> bool:
    unknown = [name for name in writer.value if name not in ("Comment", "Resource", arguments, "WriterConfig")]
    for name in unknown:
        writer.findings.schema(f"Field '{name}' is not supported", writer.location)
    if unknown:
        return False
    missing = [name for name in ("Resource", arguments) if name not in writer]
    if len(missing) == 1:
        writer.findings.schema(f"These fields are required: [{missing[0]}]", writer.location)
    elif missing and "WriterConfig" not in writer:
        text = f"The ResultWriter needs Resource and {arguments}, WriterConfig, or all of them"
        writer.findings.schema(text, writer.location)
    else:
        return True
    return False


def _config_is_sound(writer: Fields, config: Any) -> bool:
    if not isinstance(config, dict):
        writer.findings.schema("Expected value of type Object", writer.at("WriterConfig"))
        return False
    sound = True
    for name, value in config.items():
        if name == "Comment":
            continue
        if name not in _CONFIG:
            writer.findings.schema(f"Field '{name}' is not supported", writer.at("WriterConfig"))
            sound = False
        elif value not in _CONFIG[name]:
            text = f"The field '{name}' should have one of these values: [{', '.join(_CONFIG[name])}]"
            writer.findings.schema(text, writer.at(f"WriterConfig/{name}"))
            sound = False
    return sound


def _destination_is_sound(writer: Fields, arguments: str) -> bool:
    resource, given = writer.value["Resource"], writer.value[arguments]
    if not isinstance(resource, str) or _PUT_OBJECT.fullmatch(resource) is None:
        text = "The Resource of a ResultWriter must be arn:aws:states:::s3:putObject"
        writer.findings.schema(text, writer.at("Resource"))
    elif not isinstance(given, dict):
        if writer.jsonata and isinstance(given, str):
            return True  # an expression, which gives an object
        writer.findings.schema("Expected value of type Object", writer.at(arguments))
    elif "Bucket" not in given and (writer.jsonata or "Bucket.$" not in given):
        writer.findings.schema("The field 'Bucket' is required but was missing", writer.at(arguments))
    else:
        return not _has_unknown_arguments(writer, arguments)
    return False


def _has_unknown_arguments(writer: Fields, arguments: str) -> bool:
    """AWS's API takes other parameters too; of the objects that are written here they would mean nothing."""
    unknown = [name for name in writer.value[arguments] if name.removesuffix(".$") not in ("Bucket", "Prefix")]
    for name in unknown:
        writer.findings.schema(f"Field '{name}' is not supported", writer.at(arguments))
    return bool(unknown)
