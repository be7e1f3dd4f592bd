"""What the command line prints with: consoles, JSON, errors, times.

On a terminal output is coloured and as wide as the terminal; into a pipe or a file it is plain and unwrapped, so that
it can be read by programs and compared by tests. Results go to stdout, everything else to stderr.
"""

import codecs
import io
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from engine import jsontext

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 160


class CliError(click.ClickException):
    """A failure that the user reads as `Error: ...`; exit 1."""

    exit_code = 1


class UsageError(click.ClickException):
    """A wrong argument, file or definition; exit 2."""

    exit_code = 2


def console(stderr: bool = False) -> "Console":
    """Rich's console on stdout (or stderr) as it is now; plain where that is no terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Console(file=stream, highlight=False)
    return Console(file=stream, highlight=False, width=PLAIN_WIDTH, color_system=None, soft_wrap=True)


def print_json(value: Any) -> None:
    """Indented JSON on stdout, for programs and for people."""
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=not _writes_everything()))


def write_everything() -> None:
    """Make stdout and stderr take every character. What only has ASCII gets UTF-8, as from click's echo; of another
    encoding what it lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if codecs.lookup(stream.encoding).name == "ascii":
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="backslashreplace")


def _writes_everything() -> bool:
    return codecs.lookup(sys.stdout.encoding or "utf-8").name == "utf-8"


def print_value(text: str | None) -> None:
    """A JSON text as indented JSON; as it is where it is none."""
    if text is None:
        return
    try:
        print_json(jsontext.loads(text))
    except jsontext.JsonError:
        click.echo(text)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal, aligned columns in a pipe. Cells are plain text."""
    if sys.stdout.isatty():
        _print_rich_table(columns, rows)
        return
    widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]
    for row in (columns, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _print_rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=STATUS_STYLES.get(cell, "")) for cell in row))
    console().print(table)


STATUS_STYLES = {
    "RUNNING": "cyan",
    "SUCCEEDED": "green",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "ABORTED": "yellow",
}


def utc_time(epoch_seconds: float) -> str:
    """`2026-11-22 13:12:00 UTC`."""
    return f"{datetime.fromtimestamp(epoch_seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def duration(seconds: float) -> str:
    """`0.123 s`, `4.5 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds < 1:
        return f"{seconds:.3f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"
