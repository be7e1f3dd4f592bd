"""[encryption] and STATEWRIGHT_MASTER_KEY."""

from pathlib import Path

import pytest

from engine.config import EncryptionSettings, SettingsError, load_settings

KEY = "11" * 32


def file(folder: Path, text: str) -> Path:
    path = folder / "statewright.toml"
    path.write_text(text)
    return path


def test_the_file_is_relative_to_the_settings(tmp_path: Path) -> None:
    told = load_settings({}, {}, file(tmp_path, '[encryption]\nmaster_key_file = "keys/a"\n'))
    assert told.encryption == EncryptionSettings(None, tmp_path / "keys" / "a")
    assert load_settings({}, {}, file(tmp_path, "")).encryption == EncryptionSettings()


def test_the_variable_wins_and_is_not_shown(tmp_path: Path) -> None:
    settings = load_settings(
        {}, {"STATEWRIGHT_MASTER_KEY": KEY}, file(tmp_path, '[encryption]\nmaster_key_file = "a"\n')
    )
    assert settings.encryption == EncryptionSettings(KEY, None)
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("encryption = 1", "encryption: expected a table"),
        ("[encryption]\nmaster_key_file = 3", "encryption.master_key_file: expected the path of a file"),
        (f'[encryption]\nmaster_key = "{KEY}"', "encryption.master_key: unknown key"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({}, {}, file(tmp_path, text))
    assert problem in str(refused.value) and KEY not in str(refused.value)
