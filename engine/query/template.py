"""Payload templates (Parameters, ResultSelector, ItemSelector, ...) and fields of one expression (ErrorPath, ...).

A key that ends in `.$` has a path or an intrinsic function call as its value, and loses the ending; all else stands for
itself. What is constant is never copied: it is handed out as it was compiled, as values are immutable by convention.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine import limits
from engine.errors import StateError
from engine.query.intrinsic_parser import IntrinsicSyntaxError, compile_intrinsic
from engine.query.path import NULL_INPUT, Path, PathNotFound, PathSyntaxError, compile_path
from engine.query.scope import Scope

Render = Callable[[Scope], Any]


class Problem(NamedTuple):
    """What is wrong in a template: where, as a JSON pointer below the template, AWS's message, and our reason."""

    pointer: str
    message: str
    detail: str


class TemplateSyntaxError(ValueError):
    """A template that cannot be compiled; `problems` are all that it has."""

    def __init__(self, problems: list[Problem]):
        super().__init__("; ".join(f"{problem.message}: {problem.detail}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Template:
    """`render(scope)` gives the value. It raises StateError where a path leads nowhere or a function fails.

    `variables`: the names of all that its expressions refer to.
    """

    constant: bool
    render: Render = field(compare=False, repr=False)
    variables: frozenset[str] = frozenset()


def compile_template(value: Any) -> Template:
    """Raises TemplateSyntaxError."""
    problems: list[Problem] = []
    compiled = _compile(value, "", problems, 0)
    if problems:
        raise TemplateSyntaxError(problems)
    return compiled


def compile_value(text: Any, name: str | None = None) -> Template:
    """One path or intrinsic function call, the value of the field `name`. Raises TemplateSyntaxError.

    Without a name, a path that leads nowhere fails in the words that InputPath has for it.
    """
    problems: list[Problem] = []
    compiled = _expression(text, name, "", problems)
    if compiled is None:
        raise TemplateSyntaxError(problems)
    return compiled


def _compile(value: Any, pointer: str, problems: list[Problem], depth: int) -> Template:
    if depth > limits.EXPRESSION_DEPTH_MAX:
        problems.append(Problem(pointer, f"A payload template nests at most {limits.EXPRESSION_DEPTH_MAX} deep", ""))
    elif isinstance(value, dict):
        return _compile_object(value, pointer, problems, depth)
    elif isinstance(value, list):
        return _compile_array(value, pointer, problems, depth)
    return _constant(value)


def _constant(value: Any) -> Template:
    return Template(True, lambda scope: value)


def _compile_object(value: dict[str, Any], pointer: str, problems: list[Problem], depth: int) -> Template:
    members: list[tuple[str, Template]] = []
    constant = True
    for key, member in value.items():
        name = key.removesuffix(".$")
        if name == key:
            compiled = _compile(member, f"{pointer}/{_escaped(key)}", problems, depth + 1)
            constant = constant and compiled.constant
            members.append((name, compiled))
            continue
        constant = False
        if name in value:
            problems.append(Problem(pointer, f"The fields '{name}' and '{key}' give the same name twice", ""))
        expression = _expression(member, key, pointer, problems)
        if expression is not None:
            members.append((name, expression))
    if constant:
        return _constant(value)
    renders = [(name, each.render) for name, each in members]
    variables = _all_variables(each for _, each in members)
    return Template(False, lambda scope: {name: render(scope) for name, render in renders}, variables)


def _compile_array(value: list[Any], pointer: str, problems: list[Problem], depth: int) -> Template:
    items = [_compile(item, f"{pointer}/{at}", problems, depth + 1) for at, item in enumerate(value)]
    if all(item.constant for item in items):
        return _constant(value)
    renders = [item.render for item in items]
    return Template(False, lambda scope: [render(scope) for render in renders], _all_variables(items))


def _all_variables(parts: Iterable[Template]) -> frozenset[str]:
    return frozenset().union(*(part.variables for part in parts))


def _expression(text: Any, key: str | None, pointer: str, problems: list[Problem]) -> Template | None:
    """None, with a problem noted at the object that has the field (as AWS does), when it is neither path nor call."""
    try:
        if not isinstance(text, str):
            raise PathSyntaxError("it is not a string")
        if text.lstrip().startswith("$"):
            path = compile_path(text)
            return Template(False, _path_render(path, key), _names(path.variable))
        intrinsic = compile_intrinsic(text)
        return Template(False, intrinsic.evaluate, intrinsic.variables)
    except (PathSyntaxError, IntrinsicSyntaxError) as error:
        subject = "The value" if key is None else f"The value for the field '{key}'"
        message = f"{subject} must be a valid JSONPath or a valid intrinsic function call"
        problems.append(Problem(pointer, message, str(error)))
        return None


def _names(variable: str | None) -> frozenset[str]:
    return frozenset() if variable is None else frozenset((variable,))


def _path_render(path: Path, key: str | None) -> Render:
    find = path.find
    into_data = path.root == "$"

    def render(scope: Scope) -> Any:
        if into_data and scope.data is None:
            # Even for `$` itself: users of AWS show it of Parameters after a function that returned null.
            raise StateError("States.Runtime", NULL_INPUT)
        try:
            return scope.charge(find(scope))
        except PathNotFound as error:
            if error.missing_index:  # AWS: an index beyond its array is null here, and only here
                return None
            if key is None:
                raise StateError("States.Runtime", path.invalid_path_cause(error.detail)) from None
            cause = f"The JSONPath '{path.text}' specified for the field '{key}' could not be found in the input"
            raise StateError("States.Runtime", f"{cause} '{scope.shown(path.root)}'") from None

    return render


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
