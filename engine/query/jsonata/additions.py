"""The functions that AWS adds to the language, and those that ask the moment for time and chance.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html; `$eval` is not bound there.
"""

import hashlib
from typing import Any

from engine import jsontext
from engine.query.java import JavaRandom
from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.values import UNDEFINED, Seq, tidy, whole

_ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


def partition(call: Call, values: Any, size: Any = UNDEFINED) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    if not whole(size) or size < 1:
        raise JsonataError("D3202", value=size)
    step = int(size)
    call.run.hold_items(2 * len(values))
    call.run.spend(len(values) // step)
    return [list(values[at : at + step]) for at in range(0, len(values), step)]


def number_range(call: Call, start: Any, end: Any = UNDEFINED, step: Any = UNDEFINED) -> Any:
    """The end is included where the step lands on it. A sequence, as recorded on AWS: one number is no array."""
    if start is UNDEFINED or end is UNDEFINED:
        return UNDEFINED
    by = 1 if step is UNDEFINED else step
    if not (whole(start) and whole(end) and whole(by)) or by == 0:
        raise JsonataError("D3203")
    numbers = range(int(start), int(end) + (1 if by > 0 else -1), int(by))
    if not numbers:
        return Seq()
    count = (numbers[-1] - numbers[0]) // numbers.step + 1  # len() stops at 63 bits
    call.run.hold_items(count)
    call.run.spend(count >> 5)
    return Seq(numbers)


def hashed(text: Any, algorithm: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    name = _ALGORITHMS.get(algorithm) if type(algorithm) is str else None
    if name is None:
        raise JsonataError("D3204", value=algorithm)
    return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def random(call: Call, seed: Any = UNDEFINED) -> float:
    """With a seed, the first double of java.util.Random."""
    return call.run.moment.random() if seed is UNDEFINED else JavaRandom(int(seed)).next_double()


def uuid(call: Call) -> str:
    return call.run.moment.uuid()


def parse(call: Call, text: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    call.run.spend(len(text) >> 4)
    try:
        value = jsontext.loads(text)
    except jsontext.JsonError:
        raise JsonataError("D3201", value=text) from None
    call.run.hold_items(call.run.visit(value))
    return value


def millis(call: Call) -> int | float:
    return tidy(call.run.moment.epoch_ms)
