"""Queries and form bodies as HTTP Tasks encode them: names and values percent-encoded, arrays in one of four ways.

| format | {"a": ["x", "y"]} |
|---|---|
| INDICES | a[0]=x&a[1]=y |
| REPEAT | a=x&a=y |
| COMMAS | a=x,y |
| BRACKETS | a[]=x&a[]=y |

Members of objects go by their path: {"a": {"b": 1}} is a[b]=1.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from engine import jsontext

ARRAY_FORMATS = ("INDICES", "REPEAT", "COMMAS", "BRACKETS")


def query_text(parameters: dict[str, Any]) -> str:
    """The query of a URL, without `?`; a list repeats its name."""
    return form_text(parameters, "REPEAT")


def form_text(value: Any, array_format: str) -> str:
    """`application/x-www-form-urlencoded`, a blank as %20 (as AWS sends it)."""
    return "&".join(f"{_escaped(name)}={text}" for name, text in _pairs(value, "", array_format))


def _pairs(value: Any, name: str, array_format: str) -> Iterator[tuple[str, str]]:
    """(name, encoded value)"""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _pairs(item, f"{name}[{key}]" if name else key, array_format)
    elif isinstance(value, list):
        yield from _array(value, name, array_format)
    elif value is None:
        yield name, ""
    else:
        yield name, _escaped(_text(value))


def _array(items: list[Any], name: str, array_format: str) -> Iterator[tuple[str, str]]:
    if array_format == "COMMAS":
        yield name, ",".join(_escaped(_text(item)) for item in items)
        return
    for position, item in enumerate(items):
        suffix = {"INDICES": f"[{position}]", "BRACKETS": "[]"}.get(array_format, "")
        yield from _pairs(item, name + suffix, array_format)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else jsontext.dumps(value)


def _escaped(text: str) -> str:
    return quote(text, safe="")
