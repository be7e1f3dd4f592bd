"""Verification by DNS: a resolver on the loopback, asked by a real server whose clock the test moves."""

import base64
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUDPServer

import dns.message
import dns.rcode
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from engine.config import SesSettings, Settings
from integrations.ses.identities.dns_records import next_status
from tests.in_process import running_server
from tests.integrations.ses.conftest import User, accounts
from tests.integrations.ses.incoming import Function, Place
from tests.integrations.ses.mail_server import free_ports

HOURS = 3_600_000


class Zone:
    """What the resolver knows: texts by (name, type). `broken`: it answers nothing but SERVFAIL."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.broken = False
        self.inbound = 0
        self.asked: list[tuple[str, str]] = []
        self.heard = threading.Condition()

    def answer(self, wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        [question] = query.question
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        reply = dns.message.make_response(query)
        found = self.records.get((name, kind))
        if self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif found is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        else:
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        with self.heard:
            self.asked.append((name, kind))
            self.heard.notify_all()
        return reply.to_wire()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Zone, str, Path]]:
    zone, folder = Zone(), tmp_path_factory.mktemp("dns")

    class Answering(BaseRequestHandler):
        def handle(self) -> None:
            wire, socket = self.request
            socket.sendto(zone.answer(wire), self.client_address)

    with ThreadingUDPServer(("127.0.0.1", 0), Answering) as resolver:
        threading.Thread(target=resolver.serve_forever, args=(0.05,), daemon=True).start()
        (inbound,) = free_ports(1)
        zone.inbound = inbound
        ses = SesSettings(resolver=("127.0.0.1", resolver.server_address[1]), inbound_port=inbound)
        db = f"sqlite:///{folder / 'statewright.db'}"
        settings = Settings(port=0, db=db, test_controls=True, ses=ses)

        with running_server(settings) as url:
            yield zone, url, folder
        resolver.shutdown()


@pytest.fixture
def zone(world: tuple[Zone, str, Path]) -> Zone:
    world[0].records, world[0].broken = {}, False
    return world[0]


@pytest.fixture
def user(world: tuple[Zone, str, Path]) -> User:
    return User(world[1], str(next(accounts)), world[2])


def until(user: User, holds: Callable[[], bool], seconds: float = 61) -> None:
    """Move the clock, and let the worker look, until it holds."""
    for _ in range(100):
        if holds():
            return
        user.seconds(seconds)
        time.sleep(0.02)  # the resolver answers over a socket, not by the server's clock
    raise AssertionError("DNS was asked in vain")


def status(user: User, name: str) -> str:
    return str(user.client("sesv2").get_email_identity(EmailIdentity=name)["VerificationStatus"])


def test_a_domain_by_its_token(user: User, zone: Zone) -> None:
    ses = user.client("ses")
    token = ses.verify_domain_identity(Domain="token.org")["VerificationToken"]
    until(user, lambda: ("_amazonses.token.org", "TXT") in zone.asked)
    assert status(user, "token.org") == "PENDING"
    zone.records["_amazonses.token.org", "TXT"] = [f'"{token}"']
    until(user, lambda: status(user, "token.org") == "SUCCESS")
    found = user.client("sesv2").get_email_identity(EmailIdentity="token.org")
    assert found["VerifiedForSendingStatus"] and "ErrorType" not in found["VerificationInfo"]
    zone.broken = True
    seen = len(zone.asked)
    until(user, lambda: len(zone.asked) > seen, 86_400)
    assert status(user, "token.org") == "SUCCESS"
    zone.broken = False
    del zone.records["_amazonses.token.org", "TXT"]
    until(user, lambda: status(user, "token.org") == "TEMPORARY_FAILURE", 86_400)
    until(user, lambda: status(user, "token.org") == "FAILED", 86_400)
    assert user.client("sesv2").get_email_identity(EmailIdentity="token.org")["VerifiedForSendingStatus"] is False
    ses.verify_domain_identity(Domain="token.org")
    assert status(user, "token.org") == "PENDING"


def test_a_domain_by_easy_dkim_and_its_mail_from(user: User, zone: Zone) -> None:
    ses, ses2 = user.client("ses"), user.client("sesv2")
    tokens = ses2.create_email_identity(EmailIdentity="easy.org")["DkimAttributes"]["Tokens"]
    for token in tokens:
        zone.records[f"{token}._domainkey.easy.org", "CNAME"] = [f"{token}.dkim.amazonses.com."]
    until(user, lambda: status(user, "easy.org") == "SUCCESS")
    assert ses2.get_email_identity(EmailIdentity="easy.org")["DkimAttributes"]["Status"] == "SUCCESS"
    ses.set_identity_mail_from_domain(Identity="easy.org", MailFromDomain="b.easy.org")
    zone.records["b.easy.org", "MX"] = ["10 feedback-smtp.us-east-1.amazonses.com."]
    shown: Callable[[], str] = lambda: str(  # noqa: E731
        ses2.get_email_identity(EmailIdentity="easy.org")["MailFromAttributes"]["MailFromDomainStatus"]
    )
    until(user, lambda: ("b.easy.org", "TXT") in zone.asked)
    assert shown() == "PENDING"
    zone.records["b.easy.org", "TXT"] = ['"v=spf1 include:amazonses.com ~all"']
    until(user, lambda: shown() == "SUCCESS")


def test_a_domain_by_a_key_of_its_own(user: User, zone: Zone) -> None:
    key = generate_private_key(65_537, 1_024)
    private = base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    own = {"DomainSigningSelector": "sel", "DomainSigningPrivateKey": private}
    user.client("sesv2").create_email_identity(EmailIdentity="own.org", DkimSigningAttributes=own)
    zone.records["sel._domainkey.own.org", "TXT"] = ['"v=DKIM1; p=AAAA"']
    until(user, lambda: ("sel._domainkey.own.org", "TXT") in zone.asked)
    assert status(user, "own.org") == "PENDING"
    zone.records["sel._domainkey.own.org", "TXT"] = [f'"v=DKIM1; k=rsa; p={public[:100]}" "{public[100:]}"']
    until(user, lambda: status(user, "own.org") == "SUCCESS")


def test_what_never_comes_fails_after_72_hours(user: User, zone: Zone) -> None:
    user.client("ses").verify_domain_identity(Domain="never.org")
    until(user, lambda: ("_amazonses.never.org", "TXT") in zone.asked)
    until(user, lambda: status(user, "never.org") == "FAILED", 40_000)
    found = user.client("sesv2").get_email_identity(EmailIdentity="never.org")
    assert found["VerificationInfo"]["ErrorType"] == "TYPE_NOT_FOUND"


def test_what_its_owner_confirms_is_not_asked_about(user: User, zone: Zone) -> None:
    user.client("ses").verify_domain_identity(Domain="mine.org")
    user.call("POST", "/_statewright/ses/confirm?identity=mine.org")
    user.client("ses").verify_domain_identity(Domain="other.org")
    zone.asked.clear()
    until(user, lambda: len([one for one in zone.asked if "other.org" in one[0]]) > 2)
    assert status(user, "mine.org") == "SUCCESS"
    assert not [name for name, _ in zone.asked if re.search(r"(^|\.)mine\.org$", name)]


@pytest.mark.parametrize(
    ("before", "there", "hours", "after"),
    [
        ("Pending", True, 0, "Success"),
        ("Pending", True, 100, "Success"),
        ("Pending", False, 71, "Pending"),
        ("Pending", None, 71, "Pending"),
        ("Pending", False, 72, "Failed"),
        ("Pending", None, 72, "Failed"),
        ("Success", None, 900, "Success"),
        ("Success", False, 900, "TemporaryFailure"),
        ("TemporaryFailure", True, 1, "Success"),
        ("TemporaryFailure", False, 71, "TemporaryFailure"),
        ("TemporaryFailure", False, 72, "Failed"),
        ("TemporaryFailure", None, 72, "TemporaryFailure"),
        ("Failed", False, 90, "Failed"),
        ("Failed", True, 90, "Success"),
    ],
)
def test_what_a_status_becomes(before: str, there: bool | None, hours: int, after: str) -> None:
    status, since_ms = next_status(before, 5, there, 5 + hours * HOURS)
    assert status == after
    assert since_ms == (5 if status == before else 5 + hours * HOURS)


def test_a_mail_that_comes_in_is_judged(world: tuple[Zone, str, Path], zone: Zone) -> None:
    """Once with all that speaks for it, and once while the resolver has no answers: it comes in all the same."""
    place = Place(world[1], zone.inbound, world[2], Function())
    user = place.user()
    topic, queue = user.topic()
    user.rule({"SNSAction": {"TopicArn": topic}}, ScanEnabled=False)
    zone.records["other.org", "TXT"] = ['"v=spf1 ip4:127.0.0.1 -all"']
    zone.records["_dmarc.other.org", "TXT"] = ['"v=DMARC1; p=reject"']
    mail = b"From: ann@other.org\r\nSubject: Hi\r\n\r\nHi\r\n"
    place.send([f"help@{user.domain}"], mail)
    told = user.told(queue)
    by_spf = "(spfCheck: domain of other.org designates 127.0.0.1 as permitted sender) client-ip=127.0.0.1; "
    assert f"Received-SPF: pass {by_spf}envelope-from=ann@other.org; helo=" in told["content"]
    assert "\r\n dmarc=pass header.from=other.org;\r\nFrom: ann@other.org" in told["content"]
    assert "X-SES-Spam-Verdict" not in told["content"]
    found = {name: told["receipt"][f"{name}Verdict"]["status"] for name in ("spf", "dkim", "dmarc", "spam")}
    assert found == {"spf": "PASS", "dkim": "GRAY", "dmarc": "PASS", "spam": "DISABLED"}
    zone.records["other.org", "TXT"] = ['"v=spf1 -all"']
    place.send([f"help@{user.domain}"], mail)
    receipt = user.told(queue)["receipt"]
    assert (receipt["spfVerdict"], receipt["dmarcVerdict"]) == ({"status": "FAIL"}, {"status": "FAIL"})
    assert receipt["dmarcPolicy"] == "reject"
    zone.broken = True
    assert place.send([f"help@{user.domain}"], mail)[0] == 250
    assert user.told(queue)["receipt"]["spfVerdict"] == {"status": "PROCESSING_FAILED"}
