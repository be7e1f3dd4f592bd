"""Compiled JSONPath expressions: text in, a Path that finds values out."""

from typing import Any

from engine.query.scope import Scope


class PathSyntaxError(ValueError):
    """Text that is not a path."""


class PathNotFound(Exception):  # noqa: N818
    """A definite path that leads nowhere."""

    def __init__(self, detail: str):
        super().__init__(detail)
        self.detail = detail


class Path:
    """A compiled path."""

    __slots__ = ("definite", "names", "reference", "root", "text", "whole")

    text: str
    root: str
    definite: bool
    whole: bool
    reference: bool
    names: tuple[str | int, ...]

    def find(self, scope: Scope) -> Any:
        raise NotImplementedError

    def invalid_path_cause(self, detail: str) -> str:
        return f"Invalid path '{self.text}' : {detail}"


def compile_path(text: str) -> Path:
    raise NotImplementedError
