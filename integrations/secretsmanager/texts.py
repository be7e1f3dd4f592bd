"""Texts that the database cannot hold are refused at the door: NUL characters, and halves of surrogate pairs.

A secret's value may hold a NUL, for it is stored as bytes. Pure.
"""

from collections.abc import Callable, Iterator
from typing import Any

from engine.contract import Caller, Transaction
from integrations.secretsmanager.errors import invalid_parameter

Request = dict[str, Any]
Function = Callable[[Transaction, Caller, Request], Request]

VALUE = "SecretString"


def checked(function: Function) -> Function:
    """The operation, for requests whose texts can be stored."""

    def operation(tx: Transaction, caller: Caller, request: Request) -> Request:
        check_texts(request)
        return function(tx, caller, request)

    return operation


def check_texts(request: Request) -> None:
    """Raises InvalidParameterException, naming the member and not what it holds."""
    for member, content in request.items():
        for text in _texts(content):
            if not text.isascii() and not _is_unicode(text):
                raise invalid_parameter(f"The {member} is not valid Unicode text.")
            if "\0" in text and member != VALUE:
                raise invalid_parameter(f"The {member} holds a NUL character.")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for part in content.values():
            yield from _texts(part)
    elif isinstance(content, list):
        for part in content:
            yield from _texts(part)
