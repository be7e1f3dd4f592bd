"""`statewright mail` and `statewright ses` against a running server."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import cli
from tests.integrations.ses.conftest import User
from tests.integrations.ses.test_sending import mail


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")


def statewright(user: User, *arguments: str) -> Result:
    where = ["--endpoint", user.endpoint, "--account", user.account]
    return CliRunner().invoke(cli, [*arguments, *where], catch_exceptions=False)


def test_the_inbox(sender: User) -> None:
    assert "There are no mails." in statewright(sender, "mail").output
    sent = sender.client("ses").send_email(**mail())["MessageId"]
    listed = statewright(sender, "mail").stdout
    assert sent in listed and "ann@example.com" in listed and "Hällo" in listed
    assert [one["Id"] for one in json.loads(statewright(sender, "mail", "--json").stdout)] == [sent]
    assert json.loads(statewright(sender, "mail", sent, "--json").stdout)["Subject"] == "Hällo"
    shown = statewright(sender, "mail", sent).stdout
    assert f"Message-ID: <{sent}@email.amazonses.com>" in shown and "To: ann@example.com" in shown
    missing = statewright(sender, "mail", "none")
    assert missing.exit_code == 1 and "There is no mail none." in missing.output


def test_an_owner_confirms_a_domain(user: User) -> None:
    user.client("ses").verify_domain_identity(Domain="example.org")
    assert "example.org is verified in us-east-1." in statewright(user, "ses", "confirm", "example.org").output
    found = user.client("sesv2").get_email_identity(EmailIdentity="example.org")
    assert found["VerificationStatus"] == "SUCCESS"
    missing = statewright(user, "ses", "confirm", "other.org")
    assert missing.exit_code == 1 and "There is no identity other.org in region us-east-1." in missing.output


def test_an_operator_decides_about_the_sandbox(user: User) -> None:
    out = statewright(user, "ses", "production-access", "--by", "Olive")
    assert f"{user.account} in us-east-1 is out of the sandbox by Olive's decision of 2" in out.output
    assert user.client("sesv2").get_account()["ProductionAccessEnabled"] is True
    assert "is in the sandbox." in statewright(user, "ses", "production-access", "--revoke").output
    assert user.client("sesv2").get_account()["ProductionAccessEnabled"] is False
    assert statewright(user, "ses", "production-access").exit_code == 2
