"""What the comparisons of filter patterns mean: of texts with `*` at their ends, and of numbers. Pure.

404     a number, and the text that reads so            "404"     the text alone
4*      what begins so          *html     what ends so          *html*     what holds it          *     anything
"""

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, ">": gt, "<=": le, ">=": ge}
EQUALITIES = ("=", "!=")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")


def number(text: str) -> float | None:
    """The number that a text reads as; None where it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def unescaped(quoted: str) -> str:
    """A text in double quotes, of which a backslash takes the next character as it is."""
    return _ESCAPED.sub(r"\1", quoted)


def text_matches(wanted: str, found: str) -> bool:
    if wanted == "*":
        return True
    before, after = wanted.startswith("*"), len(wanted) > 1 and wanted.endswith("*")
    core = wanted[1 if before else 0 : -1 if after else None]
    if before and after:
        return core in found
    if before:
        return found.endswith(core)
    return found.startswith(core) if after else found == wanted
