"""`statewright db`: look after the database without a server."""

from pathlib import Path

import click

from engine.cli.output import CliError, console
from engine.cli.settings import config_option, load


@click.group(short_help="Look after the database.")
def db() -> None:
    """Look after the database of a server."""


@db.command(short_help="Bring the database to this version's schema.")
@click.option(
    "--db", "url", metavar="URL", help="sqlite:///FILE or postgresql://USER@HOST/DATABASE; else as configured."
)
@config_option
def upgrade(url: str | None, config: Path | None) -> None:
    """Bring the database to this version's schema; create it where it is empty.

    `serve` does the same when it starts.
    """
    settings = load(config, {"db": url})
    from engine.http.compose import installed_integrations
    from engine.store.components import Component
    from engine.store.database import open_database
    from engine.store.errors import StoreError
    from engine.store.upgrade import upgrade as bring_up

    try:
        added = [Component(found.service, found.migrations) for found in installed_integrations() if found.migrations]
        with open_database(settings.db) as database:
            done = bring_up(database, added)
    except StoreError as error:
        raise CliError(str(error)) from None
    if done.before == done.after:
        console(stderr=True).print(f"The database is up to date (revision {done.after}).")
    else:
        console(stderr=True).print(f"The database is now at revision {done.after} (before: {done.before or 'empty'}).")
