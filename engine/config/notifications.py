"""`[sns]` and `[firehose]`: where messages go that leave this server by ways of their own.

[sns]
sms_webhook = "http://127.0.0.1:9000/sms"       each SMS as JSON, by POST; without it they are kept as records
push_webhook = "http://127.0.0.1:9000/push"     likewise, messages to mobile devices

[firehose]
root = "streams"                                 JSON lines, a folder for each delivery stream
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.config.values import Kind, read_table, refuse_unless, text


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    sms_webhook: str | None = None
    push_webhook: str | None = None


def read_sns(
    table: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> NotificationSettings:
    if not isinstance(table, dict):
        problems.append(f'{where}: expected a table with sms_webhook = "http://..." or push_webhook')
        return NotificationSettings()
    return NotificationSettings(**read_table(table, _SNS, where + ".", problems))


def read_firehose(table: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]) -> Path | None:
    """The folder of the streams."""
    if not isinstance(table, dict):
        problems.append(f'{where}: expected a table with root = "FOLDER"')
        return None
    values = read_table(table, _FIREHOSE, where + ".", problems)
    if "root" not in table:
        problems.append(f"{where}: root is missing")
    return folder / values["root"] if "root" in values else None


def _read_url(value: Any) -> str:
    refuse_unless(isinstance(value, str))
    parts = urlsplit(value)
    refuse_unless(parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    return str(value)


_URL = Kind("http://HOST:PORT/PATH", _read_url)
_SNS = {"sms_webhook": _URL, "push_webhook": _URL}
_FIREHOSE = {"root": Kind("a folder", text(r"\S(.*\S)?"))}
