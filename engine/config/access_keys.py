"""`[access_keys]`: who may send by SMTP, until there are users.

[access_keys]
AKIAIOSFODNN7EXAMPLE = "wJalr..."                          an access key's id and its secret key
AKIAI44QH8DHBEXAMPLE = { secret = "smtp/key" }             the secret key is the text of a secret of Secrets Manager
111122223333 = { secret_key = "...", account = "111122223333" }

Without `account` a key is of the account that its id says, where that is 12 digits, and else of the configured one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import limits
from engine.config.values import SECRET, Kind, read_table, refuse_unless, text

_ID = re.compile(r"\w{1,128}", re.ASCII)
_SECRET_KEY = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """Exactly one of `secret_key` and `secret`, the name or ARN of a secret whose text it is. `account` None: by its
    id, else the configured one."""

    secret_key: str | None = field(default=None, repr=False)
    secret: str | None = None
    account: str | None = None


def read_access_keys(
    table: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> dict[str, AccessKey]:
    """The keys by id. What was given is never repeated in a problem: it may be a secret."""
    if not isinstance(table, dict):
        problems.append(f'{where}: expected lines ID = "SECRET KEY"')
        return {}
    if len(table) > limits.ACCESS_KEYS_MAX:
        problems.append(f"{where}: at most {limits.ACCESS_KEYS_MAX} keys")
        return {}
    found = {}
    for name, value in table.items():
        if not _ID.fullmatch(name):
            problems.append(f"{where}: an access key's id has 1 to 128 letters, digits and '_'")
        elif (key := _read_key(value, f"{where}.{name}", problems)) is not None:
            found[name] = key
    return found


def _read_key(value: Any, place: str, problems: list[str]) -> AccessKey | None:
    before = len(problems)
    values = read_table(value if isinstance(value, dict) else {"secret_key": value}, _KEYS, place + ".", problems)
    if len(problems) > before:
        return None
    if len({"secret_key", "secret"} & values.keys()) != 1:
        problems.append(f"{place}: expected exactly one of secret_key and secret")
        return None
    return AccessKey(**values)


def _read_secret_key(value: Any) -> str:
    refuse_unless(isinstance(value, str) and _SECRET_KEY.fullmatch(value) is not None)
    return str(value)


_KEYS: dict[str, Kind] = {
    "secret_key": Kind("a text of 1 to 128 printable characters", _read_secret_key, secret=True),
    "secret": SECRET,
    "account": Kind("12 digits in quotes", text(r"[0-9]{12}")),
}
