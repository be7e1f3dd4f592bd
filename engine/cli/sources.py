"""What users hand in on the command line: JSON as an argument, `@FILE` or `-`; definition files.

Everything read is bounded and is UTF-8; a wrong one is a UsageError that names it.
"""

import sys
from pathlib import Path
from typing import Any

from engine import jsontext, limits
from engine.cli.output import UsageError

FILE_BYTES_MAX = 16 * limits.DEFINITION_BYTES_MAX  # more than anything that could be valid


def read_text(path: str) -> str:
    """The text of a file, or of stdin for `-`."""
    what = "stdin" if path == "-" else path
    try:
        if path == "-":
            content = sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(f"{what}: {error.strerror or error}") from None
    if len(content) > FILE_BYTES_MAX:
        raise UsageError(f"{what}: is larger than {FILE_BYTES_MAX} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what}: is not UTF-8 text (byte {error.start})") from None


def read_json(argument: str, option: str) -> str:
    """The JSON text that an option gives: itself, `@FILE` or `-` for stdin."""
    if argument == "-":
        text, what = read_text("-"), f"{option} (stdin)"
    elif argument.startswith("@"):
        text, what = read_text(argument[1:]), f"{option} ({argument[1:]})"
    else:
        text, what = argument, option
    parse_json(text, what)
    return text


def parse_json(text: str, what: str) -> Any:
    try:
        return jsontext.loads(text)
    except jsontext.JsonError as error:
        raise UsageError(f"{what} is not JSON: {error}") from None


def display_name(path: str) -> str:
    return "<stdin>" if path == "-" else path


def machine_name(path: str) -> str:
    """The name that a definition file gives its machine: `order.asl.json` -> `order`."""
    name = "stdin" if path == "-" else Path(path).name
    for suffix in (".asl.json", ".json", ".asl"):
        if name.endswith(suffix) and name != suffix:
            return name.removesuffix(suffix)
    return name
