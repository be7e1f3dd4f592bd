"""`statewright keys`: look after the master key without a server.

The key file is replaced by renaming files, so that at every moment each key is in one of them:

    FILE.new is made -> the data keys are rewrapped -> FILE becomes FILE.ID-OF-THE-OLD-KEY -> FILE is made of FILE.new
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.output import CliError, console
from engine.cli.settings import config_option, load

if TYPE_CHECKING:
    from engine.store.database import Database
    from engine.store.master_key import MasterKey


@click.group(short_help="Look after the master key (`keys rotate`).")
def keys() -> None:
    """Look after the master key, under which what is secret stands in the database."""


@keys.command(short_help="Change the master key.")
@click.option("--db", "url", metavar="URL", help="sqlite:///FILE or postgresql://USER@HOST/DATABASE; as configured.")
@click.option(
    "--new-key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the new key is, or is to be made; needed where STATEWRIGHT_MASTER_KEY holds the old one.",
)
@config_option
def rotate(url: str | None, new_key_file: Path | None, config: Path | None) -> None:
    """Change the master key: all data keys are wrapped by a new one. The server must not be running.

    It may be stopped at any moment, and goes on when it is called again. The old key file is kept beside the new one
    under its key's id: backups made before need it.
    """
    settings = load(config, {"db": url})
    from engine.store import address
    from engine.store.database import open_database
    from engine.store.errors import StoreError
    from engine.store.upgrade import upgrade

    try:
        place = address.parse(settings.db).path
        if place is not None and not Path(place).exists():
            raise CliError(f"There is no database {place}, whose key could be changed. Check --db.")
        with open_database(settings.db) as database:
            upgrade(database)
            text, file = settings.encryption.master_key, settings.encryption.master_key_file
            if text is not None:
                told = _rotate_variable(database, text, new_key_file)
            else:
                told = _rotate_file(database, file, new_key_file)
    except StoreError as error:
        raise CliError(str(error)) from None
    console(stderr=True).print(told, highlight=False, soft_wrap=True, markup=False)


def _rotate_variable(database: "Database", text: str, new_file: Path | None) -> str:
    from engine.store.key_rotation import rotate_master
    from engine.store.master_key import VARIABLE, make_key_file, master_key, read_key_file

    if new_file is None:
        raise CliError(f"{VARIABLE} holds the old key: say with --new-key-file where the new one is, or is to be made.")
    old = master_key(text, f"the variable {VARIABLE}")
    new = read_key_file(new_file) or make_key_file(new_file)
    count = rotate_master(database, old, new)
    return (
        f"{_counted(count)} The master key is now {new.id}, in {new_file}: put it into {VARIABLE}, or name the file in "
        "[encryption] master_key_file. Keep the old one as long as backups need it."
    )


def _rotate_file(database: "Database", file: Path | None, new_file: Path | None) -> str:
    from engine.store.key_rotation import current_master, rotate_master
    from engine.store.keyring import default_place
    from engine.store.master_key import make_key_file, read_key_file

    place = file or default_place(database)
    if place is None:
        raise CliError("A throwaway database has no master key to change.")
    drafted = new_file or place.with_name(place.name + ".new")
    old, new, known = read_key_file(place), read_key_file(drafted), current_master(database)
    if new_file is None and old is not None and new is not None and old.id == new.id:
        drafted.unlink()  # left by a change that was stopped at its very end
        new = None
    if new is not None and new.id == known and (old is None or old.id != known):
        return _put_in_place(place, drafted, old, new, 0, ours=new_file is None)  # the files are left to do
    if old is None:
        raise CliError(f"There is no master key in {place}: nothing has been encrypted yet, or the file is elsewhere.")
    new = new or make_key_file(drafted)
    count = rotate_master(database, old, new)
    return _put_in_place(place, drafted, old, new, count, ours=new_file is None)


def _put_in_place(place: Path, drafted: Path, old: "MasterKey | None", new: "MasterKey", count: int, ours: bool) -> str:
    """`ours`: the drafted file was made for this, and goes."""
    from engine.store.master_key import copy_key_file

    if old is not None:
        place.replace(place.with_name(f"{place.name}.{old.id}"))
    copy_key_file(drafted, place)
    if ours:
        drafted.unlink()
    kept = "" if old is None else f" The old one is kept in {place.name}.{old.id}: remove it when no backup needs it."
    return f"{_counted(count)} The master key in {place} is now {new.id}.{kept}"


def _counted(count: int) -> str:
    return f"{count} data key{'' if count == 1 else 's'} rewrapped."
