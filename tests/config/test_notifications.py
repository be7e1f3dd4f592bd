"""`[sns]` and `[firehose]`."""

from pathlib import Path
from typing import Any

import pytest

from engine.config import NotificationSettings, SettingsError, load_settings


def load(folder: Path, text: str) -> Any:
    file = folder / "statewright.toml"
    file.write_text(text)
    return load_settings({}, {}, file)


def test_webhooks_and_the_folder_of_streams(tmp_path: Path) -> None:
    text = '[sns]\nsms_webhook = "http://h:1/sms"\npush_webhook = "https://h/push"\n[firehose]\nroot = "streams"\n'
    found = load(tmp_path, text)
    assert found.sns == NotificationSettings("http://h:1/sms", "https://h/push")
    assert found.firehose == tmp_path / "streams"


def test_without_them(tmp_path: Path) -> None:
    found = load(tmp_path, "")
    assert found.sns == NotificationSettings() and found.firehose is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sns = 1", "sns: expected a table with sms_webhook"),
        ('[sns]\nsms_webhook = "h:1"', "sns.sms_webhook: expected http://HOST:PORT/PATH, not 'h:1'"),
        ("[sns]\npush_webhook = 1", "sns.push_webhook: expected http://HOST:PORT/PATH, not 1"),
        ('[sns]\nsms = "http://h"', "sns.sms: unknown key"),
        ("firehose = 1", 'firehose: expected a table with root = "FOLDER"'),
        ("[firehose]", "firehose: root is missing"),
        ("[firehose]\nroot = 1", "firehose.root: expected a folder, not 1"),
        ('[firehose]\nfolder = "x"', "firehose.folder: unknown key"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text)
    assert any(problem in found for found in error.value.problems), error.value.problems
