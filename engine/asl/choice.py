"""Compiles a rule of a Choice state into a function `matches(scope) -> bool`: comparisons in JSONPath, a Condition in
JSONata.

And and Or stop at the first expression that decides. A path that leads nowhere fails the state with States.Runtime,
except under IsPresent. Rules nest at most `limits.DEFINITION_DEPTH_MAX` deep.
"""

from collections.abc import Callable
from typing import Any

from engine import limits
from engine.asl.fields import NOT_A_REFERENCE, Fields
from engine.asl.model import ChoiceRule
from engine.asl.operators import COMPARISONS, OPERATORS, TYPE_TESTS, Comparison, text_matcher
from engine.asl.query_language import QueryLanguage
from engine.asl.schema import check
from engine.errors import StateError
from engine.query.path import Path, PathNotFound, PathSyntaxError, compile_path
from engine.query.scope import Scope

Matches = Callable[[Scope], bool]
RULE = "choice_rule.json#/$defs/rule"
EXPRESSION = "choice_rule.json#/$defs/expression"


def compile_rule(fields: Fields) -> ChoiceRule | None:
    """One entry of Choices; None after a finding."""
    language: QueryLanguage = "JSONata" if fields.jsonata else "JSONPath"
    if not check(RULE, fields.value, fields.location, fields.findings, language):
        return None
    matches = _condition(fields) if fields.jsonata else _combination(fields, 1)
    assign, output = fields.assign(), fields.template("Output")
    return None if matches is None else ChoiceRule(matches, fields.value["Next"], assign, output)


def _condition(fields: Fields) -> Matches | None:
    """A Condition: a constant, or an expression that must give a boolean."""
    condition = fields.value["Condition"]
    if isinstance(condition, bool):
        return lambda scope: condition
    template = fields.expression("Condition", "boolean")
    return None if template is None else template.render


def _expression(fields: Fields, depth: int) -> Matches | None:
    """What And, Or and Not combine."""
    if depth > limits.DEFINITION_DEPTH_MAX:
        message = f"Choice rules nest deeper than {limits.DEFINITION_DEPTH_MAX}"
        fields.findings.error("TOO_DEEPLY_NESTED", message, fields.location)
        return None
    return _combination(fields, depth) if check(EXPRESSION, fields.value, fields.location, fields.findings) else None


def _combination(fields: Fields, depth: int) -> Matches | None:
    value = fields.value
    if "Variable" not in fields and not _only_combines(fields):
        return None
    if "Not" in fields:
        inner = _expression(fields.inner("Not", value["Not"]), depth + 1)
        return None if inner is None else _negation(inner)
    for name, combine in (("And", _conjunction), ("Or", _disjunction)):
        if name in fields:
            parts = [
                _expression(fields.inner(f"{name}[{index}]", part), depth + 1) for index, part in enumerate(value[name])
            ]
            sound = [part for part in parts if part is not None]
            return combine(sound) if len(sound) == len(parts) else None
    return _comparison(fields)


def _only_combines(fields: Fields) -> bool:
    """Whether an And, Or or Not stands without a comparison beside it."""
    beside = [name for name in fields.value if name in OPERATORS]
    for name in beside:
        fields.findings.schema(f"Field '{name}' is not supported", fields.location)
    return not beside


def _negation(inner: Matches) -> Matches:
    return lambda scope: not inner(scope)


def _conjunction(parts: list[Matches]) -> Matches:
    return lambda scope: all(part(scope) for part in parts)


def _disjunction(parts: list[Matches]) -> Matches:
    return lambda scope: any(part(scope) for part in parts)


def _comparison(fields: Fields) -> Matches | None:
    names = [name for name in fields.value if name in OPERATORS]
    if len(names) != 1:
        start = "There should only be" if names else "This object should have"
        listed = ", ".join(names or sorted(OPERATORS))
        fields.findings.schema(f"{start} one of the following fields: [{listed}]", fields.location)
        return None
    name = names[0]
    variable = _reference(fields, "Variable")
    if name.endswith("Path"):
        operand = _reference(fields, name)
        if variable is None or operand is None:
            return None
        return _compare_paths(variable, operand, COMPARISONS[name.removesuffix("Path")])
    if name.startswith("Timestamp"):
        fields.timestamp(name)
    return None if variable is None else _compare_literal(variable, name, fields.value[name])


def _reference(fields: Fields, name: str) -> Path | None:
    text = fields.value[name]
    if not text.startswith("$"):
        fields.findings.schema(f"{NOT_A_REFERENCE}: Reference path didn't start with '$'", fields.at(name))
        return None
    try:
        path = compile_path(text)
    except PathSyntaxError as error:
        fields.findings.schema(f"{NOT_A_REFERENCE}: {error}", fields.at(name))
        return None
    if not path.definite:
        fields.findings.schema(NOT_A_REFERENCE, fields.at(name))
        return None
    fields.refers(path)
    return path


def _compare_literal(variable: Path, name: str, literal: Any) -> Matches:
    if name == "IsPresent":
        return _presence(variable, literal)
    if name in TYPE_TESTS:
        test = TYPE_TESTS[name]
        return lambda scope: test(_find(variable, scope)) == literal
    if name == "StringMatches":
        matcher = text_matcher(literal)

        def matches(scope: Scope) -> bool:
            value = _find(variable, scope)
            return isinstance(value, str) and matcher(value)

        return matches
    comparison = COMPARISONS[name]
    wanted = comparison.read(literal)

    def compare(scope: Scope) -> bool:
        value = comparison.read(_find(variable, scope))
        return value is not None and comparison.compare(value, wanted)

    return compare


def _compare_paths(variable: Path, operand: Path, comparison: Comparison) -> Matches:
    def compare(scope: Scope) -> bool:
        value = comparison.read(_find(variable, scope))
        wanted = comparison.read(_find(operand, scope))
        return value is not None and wanted is not None and comparison.compare(value, wanted)

    return compare


def _presence(variable: Path, wanted: bool) -> Matches:
    def matches(scope: Scope) -> bool:
        try:
            variable.find(scope)
        except PathNotFound:
            return not wanted
        return wanted

    return matches


def _find(path: Path, scope: Scope) -> Any:
    try:
        return path.find(scope)
    except PathNotFound:
        cause = f"Invalid path '{path.text}': The choice state's condition path references an invalid value."
        raise StateError("States.Runtime", cause) from None
