"""Fields of JSONata states: JSON in which every string `{% ... %}` is an expression.

A string counts as an expression when it begins with `{%` and ends with `%}`, without a blank around; all other values
stand for themselves, keys always do. What is constant is handed out as it was compiled, never copied.

Failures are AWS's, word for word, and carry the field: `Output/a/b[0][1]`.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from engine import limits
from engine.errors import QueryEvaluationError
from engine.jsontext import JsonError, dumps
from engine.query.jsonata import (
    UNDEFINED,
    JsonataError,
    JsonataExpression,
    JsonataSyntaxError,
    Unsupported,
    compile_jsonata,
)
from engine.query.scope import Scope
from engine.query.template import Render, Template

INVALID = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"
Expected = Literal["array", "boolean", "number", "object", "string", "integer", "array or object"]

_OPENING, _CLOSING = "{%", "%}"
_ALWAYS = frozenset({"input", "context", "*"})  # of $states; * is the whole
_SOMETIMES = frozenset({"result", "errorOutput"})  # members that not every field has
_LOCATION_CHARS_MAX = 256
_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class JsonataProblem(NamedTuple):
    """What is wrong in a field: AWS's code and message, and where below the field (`/a/b[0]`, empty for itself)."""

    code: str
    message: str
    place: str


class JsonataTemplateError(ValueError):
    """A field that cannot be compiled; `problems` are all that it has."""

    def __init__(self, problems: list[JsonataProblem]):
        super().__init__("; ".join(f"{problem.code}: {problem.message} at {problem.place}" for problem in problems))
        self.problems = problems


def is_expression(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.startswith(_OPENING)
        and value.endswith(_CLOSING)
        and len(value) >= len(_OPENING) + len(_CLOSING)
    )


def compile_jsonata_template(value: Any, field: str, *, knows: frozenset[str] = _SOMETIMES) -> Template:
    """`field` is the field as its failures name it (`Output`, `Choices[0]/Assign`).

    `knows` says which of `result` and `errorOutput` `$states` has there; naming the other is refused. Raises
    JsonataTemplateError.
    """
    problems: list[JsonataProblem] = []
    compiled = _Compiler(field, knows, problems).compile(value, "", 0)
    if problems:
        raise JsonataTemplateError(problems)
    return compiled


def compile_jsonata_value(
    value: Any, field: str, expects: Expected | None = None, *, knows: frozenset[str] = _SOMETIMES
) -> Template:
    """A field whose value has to be of a type: an expression's is checked when it is known, a constant is taken as it
    is (schemas check those). Raises JsonataTemplateError.
    """
    compiled = compile_jsonata_template(value, field, knows=knows)
    if expects is None or not is_expression(value):
        return compiled
    return Template(False, _checked(compiled.render, _inner(value), field, expects), compiled.variables)


class _Compiler:
    __slots__ = ("_field", "_knows", "_problems")

    def __init__(self, field: str, knows: frozenset[str], problems: list[JsonataProblem]):
        self._field = field
        self._knows = knows
        self._problems = problems

    def compile(self, value: Any, place: str, depth: int) -> Template:
        if depth > limits.EXPRESSION_DEPTH_MAX:
            message = f"A field nests at most {limits.EXPRESSION_DEPTH_MAX} deep"
            self._problems.append(JsonataProblem(INVALID, message, place))
        elif isinstance(value, dict):
            return self._object(value, place, depth)
        elif isinstance(value, list):
            return self._array(value, place, depth)
        elif is_expression(value):
            return self._expression(_inner(value), place)
        return Template(True, lambda scope: value)

    def _object(self, value: dict[str, Any], place: str, depth: int) -> Template:
        members = [(name, self.compile(member, f"{place}/{name}", depth + 1)) for name, member in value.items()]
        if all(member.constant for _, member in members):
            return Template(True, lambda scope: value)
        renders = [(name, member.render) for name, member in members]
        variables = frozenset[str]().union(*(member.variables for _, member in members))
        return Template(False, lambda scope: {name: render(scope) for name, render in renders}, variables)

    def _array(self, value: list[Any], place: str, depth: int) -> Template:
        items = [self.compile(item, f"{place}[{at}]", depth + 1) for at, item in enumerate(value)]
        if all(item.constant for item in items):
            return Template(True, lambda scope: value)
        renders = [item.render for item in items]
        variables = frozenset[str]().union(*(item.variables for item in items))
        return Template(False, lambda scope: [render(scope) for render in renders], variables)

    def _expression(self, text: str, place: str) -> Template:
        try:
            expression = compile_jsonata(text)
        except JsonataSyntaxError as error:
            self._problems.append(JsonataProblem(INVALID, error.message, place))
            return Template(False, lambda scope: None)
        for name in expression.top_level:
            message = f"Reference to '{name}' at the top level is not supported."
            self._problems.append(JsonataProblem(UNSUPPORTED, message, place))
        for name in sorted(expression.states - _ALWAYS - self._knows):
            self._problems.append(JsonataProblem(UNSUPPORTED, f"Field '$states.{name}' does not exist.", place))
        return Template(False, _render(expression, self._field + place), expression.variables)


def _inner(text: str) -> str:
    """The expression itself, as causes quote it."""
    return text[len(_OPENING) : -len(_CLOSING)].strip()


def _render(expression: JsonataExpression, field: str) -> Render:
    subject = _subject(expression.text, field)
    names = expression.names - {"states"}
    wants_states = "states" in expression.names
    wants_context = bool(expression.states & {"context", "*"})

    def render(scope: Scope) -> Any:
        bindings: dict[str, Any] = {}
        if names:
            variables = scope.variables
            bindings = {name: variables[name] for name in names if name in variables}
        if wants_states:
            bindings["states"] = scope.states if wants_context else scope.stated
        try:
            value = expression.evaluate(bindings, scope.moment)
        except JsonataError as error:
            ends = ": " if error.code is None else ". "
            raise _failure(f"{subject} threw an error during evaluation{ends}{error.text}", field) from None
        except Unsupported:
            raise _failure(f"{subject} returned an unsupported result type.", field) from None
        if value is UNDEFINED:
            raise _failure(f"{subject} returned nothing (undefined).", field)
        return scope.charge(value)

    return render


def _subject(text: str, field: str) -> str:
    return f"The JSONata expression '{text}' specified for the field '{field}'"


def _failure(cause: str, field: str) -> QueryEvaluationError:
    return QueryEvaluationError(cause[: limits.CAUSE_CHARS_MAX], field[:_LOCATION_CHARS_MAX])


def _checked(render: Render, text: str, field: str, expects: Expected) -> Render:
    subject = _subject(text, field)
    fits = _FITS[expects]
    wanted = expects.partition(" ")[0]  # recorded for arrays; AWS's word for either is not known

    def checked(scope: Scope) -> Any:
        value = render(scope)
        if fits(value):
            return value
        found = _NAMES[type(value)]
        raise _failure(
            f"{subject} returned an unexpected result type. Expected '{wanted}', but was '{found}' for value: "
            f"{_shown(value)}",
            field,
        )

    return checked


def _shown(value: Any) -> str:
    try:
        return dumps(value)
    except JsonError as error:
        return str(error)


def _whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


_FITS: dict[str, Callable[[Any], bool]] = {
    "array": lambda value: type(value) is list,
    "array or object": lambda value: type(value) in (list, dict),
    "boolean": lambda value: type(value) is bool,
    "number": lambda value: type(value) in (int, float),
    "integer": _whole,
    "object": lambda value: type(value) is dict,
    "string": lambda value: type(value) is str,
}
