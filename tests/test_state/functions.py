"""What the Tasks under test call."""

from typing import Any


class Refused(Exception):
    pass


def echo(event: Any, context: Any) -> Any:
    return event


def refuse(event: Any, context: Any) -> Any:
    raise Refused("no")
