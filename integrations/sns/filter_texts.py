"""Conditions of a filter policy on strings: prefix, suffix, wildcard, equals-ignore-case, cidr. Pure."""

import ipaddress
from collections.abc import Callable
from typing import Any

from integrations.sns.filter_conditions import Condition, PolicyError, Test


def _on_text(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise PolicyError(f"{name} match pattern must be a string")
    return value


def affix(name: str) -> Callable[[Any], Condition]:
    """`prefix` or `suffix`, of which the letters' case may be ignored."""
    title = name.capitalize()
    holds = str.startswith if name == "prefix" else str.endswith

    def read(value: Any) -> Condition:
        if not isinstance(value, dict):
            wanted = _text(value, name)
            return Condition(_on_text(lambda text: holds(text, wanted)))
        if not value:
            raise PolicyError(f"{title} expression name not found")
        inner = next(iter(value))
        if inner != "equals-ignore-case":
            raise PolicyError(f"Unsupported {name} pattern: {inner}")
        if len(value) > 1:
            raise PolicyError("Only one key allowed in match expression")
        folded = _text(value[inner], inner).casefold()
        return Condition(_on_text(lambda text: holds(text.casefold(), folded)))

    return read


def equals_ignore_case(value: Any) -> Condition:
    folded = _text(value, "equals-ignore-case").casefold()
    return Condition(_on_text(lambda text: text.casefold() == folded))


def wildcard(value: Any) -> Condition:
    return Condition(_on_text(_wildcard_test(_text(value, "wildcard"))))


def _wildcard_test(pattern: str) -> Callable[[str], bool]:
    """Whether a text is as the pattern says; the work is linear in the text for each star."""
    parts = _wildcard_parts(pattern)
    first, last, middle = parts[0], parts[-1], parts[1:-1]
    if len(parts) == 1:
        return lambda text: text == first

    def test(text: str) -> bool:
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return test


def _wildcard_parts(pattern: str) -> list[str]:
    """The texts between the stars. Positions are counted from the quote that AWS's parser sees before the pattern."""
    parts, part, at = [], "", 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            if at + 1 == len(pattern) or pattern[at + 1] not in "*\\":
                raise PolicyError(f"Invalid escape character at pos {at + 1}")
            at += 1
            part += pattern[at]
        elif letter == "*":
            if at + 1 < len(pattern) and pattern[at + 1] == "*":
                raise PolicyError(f"Consecutive wildcard characters at pos {at + 1}")
            parts.append(part)
            part = ""
        else:
            part += letter
        at += 1
    return [*parts, part]


def cidr(value: Any) -> Condition:
    network = _network(_text(value, "prefix"))  # so AWS's compiler calls it

    def inside(text: str) -> bool:
        try:
            return ipaddress.ip_address(text) in network
        except ValueError:
            return False

    return Condition(_on_text(inside))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    address, slash, bits = text.partition("/")
    if not slash or "/" in bits:
        raise PolicyError("Malformed CIDR, one '/' required")
    if not bits.isdecimal():
        raise PolicyError("Malformed CIDR, mask bits must be an integer")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise PolicyError(f"Nonstandard IP address: {address}") from None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise PolicyError("Malformed CIDR, mask bits must not be too large for the address") from None
