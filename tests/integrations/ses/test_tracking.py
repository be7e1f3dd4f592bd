"""Mails that tell whether they are opened and which links are followed: HTML as tables, and both back ends."""

import email
import re
import time
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import insert, select

from engine import limits
from engine.store.database import open_database
from integrations.ses.sending import tracked_store
from integrations.ses.sending.html_links import with_image, with_links
from integrations.ses.sending_tables import tracked
from tests.integrations.ses.conftest import User, refused
from tests.integrations.ses.hearing import Ear, ear
from tests.integrations.ses.test_list_management import TOPICS

IMAGE = '<img alt="" src="u" style="display: none; width: 1px; height: 1px;">'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<a href="https://x.org/">x</a>', '<a href="[https://x.org/]">x</a>'),
        ("<A class=b HREF='http://x.org/?a=1&amp;b=2' id=c>", '<A class=b href="[http://x.org/?a=1&b=2]" id=c>'),
        ("<a href=https://x.org/a?b>", '<a href="[https://x.org/a?b]">'),
        ("<a href=https://x.org/?a=b&c=d id=e>", '<a href="[https://x.org/?a=b&c=d]" id=e>'),
        ('<area\nhref="https://x.org" alt=">">', '<area\nhref="[https://x.org]" alt=">">'),
        ('<a ses:no-track href="https://x.org">', '<a ses:no-track href="https://x.org">'),
        (
            '<a ses:tags="product:book;genre:a;genre:b;odd" href="https://x.org">',
            '<a  href="[https://x.org product=book genre=a,b]">',
        ),
        ('<a href="mailto:a@x.org"><a href="#top"><a name="x"><a href>', None),
        ('<a href="https://x.org/{{name}} and more">', None),
        ('<abbr href="https://x.org"><link href="https://x.org"><img src="https://x.org">', None),
        (f'<a href="https://x.org/{"x" * limits.SES_TRACKED_URL_CHARS_MAX}">', None),
        (f'<a ses:tags="a:{"x" * limits.SES_TRACKED_URL_CHARS_MAX}" href="https://x.org">', None),
        ('<a title="never ends href="https://x.org">', None),
        ("<a", None),
        ("", None),
    ],
)
def test_links(text: str, found: str | None) -> None:
    def follow(url: str, tags: Any) -> str:
        return "[" + " ".join([url, *(f"{name}={','.join(values)}" for name, values in tags.items())]) + "]"

    assert with_links(text, follow) == (text if found is None else found)


def test_a_mail_has_250_links_that_are_followed() -> None:
    text = '<a href="https://x.org">' * 300
    assert with_links(text, lambda url, tags: "here").count("here") == limits.SES_TRACKED_LINKS_MAX


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<body>Hi</body></html>", f"<body>Hi{IMAGE}</body></html>"),
        ("Hi", f"Hi{IMAGE}"),
        ("{{ses:openTracker}}Hi{{ses:openTracker}}</body>", f"{IMAGE}Hi</body>"),
        ("</body>Hi</BODY >", f"</body>Hi{IMAGE}</BODY >"),
    ],
)
def test_where_the_image_is(text: str, found: str) -> None:
    assert with_image(text, "u") == found


@given(st.lists(st.sampled_from(['<a href="http://x.org"', "<a ", ">", '"', "'", "=", "é", " "])).map("".join))
@examples(max_examples=100, deadline=None)
def test_odd_html_loses_nothing(text: str) -> None:
    changed = with_links(text, lambda url, tags: url)
    assert re.sub("[\"' =]", "", changed) == re.sub("[\"' =]", "", text)


@pytest.mark.parametrize("piece", ["<a '", '<a "', "<a ", "<a href='>", "<area x="])
def test_html_that_is_made_to_be_slow_is_not(piece: str) -> None:
    begun = time.process_time()
    with_links(piece * 100_000, lambda url, tags: url)
    assert time.process_time() - begun < 3


# ---- against a server ----

HTML = '<body><a href="https://x.org/a?b=1&amp;c=2" ses:tags="kind:main">A</a> <a ses:no-track href="https://x.org">B</a></body>'


def followed(user: User, *kinds: str, **options: Any) -> Ear:
    """A configuration set `c` whose destination asks for these events."""
    found, ses2 = ear(user), user.client("sesv2")
    ses2.create_configuration_set(ConfigurationSetName="c", **options)
    to = {"Enabled": True, "MatchingEventTypes": list(kinds), "SnsDestination": {"TopicArn": found.topic}}
    ses2.create_configuration_set_event_destination(
        ConfigurationSetName="c", EventDestinationName="ear", EventDestination=to
    )
    return found


def send(user: User, html: str = HTML, **more: Any) -> str:
    found: str = user.client("sesv2").send_email(
        FromEmailAddress="bob@example.com",
        Destination={"ToAddresses": ["ann@x.org"]},
        Content={"Simple": {"Subject": {"Data": "S"}, "Body": {"Html": {"Data": html}, "Text": {"Data": "T"}}}},
        ConfigurationSetName="c",
        **more,
    )["MessageId"]
    return found


def html_of(user: User, message_id: str) -> str:
    """Of the mail as it leaves."""
    mime = user.call("GET", f"/_statewright/ses/mail?id={message_id}")["mime"]
    parts = [one for one in email.message_from_string(mime).walk() if one.get_content_type() == "text/html"]
    content: Any = parts[0].get_payload(decode=True)
    return str(content.decode()).strip()


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> None:
        return None


def get(url: str, method: str = "GET") -> tuple[int, Message, bytes]:
    """Status, headers and body; a redirect is not followed."""
    request = urllib.request.Request(url, method=method, headers={"User-Agent": "Mail/1"})
    try:
        with urllib.request.build_opener(_Staying).open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_a_mail_is_opened_and_its_link_followed(sender: User) -> None:
    heard = followed(sender, "OPEN", "CLICK")
    message_id = send(sender, EmailTags=[{"Name": "team", "Value": "news"}])
    html = html_of(sender, message_id)
    assert sender.inbox()[0]["Body"]["html_part"] == html
    click, image = re.findall(rf"{sender.endpoint}/_aws/ses/[^\"]+", html)
    assert 'ses:no-track href="https://x.org"' in html and html.index(image) > html.index(click)
    status, headers, body = get(image)
    assert (status, headers["Content-Type"], body[:6]) == (200, "image/gif", b"GIF89a")
    status, headers, _ = get(click)
    assert (status, headers["Location"]) == (302, "https://x.org/a?b=1&c=2")
    opened, clicked = heard.heard()
    for event in (opened, clicked):
        assert event["mail"]["messageId"] == message_id and event["mail"]["tags"]["team"] == ["news"]
    assert opened["open"].keys() == {"ipAddress", "timestamp", "userAgent"}
    assert (opened["open"]["ipAddress"], opened["open"]["userAgent"]) == ("127.0.0.1", "Mail/1")
    assert clicked["click"]["link"] == "https://x.org/a?b=1&c=2"
    assert clicked["click"]["linkTags"] == {"kind": ["main"]}
    assert get(click)[0] == get(click, "HEAD")[0] == 302
    assert [one["eventType"] for one in heard.heard()] == ["Click"]  # each time, and not for a look ahead


def test_links_cannot_be_forged_and_outlive_their_events(sender: User) -> None:
    heard = followed(sender, "CLICK")
    html = html_of(sender, send(sender))
    (click,) = re.findall(rf"{sender.endpoint}/_aws/ses/click/[^\"]+", html)
    for forged in (click[:-6] + "AAAAAA", f"{sender.endpoint}/_aws/ses/click/aGk", click.replace("click", "click/x")):
        assert get(forged)[0] == 404
    assert get(click.replace("/click/", "/open/"))[0] == 200
    sender.seconds(limits.SES_TRACKED_MS / 1000)
    assert get(click)[1]["Location"] == "https://x.org/a?b=1&c=2"
    assert heard.heard() == []


@pytest.mark.parametrize(
    ("policy", "schemes"),
    [(None, ["https", "http"]), ("OPTIONAL", ["https", "http"]), ("REQUIRE_OPEN_ONLY", ["https", "https"]),
     ("REQUIRE", ["https", "https"])],
)  # fmt: skip
def test_a_domain_of_the_senders_own(sender: User, policy: str | None, schemes: list[str]) -> None:
    options = {"CustomRedirectDomain": "Links.example.com", **({} if policy is None else {"HttpsPolicy": policy})}
    followed(sender, "OPEN", "CLICK", TrackingOptions=options)
    html = html_of(sender, send(sender, HTML.replace("b=1", "d=1")))
    assert re.findall(r"(https?)://links\.example\.com/_aws/ses/", html) == schemes
    shown = sender.client("sesv2").get_configuration_set(ConfigurationSetName="c")["TrackingOptions"]
    assert shown == {**options, "CustomRedirectDomain": "links.example.com"}


def test_what_is_not_asked_for_is_not_changed(sender: User) -> None:
    followed(sender, "SEND", "DELIVERY")
    assert html_of(sender, send(sender)) == HTML


def test_raw_mails_are_followed_but_for_what_is_signed(sender: User) -> None:
    followed(sender, "OPEN")
    inner = b"Content-Type: text/html; charset=iso-8859-1\n\n<p>\xe4</p>\n"
    parts = {
        "alternative": b"--b\nContent-Type: text/plain\n\n<p>\n--b\n" + inner + b"--b--\n",
        "signed": b"--b\n" + inner + b"--b\nContent-Type: application/pkcs7-signature\n\nx\n--b--\n",
    }
    found = {}
    for kind, body in parts.items():
        head = f'From: bob@example.com\nTo: ann@x.org\nX-Own:  a\n b\nContent-Type: multipart/{kind}; boundary="b"\n\n'
        sent = sender.client("sesv2").send_email(
            Content={"Raw": {"Data": head.encode() + body}}, ConfigurationSetName="c"
        )["MessageId"]
        found[kind] = sender.call("GET", f"/_statewright/ses/mail?id={sent}")["mime"]
    assert "/_aws/ses/open/" not in found["signed"]
    mail = email.message_from_string(found["alternative"])
    plain, html = mail.get_payload()
    assert mail["X-Own"].split() == ["a", "b"] and plain.get_payload() == "<p>"  # type: ignore[union-attr]
    assert html.get_payload(decode=True).startswith(b"<p>\xe4</p><img ")  # type: ignore[union-attr]


def test_tracking_options_of_v1(sender: User) -> None:
    ses = sender.client("ses")
    ses.create_configuration_set(ConfigurationSet={"Name": "c"})
    options = {"ConfigurationSetName": "c", "TrackingOptions": {"CustomRedirectDomain": "a.example.com"}}
    assert (
        refused(ses.update_configuration_set_tracking_options, **options)[0] == "TrackingOptionsDoesNotExistException"
    )
    ses.create_configuration_set_tracking_options(**options)
    assert (
        refused(ses.create_configuration_set_tracking_options, **options)[0] == "TrackingOptionsAlreadyExistsException"
    )
    for domain in ("nowhere.org", "a b", ""):
        wrong = {"CustomRedirectDomain": domain}
        found = refused(ses.update_configuration_set_tracking_options, ConfigurationSetName="c", TrackingOptions=wrong)
        assert found[0] == "InvalidTrackingOptions"
    asked = {"ConfigurationSetName": "c", "ConfigurationSetAttributeNames": ["trackingOptions"]}
    assert ses.describe_configuration_set(**asked)["TrackingOptions"] == {"CustomRedirectDomain": "a.example.com"}
    ses.delete_configuration_set_tracking_options(ConfigurationSetName="c")
    assert "TrackingOptions" not in ses.describe_configuration_set(**asked)
    assert refused(ses.delete_configuration_set_tracking_options, ConfigurationSetName="c")[0].startswith("Tracking")
    ses2 = sender.client("sesv2")
    ses2.put_configuration_set_tracking_options(ConfigurationSetName="c", CustomRedirectDomain="example.com")
    ses2.put_configuration_set_tracking_options(ConfigurationSetName="c")
    assert "TrackingOptions" not in ses2.get_configuration_set(ConfigurationSetName="c")
    code, text = refused(ses2.put_configuration_set_tracking_options, ConfigurationSetName="c", HttpsPolicy="REQUIRE")
    assert code == "BadRequestException" and "HttpsPolicy REQUIRE needs a CustomRedirectDomain" in text


def test_a_template_says_where_the_image_is(sender: User) -> None:
    followed(sender, "OPEN")
    ses2 = sender.client("sesv2")
    parts = {"Subject": "S", "Html": "{{ses:openTracker}}<p>{{a}}</p>"}
    ses2.create_email_template(TemplateName="t", TemplateContent=parts)
    sent = ses2.send_email(
        FromEmailAddress="bob@example.com",
        Destination={"ToAddresses": ["ann@x.org"]},
        Content={"Template": {"TemplateName": "t", "TemplateData": '{"a": "b"}'}},
        ConfigurationSetName="c",
    )["MessageId"]
    assert re.fullmatch(r'<img alt="" src="[^"]+/_aws/ses/open/[^"]+"[^>]+><p>b</p>\s*', html_of(sender, sent))
    twice = {"Subject": "S", "Html": "{{ses:openTracker}}{{ses:openTracker}}"}
    code, _ = refused(ses2.create_email_template, TemplateName="u", TemplateContent=twice)
    assert code == "BadRequestException"


@pytest.mark.parametrize(
    ("body", "source"), [(b"List-Unsubscribe=One-Click", "UnsubscribeHeader"), (b"", "UnsubscribePage")]
)
def test_unsubscribing_is_told(sender: User, body: bytes, source: str) -> None:
    heard = followed(sender, "SUBSCRIPTION")
    sender.client("sesv2").create_contact_list(ContactListName="l", Topics=TOPICS)
    message_id = send(sender, ListManagementOptions={"ContactListName": "l", "TopicName": "news"})
    mime = sender.call("GET", f"/_statewright/ses/mail?id={message_id}")["mime"]
    link = "".join(str(email.message_from_string(mime)["List-Unsubscribe"]).split())[1:-1]
    with urllib.request.urlopen(urllib.request.Request(link, body, method="POST"), timeout=20):
        pass
    (event,) = heard.heard()
    told = event["subscription"]
    assert event["mail"]["messageId"] == message_id
    assert (told["contactList"], told["source"]) == ("l", source)
    offers = {"topicName": "offers", "subscriptionStatus": "OptOut"}
    assert told["oldTopicPreferences"] == {
        "unsubscribeAll": False,
        "topicSubscriptionStatus": [],
        "topicDefaultSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptIn"}, offers],
    }
    assert told["newTopicPreferences"] == {
        "unsubscribeAll": False,
        "topicSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptOut"}],
        "topicDefaultSubscriptionStatus": [offers],
    }


def test_metrics_of_link_tags(sender: User) -> None:
    ses2 = sender.client("sesv2")
    ses2.create_configuration_set(ConfigurationSetName="c")
    asked = {"DimensionName": "kind", "DimensionValueSource": "LINK_TAG", "DefaultDimensionValue": "none"}
    to = {"Enabled": True, "MatchingEventTypes": ["CLICK"]}
    to["CloudWatchDestination"] = {"DimensionConfigurations": [asked]}
    ses2.create_configuration_set_event_destination(
        ConfigurationSetName="c", EventDestinationName="d", EventDestination=to
    )
    (click,) = re.findall(rf"{sender.endpoint}/_aws/ses/click/[^\"]+", html_of(sender, send(sender)))
    get(click)
    (event,) = sender.client("logs").filter_log_events(logGroupName="/aws/ses/c")["events"]
    assert '"kind":"main"' in event["message"] and '"Click":1' in event["message"]


def test_mails_that_are_followed_are_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(limits, "SES_TRACKED_MAX", 5)
    blank = {"account": "a", "region": "r", "message_id": "m", "sealed": 0, "content": b""}
    with open_database(f"sqlite:///{tmp_path / 'x.db'}") as database, database.writer.transaction() as connection:
        tracked.create(connection)
        connection.execute(insert(tracked), [{**blank, "time_ms": time_ms} for time_ms in range(10)])
        assert tracked_store.sweep(connection, limits.SES_TRACKED_MS + 7) is False
        assert list(connection.execute(select(tracked.c.time_ms)).scalars()) == [8, 9]
