"""SPF, DKIM and DMARC as tables: the examples of their RFCs, AWS's own headers and verdicts, and hostile mails."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import limits
from integrations.ses.sending.dkim_signature import Key, signed
from integrations.ses.verdicts import dkim, dmarc, judging, spf
from integrations.ses.verdicts.spf_records import RecordError, Sender, expanded, read

Zone = Mapping[str, Sequence[str] | None]  # "TXT name" -> texts; None: no answer


def asking(zone: Zone, asked: list[str] | None = None) -> Callable[[str, str], Awaitable[Sequence[str] | None]]:
    async def ask(name: str, kind: str) -> Sequence[str] | None:
        if asked is not None:
            asked.append(f"{kind} {name}")
        return zone.get(f"{kind} {name}", [])

    return ask


def sender(domain: str = "example.com", address: str = "192.0.2.3") -> Sender:
    return Sender("strong-bad", domain, "mx.example.org", ip_address(address))


# ---- SPF ----

# RFC 7208, appendix A: the zone of example.com.
EXAMPLE: dict[str, Sequence[str] | None] = {
    "A example.com": ["192.0.2.10", "192.0.2.11"],
    "MX example.com": ["mail-a.example.com", "mail-b.example.com"],
    "A mail-a.example.com": ["192.0.2.129"],
    "A mail-b.example.com": ["192.0.2.130"],
    "MX example.org": ["mail-c.example.org"],
    "A mail-c.example.org": ["192.0.2.140"],
    "PTR 10.2.0.192.in-addr.arpa": ["example.com"],
    "PTR 65.2.0.192.in-addr.arpa": ["amy.example.com"],
    "A amy.example.com": ["192.0.2.65"],
    "AAAA example.com": ["2001:db8::1"],
    "TXT yes.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
    "TXT soft.example": ["v=spf1 ~all"],
    "TXT silent.example": None,
    "TXT twice.example": ["v=spf1 -all", "v=spf1 +all"],
    "TXT self.example": ["v=spf1 include:self.example -all"],
    "TXT round.example": ["v=spf1 redirect=about.example"],
    "TXT about.example": ["v=spf1 redirect=round.example"],
    "A 3.2.0.192.list.example": ["127.0.0.2"],
    "MX many.example": [f"{at}.many.example" for at in range(11)],
}


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 +all", "192.0.2.3", "pass"),
        ("v=spf1 a -all", "192.0.2.10", "pass"),
        ("v=spf1 a -all", "192.0.2.65", "fail"),
        ("v=spf1 a:example.org -all", "192.0.2.10", "fail"),
        ("v=spf1 a/24 -all", "192.0.2.200", "pass"),
        ("v=spf1 a//64 -all", "2001:db8::ffff", "pass"),
        ("v=spf1 mx -all", "192.0.2.129", "pass"),
        ("v=spf1 mx:example.org -all", "192.0.2.140", "pass"),
        ("v=spf1 mx mx:example.org -all", "192.0.2.141", "fail"),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", "pass"),
        ("v=spf1 ptr -all", "192.0.2.65", "pass"),
        ("v=spf1 ptr -all", "192.0.2.66", "fail"),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", "fail"),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", "pass"),
        ("V=SPF1 IP4:192.0.2.3 -ALL", "192.0.2.3", "pass"),
        ("v=spf1 include:yes.example -all", "192.0.2.3", "pass"),
        ("v=spf1 include:yes.example ?all", "198.51.100.1", "neutral"),
        ("v=spf1 include:soft.example", "192.0.2.3", "neutral"),
        ("v=spf1 include:none.example -all", "192.0.2.3", "permerror"),
        ("v=spf1 include:silent.example -all", "192.0.2.3", "temperror"),
        ("v=spf1 include:twice.example -all", "192.0.2.3", "permerror"),
        ("v=spf1 include:self.example -all", "192.0.2.3", "permerror"),
        ("v=spf1 redirect=yes.example", "192.0.2.3", "pass"),
        ("v=spf1 redirect=none.example", "192.0.2.3", "permerror"),
        ("v=spf1 redirect=round.example", "192.0.2.3", "permerror"),
        ("v=spf1 exists:%{ir}.list.example -all", "192.0.2.3", "pass"),
        ("v=spf1 exists:%{ir}.list.example -all", "192.0.2.4", "fail"),
        ("v=spf1 mx:many.example -all", "192.0.2.3", "permerror"),
        ("v=spf1 " + " ".join(["a"] * 11), "192.0.2.3", "permerror"),
        ("v=spf1 a:x.example a:y.example a:z.example -all", "192.0.2.3", "permerror"),
        ("v=spf1", "192.0.2.3", "neutral"),
        ("v=spf10 -all", "192.0.2.3", "none"),
        ("hello", "192.0.2.3", "none"),
        ("v=spf1 unknown:x -all", "192.0.2.3", "permerror"),
        ("v=spf1 other=%{d} -all", "192.0.2.3", "fail"),
        ("v=spf1 exp=%{c} -all", "192.0.2.3", "permerror"),
        ("v=spf1 " + "ip4:192.0.2.3 " * 1_000, "192.0.2.3", "permerror"),
    ],
)
def test_spf(record: str, address: str, result: str) -> None:
    zone = {**EXAMPLE, "TXT example.com": [record]}
    assert asyncio.run(spf.check(asking(zone), sender(address=address))).result == result


@pytest.mark.parametrize("domain", ["localhost", "", "a..b", "x" * 64 + ".org", "mx.example.org\n"])
def test_spf_of_what_is_no_domain(domain: str) -> None:
    asked: list[str] = []
    assert asyncio.run(spf.check(asking({}, asked), sender(domain))).result == "none"
    assert asked == []


def test_a_redirect_is_told_of_by_its_own_domain() -> None:
    """As AWS does: `domain of _spf.google.com` for mails from gmail.com."""
    zone = {**EXAMPLE, "TXT example.com": ["v=spf1 redirect=yes.example"]}
    assert asyncio.run(spf.check(asking(zone), sender())) == spf.Found("pass", "yes.example")


def test_a_check_costs_a_bounded_number_of_questions() -> None:
    """A tree of includes, each of ten more."""
    asked: list[str] = []
    zone = {f"TXT {at}.tree.example": ["v=spf1 " + " ".join(f"include:{at}{n}.tree.example" for n in range(10))]
            for at in ["1"] + [str(n) for n in range(10, 2_000)]}  # fmt: skip
    assert asyncio.run(spf.check(asking(zone, asked), sender("1.tree.example"))).result == "permerror"
    assert len(asked) <= limits.SES_SPF_TERMS_MAX + 1


@pytest.mark.parametrize(  # RFC 7208, 7.4
    ("macro", "found"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%%%_%-", "% %20"),
    ],
)
def test_macros(macro: str, found: str) -> None:
    assert expanded(macro, sender("email.example.com"), "email.example.com") == found


def test_macros_of_ipv6() -> None:
    named = expanded("%{ir}.%{v}._spf.%{d2}", sender("email.example.com", "2001:db8::cb01"), "email.example.com")
    zeros = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
    assert named == f"{zeros}.ip6._spf.example.com"


@given(st.text("v=spf1 %{}:/.-~?+ainclude4redxp0129\x00é", max_size=60))
@settings(max_examples=150, deadline=None)
def test_odd_records_are_records_or_none(text: str) -> None:
    try:
        read(f"v=spf1 {text}")
    except RecordError:
        pass
    assert asyncio.run(spf.check(asking({"TXT example.com": [f"v=spf1 {text}"]}), sender())).result in (
        "pass neutral fail softfail permerror".split()
    )


# ---- DKIM ----

RFC_8463 = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
BRISBANE = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
TEST = (
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16"
    "JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/"
    "K4w3QIDAQAB"
)


def results(mail: bytes, keys: Mapping[str, Sequence[str]], now_seconds: int = 0) -> list[str]:
    fields, body = dkim.split(mail)
    verifier = dkim.Verifier(fields, body)
    return [
        "permerror" if one is None else verifier.result(one, keys.get(one.key_name, ()), now_seconds)
        for one in dkim.signatures(fields)
    ]


KEYS = {"brisbane._domainkey.football.example.com": [BRISBANE], "test._domainkey.football.example.com": [TEST]}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"", b"", ["pass", "pass"]),
        (b"hungry yet", b"hungry  yet", ["pass", "pass"]),  # what "relaxed" leaves out
        (b"Joe.\r\n", b"Joe. \r\n\r\n\r\n", ["pass", "pass"]),
        (b"Subject: Is", b"subject:   Is", ["pass", "pass"]),
        (b"hungry", b"angry", ["fail", "fail"]),
        (b"dinner", b"lunch", ["fail", "fail"]),
        (b"From: Joe", b"From: eve@evil.org\r\nFrom: Joe", ["fail", "fail"]),  # `from` is signed twice
        (b"a=ed25519-sha256", b"a=rsa-sha1", ["permerror", "pass"]),
        (b"i=@football.example.com", b"i=@evil.org", ["permerror", "permerror"]),
        (b"t=1528637909", b"x=1", ["fail", "fail"]),
        (b"t=1528637909", b"l=99999", ["permerror", "permerror"]),
        (b"v=1;", b"v=DKIM1;", ["permerror", "permerror"]),
        (b"h=from : ", b"h=", ["fail", "fail"]),
    ],
)
def test_the_signatures_of_rfc_8463(old: bytes, new: bytes, found: list[str]) -> None:
    changed = RFC_8463.replace(old, new, 2 if b"=" in old else 1) if old else RFC_8463
    assert results(changed, KEYS, now_seconds=5) == found


@pytest.mark.parametrize(
    "record",
    [
        "",
        "v=DKIM2; k=rsa; p=a",
        "v=DKIM1; p=",
        TEST.replace("k=rsa", "k=ed25519"),
        TEST + "; h=sha1",
        TEST + "; s=other",
        "p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit"
        "+CqvjWYzvQwECAwEAAQ==",  # 512 bits
    ],
)
def test_keys_that_are_none(record: str) -> None:
    assert results(RFC_8463, {"test._domainkey.football.example.com": [record]})[1] == "permerror"
    assert results(RFC_8463, {"test._domainkey.football.example.com": [record, TEST]})[1] == "pass"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def own(key: RSAPrivateKey, domain: str) -> tuple[Key, str]:
    """To sign with, and the record."""
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key(domain, "s", base64.b64encode(private).decode()), f"p={base64.b64encode(public).decode()}"


@given(body=st.lists(st.sampled_from([b" ", b"\t", b"a", b"\r\n", b"\r\n\r\n"]), max_size=12).map(b"".join))
@settings(max_examples=15, deadline=None)
def test_what_is_signed_here_holds_here(key: RSAPrivateKey, body: bytes) -> None:
    signing, record = own(key, "example.com")
    mail = signed(b"From: a@example.com\r\nTo: b@x.org\r\nSubject: a\r\n b\r\n\r\n" + body, signing, 0)
    assert results(mail, {"s._domainkey.example.com": [record]}) == ["pass"]


# ---- DMARC ----


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({}, None),
        ({"a.b.example.com": "v=DMARC1; p=reject; adkim=s"}, ("a.b.example.com", "reject", True, False)),
        ({"example.com": "v=DMARC1; p=reject; sp=quarantine; aspf=s"}, ("example.com", "quarantine", False, True)),
        ({"example.com": "v=DMARC1; p=reject"}, ("example.com", "reject", False, False)),
        ({"b.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=reject"},
         ("example.com", "reject", False, False)),
        ({"example.com": "v=DMARC1; p=reject; psd=y"}, None),
        ({"example.com": "v=spf1 -all"}, None),
        ({"example.com": "v=DMARC1; p=what"}, ("example.com", "none", False, False)),
    ],
)  # fmt: skip
def test_policies(records: Mapping[str, str], found: tuple[str, str, bool, bool] | None) -> None:
    listed = dmarc.names("a.b.Example.com")
    assert listed == ["a.b.example.com", "b.example.com", "example.com"]
    policy = dmarc.policy_of(listed, {name: [records[name]] if name in records else [] for name in listed})
    assert policy == (None if found is None else dmarc.Policy(*found))


# ---- all of it ----

PEER, SIGNED_BY = "192.0.2.3", "s._domainkey"


def judged(zone: Zone, mail: bytes, source: str = "ann@mail.example.com", helo: str = "mx.example.org") -> Any:
    return asyncio.run(judging._judge(asking(zone), source, PEER, helo, mail, 0))


FROM = b"From: Ann <ann@example.com>\r\nSubject: Hi\r\n\r\nHi\r\n"
SPF = {"TXT mail.example.com": ["v=spf1 ip4:192.0.2.3 -all"]}
NO = {"TXT mail.example.com": ["v=spf1 -all"]}
REJECT = {"TXT _dmarc.example.com": ["v=DMARC1; p=reject"]}


@pytest.mark.parametrize(
    ("zone", "signs", "found"),
    [
        ({}, None, "GRAY GRAY GRAY"),
        ({**SPF, **REJECT}, None, "PASS GRAY PASS"),
        ({**NO, **REJECT}, None, "FAIL GRAY FAIL reject"),
        ({**NO, **REJECT}, "example.com", "FAIL PASS PASS"),
        # A notification of 2020 that a user has shown: neutral, a signature of another's, p=none.
        ({"TXT mail.example.com": ["v=spf1 ?all"], "TXT _dmarc.example.com": ["v=DMARC1; p=none"]}, "other.org",
         "GRAY GRAY FAIL none"),
        # One of 2019: softfail, no signature, no policy.
        ({"TXT mail.example.com": ["v=spf1 ~all"]}, None, "GRAY GRAY GRAY"),
        # One of February 2020: a record of SPF that is none, no signature, p=reject.
        ({"TXT mail.example.com": ["v=spf1 what"], **REJECT}, None, "PROCESSING_FAILED GRAY FAIL reject"),
        ({**SPF, "TXT _dmarc.example.com": ["v=DMARC1; p=reject; aspf=s"]}, None, "PASS GRAY FAIL reject"),
        ({**SPF, "TXT _dmarc.example.com": None}, None, "PASS GRAY PROCESSING_FAILED"),
        ({"TXT mail.example.com": None, **REJECT}, None, "PROCESSING_FAILED GRAY PROCESSING_FAILED"),
        ({**NO, **REJECT, "TXT s._domainkey.example.com": None}, "example.com",
         "FAIL PROCESSING_FAILED PROCESSING_FAILED"),
        ({**NO, **REJECT, "TXT s._domainkey.example.com": []}, "example.com", "FAIL PROCESSING_FAILED FAIL reject"),
        ({**NO, **REJECT, "TXT s._domainkey.example.com": [TEST]}, "example.com", "FAIL FAIL FAIL reject"),
    ],
)  # fmt: skip
def test_verdicts(key: RSAPrivateKey, zone: Zone, signs: str | None, found: str) -> None:
    mail, known = FROM, dict(zone)
    if signs is not None:
        signing, record = own(key, signs)
        mail = signed(FROM, signing, 0)
        known = {f"TXT {SIGNED_BY}.{signs}": [record], **known}
    assert " ".join(judged(known, mail).verdicts.values()) == found


def test_the_headers_are_awss(key: RSAPrivateKey) -> None:
    signing, record = own(key, "example.com")
    zone = {**SPF, **REJECT, "TXT s._domainkey.example.com": [record]}
    by_spf = (
        "pass (spfCheck: domain of mail.example.com designates 192.0.2.3 as permitted sender) client-ip=192.0.2.3; "
        "envelope-from=ann@mail.example.com; helo=mx.example.org;"
    )
    assert judged(zone, signed(FROM, signing, 0)).headers.split("\r\n") == [
        f"Received-SPF: {by_spf}",
        "Authentication-Results: amazonses.com;",
        f" spf={by_spf}",
        " dkim=pass header.i=@example.com;",
        " dmarc=pass header.from=example.com;",
        "",
    ]


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ({}, "none (spfCheck: 192.0.2.3 is neither permitted nor denied by domain of mail.example.com) "),
        ({"TXT mail.example.com": ["v=spf1 x"]}, "permerror (spfCheck: Error in processing SPF Record) "),
        (
            {"TXT mail.example.com": ["v=spf1 ~all"]},
            "softfail (spfCheck: transitioning domain of mail.example.com does not designate 192.0.2.3 as permitted",
        ),
    ],
)
def test_the_words_of_spf(zone: Zone, words: str) -> None:
    headers = judged(zone, FROM).headers
    assert headers.startswith(f"Received-SPF: {words}") and headers.endswith(
        "dmarc=none properties.from=example.com;\r\n"
    )


def test_a_mail_without_a_sender_is_judged_by_its_host() -> None:
    zone = {"TXT mx.example.org": ["v=spf1 ip4:192.0.2.3 -all"]}
    assert "envelope-from=postmaster@mx.example.org" in judged(zone, FROM, source="").headers


# ---- hostile mails ----


@pytest.mark.parametrize(
    ("mail", "verdict"),
    [
        (b"From: a@example.com\r\n" + b"X: " + b"x" * 300_000 + b"\r\n\r\nHi", "PROCESSING_FAILED"),
        (b"From: a@example.com, b@evil.org\r\nFrom: c@d.org\r\n\r\nHi", "GRAY"),
        (b"", "GRAY"),
        (b"\r\n\r\n", "GRAY"),
        (b"DKIM-Signature: \xff;;;=\r\n\r\n", "PROCESSING_FAILED"),
        (b"From: " + b"(" * 5_000 + b"\r\n\r\n", "GRAY"),
        (b"From: a@b.org" + b",a@b.org" * 25_000 + b"\r\n\r\n", "GRAY"),
        (b"X: a" + b"\r\n a" * 60_000 + b"\r\n\r\n", "GRAY"),
        (b"DKIM-Signature: v=1; a=rsa-sha256; h=from; d=x.org; s=a/b; bh=; b=\r\n\r\n", "PROCESSING_FAILED"),
    ],
)
def test_mails_that_cannot_be_read(mail: bytes, verdict: str) -> None:
    begun = time.process_time()
    assert judged({}, mail).verdicts["dkim"] == verdict
    assert time.process_time() - begun < 2


def test_a_thousand_signatures_cost_ten(key: RSAPrivateKey) -> None:
    asked: list[str] = []
    signing, _ = own(key, "example.com")
    one = signed(FROM, signing, 0)
    head = one[: one.index(b"From:")]
    mail = b"".join(head.replace(b"s=s;", b"s=s%d;" % at) for at in range(1_000))[: limits.SES_HEADER_BYTES_MAX - 1_000]
    mail = mail[: mail.rindex(b"DKIM-Signature:")] + FROM
    asyncio.run(judging._judge(asking({}, asked), "a@example.com", PEER, "mx", mail, 0))
    assert sum("_domainkey" in one for one in asked) == limits.SES_DKIM_SIGNATURES_MAX


def test_a_body_of_line_ends_alone_is_hashed_soon(key: RSAPrivateKey) -> None:
    signing, record = own(key, "example.com")
    mail = signed(FROM, signing, 0) + b"\r\n" * 2_000_000
    begun = time.process_time()
    assert results(mail, {"s._domainkey.example.com": [record]}) == ["pass"]
    assert time.process_time() - begun < 5


def test_a_resolver_that_is_silent_holds_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(resolver: tuple[str, int], question: tuple[str, str]) -> list[str] | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr(judging, "ask_one", never)
    monkeypatch.setattr(limits, "SES_VERDICT_SECONDS", 0.05)
    found = asyncio.run(judging.judge(("127.0.0.1", 1), "a@example.com", PEER, "mx", FROM, 0))
    assert found.verdicts == {"spf": "PROCESSING_FAILED", "dkim": "PROCESSING_FAILED", "dmarc": "PROCESSING_FAILED"}


def test_what_calls_itself_odd_forges_nothing() -> None:
    mail = b"From: a@example.com\r\nDKIM-Signature: v=1; a=rsa-sha256; h=from; d=x.org; s=s; i=a (x)=b@x.org;\r\n"
    mail += b" bh=AA==; b=AA==\r\n\r\nHi"
    headers = judged({}, mail, source="dmarc=pass@x.org").headers
    assert " dkim=permerror header.i=a??x?=b@x.org;\r\n" in headers
    assert headers.count("\r\n") == 5 and judging._line("a\r\nb\x00é") == "a??b??"
