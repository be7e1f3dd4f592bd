"""What needs no server: headers for SES, plans and their dispositions, notices and bounces, over odd mails, too."""

from email import message_from_bytes
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import limits
from engine.errors import ServiceError
from integrations.ses.receiving import bounce, notice, plan
from integrations.ses.receiving.plan import Arrival, Plan, Step
from integrations.ses.smtp.headers import taken

LINES = [b"Subject: =?utf-7?q?+2AA-?= \xff\r\n", b"\xe4: b\r\n"]
LINES += [b"From: a@b.org\r\n", b"X-SES-Message-Tags: a=b\r\n", b" folded\r\n", b"\r\n", b"\n", b":\xff\r\n", b"x"]
ODD = st.binary(max_size=400) | st.lists(st.sampled_from(LINES)).map(b"".join)


def step(rule: str, kind: str = "StopAction", **action: Any) -> Step:
    return Step(rule, True, ["help@example.com"], kind, action)


@pytest.mark.parametrize(
    ("raw", "left", "members"),
    [
        (b"", b"", {}),
        (b"A: b\r\n\r\nX-SES-MESSAGE-TAGS: a=b\r\n", b"A: b\r\n\r\nX-SES-MESSAGE-TAGS: a=b\r\n", {}),
        (
            b"A: b\r\nX-Ses-Configuration-Set : one\r\nC: d\r\n\r\nx",
            b"A: b\r\nC: d\r\n\r\nx",
            {"ConfigurationSetName": "one"},
        ),
        (
            b"X-SES-MESSAGE-TAGS: a=b,\r\n\tc=d\r\nC: d\r\n e\r\n\r\n",
            b"C: d\r\n e\r\n\r\n",
            {"EmailTags": [{"Name": "a", "Value": "b"}, {"Name": "c", "Value": "d"}]},
        ),
        (b"X-SES-FROM-ARN: arn\nX-SES-SOURCE-ARN: arn\n\n", b"\n", {"FromEmailAddressIdentityArn": "arn"}),
        (b"X-SES-RETURN-PATH-ARN: r\r\n", b"", {"FeedbackForwardingEmailAddressIdentityArn": "r"}),
    ],
)
def test_headers_for_ses(raw: bytes, left: bytes, members: dict[str, Any]) -> None:
    assert taken(raw) == (left, members)


def test_two_identities_cannot_be_meant() -> None:
    with pytest.raises(ServiceError, match="must name the same identity"):
        taken(b"X-SES-FROM-ARN: a\r\nX-SES-SOURCE-ARN: b\r\n\r\n")


@given(ODD)
@settings(max_examples=150, deadline=None)
def test_taking_headers_out_is_done_once(raw: bytes) -> None:
    left, _ = taken(raw)
    assert taken(left) == (left, {})
    assert raw.endswith(left[left.find(b"\r\n\r\n") :]) if b"\r\n\r\n" in left else len(left) <= len(raw)


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from(plan.DISPOSITIONS), min_size=8))
def test_dispositions_against_a_model(rules: list[str], said: list[str]) -> None:
    """The model: cross out the rest of a rule, or all; go on with what is not crossed out."""
    ordered = sorted(rules)  # the steps of a rule stand together
    made = Plan("id", "", [], [step(rule) for rule in ordered])
    left, done, expected = list(enumerate(ordered)), [], []
    while left:
        (at, rule), *left = left
        expected.append(at)
        if said[at] == plan.STOP_RULE:
            left = [one for one in left if one[1] != rule]
        if said[at] == plan.STOP_RULE_SET:
            left = []
    while made.current is not None:
        done.append(made.at)
        made = made.after(said[made.at])
    assert done == expected
    assert plan.read(made.text()) == made


@given(ODD)
@settings(max_examples=150, deadline=None)
def test_notices_of_odd_mails_are_json(raw: bytes) -> None:
    arrival = Arrival("ann@other.org", "127.0.0.1", "me\r\nX-Evil: 1", secure=False)
    mail = notice.trace(arrival, "id", "us-east-1", "help@example.com", True, 0) + raw
    made = Plan("id", "ann@other.org", ["help@example.com"], [step("a", "SNSAction", TopicArn="arn")])
    shown = notice.notification(made, made.steps[0], mail, 0, 5)
    assert orjson.loads(orjson.dumps(shown)) == shown
    names = [one["name"] for one in shown["mail"]["headers"]]
    assert names[:4] == ["Return-Path", "Received", "X-SES-Spam-Verdict", "X-SES-Virus-Verdict"]
    assert "X-Evil" not in names[:5]
    assert shown["receipt"]["processingTimeMillis"] == 5


def test_headers_beyond_10_kb_are_left_out() -> None:
    mail = b"".join(b"X-%d: %s\r\n" % (at, b"x" * 500) for at in range(40)) + b"\r\n"
    shown = notice.described(Plan("id", "", [], []), mail, 0)
    assert shown["headersTruncated"] is True
    size = sum(len(one["name"]) + len(one["value"]) for one in shown["headers"])
    assert limits.SES_NOTICE_HEADER_BYTES_MAX - 510 < size <= limits.SES_NOTICE_HEADER_BYTES_MAX


@given(ODD, st.text("abc ä", max_size=20))
@settings(max_examples=100, deadline=None)
def test_bounces_of_odd_mails_are_reports(raw: bytes, message: str) -> None:
    bounced = step("a", "BounceAction", SmtpReplyCode="550", Message=message, Sender="post@example.com")
    made = Plan("id", "ann@other.org", ["help@example.com"], [bounced])
    report = message_from_bytes(bounce.compose(made, bounced, raw, "mail-id", "us-east-1", 0))
    assert report["To"] == "ann@other.org" and report["From"] == "post@example.com"
    parts: Any = report.get_payload()
    kinds = [part.get_content_type() for part in parts]
    assert kinds == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert parts[1].get_payload()[1]["Status"] == "5.0.0"
