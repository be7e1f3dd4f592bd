"""Objects: `{key: value, ...}` as a constructor, and behind a value, where items with the same key share a member."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.frame import Frame
from engine.query.jsonata.nodes import Pairs
from engine.query.jsonata.values import UNDEFINED, Evaluate, Seq, Tuples

if TYPE_CHECKING:
    from engine.query.jsonata.compiler import Compiler

_ITEM = "@"
Grouping = Callable[[Any, Frame], dict[str, Any]]
_Groups = dict[str, tuple[int, list[Any]]]  # key -> (which pair gave it, the items)


def grouping(compiler: "Compiler", pairs: Pairs, depth: int) -> Grouping:
    compiled = [(compiler.compile(key, depth), compiler.compile(value, depth)) for key, value in pairs]
    work = sum(key.size + value.size + 1 for key, value in pairs)
    names = [key.value for key, _ in pairs if key.kind == "string" and not key.predicates and key.group is None]
    fixed = None
    if len(names) == len(set(names)) == len(pairs):
        fixed = [(name, value) for name, (_, value) in zip(names, compiled, strict=True)]

    def group(value: Any, frame: Frame) -> dict[str, Any]:
        if fixed is not None and not isinstance(value, list):
            return _constructed(fixed, value, frame)
        items = value if isinstance(value, list) and value else [UNDEFINED if isinstance(value, list) else value]
        frame.run.spend(len(items) * work)
        tuples = type(items) is Tuples
        groups = _collected(compiled, items, tuples, frame)
        made: dict[str, Any] = {}
        frame.run.hold_items(2 * len(groups))
        for key, (at, members) in groups.items():
            member = _evaluated(compiled[at][1], members, tuples, frame)
            if member is not UNDEFINED:
                made[key] = list(member) if isinstance(member, Seq) else member
        return made

    return group


def _constructed(members: list[tuple[str, Evaluate]], item: Any, frame: Frame) -> dict[str, Any]:
    """An object whose keys are written out, over one item: what most objects are."""
    frame.run.spend(len(members))
    frame.run.hold_items(2 * len(members))
    made: dict[str, Any] = {}
    for name, value_of in members:
        member = value_of(item, frame)
        if member is not UNDEFINED:
            made[name] = list(member) if isinstance(member, Seq) else member
    return made


def _collected(compiled: list[tuple[Evaluate, Evaluate]], items: Any, tuples: bool, frame: Frame) -> _Groups:
    groups: _Groups = {}
    for item in items:
        context, inner = (item[_ITEM], frame.over(item)) if tuples else (item, frame)
        for at, (key_of, _) in enumerate(compiled):
            key = key_of(context, inner)
            if key is UNDEFINED:
                continue
            if type(key) is not str:
                raise JsonataError("T1003", value=key)
            entry = groups.get(key)
            if entry is None:
                groups[key] = (at, [item])
            elif entry[0] != at:
                raise JsonataError("D1009", value=key)
            else:
                entry[1].append(item)
    return groups


def _evaluated(value_of: Evaluate, members: list[Any], tuples: bool, frame: Frame) -> Any:
    if not tuples:
        return value_of(_joined(members, frame), frame)
    names = dict(members[0]) if len(members) == 1 else _merged(members, frame)
    context = names.pop(_ITEM)
    return value_of(context, frame.over(names))


def _joined(members: list[Any], frame: Frame) -> Any:
    """One item is the context itself, several are an array of them (arrays among them joined)."""
    if len(members) == 1:
        return members[0]
    joined: list[Any] = []
    for member in members:
        if isinstance(member, list):
            frame.run.fit_items(len(joined) + len(member))
            joined.extend(member)
        elif member is not UNDEFINED:
            joined.append(member)
    return joined


def _merged(tuples: list[Any], frame: Frame) -> dict[str, Any]:
    """One tuple of several: each name has all its values."""
    frame.run.spend(len(tuples) * len(tuples[0]))
    return {name: _joined([each.get(name, UNDEFINED) for each in tuples], frame) for name in tuples[0]}
