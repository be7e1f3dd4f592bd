"""Signing by DKIM: against signatures that dkimpy 1.1.8 accepted, and on a mail that leaves under MAIL FROM."""

import base64
import hashlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from engine.config import RelaySettings, SesSettings, Settings
from integrations.ses.sending.dkim_signature import Key, signed
from tests.in_process import running_server
from tests.integrations.ses.conftest import User
from tests.integrations.ses.fake_relay import FakeRelay, running
from tests.integrations.ses.test_sending import raw

# Made for this test, and used nowhere else.
PRIVATE = (
    "MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAPqyh+IEK3Dx7P3wYeaAza7jn+Pc2zPXQF9RmlwycUHGlMdsfhDH"
    "RCTz0OpR5D8P2xxL4TpXTdaM1C4VT7k6s3RIkVy59XcnoTY5GcwS+XZ4rPjFh2QNNPFSZeC2rjjDx8W+Wp7y68MZvTb6DCP9nG/a"
    "rd6ZS72c3Mgv4rMgxOhhAgMBAAECgYBqegdClJjKyMXqeP1rxEsXu6/+PKCRXRwHIAaaoAYAdNJd/RNyFuA3faK+0vdJXXenhgbs"
    "G4aA2KGJzR1mQ6tRogkoiNIlZM61RByiU1xIc58x1cJ4YYly9jYTpCUmHSELhs6/xkCI140uzeGfps65+CjmYpkwruMbvIlvw7ci"
    "7QJBAP7zkMdZZkdcUhwCNcaVa/8pFQZ8xBmSrGcy5BvNV+ZRbxVhrvEIhBG9vsqq5fA42q8N1Wq8quOkf3bGBkvcOLcCQQD7unx5"
    "5FyrXeD4S680PjAElkxFbRGb29aTW5V59HTe55zTYv4bQBSWBx4/GlZf4hJjrFYlvijSxWzvZo+9cF+nAkBsqimSHhOO5NWGZJbB"
    "Dlzag4sXmcQHVlGvJqy9ANevLhRXm6vxxfxsh2Azh4W7zq++nvnQpZt8rVc6q4pxeOqfAkEA+0GKWQfsz0dm865ndFfWCd4SxwE0"
    "oELvjCnPquirdonr6LpYM87kPVNhh068g/vcqwwq+IUzrh1MvC+8rTNq5QJBAPRS+CIxWGtASmy7GyLg3a1eLbICaQIcy5ithF1Z"
    "XrKsu6sE90LEA6jGOeo/lwsSNVMtl6G3csFMSGr5H0Rj6iA="
)
KEY = Key("x.org", "sel", PRIVATE)
_accounts = itertools.count(640_000_000_000)


@pytest.mark.parametrize(
    ("mail", "digest"),
    [
        (
            b"From: a@x.org\r\nTo: b@y.org\r\nSubject: Hi  there\r\n\r\nBody  \t here \r\n\r\n\r\n",
            "cb59a056c14734de656abe10bcec1af397460df2f781cb968243d48ffdfe93c9",
        ),
        (
            b"From: a@x.org\nSubject: folded\n  twice\n\nbare lf\nlines",
            "83a0f47f4577914195ee3fc5020f3d93093061c37055609d196cb5dc615bb916",
        ),
        (b"From: a@x.org\r\n\r\n", "76f9781fc5a9aace84d5ed0b46aa386c2f0fad297c77eee7c997fa87e8233223"),
        (
            b"From: a@x.org\r\nReceived: x\r\nTo: a@b.c\r\nTo: d@e.f\r\nX-Other: 1\r\n\r\n \r\n\r\nx",
            "3add400f7bf0f6acc8e5540c8d4d5f150e3c9d71c626e68524d802988a87e81a",
        ),
    ],
)
def test_signatures_that_another_implementation_accepted(mail: bytes, digest: str) -> None:
    assert hashlib.sha256(signed(mail, KEY, 1_700_000_000)).hexdigest() == digest


@pytest.fixture(scope="module")
def relay() -> Iterator[FakeRelay]:
    with running(FakeRelay()) as found:
        yield found


@pytest.fixture(scope="module")
def url(relay: FakeRelay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("dkim")
    ses = SesSettings(sandbox=False, relay=RelaySettings("127.0.0.1", relay.port))
    with running_server(Settings(port=0, db=f"sqlite:///{folder / 'x.db'}", test_controls=True, ses=ses)) as found:
        yield found


def holds(mail: bytes, selector: str, domain: str) -> bool:
    """Whether the one signature of a mail is right, by the simplest reading of RFC 6376."""
    head, _, body = mail.partition(b"\r\n\r\n")
    fields = [line.partition(b":")[::2] for line in re.split(rb"\r\n(?![ \t])", head)]
    [signature] = [value for name, value in fields if name.lower() == b"dkim-signature"]
    tags = dict(re.findall(r"(\w+)=([^;]*)", re.sub(r"\s", "", signature.decode())))
    assert (tags["s"], tags["d"]) == (selector, domain)
    lines = b"\r\n".join(re.sub(rb"[ \t]+", b" ", line).rstrip() for line in body.split(b"\r\n")).rstrip(b"\r\n")
    if base64.b64encode(hashlib.sha256(lines + b"\r\n" if lines else b"").digest()).decode() != tags["bh"]:
        return False
    relaxed = {name.lower(): b" ".join(value.split()) for name, value in fields}
    covered = b"".join(b"%s:%s\r\n" % (name.encode(), relaxed[name.encode()]) for name in tags["h"].split(":"))
    own = b" ".join(re.sub(rb"b=[^;]*\Z", b"b=", signature).split())
    public = load_der_private_key(base64.b64decode(PRIVATE), None).public_key()
    assert isinstance(public, RSAPublicKey)
    public.verify(base64.b64decode(tags["b"]), covered + b"dkim-signature:" + own, PKCS1v15(), SHA256())
    return True


def test_mails_leave_signed_and_under_mail_from(url: str, relay: FakeRelay, tmp_path: Path) -> None:
    user = User(url, str(next(_accounts)), tmp_path)
    ses, ses2 = user.client("ses"), user.client("sesv2")
    own = {"DomainSigningSelector": "sel", "DomainSigningPrivateKey": PRIVATE}
    ses2.create_email_identity(EmailIdentity="example.com", DkimSigningAttributes=own)
    ses.set_identity_mail_from_domain(Identity="example.com", MailFromDomain="b.example.com")
    user.call("POST", "/_statewright/ses/confirm?identity=example.com")
    message = {"Subject": {"Data": "Hällo"}, "Body": {"Text": {"Data": "ü " * 200}, "Html": {"Data": "<b>x</b>"}}}
    to = {"ToAddresses": ["to@x.org"]}
    sent = ses2.send_email(FromEmailAddress="a@example.com", Destination=to, Content={"Simple": message})
    ses.send_raw_email(RawMessage={"Data": raw(From="bob@sub.example.com")})
    user.seconds(1)
    first, second = relay.wait(2)
    assert {first.sender, second.sender} >= {f"{sent['MessageId']}@b.example.com"}
    assert holds(first.content, "sel", "example.com") and holds(second.content, "sel", "example.com")
    assert not holds(first.content.rstrip() + b"!", "sel", "example.com")
    ses.set_identity_dkim_enabled(Identity="example.com", DkimEnabled=False)
    ses2.send_email(FromEmailAddress="a@example.com", Destination=to, Content={"Simple": message})
    user.seconds(1)
    assert b"DKIM-Signature" not in relay.wait(3)[2].content
