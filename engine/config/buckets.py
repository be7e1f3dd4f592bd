"""`[buckets]`: the folder that objects of S3 are read from and written to by distributed Maps.

[buckets]
root = "data"        the object `orders/2026.csv` of the bucket `sales` is the file data/sales/orders/2026.csv
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.config.values import Kind, read_table, text


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """`root` is absolute, and a folder that was there when the settings were read."""

    root: Path


def read_buckets(
    table: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> BucketSettings | None:
    """A path is relative to `folder`, the one of the file."""
    if not isinstance(table, dict):
        problems.append(f'{where}: expected a table with root = "a folder"')
        return None
    before = len(problems)
    values = read_table(table, _KEYS, where + ".", problems)
    if "root" not in table:
        problems.append(f"{where}: root is missing")
    if len(problems) > before:
        return None
    root = (folder / values["root"]).resolve()
    if not root.is_dir():
        problems.append(f"{where}.root: there is no folder {str(root)!r}")
        return None
    return BucketSettings(root)


_KEYS: dict[str, Kind] = {"root": Kind("the path of a folder", text(r"[^\0]+"))}
