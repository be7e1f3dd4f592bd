r"""What the comparisons of filter patterns mean: of texts with `*` at their ends, and of numbers. Pure.

%4\d\d% what holds what the regular expression describes (engine.regex)
404     a number, and the text that reads so            "404"     the text alone
4*      what begins so          *html     what ends so          *html*     what holds it          *     anything
"""

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from engine import limits
from engine.regex.pattern import Pattern
from engine.regex.syntax import Dialect, PatternError
from integrations.logs.errors import invalid

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, ">": gt, "<=": le, ">=": ge}
EQUALITIES = ("=", "!=")

# "Supported regular expressions (regex) syntax" of the user guide.
DIALECT = Dialect(symbols=":_#=@/;,-", chars_max=limits.LOG_PATTERN_CHARS_MAX, hexadecimal=True)

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")


def number(text: str) -> float | None:
    """The number that a text reads as; None where it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def unescaped(quoted: str) -> str:
    """A text in double quotes, of which a backslash takes the next character as it is."""
    return _ESCAPED.sub(r"\1", quoted)


class Expressions:
    """The regular expressions of one filter pattern, of which AWS takes a few."""

    def __init__(self) -> None:
        self._left = limits.LOG_PATTERN_REGEX_MAX

    def compiled(self, text: str) -> Callable[[str], bool]:
        """What says whether a text holds what `%text%` describes. Raises InvalidParameterException."""
        if not self._left:
            raise invalid(f"Invalid filter pattern: more than {limits.LOG_PATTERN_REGEX_MAX} regular expressions")
        self._left -= 1
        try:
            return Pattern(text, DIALECT).matches
        except PatternError as error:
            # AWS's first words; ministryofjustice/modernisation-platform-environments#5137 shows them
            raise invalid(f"Invalid character(s) in term '%{text}%': the regular expression {error}") from None


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
