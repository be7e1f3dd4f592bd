"""Compiled payload templates."""

from typing import Any

from engine.query.scope import Scope


class Template:
    """A compiled template."""

    __slots__ = ("constant",)

    constant: bool

    def render(self, scope: Scope) -> Any:
        raise NotImplementedError


def compile_template(value: Any) -> Template:
    raise NotImplementedError


def compile_value(text: str) -> Template:
    raise NotImplementedError
