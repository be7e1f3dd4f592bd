"""`[encryption]`: where the master key is, under which what is secret stands in the database.

[encryption]
master_key_file = "/etc/statewright/master.key"     relative to the folder of this file

STATEWRIGHT_MASTER_KEY holds the key itself, and wins; the key never stands in the file of the settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.config.values import Kind, read_table, text

MASTER_KEY = "STATEWRIGHT_MASTER_KEY"


@dataclass(frozen=True, slots=True)
class EncryptionSettings:
    """The master key as text, or the file that it is in (which is absolute); neither: where the store has it."""

    master_key: str | None = field(default=None, repr=False)
    master_key_file: Path | None = None


def read_encryption(
    table: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> EncryptionSettings:
    if not isinstance(table, dict):
        problems.append(f'{where}: expected a table with master_key_file = "PATH"')
        return EncryptionSettings()
    values = read_table(table, _KEYS, where + ".", problems)
    file = values.get("master_key_file")
    return EncryptionSettings(master_key_file=None if file is None else (folder / file).resolve())


_KEYS = {"master_key_file": Kind("the path of a file", text(r"[^\0]+"))}
