"""`statewright serve`: the server, in the foreground, until it is told to stop.

Prints one line for people and programs when it listens, then how to point AWS's tools at it; logs go to stderr.
"""

import gc
import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.output import CliError
from engine.cli.settings import config_option, load

if TYPE_CHECKING:
    from engine.config import Settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LOG_LEVELS = ("debug", "info", "warning", "error")


@click.command(short_help="Run the server.")
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="The port; 0 takes a free one.  [default: 4566]")
@click.option("--db", metavar="URL", help="sqlite:///FILE or postgresql://USER@HOST/DATABASE.")
@click.option("--account", metavar="ID", help="The account of callers whose access key id is none.")
@click.option("--region", metavar="NAME", help="The region of callers who name none.")
@click.option("--allow-reset", is_flag=True, default=None, help="Let POST /_statewright/reset forget everything.")
@click.option(
    "--allow-unknown-services",
    is_flag=True,
    default=None,
    help="Accept machines with integrations that are not built in; their Tasks fail when they run.",
)
@click.option(
    "--test-controls",
    is_flag=True,
    default=None,
    help="For tests: a clock that stands still until it is moved, function mocks and reset, over /_statewright/.",
)
@click.option("--stop-with-stdin", is_flag=True, help="End when stdin does: with the program that started the server.")
@click.option("--log-level", type=click.Choice(LOG_LEVELS), default="warning", show_default=True, help="What to log.")
@config_option
def serve(
    host: str | None,
    port: int | None,
    db: str | None,
    account: str | None,
    region: str | None,
    allow_reset: bool | None,
    allow_unknown_services: bool | None,
    test_controls: bool | None,
    stop_with_stdin: bool,
    log_level: str,
    config: Path | None,
) -> None:
    """Run the server: Step Functions on one port, everything durable in the database."""
    settings = load(
        config,
        {
            "host": host,
            "port": port,
            "db": db,
            "account": account,
            "region": region,
            "allow_reset": allow_reset,
            "allow_unknown_services": allow_unknown_services,
            "test_controls": test_controls,
        },
    )
    logging.basicConfig(level=log_level.upper(), format=LOG_FORMAT)
    if stop_with_stdin:
        threading.Thread(target=_end_with_stdin, name="statewright-stdin", daemon=True).start()
    _serve(settings)


def _end_with_stdin() -> None:
    """Where the starting program has ended, however, its end of the pipe is closed."""
    while os.read(0, 4_096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _serve(settings: "Settings") -> None:
    gc.disable()  # until `_settle_collector`: what is loaded now stays, and collections would find nothing
    from functools import partial

    import anyio

    from engine.http.compose import run_server
    from engine.http.server import ListenError
    from engine.store.errors import StoreError

    server = partial(run_server, settings, ready=_announcer(settings))
    try:
        anyio.run(server, backend_options={"use_uvloop": True})
    except* (StoreError, ListenError) as group:
        raise CliError("\n".join(str(error) for error in _leaves(group))) from None
    finally:
        gc.enable()


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The errors of a group, however deep."""
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _announcer(settings: "Settings") -> Callable[[int], None]:
    """Says that it listens. The first line is for programs too: the URL is its fourth word."""

    def announce(port: int) -> None:
        _settle_collector()
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{port}"
        click.echo(f"Statewright listens on {url} with {safe_database(settings.db)}")
        click.echo(f"  export AWS_ENDPOINT_URL_SFN={url} AWS_DISABLE_HOST_PREFIX_INJECTION=true")
        click.echo("  (without the second, SDKs call sync-... for StartSyncExecution, a host that nobody resolves)")

    return announce


def _settle_collector() -> None:
    """What is loaded by now stays: leave it out of every later collection, and collect less often.

    Requests make many short-lived objects and no cycles, so that most collections find nothing: a tenth of the CPU.
    Done here, where the process is the server's alone: what is frozen in a process of others never goes.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def safe_database(url: str) -> str:
    """The database without its password."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if not parts.netloc or "@" not in parts.netloc:
        return url.partition("?")[0]
    user, _, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user.partition(':')[0]}@{host}{parts.path}"
