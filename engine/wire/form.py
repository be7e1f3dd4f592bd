"""Form-encoded parameters, as the Query protocols send them in a body or a query string: read, bounded, put in a tree.

    Action=Publish&TopicArn=...&MessageAttributes.entry.1.Name=a
    -> {"Action": "Publish", "TopicArn": ..., "MessageAttributes.entry.1.Name": "a"}
    -> {"Action": ..., "MessageAttributes": {"entry": {"1": {"Name": "a"}}}}

Whatever bytes come in, the answer is parameters or a ServiceError MalformedQueryString. A parameter may come in the
query string and in the body as long as both say the same: what says two things is refused rather than guessed at.
"""

import binascii
import re
from collections.abc import Mapping
from typing import Union

from engine import limits
from engine.errors import ServiceError
from engine.wire.protocol import WireRequest

Tree = dict[str, Union[str, "Tree"]]

_FORM = b"application/x-www-form-urlencoded"
_NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def request_form(request: WireRequest) -> Mapping[str, str]:
    """The parameters of a request's query string and of its form-encoded body, read once."""
    if request.form is None:
        form: dict[str, str] = {}
        if request.query:
            _read(request.query, form)
        if request.body and is_form(request):
            _read(request.body, form)
        request.form = form
    return request.form


def is_form(request: WireRequest) -> bool:
    """Whether the body is said to be a form. Old and hand-made clients say nothing: then a POST's body is one."""
    content_type = request.headers.get(b"content-type", _FORM)
    return content_type == _FORM or content_type.partition(b";")[0].strip().lower() in (_FORM, b"")


def _read(data: bytes, form: dict[str, str]) -> None:
    if data.count(b"&") >= limits.FORM_PARAMETERS_MAX:
        raise malformed(f"The request has more than {limits.FORM_PARAMETERS_MAX} parameters.")
    if b"%" in data and (broken := _NO_ESCAPE.search(data)) is not None:
        raise malformed(f"The percent sign at byte {broken.start()} begins no escape.")
    for pair in data.replace(b"+", b" ").split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            _add(form, _text(name), _text(value))


def _add(form: dict[str, str], name: str, value: str) -> None:
    if form.setdefault(name, value) != value:
        raise malformed(f"The parameter {name[: limits.FORM_NAME_SHOWN_CHARS]} is given more than once.")


def _text(raw: bytes) -> str:
    try:
        return (unescaped(raw) if b"%" in raw else raw).decode()
    except UnicodeDecodeError:
        raise malformed("The parameters are not text in UTF-8.") from None


def unescaped(raw: bytes) -> bytes:
    """Bytes without their percent escapes, all of which are whole.

    Quoted-printable is the same escape with another sign, and decoded in C: ten times as fast as urllib's loop.
    """
    return binascii.a2b_qp(raw.replace(b"=", b"=3D").replace(b"%", b"="))


def grow(form: Mapping[str, str]) -> Tree:
    """The parameters by the parts of their names. An empty parameter gives way to those below it (`Tags=` says that a
    list is empty)."""
    tree: Tree = {}
    for name, value in form.items():
        if "." not in name:
            if value or name not in tree:
                _leaf(tree, name, name, value)
            continue
        *parts, last = name.split(".", limits.FORM_NAME_PARTS_MAX)
        if "." in last:
            raise malformed(f"The name of a parameter has more than {limits.FORM_NAME_PARTS_MAX} parts.")
        _leaf(_branch(tree, parts, name), last, name, value)
    return tree


def _branch(tree: Tree, parts: list[str], name: str) -> Tree:
    for part in parts:
        below = tree.get(part)
        if below is None or below == "":
            below = tree[part] = {}
        elif isinstance(below, str):
            raise _two_kinds(name)
        tree = below
    return tree


def _leaf(tree: Tree, part: str, name: str, value: str) -> None:
    if part not in tree:
        tree[part] = value
    elif value:
        raise _two_kinds(name)


def _two_kinds(name: str) -> ServiceError:
    return malformed(f"A part of {name[: limits.FORM_NAME_SHOWN_CHARS]} is a value and a structure at once.")


def malformed(message: str) -> ServiceError:
    return ServiceError("MalformedQueryString", message)
