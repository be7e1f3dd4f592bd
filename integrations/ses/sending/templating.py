"""Templates: the documented subset of Handlebars, read once and rendered. Pure.

    {{name}} {{user.name}} {{this}} {{@index}} {{#each list}}..{{/each}} {{#if value}}..{{else}}..{{/if}}

Nothing is escaped. A name that the data lacks is an error, but as the condition of an `if`, where it is false. What one
rendering makes is bounded by limits.SES_RENDERED_CHARS_MAX, and its work by limits.SES_RENDER_STEPS_MAX.
"""

import re
from dataclasses import dataclass
from typing import Any

from engine import jsontext, limits

_TAG = re.compile(r"\{\{\{?([^{}]*)\}?\}\}")
_PATH = re.compile(r"@?[\w$-]+(?:\.[\w$-]+)*")
_MISSING = object()
OPEN_TRACKER = "ses:openTracker"


class TemplateError(Exception):
    """A template that cannot be read."""


class RenderingError(Exception):
    """Data that a template cannot be rendered with. `name`: the attribute that is missing, None: it is too much."""

    def __init__(self, name: str | None):
        super().__init__(
            "The rendered template is too large" if name is None else f"Attribute '{name}' is not present in the data"
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class Variable:
    path: str


@dataclass(frozen=True, slots=True)
class Each:
    path: str
    body: tuple["Node", ...]
    otherwise: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class If:
    path: str
    body: tuple["Node", ...]
    otherwise: tuple["Node", ...]


Node = str | Variable | Each | If
_BLOCKS: dict[str, type[Each] | type[If]] = {"each": Each, "if": If}


@dataclass(slots=True)
class _Open:
    """A block that is being read."""

    kind: str
    path: str
    body: list[Node]
    otherwise: list[Node] | None = None

    @property
    def here(self) -> list[Node]:
        return self.body if self.otherwise is None else self.otherwise


def read_template(text: str) -> tuple[Node, ...]:
    """Raises TemplateError."""
    stack, at = [_Open("", "", [])], 0
    if sum(tag[1].strip() == OPEN_TRACKER for tag in _TAG.finditer(text)) > 1:
        raise TemplateError(f"{OPEN_TRACKER} stands in it more than once")
    for tag in _TAG.finditer(text):
        stack[-1].here.append(_plain(text[at : tag.start()]))
        _read_tag(tag[1].strip(), stack)
        at = tag.end()
    stack[-1].here.append(_plain(text[at:]))
    if len(stack) > 1:
        raise TemplateError(f"the block {stack[-1].kind} is not closed")
    return tuple(stack[0].body)


def _plain(text: str) -> str:
    if "{{" in text:
        raise TemplateError("a tag is not closed")
    return text


def _read_tag(tag: str, stack: list[_Open]) -> None:
    if tag.startswith("!"):
        return
    if tag.startswith("#"):
        kind, _, path = tag[1:].strip().partition(" ")
        if kind not in _BLOCKS:
            raise TemplateError(f"the block {kind[:100]} is not supported")
        if len(stack) > limits.SES_TEMPLATE_DEPTH_MAX:
            raise TemplateError("blocks are nested too deeply")
        stack.append(_Open(kind, _path(path.strip()), []))
    elif tag.startswith("/"):
        _close(tag[1:].strip(), stack)
    elif tag == "else":
        if len(stack) == 1 or stack[-1].otherwise is not None:
            raise TemplateError("else stands outside of a block")
        stack[-1].otherwise = []
    elif tag == OPEN_TRACKER:  # its place is SES's to fill, when the mail leaves
        stack[-1].here.append("{{" + OPEN_TRACKER + "}}")
    else:
        stack[-1].here.append(Variable(_path(tag)))


def _close(kind: str, stack: list[_Open]) -> None:
    if len(stack) == 1 or stack[-1].kind != kind:
        raise TemplateError(f"the block {kind[:100]} is closed and was not opened")
    found = stack.pop()
    stack[-1].here.append(_BLOCKS[kind](found.path, tuple(found.body), tuple(found.otherwise or ())))


def _path(text: str) -> str:
    if _PATH.fullmatch(text) is None:
        raise TemplateError(f"{text[:100]!r} is no name")
    return text


class _Rendering:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._chars = 0
        self._steps = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def run(self, nodes: tuple[Node, ...], scopes: list[Any]) -> None:
        for node in nodes:
            self._steps += 1
            if self._steps > limits.SES_RENDER_STEPS_MAX:
                raise RenderingError(None)
            if isinstance(node, str):
                self._put(node)
            elif isinstance(node, Variable):
                self._put(_text(_needed(node.path, scopes)))
            elif isinstance(node, If):
                self.run(node.body if _holds(_find(node.path, scopes)) else node.otherwise, scopes)
            else:
                self._each(node, scopes)

    def _each(self, node: Each, scopes: list[Any]) -> None:
        found = _needed(node.path, scopes)
        items = list(found.values()) if isinstance(found, dict) else found if isinstance(found, list) else []
        for index, item in enumerate(items):
            self.run(node.body, [*scopes, _Item(item, index)])
        if not items:
            self.run(node.otherwise, scopes)

    def _put(self, text: str) -> None:
        self._chars += len(text)
        if self._chars > limits.SES_RENDERED_CHARS_MAX:
            raise RenderingError(None)
        self._parts.append(text)


@dataclass(frozen=True, slots=True)
class _Item:
    """What `this` is within an each."""

    value: Any
    index: int


def render(nodes: tuple[Node, ...], data: dict[str, Any]) -> str:
    """Raises RenderingError."""
    rendering = _Rendering()
    rendering.run(nodes, [_Item(data, 0)])
    return rendering.text


def _needed(path: str, scopes: list[Any]) -> Any:
    found = _find(path, scopes)
    if found is _MISSING:
        raise RenderingError(path)
    return found


def _find(path: str, scopes: list[Any]) -> Any:
    """In the innermost scope; where that has no such name, in those around it."""
    first, *rest = path.split(".")
    if path == "@index":
        return scopes[-1].index if len(scopes) > 1 else _MISSING
    if first == "this":
        return _within(scopes[-1].value, rest)
    for scope in reversed(scopes):
        if isinstance(scope.value, dict) and first in scope.value:
            return _within(scope.value[first], rest)
    return _MISSING


def _within(value: Any, names: list[str]) -> Any:
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return _MISSING
        value = value[name]
    return value


def _holds(value: Any) -> bool:
    """As Handlebars has it: false, null, nothing, 0 and empty texts and lists do not hold; an empty object does."""
    return value is not _MISSING and (isinstance(value, dict) or bool(value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else jsontext.dumps(value)
