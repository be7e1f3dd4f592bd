"""Checks one JSON object of a definition against its schema, and words what is wrong as AWS does.

The files under schemas/ describe the whole language, with references from a machine down to its innermost state. Here
each object is checked on its own: a reference to what the compiler walks itself (states, branches, nested Choice
expressions) is not followed. So the depth of a definition costs no Python stack, and each finding is made once.

The files hold both query languages: `x-language` marks a field that exists in one of them only, `x-JSONPath` the
narrower shape of one that takes expressions in JSONata. What is checked is the schema of one language, made from them.

Invariant: validators are compiled once for each process; checking never raises on any JSON value.
"""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import orjson

from engine.asl.findings import Findings
from engine.asl.query_language import QueryLanguage

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


@cache
def document(name: str) -> Any:
    """A file of schemas/, parsed, without the keys by which jsonschema would leave our own validator class."""
    parsed = orjson.loads(resources.files("schemas").joinpath(name).read_bytes())
    return {key: value for key, value in parsed.items() if key not in ("$schema", "$id")}


@cache
def _resolve(reference: str, language: str) -> Any:
    name, _, pointer = reference.partition("#")
    found = document(name)
    for step in pointer.split("/")[1:]:
        found = found[step]
    return _in_language(found, language)


def _in_language(schema: Any, language: str) -> Any:
    """A schema without what belongs to the other query language; `x-foreign` names the fields that were left out."""
    if isinstance(schema, list):
        return [_in_language(each, language) for each in schema]
    if not isinstance(schema, dict):
        return schema
    fields = schema.get("properties", {})
    foreign = {name for name, field in fields.items() if field.get("x-language", language) != language}
    chosen = {name: field.get(f"x-{language}", field) for name, field in fields.items() if name not in foreign}
    made = {
        key: {name: _in_language(field, language) for name, field in chosen.items()}
        if key == "properties"
        else _in_language(value, language)
        for key, value in schema.items()
    }
    return _without(made, foreign) if foreign else made


def _without(schema: dict[str, Any], foreign: set[str]) -> dict[str, Any]:
    """A schema whose rules on which fields go together name none that is foreign."""
    schema["x-foreign"] = foreign
    for rule in schema.get("allOf", ()):
        _without(rule, foreign)
    for key in ("oneOf", "allOf"):
        rules = [rule for rule in schema.get(key, ()) if not foreign & _required(rule)]
        if key == "oneOf" and len(rules) == 1:
            schema["required"] = [*schema.get("required", ()), *rules[0]["required"]]
            rules = []
        if rules:
            schema[key] = rules
        else:
            schema.pop(key, None)
    return schema


def _required(rule: dict[str, Any]) -> set[str]:
    return {*rule.get("required", ()), *rule.get("not", {}).get("required", ())}


def _is_integer(checker: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


@cache
def _class(language: str) -> Any:
    """The validators of a language: they follow references to schemas of the same one."""
    from jsonschema import Draft202012Validator  # loaded with the first definition: a server that starts has none
    from jsonschema.validators import extend

    def follow(validator: Any, reference: str, instance: Any, schema: Any) -> Iterator[Any]:
        if reference not in _WALKED:
            yield from validator.descend(instance, _resolve(reference, language))

    keywords = {"$ref": follow}
    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)  # 1.0 is none on AWS
    return extend(Draft202012Validator, keywords, type_checker=checker)  # type: ignore[no-untyped-call]


@cache
def _validator(reference: str, language: str) -> Any:
    return _class(language)(_resolve(reference, language))


def check(reference: str, value: Any, location: str, findings: Findings, language: QueryLanguage = "JSONPath") -> bool:
    """Whether `value` has the shape of a schema (`task.json`); what it lacks goes to `findings`."""
    missing: dict[str, list[str]] = {}
    sound = True
    for error in _validator(reference, language).iter_errors(value):
        sound = False
        place = location + _place(error.absolute_path)
        if error.validator == "required":
            missing.setdefault(place, []).append(_missing_name(error))
        else:
            _report(error, place, findings, language)
    for place, names in missing.items():
        findings.schema(f"These fields are required: [{', '.join(names)}]", place or "/")
    return sound


def _place(path: Any) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f"/{step}" for step in path)


def _missing_name(error: Any) -> str:
    names: list[str] = error.validator_value
    return next(name for name in names if error.message == f"{name!r} is a required property")


def _report(error: Any, place: str, findings: Findings, language: QueryLanguage) -> None:
    keyword, wanted = error.validator, error.validator_value
    if keyword == "oneOf" and not isinstance(error.instance, dict):
        return  # its type was reported
    if keyword == "additionalProperties":
        for name in error.instance:
            if name not in error.schema["properties"]:
                findings.schema(_unknown_field(name, name in error.schema.get("x-foreign", ()), language), place or "/")
    elif keyword == "maxLength":  # the schemas use it for the names of states
        message = f"State name exceeds the {wanted}-character limit allowed by the service"
        findings.error("INVALID_STATE_NAME", message, f"{place}/{error.instance}")
    else:
        findings.schema(_message(keyword, wanted, error), place or "/")


def _unknown_field(name: str, foreign: bool, language: QueryLanguage) -> str:
    if foreign:
        other = "JSONata" if language == "JSONPath" else "JSONPath"
        return (
            f"The QueryLanguage is set to '{language}', but field '{name}' "
            f"is only supported for the '{other}' QueryLanguage"
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
