"""Functions that an expression makes: patterns, partial applications, chains and transformers."""

from collections.abc import Iterator
from typing import Any

from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.frame import Frame, Run
from engine.query.jsonata.regex import Found, Regex
from engine.query.jsonata.signature import Signature
from engine.query.jsonata.values import FUNCTIONS, UNDEFINED, Evaluate, Native, arity, is_number

_TRANSFORMED = Signature("<(oa):o>")


def pattern(regex: Regex) -> Native:
    """A regular expression is a function from a text to its first match; that one's `next` gives the following."""

    def matcher(call: Call, text: Any = UNDEFINED, start: Any = 0) -> Any:
        if type(text) is not str:
            return UNDEFINED
        found = regex.search(text, start if type(start) is int and start >= 0 else 0, call.run.spend)
        return UNDEFINED if found is None else _match(regex, text, found)

    return Native(matcher, 1, pattern=regex)


def _match(regex: Regex, text: str, found: Found) -> dict[str, Any]:
    def following(call: Call) -> Any:
        if found.end >= len(text):
            return UNDEFINED
        then = regex.search(text, found.end, call.run.spend)
        if then is None:
            return UNDEFINED
        if then.match == "":
            raise JsonataError("D1004")
        return _match(regex, text, then)

    groups = [UNDEFINED if group is None else group for group in found.groups]
    return {
        "match": found.match,
        "start": found.start,
        "end": found.end,
        "groups": groups,
        "next": Native(following, 0),
    }


def matches(call: Call, matcher: Any, text: str) -> Iterator[Found]:
    """The matches of a text, one after the other. Raises JsonataError T1010 where a function is no matcher."""
    if type(matcher) is Native and matcher.pattern is not None:
        yield from _pattern_matches(matcher.pattern, text, call.run)
        return
    found = call.apply(matcher, [text])
    while found is not UNDEFINED:
        if not isinstance(found, dict) or not _has_shape(found):
            raise JsonataError("T1010")
        groups = [None if group is UNDEFINED else group for group in found["groups"]]
        yield Found(str(found["match"]), int(found["start"]), int(found["end"]), groups)
        found = call.apply(found["next"], [])


def _pattern_matches(regex: Regex, text: str, run: Run) -> Iterator[Found]:
    found = regex.search(text, 0, run.spend)
    while found is not None:
        run.spend(1)
        yield found
        if found.end >= len(text):
            return
        found = regex.search(text, found.end, run.spend)
        if found is not None and found.match == "":
            raise JsonataError("D1004")


def _has_shape(found: dict[str, Any]) -> bool:
    return (
        type(found.get("match")) is str
        and is_number(found.get("start"))
        and is_number(found.get("end"))
        and isinstance(found.get("groups"), list)
        and type(found.get("next")) in FUNCTIONS
    )


def without_holes(function: Any, args: list[Any], holes: list[int]) -> Native:
    """`$f(1, ?)`: a function of what is left open."""

    def partial(call: Call, *given: Any) -> Any:
        filled = list(args)
        for hole, value in zip(holes, given, strict=False):
            filled[hole] = value
        return call.apply(function, filled)

    return Native(partial, len(holes))


def chain(first: Any, second: Any) -> Native:
    """`$f ~> $g`: first `$f`, then `$g`."""

    def chained(call: Call, *given: Any) -> Any:
        return call.apply(second, [call.apply(first, list(given[: max(arity(first), 1)]))])

    return Native(chained, 1)


def clone(value: Any, run: Run, owned: set[int] | None = None) -> Any:
    """A deep copy; `owned` collects the identities of the objects made."""
    run.hold_items(run.visit(value))
    run.visit(value)  # copying takes twice as long as looking
    result: list[Any] = [value]
    waiting: list[tuple[Any, Any]] = [(result, 0)]
    while waiting:
        holder, key = waiting.pop()
        each = holder[key]
        if type(each) is dict:
            holder[key] = copy = dict(each)
            waiting += [(copy, name) for name in copy]
            if owned is not None:
                owned.add(id(copy))
        elif isinstance(each, list):
            holder[key] = items = list(each)
            waiting += [(items, at) for at in range(len(items))]
        elif type(each) in FUNCTIONS:
            holder[key] = ""
    return result[0]


def transformer(frame: Frame, matches_of: Evaluate, update_of: Evaluate, delete_of: Evaluate | None) -> Native:
    """`| pattern | update, delete |`: a copy of an object, changed where the pattern matches."""

    def transform(call: Call, value: Any = UNDEFINED) -> Any:
        if value is UNDEFINED:
            return UNDEFINED
        own_clone = frame.lookup("clone")
        if own_clone is not UNDEFINED:
            if type(own_clone) not in FUNCTIONS:
                raise JsonataError("T2013")
            value = call.apply(own_clone, [value])
        owned: set[int] = set()
        copy = clone(value, call.run, owned)
        found = matches_of(copy, frame)
        for match in found if isinstance(found, list) else [found] if found is not UNDEFINED else []:
            _update(match, update_of(match, frame), owned, call.run)
            if delete_of is not None:
                _delete(match, delete_of(match, frame), owned)
        return copy

    return Native(transform, 1, _TRANSFORMED)


def _update(match: Any, update: Any, owned: set[int], run: Run) -> None:
    if update is UNDEFINED:
        return
    if type(update) is not dict:
        raise JsonataError("T2011", value=update)
    if id(match) in owned:
        match.update(clone(update, run))  # a copy, as it may hold the match itself


def _delete(match: Any, names: Any, owned: set[int]) -> None:
    if names is UNDEFINED:
        return
    listed = names if isinstance(names, list) else [names]
    if not all(type(name) is str for name in listed):
        raise JsonataError("T2012", value=names)
    if id(match) in owned:
        for name in listed:
            match.pop(name, None)
