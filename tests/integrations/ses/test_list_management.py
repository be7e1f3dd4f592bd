"""Mails to contacts: the link by which one unsubscribes, and what becomes of mails to those who did."""

import email
import re
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.integrations.ses.conftest import User, refused

TOPICS = [
    {"TopicName": "news", "DisplayName": "News", "DefaultSubscriptionStatus": "OPT_IN"},
    {"TopicName": "offers", "DisplayName": "Offers", "DefaultSubscriptionStatus": "OPT_OUT"},
]
LINK = "{{amazonSESUnsubscribeUrl}}"
SIMPLE = {
    "Subject": {"Data": "S"},
    "Body": {"Text": {"Data": f"Leave: {LINK}"}, "Html": {"Data": f'<a href="{LINK}">Leave</a>'}},
}


@pytest.fixture
def listed(sender: User) -> Any:
    client = sender.client("sesv2")
    client.create_contact_list(ContactListName="l", Topics=TOPICS)
    return client


def send(client: Any, topic: str | None = "news", to: str = "ann@x.org", **more: Any) -> dict[str, Any]:
    options = {"ContactListName": "l", **({} if topic is None else {"TopicName": topic})}
    request = {
        "FromEmailAddress": "bob@example.com",
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": SIMPLE},
        "ListManagementOptions": options,
    }
    found: dict[str, Any] = client.send_email(**{**request, **more})
    return found


def newest(user: User) -> tuple[dict[str, Any], str]:
    """The mail, and the link in it."""
    found = user.inbox()[-1]
    [link] = re.findall(r"http://\S+", found["Body"]["text_part"])
    return found, link


def open_link(link: str, method: str = "GET") -> str:
    body = b"List-Unsubscribe=One-Click" if method == "POST" else None
    with urllib.request.urlopen(urllib.request.Request(link, body, method=method), timeout=20) as answer:
        return str(answer.read().decode())


def bounced(user: User, message_id: str) -> bool:
    [found] = [one for one in user.call("GET", "/_statewright/ses/mail")["messages"] if one["Id"] == message_id]
    return "bounced" in str(found)


def test_one_click_unsubscribes_from_the_topic(sender: User, listed: Any) -> None:
    sent = send(listed)["MessageId"]
    found, link = newest(sender)
    assert found["Body"]["html_part"] == f'<a href="{link}">Leave</a>' and LINK not in str(found)
    mime = email.message_from_string(sender.call("GET", f"/_statewright/ses/mail?id={sent}")["mime"])
    assert "".join(mime["List-Unsubscribe"].split()) == f"<{link}>"
    assert mime["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Unsubscribe ann@x.org from mails about news of l?" in open_link(link)
    assert listed.list_contacts(ContactListName="l")["Contacts"] == []
    assert "ann@x.org is unsubscribed." in open_link(link, "POST")
    contact = listed.get_contact(ContactListName="l", EmailAddress="ann@x.org")
    assert contact["TopicPreferences"] == [{"TopicName": "news", "SubscriptionStatus": "OPT_OUT"}]
    assert contact["UnsubscribeAll"] is False
    assert bounced(sender, send(listed)["MessageId"])
    assert not bounced(sender, send(listed, topic=None)["MessageId"])
    assert not bounced(sender, send(listed, to="other@x.org")["MessageId"])


def test_without_a_topic_from_all(sender: User, listed: Any) -> None:
    listed.create_contact(ContactListName="l", EmailAddress="ann@x.org")
    assert not bounced(sender, send(listed, topic=None)["MessageId"])
    open_link(newest(sender)[1], "POST")
    assert listed.get_contact(ContactListName="l", EmailAddress="ann@x.org")["UnsubscribeAll"] is True
    for topic in (None, "news"):
        assert bounced(sender, send(listed, topic=topic)["MessageId"])
    sent = listed.send_email(
        FromEmailAddress="bob@example.com",
        Destination={"ToAddresses": ["ann@x.org"]},
        Content={"Simple": SIMPLE},
    )
    assert not bounced(sender, sent["MessageId"])


def test_a_topic_that_is_opted_out_of_by_default(sender: User, listed: Any) -> None:
    assert bounced(sender, send(listed, topic="offers")["MessageId"])
    wanted = [{"TopicName": "offers", "SubscriptionStatus": "OPT_IN"}]
    listed.create_contact(ContactListName="l", EmailAddress="ann@x.org", TopicPreferences=wanted)
    assert not bounced(sender, send(listed, topic="offers")["MessageId"])


def test_templates_have_the_link_as_a_variable(sender: User, listed: Any) -> None:
    template = {
        "TemplateContent": {"Subject": "S", "Text": f"Hello {{{{name}}}}: {LINK}"},
        "TemplateData": '{"name": "A"}',
    }
    send(listed, Content={"Template": template})
    found, link = newest(sender)
    assert found["Body"]["text_part"] == f"Hello A: {link}"
    assert "news of l" in open_link(link)


def test_what_is_refused(sender: User, listed: Any) -> None:
    both = {"Destination": {"ToAddresses": ["a@x.org", "b@x.org"]}}
    raw = {"Content": {"Raw": {"Data": b"From: bob@example.com\r\nTo: a@x.org\r\n\r\nHi"}}}
    assert refused(send, client=listed, **both)[0] == "BadRequestException"
    assert refused(send, client=listed, **raw)[0] == "BadRequestException"
    assert refused(send, client=listed, topic="none")[0] == "NotFoundException"
    unknown = {"ListManagementOptions": {"ContactListName": "none"}}
    assert refused(send, client=listed, **unknown)[0] == "NotFoundException"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_cannot_be_made_up(sender: User, listed: Any, method: str) -> None:
    send(listed)
    _, link = newest(sender)
    middle = len(link) - 20
    changed = link[:middle] + ("A" if link[middle] != "A" else "B") + link[middle + 1 :]
    for wrong in (changed, link[:-8], f"{sender.endpoint}/ses/unsubscribe/x"):
        with pytest.raises(urllib.error.HTTPError) as error:
            open_link(wrong, method)
        error.value.close()
        assert error.value.code == 404
