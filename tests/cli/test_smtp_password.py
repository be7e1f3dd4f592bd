"""`statewright ses smtp-password`: needs no server, and takes no secret from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import cli
from engine.config.smtp_password import smtp_password


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "statewright.toml").write_text(
        'region = "eu-west-1"\n[access_keys]\nAKIA1 = "first"\nAKIA2 = { secret = "smtp/key" }\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)


def printed(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(cli, ["ses", "smtp-password", *arguments], input=given, catch_exceptions=False)


def test_where_the_secret_key_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed("--access-key", "AKIA1").stdout == smtp_password("first", "eu-west-1") + "\n"
    assert printed(given="second\n").stdout == smtp_password("second", "eu-west-1") + "\n"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "third")
    assert printed("--region", "us-east-1").stdout == smtp_password("third", "us-east-1") + "\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--access-key", "AKIA9"), "[access_keys] has no AKIA9."),
        (("--access-key", "AKIA2"), "Its secret key is in Secrets Manager"),
        ((), "Give the secret access key in AWS_SECRET_ACCESS_KEY or on the standard input."),
    ],
)
def test_without_one_it_says_how_to_give_it(arguments: tuple[str, ...], said: str) -> None:
    found = printed(*arguments)
    assert found.exit_code == 2 and said in found.output
