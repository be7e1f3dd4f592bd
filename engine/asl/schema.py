"""Checks one JSON object of a definition against its schema, and words what is wrong as AWS does.

The files under schemas/ describe the whole language, with references from a machine down to its innermost state. Here
each object is checked on its own: a reference to what the compiler walks itself (states, branches, nested Choice
expressions) is not followed. So the depth of a definition costs no Python stack, and each finding is made once.

Invariant: validators are compiled once for each process; checking never raises on any JSON value.
"""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
import orjson
from jsonschema.validators import extend

from engine.asl.findings import Findings

_WALKED = frozenset(
    {
        "states.json",
        "state.json",
        "branch.json",
        "processor.json",
        "choice_rule.json#/$defs/rule",
        "choice_rule.json#/$defs/expression",
    }
)
TYPE_NAMES = {
    "object": "Object",
    "array": "Array",
    "string": "String",
    "integer": "Integer",
    "number": "Number",
    "boolean": "Boolean",
    "null": "Null",
}
# By the title of the schema: fields that exist in the other query language only.
_JSONATA_FIELDS: dict[str, tuple[str, ...]] = {
    "Pass": ("Output",),
    "Task": ("Output", "Arguments"),
    "Choice": ("Output",),
    "Wait": ("Output",),
    "Succeed": ("Output",),
    "Parallel": ("Output", "Arguments"),
    "Map": ("Output", "Items"),
    "A catcher": ("Output",),
    "A rule": ("Condition", "Output"),
}


@cache
def document(name: str) -> Any:
    """A file of schemas/, parsed, without the keys by which jsonschema would leave our own validator class."""
    parsed = orjson.loads(resources.files("schemas").joinpath(name).read_bytes())
    return {key: value for key, value in parsed.items() if key not in ("$schema", "$id")}


@cache
def _resolve(reference: str) -> Any:
    name, _, pointer = reference.partition("#")
    found = document(name)
    for step in pointer.split("/")[1:]:
        found = found[step]
    return found


def _follow(validator: Any, reference: str, instance: Any, schema: Any) -> Iterator[Any]:
    if reference not in _WALKED:
        yield from validator.descend(instance, _resolve(reference))


def _is_integer(checker: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


_CHECKER = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)  # 1.0 is none on AWS
_Validator: Any = extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {"$ref": _follow}, type_checker=_CHECKER
)


@cache
def _validator(reference: str) -> Any:
    return _Validator(_resolve(reference))


def check(reference: str, value: Any, location: str, findings: Findings) -> bool:
    """Whether `value` has the shape of a schema (`task.json`); what it lacks goes to `findings`."""
    missing: dict[str, list[str]] = {}
    sound = True
    for error in _validator(reference).iter_errors(value):
        sound = False
        place = location + _place(error.absolute_path)
        if error.validator == "required":
            missing.setdefault(place, []).append(_missing_name(error))
        else:
            _report(error, place, findings)
    for place, names in missing.items():
        findings.schema(f"These fields are required: [{', '.join(names)}]", place or "/")
    return sound


def _place(path: Any) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f"/{step}" for step in path)


def _missing_name(error: Any) -> str:
    names: list[str] = error.validator_value
    return next(name for name in names if error.message == f"{name!r} is a required property")


def _report(error: Any, place: str, findings: Findings) -> None:
    keyword, wanted = error.validator, error.validator_value
    if keyword == "oneOf" and not isinstance(error.instance, dict):
        return  # its type was reported
    if keyword == "additionalProperties":
        for name in error.instance:
            if name not in error.schema["properties"]:
                findings.schema(_unknown_field(name, error.schema.get("title")), place or "/")
    elif keyword == "maxLength":  # the schemas use it for the names of states
        message = f"State name exceeds the {wanted}-character limit allowed by the service"
        findings.error("INVALID_STATE_NAME", message, f"{place}/{error.instance}")
    else:
        findings.schema(_message(keyword, wanted, error), place or "/")


def _unknown_field(name: str, title: str | None) -> str:
    if name in _JSONATA_FIELDS.get(title or "", ()):
        return (
            f"The QueryLanguage is set to 'JSONPath', but field '{name}' "
            "is only supported for the 'JSONata' QueryLanguage"
        )
    return f"Field '{name}' is not supported"


def _message(keyword: str, wanted: Any, error: Any) -> str:
    match keyword:
        case "type":
            first = wanted if isinstance(wanted, str) else wanted[0]
            return f"Expected value of type {TYPE_NAMES[first]}"
        case "enum":
            return f"Value should be one of the following: [{', '.join(wanted)}]"
        case "const":
            return f"Value should be one of the following: [{wanted}]"
        case "minimum":
            return f"Minimum value is {wanted}"
        case "maximum":
            return f"Maximum value is {wanted}"
        case "minItems" | "minProperties" | "minLength":
            return "Value cannot be empty"
        case "not":  # the schemas use it for fields that exclude each other
            return f"There should only be one of the following fields: [{', '.join(wanted['required'])}]"
        case "oneOf":
            return _choice_of_fields(wanted, bool(error.context))
        case _:
            return f"Value does not match the schema ({keyword})"


def _choice_of_fields(branches: Any, none_valid: bool) -> str:
    names = f"[{', '.join(branch['required'][0] for branch in branches)}]"
    if none_valid:
        return f"This object should have only one of the following fields: {names}"
    return f"There should only be one of the following fields: {names}"
