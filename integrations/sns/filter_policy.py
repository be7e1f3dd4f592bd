"""Filter policies: which messages a subscription gets, compiled once when the policy is set.

    {"store": ["books"], "price": [{"numeric": [">", 10]}]}          every key must match, one of its conditions each
    {"$or": [{"store": ["books"]}, {"price": [1]}], "lang": ["de"]}  one of the alternatives, and the other keys

Over MessageAttributes a policy is flat, and sees attributes of String, String.Array and Number. Over MessageBody it
follows the body's objects; an array in the body matches where one of its elements does. Pure.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from engine import jsontext, limits
from engine.jackson import describe
from integrations.sns.filter_conditions import Condition, PolicyError, Scalar
from integrations.sns.filter_operators import condition

ATTRIBUTES = "MessageAttributes"
BODY = "MessageBody"
OR = "$or"

_Match = Callable[[Mapping[str, Any]], bool]  # of an object of the body, or of all attributes' values

# What cannot be a key within `$or`, as it would read as an operator.
_RESERVED = frozenset(
    {"exactly", "prefix", "suffix", "anything-but", "numeric", "exists", "cidr", "equals-ignore-case", "wildcard"}
)


@dataclass(frozen=True, slots=True)
class FilterPolicy:
    """`matches` takes the values of the attributes by name (a list where there are many), or the body's object."""

    matches: _Match


def compile_policy(text: str, scope: str) -> FilterPolicy:
    """Raises PolicyError where AWS refuses the policy."""
    if len(text.encode()) > limits.SNS_FILTER_POLICY_BYTES_MAX:
        raise PolicyError("Filter policy is too large")
    try:
        policy = jsontext.loads(text)
    except jsontext.JsonError:
        raise PolicyError(f"failed to parse JSON. {describe(text).message}") from None
    if not isinstance(policy, dict):
        raise PolicyError("Filter is not an object")
    reader = _Reader(nested=scope == BODY)
    matches = reader.object(policy, 1) if policy else _everything
    if sum(1 for _ in _keys(policy)) > limits.SNS_FILTER_KEYS_MAX:
        raise PolicyError(f"Filter policy can not have more than {limits.SNS_FILTER_KEYS_MAX} keys")
    if combinations(policy) > limits.SNS_FILTER_COMBINATIONS_MAX:
        raise PolicyError("Filter policy is too complex")
    return FilterPolicy(matches)


def attribute_values(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a policy sees of message attributes in the shape of the API; Binary is not seen."""
    return {name: value for name, found in attributes.items() if (value := _seen(found)) is not None}


def body_value(message: str) -> Mapping[str, Any] | None:
    """The object that a policy over the body looks at; None where the message is none, and nothing matches."""
    try:
        value = jsontext.loads(message)
    except jsontext.JsonError:
        return None
    return value if isinstance(value, dict) else None


def combinations(policy: Mapping[str, Any], depth: int = 1) -> int:
    """AWS's measure of a policy: the product over its arrays of their length times the depth of their key.

    The alternatives of an `$or` are added up.
    """
    factors = []
    for key, value in policy.items():
        if key == OR and isinstance(value, list):
            factors.append(sum(combinations(alternative, depth) for alternative in value))
        elif isinstance(value, dict):
            factors.append(combinations(value, depth + 1))
        else:
            factors.append(len(value) * depth)
    return prod(factors)


def _everything(_: Mapping[str, Any]) -> bool:
    return True


def _keys(policy: Mapping[str, Any]) -> Iterator[str]:
    """The keys that count: those at the top, and those of alternatives there."""
    for key, value in policy.items():
        if key == OR:
            for alternative in value:
                yield from _keys(alternative)
        else:
            yield key


def _seen(attribute: Mapping[str, Any]) -> Any:
    """The attribute's value, or list of values."""
    base, _, label = str(attribute["DataType"]).partition(".")
    if base == "Binary":
        return None
    text = attribute["StringValue"]
    if base == "Number":
        return number(text)
    if label != "Array":
        return text
    try:
        values = jsontext.loads(text)
    except jsontext.JsonError:
        return None
    return values if isinstance(values, list) else None


def number(text: str) -> int | float:
    """Raises ValueError."""
    try:
        return int(text)
    except ValueError:
        return float(text)


@dataclass(frozen=True, slots=True)
class _Reader:
    """`nested`: keys may have objects, as the body has."""

    nested: bool

    def object(self, policy: Mapping[str, Any], depth: int, within_or: bool = False) -> _Match:
        if depth > limits.SNS_FILTER_DEPTH_MAX:
            raise PolicyError("Filter policy is nested too deeply")
        if not policy:
            raise PolicyError("Empty objects are not allowed")
        parts = [self._part(key, value, depth, within_or) for key, value in policy.items()]
        return lambda found: all(part(found) for part in parts)

    def _part(self, key: str, value: Any, depth: int, within_or: bool) -> _Match:
        if key == OR and isinstance(value, list) and all(isinstance(found, dict) for found in value):
            return self._alternatives(value, depth)
        if key == OR:
            raise PolicyError(_not_alternatives(value))
        if within_or and key in _RESERVED:
            raise PolicyError(f"{key} is Ruler reserved fieldName which cannot be used inside {OR}.")
        if isinstance(value, list):
            return self._leaf(key, value)
        if not isinstance(value, dict):
            raise PolicyError(f'"{key}" must be an object or an array')
        if not self.nested:
            raise PolicyError(f"Filter policy scope {ATTRIBUTES} does not support nested filter policy")
        inner = self.object(value, depth + 1, within_or)
        return lambda found: any(inner(child) for child in _children(found.get(key)))

    def _alternatives(self, value: list[dict[str, Any]], depth: int) -> _Match:
        if len(value) < 2:
            raise PolicyError(f"There must have at least 2 Objects in {OR} relationship.")
        parts = [self.object(alternative, depth + 1, within_or=True) for alternative in value]
        return lambda found: any(part(found) for part in parts)

    def _leaf(self, key: str, conditions: list[Any]) -> _Match:
        if not conditions:
            raise PolicyError("Empty arrays are not allowed")
        compiled = [condition(found) for found in conditions]
        return lambda found: _any_holds(compiled, list(_scalars(found[key])) if key in found else [])


def _not_alternatives(value: Any) -> str:
    if not isinstance(value, list):
        return f"It must be an Array followed with {OR}."
    return f"Only JSON object is allowed in array of {OR} relationship."


def _any_holds(conditions: list[Condition], values: list[Scalar]) -> bool:
    if not values:
        return any(found.absent for found in conditions)
    return any(not found.absent and found.test(value) for found in conditions for value in values)


def _scalars(value: Any) -> Iterator[Scalar]:
    """The values at a key; objects are no values."""
    if isinstance(value, list):
        for element in value:
            yield from _scalars(element)
    elif not isinstance(value, dict):
        yield value


def _children(value: Any) -> list[Mapping[str, Any]]:
    """The objects at a key; where there is none, one without anything, so that what must be absent is."""
    found = list(_objects(value))
    return found or [{}]


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for element in value:
            yield from _objects(element)
