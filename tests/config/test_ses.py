"""`[ses]`."""

from pathlib import Path
from typing import Any

import pytest

from engine.config import RelaySettings, SesSettings, SettingsError, load_settings


def load(folder: Path, text: str, environ: dict[str, str] | None = None) -> Any:
    file = folder / "statewright.toml"
    file.write_text(text)
    return load_settings({}, environ or {}, file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SesSettings()),
        ("[ses]\nsandbox = false", SesSettings(sandbox=False)),
        ('[ses]\nrelay = "smtp://mail"', SesSettings(relay=RelaySettings("mail", 25))),
        ('[ses]\nrelay = "smtps://[::1]"', SesSettings(relay=RelaySettings("::1", 465, tls=True))),
        (
            '[ses]\nrelay = "smtp://a%40b:p%2Fw@mail.example:587"',
            SesSettings(relay=RelaySettings("mail.example", 587, user="a@b", password="p/w")),
        ),
        ('[ses]\nresolver = "127.0.0.1:5353"', SesSettings(resolver=("127.0.0.1", 5353))),
        ('[ses]\nresolver = "[::1]"', SesSettings(resolver=("::1", 53))),
    ],
)
def test_what_the_section_says(tmp_path: Path, text: str, expected: SesSettings) -> None:
    assert load(tmp_path, text).ses == expected


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [("", "false", False), ("[ses]\nsandbox = false", "true", True), ("[ses]\nsandbox = true", "0", False)],
)
def test_the_environment_goes_first(tmp_path: Path, text: str, given: str, expected: bool) -> None:
    assert load(tmp_path, text, {"STATEWRIGHT_SES_SANDBOX": given}).ses.sandbox is expected


@pytest.mark.parametrize(
    ("text", "environ", "problem"),
    [
        ("ses = 1", {}, "ses: expected a table"),
        ("[ses]\nsandbox = 1", {}, "ses.sandbox: expected true or false, not 1"),
        ('[ses]\nsandox = "x"', {}, "ses.sandox: unknown key; did you mean sandbox?"),
        ('[ses]\nresolver = "a b"', {}, "ses.resolver: expected"),
        ('[ses]\nresolver = "h:0"', {}, "ses.resolver: expected"),
        ('[ses]\nresolver = "h:65536"', {}, "ses.resolver: expected"),
        ('[ses]\nrelay = "http://h"', {}, "ses.relay: expected"),
        ('[ses]\nrelay = "smtp://"', {}, "ses.relay: expected"),
        ('[ses]\nrelay = "smtp://h:99999"', {}, "ses.relay: expected"),
        ('[ses]\nrelay = "smtp://h/path"', {}, "ses.relay: expected"),
        ('[ses]\nrelay = "smtp://user@h"', {}, "ses.relay: expected"),
        ("", {"STATEWRIGHT_SES_SANDBOX": "maybe"}, "STATEWRIGHT_SES_SANDBOX: expected true or false, not 'maybe'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, environ: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text, environ)
    assert any(problem in found for found in error.value.problems), error.value.problems


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    assert "hunter2" not in repr(load(tmp_path, '[ses]\nrelay = "smtp://me:hunter2@h"'))
    with pytest.raises(SettingsError) as error:
        load(tmp_path, '[ses]\nrelay = "smtp://me:hunter2@h/path"')
    assert "hunter2" not in str(error.value)
