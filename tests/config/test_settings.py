"""The settings: precedence of the sources, and what is refused with which words."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.config import (
    CommandTarget,
    FunctionSettings,
    HandlerTarget,
    Settings,
    SettingsError,
    UrlTarget,
    load_settings,
)

FULL = """
host = "0.0.0.0"
port = 4600
db = "postgresql://me@db/statewright"
account = "123456789012"
region = "eu-central-1"
allow_reset = true
allow_unknown_services = true

[functions.pay]
handler = "shop.payments:pay"
timeout_seconds = 2.5
at_most_once = true
environment = { GREETING = "hallo" }
workers = 3
directory = "code"

[functions.mail-it_2]
command = ["node", "mail.js"]

[functions.price]
url = "https://127.0.0.1:9000/2015-03-31/functions/price/invocations"
timeout_seconds = 900
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str, name: str = "statewright.toml") -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def problems(flags: dict[str, Any], environ: dict[str, str], file: Path | None = None) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_settings(flags, environ, file)
    assert str(refused.value) == "\n".join(refused.value.problems)
    return refused.value.problems


def test_defaults(folder: Path) -> None:
    assert load_settings({}, {}) == Settings(
        host="127.0.0.1",
        port=4566,
        db="sqlite:///statewright.db",
        account="000000000000",
        region="us-east-1",
        allow_reset=False,
        allow_unknown_services=False,
        functions={},
    )


def test_everything_in_a_file(folder: Path) -> None:
    (folder / "etc" / "code").mkdir(parents=True)
    file = written(folder, FULL, "etc/mine.toml")
    etc = folder / "etc"
    assert load_settings({}, {}, file) == Settings(
        host="0.0.0.0",
        port=4600,
        db="postgresql://me@db/statewright",
        account="123456789012",
        region="eu-central-1",
        allow_reset=True,
        allow_unknown_services=True,
        functions={
            "pay": FunctionSettings(
                HandlerTarget("shop.payments", "pay"), etc / "code", 2.5, True, {"GREETING": "hallo"}, 3
            ),
            "mail-it_2": FunctionSettings(CommandTarget(("node", "mail.js")), etc, 60, False, {}, 8),
            "price": FunctionSettings(
                UrlTarget("https://127.0.0.1:9000/2015-03-31/functions/price/invocations"), etc, 900
            ),
        },
    )


# settings -> where links lead that no request said the host of
URLS: list[tuple[Settings, str]] = [
    (Settings(), "http://localhost:4566"),
    (Settings(host="0.0.0.0", port=80), "http://localhost:80"),
    (Settings(host="10.1.2.3"), "http://10.1.2.3:4566"),
    (Settings(host="fd00::1"), "http://[fd00::1]:4566"),
    (Settings(public_url="https://mine.example"), "https://mine.example"),
]


@pytest.mark.parametrize("settings, url", URLS)
def test_the_url_of_a_server(settings: Settings, url: str) -> None:
    assert settings.url == url


# the port in the file, the variable, the flag -> the port
PRECEDENCE: list[tuple[int | None, str | None, Any, int]] = [
    (None, None, None, 4566),
    (1, None, None, 1),
    (1, "2", None, 2),
    (1, "2", 3, 3),
    (1, None, "3", 3),
    (None, "2", None, 2),
    (None, "2", 0, 0),
]


@pytest.mark.parametrize(("in_file", "variable", "flag", "port"), PRECEDENCE)
def test_precedence(folder: Path, in_file: int | None, variable: str | None, flag: Any, port: int) -> None:
    if in_file is not None:
        written(folder, f"port = {in_file}\n")
    environ = {} if variable is None else {"STATEWRIGHT_PORT": variable}
    assert load_settings({"port": flag, "host": None}, environ).port == port


def test_a_flag_can_take_back_what_the_file_allows(folder: Path) -> None:
    written(folder, "allow_reset = true\n")
    assert load_settings({"allow_reset": False}, {}).allow_reset is False


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("YES", True), ("false", False), ("0", False), ("no", False)]
)
def test_booleans_of_variables(folder: Path, text: str, value: bool) -> None:
    written(folder, f"allow_reset = {str(not value).lower()}\n")
    assert load_settings({}, {"STATEWRIGHT_ALLOW_RESET": text}).allow_reset is value


def test_which_file(folder: Path) -> None:
    written(folder, "port = 1\n")
    named = written(folder, "port = 2\n", "named.toml")
    given_file = written(folder, "port = 3\n", "given.toml")
    assert load_settings({}, {}).port == 1
    assert load_settings({}, {"STATEWRIGHT_CONFIG": str(named)}).port == 2
    assert load_settings({}, {"STATEWRIGHT_CONFIG": str(named)}, given_file).port == 3


def test_variables_that_are_not_ours_to_read(folder: Path) -> None:
    """Kubernetes' service links of a Service named statewright, and what functions are told about their call."""
    environ = {
        "STATEWRIGHT_SERVICE_HOST": "10.0.0.1",
        "STATEWRIGHT_SERVICE_PORT": "4566",
        "STATEWRIGHT_SERVICE_PORT_HTTP": "4566",
        "STATEWRIGHT_PORT": "tcp://10.0.0.1:4566",
        "STATEWRIGHT_PORT_4566_TCP": "tcp://10.0.0.1:4566",
        "STATEWRIGHT_PORT_4566_TCP_ADDR": "10.0.0.1",
        "STATEWRIGHT_IDEMPOTENCY_KEY": "k",
        "PORT": "x",
        "statewright_port": "y",
    }
    assert load_settings({}, environ) == Settings()


# file -> the one problem, after the file's name
WRONG_FILES = [
    ("prot = 1", "prot: unknown key; did you mean port?"),
    ("zzz = 1", "zzz: unknown key"),
    ("function = {}", "function: unknown key; did you mean functions?"),
    ('[baskets]\nroot = "x"', "baskets: unknown key; did you mean buckets?"),
    ('port = "4566"', "port: expected a whole number from 0 to 65535, not '4566'"),
    ("port = 65536", "port: expected a whole number from 0 to 65535, not 65536"),
    ("port = true", "port: expected a whole number from 0 to 65535, not True"),
    ("host = 1", "host: expected a host name or an address, not 1"),
    ('host = ""', "host: expected a host name or an address, not ''"),
    ('db = "mysql://root:secret@x/y"', "db: expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"),
    ("account = 123456789012", "account: expected 12 digits in quotes, not 123456789012"),
    ('account = "12345678901"', "account: expected 12 digits in quotes, not '12345678901'"),
    ('public_url = "mine"', "public_url: expected http://HOST[:PORT] or https://HOST[:PORT], not 'mine'"),
    ('public_url = "http://a/x"', "public_url: expected http://HOST[:PORT] or https://HOST[:PORT], not 'http://a/x'"),
    ('region = "here"', "region: expected a region such as us-east-1, not 'here'"),
    ('allow_reset = "true"', "allow_reset: expected true or false, not 'true'"),
    ("allow_reset = 1", "allow_reset: expected true or false, not 1"),
    ("functions = 1", "functions: expected tables [functions.NAME], not 1"),
    ("functions.f = 1", "functions.f: expected a table, not 1"),
    (
        '[functions."a b"]\nurl = "http://x"',
        "functions.a b: a function's name has 1 to 64 letters, digits, '-' and '_'",
    ),
    ("[functions.f]", "functions.f: expected exactly one of handler, command, url"),
    (
        '[functions.f]\nhandler = "m:f"\nurl = "http://x"',
        "functions.f: expected exactly one of handler, command, url",
    ),
    ('[functions.f]\nhandler = "m.f"', "functions.f.handler: expected \"module:function\", not 'm.f'"),
    ('[functions.f]\nhandler = "m:f()"', "functions.f.handler: expected \"module:function\", not 'm:f()'"),
    (
        '[functions.f]\ncommand = "ls -l"',
        'functions.f.command: expected a list of texts, such as ["node", "pay.js"], not \'ls -l\'',
    ),
    (
        "[functions.f]\ncommand = []",
        'functions.f.command: expected a list of texts, such as ["node", "pay.js"], not []',
    ),
    (
        '[functions.f]\nurl = "localhost:9000"',
        "functions.f.url: expected \"http://host:port\" with or without a path, not 'localhost:9000'",
    ),
    (
        '[functions.f]\nurl = "http://x:99999"',
        "functions.f.url: expected \"http://host:port\" with or without a path, not 'http://x:99999'",
    ),
    (
        '[functions.f]\nurl = "http://x"\ntimeout_seconds = 901',
        "functions.f.timeout_seconds: expected a number over 0, at most 900, not 901",
    ),
    (
        '[functions.f]\nurl = "http://x"\ntimeout_seconds = nan',
        "functions.f.timeout_seconds: expected a number over 0, at most 900, not nan",
    ),
    (
        '[functions.f]\nurl = "http://x"\nworkers = 0',
        "functions.f.workers: expected a whole number from 1 to 64, not 0",
    ),
    ('[functions.f]\nurl = "http://x"\nenvironment = {}', "functions.f.environment: means nothing for a url"),
    (
        '[functions.f]\nhandler = "m:f"\nenvironment = { A = 1 }',
        "functions.f.environment: expected a table of texts",
    ),
    (
        '[functions.f]\nhandler = "m:f"\ntimeout = 3',
        "functions.f.timeout: unknown key; did you mean timeout_seconds?",
    ),
]


@pytest.mark.parametrize(("text", "problem"), WRONG_FILES, ids=[row[1][:70] for row in WRONG_FILES])
def test_wrong_files(folder: Path, text: str, problem: str) -> None:
    written(folder, text)
    assert problems({}, {}) == [f"statewright.toml: {problem}"]


def test_a_missing_folder_of_a_function(folder: Path) -> None:
    file = written(folder, '[functions.f]\nhandler = "m:f"\ndirectory = "gone"')
    missing = str((folder / "gone").resolve())
    assert problems({}, {}, file) == [f"{file}: functions.f.directory: there is no folder {missing!r}"]


def test_wrong_variables(folder: Path) -> None:
    environ = {"STATEWRIGHT_PORT": "many", "STATEWRIGHT_HSOT": "x", "STATEWRIGHT_DB": "secret"}
    assert problems({}, environ) == [
        "STATEWRIGHT_PORT: expected a whole number from 0 to 65535, not 'many'",
        "STATEWRIGHT_HSOT: unknown variable; did you mean STATEWRIGHT_HOST?",
        "STATEWRIGHT_DB: expected sqlite:///FILE or postgresql://USER@HOST/DATABASE",
    ]


def test_wrong_flags(folder: Path) -> None:
    assert problems({"allow_reset": "perhaps", "hots": 1}, {}) == [
        "--allow-reset: expected true or false, not 'perhaps'",
        "--hots: unknown setting; did you mean host?",
    ]


def test_all_problems_are_told_at_once(folder: Path) -> None:
    written(folder, 'port = "x"\nnope = 1\n[functions.f]\nhandler = 1\nworkers = "many"\n[functions.g]\n')
    found = problems({"region": "x"}, {"STATEWRIGHT_ACCOUNT": "1"})
    assert len(found) == 7
    for place in ("port", "nope", "functions.f.handler", "functions.f.workers", "functions.g", "ACCOUNT", "--region"):
        assert any(place in problem for problem in found)


# content of the file -> the beginning of the problem, after the file's name
UNREADABLE = [
    (b"port = ", "Invalid value"),
    (b"port = 1\nhost = '\xff'", "not UTF-8 text (line 2)"),
    (b"#" * 1_100_000, "larger than 1048576 bytes"),
]


@pytest.mark.parametrize(("content", "problem"), UNREADABLE, ids=["syntax", "bytes", "size"])
def test_unreadable_files(folder: Path, content: bytes, problem: str) -> None:
    (folder / "statewright.toml").write_bytes(content)
    (found,) = problems({}, {})
    assert found.startswith(f"statewright.toml: {problem}")


def test_a_file_that_is_asked_for_must_be_there(folder: Path) -> None:
    assert problems({}, {}, Path("gone.toml")) == ["gone.toml: No such file or directory"]
    assert problems({}, {"STATEWRIGHT_CONFIG": "gone.toml"}) == ["gone.toml: No such file or directory"]
    assert problems({}, {}, folder) == [f"{folder}: Is a directory"]


def test_the_database_is_not_shown(folder: Path) -> None:
    assert "secret" not in repr(load_settings({"db": "postgresql://me:secret@db/x"}, {}))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NAMES = st.sampled_from(["host", "port", "db", "account", "region", "allow_reset", "functions", "x"])


@given(
    st.dictionaries(NAMES, SCALARS),
    st.dictionaries(NAMES.map(lambda name: "STATEWRIGHT_" + name.upper()), st.text(max_size=8)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_input_gives_settings_or_problems(folder: Path, flags: dict[str, Any], environ: dict[str, str]) -> None:
    try:
        loaded = load_settings(flags, environ)
    except SettingsError as refused:
        assert refused.problems
    else:
        assert isinstance(loaded.port, int) and 0 <= loaded.port <= 65_535
        assert len(loaded.account) == 12
