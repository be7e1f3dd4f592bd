"""How one value of the settings is read, whatever source it comes from, and how tables of them are.

A value that is not what its kind expects becomes a problem, a text with its place; nothing here raises, so that all
problems of a file are found at once.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` takes a value as TOML types it and raises ValueError; `parse` makes such a value of a variable's text.

    `secret`: what was given is not repeated in a problem.
    """

    expected: str
    read: Callable[[Any], Any]
    parse: Callable[[str], Any] = str
    secret: bool = False


def read_table(
    table: Mapping[str, Any],
    kinds: Mapping[str, Kind],
    prefix: str,
    problems: list[str],
    also_known: Iterable[str] = (),
) -> dict[str, Any]:
    """The values of a table by key; unknown keys and wrong values are added to `problems`."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key in kinds:
            read_value(kinds[key], value, prefix + key, values, key, problems)
        else:
            problems.append(f"{prefix}{key}: unknown key{hint(key, [*kinds, *also_known])}")
    return values


def read_value(kind: Kind, value: Any, place: str, values: dict[str, Any], key: str, problems: list[str]) -> None:
    """Set `values[key]` to what `value` means, or add a problem."""
    try:
        values[key] = kind.read(value)
    except ValueError:
        given = "" if kind.secret else f", not {value!r}"
        problems.append(f"{place}: expected {kind.expected}{given}")


def hint(key: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown key: the nearest known one, if one is near."""
    nearest = difflib.get_close_matches(key, list(known), n=1)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def refuse_unless(valid: bool) -> None:
    """Raise the ValueError of a Kind's reader."""
    if not valid:
        raise ValueError


def text(pattern: str) -> Callable[[Any], str]:
    """A reader of texts that match the whole pattern."""
    compiled = re.compile(pattern)

    def read(value: Any) -> str:
        refuse_unless(isinstance(value, str) and compiled.fullmatch(value) is not None)
        return str(value)

    return read


def whole(low: int, high: int) -> Kind:
    """A whole number within bounds."""

    def read(value: Any) -> int:
        refuse_unless(type(value) is int and low <= value <= high)
        return int(value)

    return Kind(f"a whole number from {low} to {high}", read, _parse_whole)


def number_up_to(high: int) -> Kind:
    """A number over 0."""

    def read(value: Any) -> float:
        refuse_unless(type(value) in (int, float) and 0 < value <= high)
        return float(value)

    return Kind(f"a number over 0, at most {high}", read)


def _read_boolean(value: Any) -> bool:
    refuse_unless(isinstance(value, bool))
    return bool(value)


def _parse_boolean(given: str) -> Any:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(given.lower(), given)


def _parse_whole(given: str) -> Any:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else given


BOOLEAN = Kind("true or false", _read_boolean, _parse_boolean)
SECRET = Kind("the name or ARN of a secret", text(r"[A-Za-z0-9/_+=.@!:\-]{1,2048}"))
