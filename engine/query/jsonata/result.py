"""What leaves an evaluation: JSON, or nothing.

A number that is not finite leaves as text, as on AWS; a function, which JSON has no word for, is refused by the caller
of `finish`, who sees it as it is.
"""

import math
from typing import Any

from engine import limits
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.frame import Run
from engine.query.jsonata.json_text import number_text
from engine.query.jsonata.values import FUNCTIONS, UNDEFINED, Seq


class Unsupported(Exception):
    """The result is a function, or has one in it."""


def finish(value: Any, run: Run, built: bool) -> Any:
    """`built`: the expression makes values, and not only finds them. Raises Unsupported, and JsonataError where the
    value is too large or nests too deeply.
    """
    if built and isinstance(value, list | dict):
        run.weigh(value)
    if run.unusual:
        return _plain(value, 0)
    return list(value) if isinstance(value, Seq) else value


def _plain(value: Any, depth: int) -> Any:
    kind = type(value)
    if depth > limits.JSONATA_RESULT_DEPTH_MAX:
        raise JsonataError("D3206", value=limits.JSONATA_RESULT_DEPTH_MAX)
    if kind is dict:
        return {name: _plain(member, depth + 1) for name, member in value.items() if member is not UNDEFINED}
    if isinstance(value, list):
        return [None if item is UNDEFINED else _plain(item, depth + 1) for item in value]
    if kind is float and not math.isfinite(value):
        return number_text(value)
    if kind in FUNCTIONS:
        raise Unsupported
    return value
