"""Draws a definition as Mermaid text: a flowchart, which unlike Mermaid's state diagram can dash its edges.

Choice edges carry their rules, Catch edges are dashed and carry the error names; the branches of a Parallel and the
processor of a Map are subgraphs. Works on the JSON of a definition, sound or not: what cannot be drawn is left out.
"""

from collections.abc import Iterator
from typing import Any

from engine import jsontext, limits

_LABEL_CHARS_MAX = 60
_RULE_DEPTH_MAX = 10
_ESCAPES = str.maketrans({'"': "#quot;", "<": "#lt;", ">": "#gt;", "\n": " ", "\r": " ", "#": "#35;", "`": "#96;"})
_SHAPES = {"Choice": ('{"', '"}'), "Succeed": ('(["', '"])'), "Fail": ('(["', '"])'), "Wait": ('(["', '"])')}
_BOX = ('["', '"]')


def mermaid(definition: Any) -> str:
    """Mermaid flowchart text of a definition's JSON value."""
    return "\n".join(["flowchart TD", *_Drawing().flow(definition, 1)]) + "\n"


class _Drawing:
    """Numbers the nodes: names of states may hold anything, ids in Mermaid may not."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def flow(self, flow: Any, depth: int) -> Iterator[str]:
        states = flow.get("States") if isinstance(flow, dict) else None
        if not isinstance(states, dict) or depth > limits.DEFINITION_DEPTH_MAX:
            return
        ids = {name: self._id() for name in states}
        indent = "    " * depth
        start, end = self._id(), self._id()
        drawn = {name: state for name, state in states.items() if isinstance(state, dict)}
        for name, state in drawn.items():
            yield from self._state(name, state, ids[name], depth)
        if isinstance(flow.get("StartAt"), str) and flow["StartAt"] in ids:
            yield f'{indent}{start}(("start")) --> {ids[flow["StartAt"]]}'
        for name, state in drawn.items():
            yield from _edges(state, ids[name], ids, end, indent)

    def _id(self) -> str:
        self._count += 1
        return f"s{self._count}"

    def _state(self, name: str, state: dict[str, Any], node: str, depth: int) -> Iterator[str]:
        indent = "    " * depth
        inner = list(_inner_flows(state))
        if not inner:
            opening, closing = _SHAPES.get(str(state.get("Type")), _BOX)
            yield f"{indent}{node}{opening}{_escape(name)}{closing}"
            return
        yield f'{indent}subgraph {node}["{_escape(name)}"]'
        for title, flow in inner:
            yield f'{indent}    subgraph {self._id()}["{_escape(title)}"]'
            yield from self.flow(flow, depth + 2)
            yield f"{indent}    end"
        yield f"{indent}end"


def _inner_flows(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    branches = state.get("Branches")
    for index, branch in enumerate(branches if isinstance(branches, list) else ()):
        yield f"branch {index + 1}", branch
    for name in ("ItemProcessor", "Iterator"):
        if name in state:
            yield "for each item", state[name]


def _edges(state: dict[str, Any], node: str, ids: dict[str, str], end: str, indent: str) -> Iterator[str]:
    for arrow, label, target in _targets(state):
        if target in ids:
            text = f'|"{_escape(label)}"|' if label else ""
            yield f"{indent}{node} {arrow}{text} {ids[target]}"
    if state.get("End") is True or state.get("Type") in ("Succeed", "Fail"):
        yield f'{indent}{node} --> {end}(("end"))'


def _targets(state: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(arrow, label, target) of each transition."""
    if isinstance(state.get("Next"), str):
        yield "-->", "", state["Next"]
    for rule in _objects(state.get("Choices")):
        yield "-->", describe_rule(rule), str(rule.get("Next"))
    if isinstance(state.get("Default"), str):
        yield "-->", "default", state["Default"]
    for catcher in _objects(state.get("Catch")):
        names = catcher.get("ErrorEquals")
        yield "-.->", ", ".join(map(str, names)) if isinstance(names, list) else "", str(catcher.get("Next"))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    yield from (entry for entry in (value if isinstance(value, list) else ()) if isinstance(entry, dict))


def describe_rule(rule: dict[str, Any], depth: int = 1) -> str:
    """A Choice rule in short: `$.total NumericGreaterThan 100 and not ($.vip IsPresent true)`, or its Condition."""
    if depth > _RULE_DEPTH_MAX:
        return "..."
    for name, word in (("And", " and "), ("Or", " or ")):
        if name in rule:
            return word.join(f"({describe_rule(part, depth + 1)})" for part in _objects(rule[name]))
    if isinstance(rule.get("Not"), dict):
        return f"not ({describe_rule(rule['Not'], depth + 1)})"
    if "Condition" in rule:
        return _condition(rule["Condition"])
    variable = str(rule.get("Variable", ""))
    compared = [f"{name} {jsontext.dumps(value)}" for name, value in rule.items() if name not in _NOT_OPERATORS]
    return " ".join([variable, *compared])


_NOT_OPERATORS = ("Variable", "Next", "Comment", "Assign", "Output")


def _condition(condition: Any) -> str:
    """A Condition of JSONata as it stands within its `{% %}`."""
    if isinstance(condition, str):
        return condition.removeprefix("{%").removesuffix("%}").strip()
    return jsontext.dumps(condition)


def _escape(text: str) -> str:
    short = text if len(text) <= _LABEL_CHARS_MAX else text[: _LABEL_CHARS_MAX - 1] + "…"
    return short.translate(_ESCAPES)
