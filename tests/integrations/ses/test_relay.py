"""The client of the relay against an SMTP server that takes mail, or does not."""

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.config import RelaySettings
from integrations.ses.sending.relay import Letter, Outcome, Relay
from tests.integrations.ses.fake_relay import DROP, FakeRelay, running

MIME = b"From: bob@example.com\r\nSubject: x\r\n\r\nbody\r\n.with a dot\r\n"
LETTER = Letter("bob@example.com", ["ann@example.org", "cid@example.org"], MIME)


@pytest.fixture
def relay() -> Iterator[FakeRelay]:
    with running(FakeRelay()) as found:
        yield found


def sent(relay: FakeRelay, *letters: Letter, context: Any = None, **settings: Any) -> list[Outcome]:
    """One after the other, by one Relay."""

    async def send() -> list[Outcome]:
        made = Relay(RelaySettings("localhost", relay.port, **settings), *(() if context is None else (context,)))
        try:
            return [await made.send(letter) for letter in letters]
        finally:
            made.close()

    return anyio.run(send)


def test_a_mail_is_taken_as_it_is_over_one_connection(relay: FakeRelay) -> None:
    for outcome in sent(relay, LETTER, LETTER, LETTER):
        assert outcome.delivered == ["ann@example.org", "cid@example.org"] and outcome.bounced == outcome.delayed == []
        assert outcome.response == "250 2.0.0 queued as 4711"
    assert relay.connections == 1 and len(relay.taken) == 3
    assert relay.taken[0].sender == "bob@example.com" and relay.taken[0].content == MIME
    assert relay.taken[0].recipients == ["ann@example.org", "cid@example.org"]


def test_bytes_beyond_ascii_are_announced(relay: FakeRelay) -> None:
    odd = Letter("bob@example.com", ["ann@example.org"], MIME + "ü\r\n".encode())
    sent(relay, LETTER, odd)
    assert [one.options for one in relay.taken] == ["", "BODY=8BITMIME"] and relay.taken[1].content == odd.mime


# what RCPT of ann and the content are answered -> (delivered, bounced, delayed: with their codes)
ANSWERS = [
    ("550 5.1.1 who?", "", ["cid@example.org"], [("ann@example.org", 550, "5.1.1 who?")], []),
    ("451 4.7.1 later", "", ["cid@example.org"], [], [("ann@example.org", 451, "4.7.1 later")]),
    ("", "554 5.6.0 bad", [], [(one, 554, "5.6.0 bad") for one in LETTER.recipients], []),
    ("", "452 4.3.1 full", [], [], [(one, 452, "4.3.1 full") for one in LETTER.recipients]),
]


@pytest.mark.parametrize(("to", "content", "delivered", "bounced", "delayed"), ANSWERS)
def test_what_an_answer_means(
    relay: FakeRelay, to: str, content: str, delivered: list[str], bounced: list[Any], delayed: list[Any]
) -> None:
    relay.to, relay.content = {"ann@example.org": [to] if to else []}, [content] if content else []
    first, second = sent(relay, LETTER, LETTER)
    assert (first.delivered, first.bounced, first.delayed) == (delivered, bounced, delayed)
    assert second.delivered == LETTER.recipients and relay.connections == 1


def test_all_recipients_are_refused(relay: FakeRelay) -> None:
    relay.to = {"ann@example.org": ["550 no"], "cid@example.org": ["450 not yet"]}
    (found,) = sent(relay, LETTER)
    assert found.bounced == [("ann@example.org", 550, "no")]
    assert found.delayed == [("cid@example.org", 450, "not yet")] and relay.taken == []


def test_a_lost_connection_is_no_answer_and_the_next_mail_gets_a_new_one(relay: FakeRelay) -> None:
    relay.content = [DROP]
    first, second = sent(relay, LETTER, LETTER)
    assert [recipient for recipient, _, _ in first.delayed] == LETTER.recipients and first.bounced == []
    assert second.delivered == LETTER.recipients and relay.connections == 2


def test_nobody_listens() -> None:
    with running(FakeRelay()) as gone:
        pass
    (found,) = sent(gone, LETTER)
    assert len(found.delayed) == 2 and f"localhost:{gone.port}" in found.delayed[0][2]


def test_a_relay_that_cannot_be_reached_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(FakeRelay()) as gone:
        pass

    async def send() -> None:
        made = Relay(RelaySettings("127.0.0.1", gone.port))
        assert (await made.send(LETTER)).delayed
        with running(FakeRelay(port=gone.port)) as back:
            found = await made.send(LETTER)
            assert f"127.0.0.1:{gone.port}" in found.delayed[0][2] and back.connections == 0
        monkeypatch.setattr("engine.limits.SES_RELAY_PAUSE_SECONDS", 0)
        made = Relay(RelaySettings("127.0.0.1", gone.port))
        assert (await made.send(LETTER)).delayed
        with running(FakeRelay(port=gone.port)):
            assert (await made.send(LETTER)).delivered == LETTER.recipients
            made.close()

    anyio.run(send)


# ---- TLS ----


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of localhost, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("relay") / "relay.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("at_once", [False, True])
def test_a_password_is_sent_where_the_certificate_is_believed(certificate: Path, at_once: bool) -> None:
    def believes() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(certificate))

    settings = {"user": "me", "password": "hunter2", "tls": at_once}
    with running(FakeRelay(tls=server_context(certificate), at_once=at_once, password="hunter2")) as relay:
        (found,) = sent(relay, LETTER, context=believes, **settings)
        assert found.delivered and relay.logins == ["AUTH PLAIN AG1lAGh1bnRlcjI="]
        (found,) = sent(relay, LETTER, **settings)
        assert "certificate" in found.delayed[0][2].lower() and len(relay.logins) == 1


def test_no_password_is_sent_in_clear() -> None:
    with running(FakeRelay(password="hunter2")) as relay:
        (found,) = sent(relay, LETTER, user="me", password="hunter2")
        assert len(found.delayed) == 2 and relay.logins == [] and "hunter2" not in str(found)


def test_a_configuration_set_may_require_tls(relay: FakeRelay, certificate: Path) -> None:
    secret = Letter("bob@example.com", ["ann@example.org"], MIME, tls=True)
    (found,) = sent(relay, secret)
    assert "TLS is required" in found.delayed[0][2] and relay.taken == []
    with running(FakeRelay(tls=server_context(certificate))) as offering:
        (found,) = sent(offering, secret)
        assert found.delivered == ["ann@example.org"]
