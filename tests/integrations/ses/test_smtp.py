"""The SMTP interface: smtplib and sessions by hand against both ports, over SQLite and over Postgres."""

import base64
import itertools
import smtplib
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import limits
from engine.config import AccessKey, EncryptionSettings, SesSettings, Settings
from engine.config.smtp_password import smtp_password
from tests.in_process import running_server
from tests.integrations.ses.conftest import User
from tests.integrations.ses.mail_server import Raw, connected, free_ports
from tests.postgres import new_database

SECRET = "wJalrXUtnFEMI/K7MDENG"
_accounts = itertools.count(510_000_000_000)
MAIL = b"From: Ann <ann@example.com>\r\nTo: b@example.com\r\nSubject: Hi\r\n%s\r\nBody\r\n"


@dataclass(frozen=True)
class Place:
    endpoint: str
    starttls: int
    tls: int
    folder: Path

    def trust(self) -> ssl.SSLContext:
        with urllib.request.urlopen(self.endpoint + "/_statewright/ses/certificate.pem") as answer:
            return ssl.create_default_context(cadata=answer.read().decode())

    def user(self) -> User:
        """One of the accounts whose keys the settings have; it may send from example.com to everybody."""
        found = User(self.endpoint, str(next(_accounts)), self.folder)
        found.verify("example.com")
        found.leave_sandbox()
        return found

    def logged_in(self, user: User) -> smtplib.SMTP_SSL:
        connected(self.tls).close()
        client = smtplib.SMTP_SSL("localhost", self.tls, context=self.trust(), timeout=20)
        client.login(user.account, smtp_password(SECRET, "us-east-1"))
        return client


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("smtp")
    postgres = request.param == "postgres"
    first, second = free_ports(2)
    names = [str(account) for account in range(510_000_000_000, 510_000_000_050)]
    settings = Settings(
        port=0,
        db=new_database() if postgres else f"sqlite:///{folder / 'statewright.db'}",
        test_controls=True,
        ses=SesSettings(smtp_port=first, smtps_port=second),
        access_keys={
            **{name: AccessKey(secret_key=SECRET) for name in names},
            "AKIASECRET": AccessKey(secret="smtp/key", account="510000000999"),
            "AKIANOWHERE": AccessKey(secret="smtp/missing"),
        },
        encryption=EncryptionSettings(master_key_file=folder / "master.key"),
    )
    with running_server(settings) as endpoint:
        yield Place(endpoint, first, second, folder)


def plain(user: str, password: str) -> str:
    return "AUTH PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode()


def test_a_mail_through_both_ports(place: Place) -> None:
    user = place.user()
    connected(place.starttls).close()
    with smtplib.SMTP("localhost", place.starttls, timeout=20) as client:
        client.starttls(context=place.trust())
        client.login(user.account, smtp_password(SECRET, "us-east-1"))
        client.sendmail("ann@example.com", ["b@example.org", "c@example.org"], MAIL % b"")
    with place.logged_in(user) as client:
        code, said = client.docmd("MAIL", "FROM:<ann@example.com>")
        assert (code, said) == (250, b"Ok")
        client.docmd("RCPT", "TO:<b@example.org>")
        code, said = client.data(MAIL % b"")
    found = user.inbox()
    assert [one["Destination"]["ToAddresses"] for one in found] == [
        ["b@example.org", "c@example.org"],
        ["b@example.org"],
    ]
    assert (code, said.decode()) == (250, f"Ok {found[1]['Id']}")
    assert found[0]["Source"] == "ann@example.com" and "Body" in found[0]["RawData"]


def test_the_password_says_the_region(place: Place) -> None:
    user = place.user()
    with smtplib.SMTP_SSL("localhost", place.tls, context=place.trust(), timeout=20) as client:
        client.login(user.account, smtp_password(SECRET, "eu-west-1"))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("ann@example.com", ["b@example.org"], MAIL % b"")
    assert refused.value.smtp_code == 554
    said = "Message rejected: Email address is not verified. The following identities failed the check in region EU-"
    assert refused.value.smtp_error.decode().startswith(said)


def test_a_secret_key_in_secrets_manager(place: Place) -> None:
    user = User(place.endpoint, "510000000999", place.folder)
    user.client("secretsmanager").create_secret(Name="smtp/key", SecretString="kept")
    with Raw(place.starttls).start_tls() as raw:
        raw.say("EHLO me")
        assert raw.say(plain("AKIASECRET", smtp_password("kept", "us-east-1"))) == "235 Authentication successful."
    with Raw(place.starttls).start_tls() as raw:
        raw.say("EHLO me")
        assert raw.say(plain("AKIANOWHERE", "x")) == "454 Temporary authentication failure"


def test_a_wrong_password_ends_the_session_soon(place: Place) -> None:
    user = place.user()
    with Raw(place.starttls).start_tls() as raw:
        raw.say("EHLO me")
        right = smtp_password(SECRET, "us-east-1")
        for attempt in (plain(user.account, SECRET), plain("nobody", right), plain(user.account, right[:-1])):
            assert raw.say(attempt) == "535 Authentication Credentials Invalid"
        assert raw.read() == ""  # closed after the third
    with (
        pytest.raises(smtplib.SMTPAuthenticationError),
        smtplib.SMTP_SSL("localhost", place.tls, context=place.trust(), timeout=20) as client,
    ):
        client.login(user.account, "wrong")
    assert user.inbox() == []


def test_nothing_before_tls_and_nobody_without_a_login(place: Place) -> None:
    with Raw(place.starttls) as raw:
        assert raw.greeting == "220 email-smtp.amazonaws.com ESMTP SimpleEmailService"
        offered = raw.say("EHLO me")
        assert "250-STARTTLS" in offered and "AUTH" not in offered
        for command in (plain("a", "b"), "MAIL FROM:<ann@example.com>", "HELO me"):
            assert raw.say(command) == "530 Must issue a STARTTLS command first"
    with Raw(place.starttls).start_tls() as raw:
        assert raw.say("MAIL FROM:<ann@example.com>").startswith("503")  # EHLO again after STARTTLS
        assert "250-AUTH PLAIN LOGIN\n250 Ok" in raw.say("EHLO me")
        for command in ("MAIL FROM:<ann@example.com>", "RCPT TO:<b@example.org>", "DATA"):
            assert raw.say(command) == "530 Authentication required"


@pytest.mark.parametrize(
    ("commands", "replies"),
    [
        (["AUTH LOGIN"], ["334 VXNlcm5hbWU6"]),
        (["AUTH LOGIN", "*"], ["334 VXNlcm5hbWU6", "501 Invalid authentication data, or given up"]),
        (["AUTH PLAIN", "eA=="], ["334 ", "501 Invalid authentication data, or given up"]),
        (["AUTH PLAIN !!!"], ["501 Invalid authentication data, or given up"]),
        (["AUTH CRAM-MD5"], ["504 Unrecognized authentication type"]),
        (["AUTH"], ["501 Syntax: AUTH mechanism [initial-response]"]),
        (["AUTH PLAIN a b"], ["501 Syntax: AUTH mechanism [initial-response]"]),
    ],
    ids=lambda given: " ".join(given)[:40],
)
def test_logins_that_are_not_right(place: Place, commands: list[str], replies: list[str]) -> None:
    with Raw(place.starttls).start_tls() as raw:
        raw.say("EHLO me")
        assert [raw.say(command) for command in commands] == replies


def authenticated(place: Place, user: User) -> Raw:
    raw = Raw(place.starttls).start_tls()
    raw.say("EHLO me")
    for name in ("auth login", user.account, smtp_password(SECRET, "us-east-1")):
        said = raw.say(name if name == "auth login" else base64.b64encode(name.encode()).decode())
    assert said == "235 Authentication successful."
    return raw


def test_a_second_login_is_refused(place: Place) -> None:
    with authenticated(place, place.user()) as raw:
        assert raw.say(plain("a", "b")) == "503 Already authenticated"


def test_addresses_that_are_none(place: Place) -> None:
    with authenticated(place, place.user()) as raw:
        for address in ("<>", "<ann>", "SES (<a@example. com>)"):
            said = raw.say(f"MAIL FROM:{address}")
            assert said.startswith(("501 Invalid MAIL FROM", "553")), said
        assert raw.say("MAIL FROM:<ann@example.com>") == "250 Ok"
        assert raw.say("RCPT TO:<User2>") == "501 Invalid RCPT TO address provided"
        assert raw.say("DATA").startswith("503")


def test_commands_and_mails_in_one_go(place: Place) -> None:
    """Pipelining; and a bare line feed ends neither a mail nor what follows it."""
    user = place.user()
    smuggled = b"one\n.\nMAIL FROM:<eve@example.com>\n.\r\ntwo\r\n"
    with authenticated(place, user) as raw:
        envelope = b"MAIL FROM:<ann@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
        raw.send(envelope + MAIL % b"" + smuggled + b"..dot\r\n.\r\n" + b"NOOP\r\n")
        replies = [raw.read() for _ in range(5)]
    assert [reply[:6] for reply in replies] == ["250 Ok", "250 Ok", "354 En", "250 Ok", "250 Ok"]
    (found,) = user.inbox()
    assert found["Id"] in replies[3]
    assert found["RawData"].endswith("Body\r\n" + smuggled.decode() + ".dot\r\n")


def test_what_is_too_large(place: Place) -> None:
    user = place.user()
    with authenticated(place, user) as raw:
        raw.say("EHLO me")
        announced = f"MAIL FROM:<ann@example.com> SIZE={limits.SES_V2_MESSAGE_BYTES_MAX + 1}"
        assert raw.say(announced) == "552 Message is too long."
        assert raw.say("NOOP " + "x" * 600) == "500 Command line too long"
        raw.say("MAIL FROM:<ann@example.com>")
        raw.say("RCPT TO:<b@example.org>")
        raw.say("DATA")
        raw.send(MAIL % b"" + b"x" * 1_500 + b"\r\n.\r\n")
        assert raw.read().startswith("500 Line too long")
        raw.say("MAIL FROM:<ann@example.com>")
        for count in range(limits.SES_RECIPIENTS_MAX):
            assert raw.say(f"RCPT TO:<b{count}@example.org>") == "250 Ok"
        assert raw.say("RCPT TO:<more@example.org>") == "554 Transaction failed: Recipient count exceeds 50."
        raw.say("DATA")
        raw.send(MAIL % b"" + b".\r\n")
        assert raw.read() == "554 Transaction failed: Recipient count exceeds 50."
    assert user.inbox() == []


def test_a_client_that_goes_in_the_middle_has_sent_nothing(place: Place) -> None:
    user = place.user()
    raw = authenticated(place, user)
    raw.say("MAIL FROM:<ann@example.com>")
    raw.say("RCPT TO:<b@example.org>")
    raw.say("DATA")
    raw.send(MAIL % b"" + b"and then")
    raw.close()
    with authenticated(place, user) as again:  # the server has gone on
        assert again.say("NOOP") == "250 Ok"
    assert user.inbox() == []


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        (
            (b"ann@example.com>\r\nTo", b"eve@example.net>\r\nTo"),
            554,
            "Message rejected: Email address is not verified.",
        ),
        ((b"From:", b"X-From:"), 554, "Transaction failed: Missing required header 'From'."),
    ],
)
def test_what_the_api_refuses_is_refused(place: Place, changes: tuple[bytes, bytes], code: int, said: str) -> None:
    with place.logged_in(place.user()) as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("ann@example.com", ["b@example.org"], (MAIL % b"").replace(*changes))
    assert (refused.value.smtp_code, refused.value.smtp_error.decode()[: len(said)]) == (code, said)


def test_the_sandbox_counts_what_comes_by_smtp(place: Place) -> None:
    user = place.user()
    user.call("POST", "/_statewright/ses/sandbox")
    with place.logged_in(user) as client:
        client.sendmail("ann@example.com", ["b@example.com"], MAIL % b"")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("ann@example.com", ["b@example.com"], MAIL % b"")
    said = b"Throttling failure: Maximum sending rate exceeded."
    assert (refused.value.smtp_code, refused.value.smtp_error) == (454, said)


def test_the_headers_for_ses_are_used_and_taken_out(place: Place) -> None:
    user = place.user()
    with place.logged_in(user) as client:
        headers = b"X-SES-Message-Tags: campaign=autumn,\r\n kind=letter\r\nX-Other: stays\r\n"
        client.sendmail("ann@example.com", ["b@example.org"], MAIL % headers)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("ann@example.com", ["b@example.org"], MAIL % b"X-SES-CONFIGURATION-SET: none\r\n")
    assert refused.value.smtp_error == b"Transaction failed: Configuration set <none> does not exist."
    (found,) = user.inbox()
    assert found["Tags"] == [{"Name": "campaign", "Value": "autumn"}, {"Name": "kind", "Value": "letter"}]
    assert "X-SES" not in found["RawData"] and "X-Other: stays" in found["RawData"]
