"""`[functions.NAME]`: what a Lambda function of that name is on this machine.

A function has exactly one target, and no setting that means nothing for its target.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine import limits
from engine.config.values import BOOLEAN, SECRET, Kind, number_up_to, read_table, refuse_unless, text, whole

_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_MODULE_FUNCTION = re.compile(r"(?P<module>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<function>[^\W\d]\w*)")


@dataclass(frozen=True, slots=True)
class HandlerTarget:
    """`handler = "module:function"`: a Python function in worker processes of its own."""

    module: str
    function: str


@dataclass(frozen=True, slots=True)
class CommandTarget:
    """`command = ["prog", "argument"]`: a process for each call, JSON on its stdin and stdout."""

    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UrlTarget:
    """`url = "http://..."`: the invocation path of a Lambda runtime interface, which is added to a URL without path."""

    url: str


FunctionTarget = HandlerTarget | CommandTarget | UrlTarget


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """`directory` is absolute: the working folder of processes, and the first place where a handler is looked for.

    `workers`: processes at most (calls under way, of a url). `at_most_once`: a call that was under way when the server
    died fails its Task instead of being made again. `secret`: the name or ARN of a secret that each call is given.
    """

    target: FunctionTarget
    directory: Path
    timeout_seconds: float = limits.FUNCTION_SECONDS_DEFAULT
    at_most_once: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    workers: int = limits.FUNCTION_WORKERS_DEFAULT
    secret: str | None = None


def read_functions(
    tables: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> dict[str, FunctionSettings]:
    """The functions by name; paths are relative to `folder`, the one of the file."""
    if not isinstance(tables, dict):
        problems.append(f"{where}: expected tables [functions.NAME], not {tables!r}")
        return {}
    found = {}
    for name, table in tables.items():
        place = f"{where}.{name}"
        if not _FUNCTION_NAME.fullmatch(name):
            problems.append(f"{place}: a function's name has 1 to 64 letters, digits, '-' and '_'")
        elif not isinstance(table, dict):
            problems.append(f"{place}: expected a table, not {table!r}")
        elif (settings := _read_function(table, place, folder, problems)) is not None:
            found[name] = settings
    return found


def _read_function(table: dict[str, Any], place: str, folder: Path, problems: list[str]) -> FunctionSettings | None:
    before = len(problems)
    values = read_table(table, _KEYS, place + ".", problems)
    if len(_TARGETS.keys() & table.keys()) != 1:
        problems.append(f"{place}: expected exactly one of {', '.join(_TARGETS)}")
    problems += [f"{place}.{key}: means nothing for a url" for key in _NOT_WITH_URL if {key, "url"} <= table.keys()]
    directory = (folder / values.pop("directory", ".")).resolve()
    if not directory.is_dir():
        problems.append(f"{place}.directory: there is no folder {str(directory)!r}")
    if len(problems) > before:
        return None
    target = next(values.pop(key) for key in _TARGETS if key in values)
    return FunctionSettings(target=target, directory=directory, **values)


def _read_handler(value: Any) -> HandlerTarget:
    found = _MODULE_FUNCTION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return HandlerTarget(found["module"], found["function"])


def _read_command(value: Any) -> CommandTarget:
    refuse_unless(isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value))
    refuse_unless(value[0] != "" and not any("\0" in item for item in value))
    return CommandTarget(tuple(value))


def _read_url(value: Any) -> UrlTarget:
    refuse_unless(isinstance(value, str))
    parts = urlsplit(value)
    refuse_unless(parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    return UrlTarget(value)


def _read_environment(value: Any) -> dict[str, str]:
    refuse_unless(isinstance(value, dict))
    for name, content in value.items():
        refuse_unless(name != "" and "=" not in name and isinstance(content, str) and "\0" not in name + content)
    return dict(value)


# What a function is: exactly one of these.
_TARGETS: dict[str, Kind] = {
    "handler": Kind('"module:function"', _read_handler),
    "command": Kind('a list of texts, such as ["node", "pay.js"]', _read_command),
    "url": Kind('"http://host:port" with or without a path', _read_url),
}
_KEYS: dict[str, Kind] = {
    **_TARGETS,
    "timeout_seconds": number_up_to(limits.FUNCTION_SECONDS_MAX),
    "at_most_once": BOOLEAN,
    "environment": Kind("a table of texts", _read_environment, secret=True),
    "directory": Kind("the path of a folder", text(r"[^\0]+")),
    "workers": whole(1, limits.FUNCTION_WORKERS_MAX),
    "secret": SECRET,
}
_NOT_WITH_URL = ("environment", "directory", "secret")  # what a process has and a url has not
