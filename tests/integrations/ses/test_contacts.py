"""Contact lists, contacts, and who is listed by which filter."""

from typing import Any

import pytest

from tests.integrations.ses.conftest import refused

TOPICS = [
    {"TopicName": "news", "DisplayName": "News", "DefaultSubscriptionStatus": "OPT_IN"},
    {"TopicName": "offers", "DisplayName": "Offers", "Description": "D", "DefaultSubscriptionStatus": "OPT_OUT"},
]


def preference(topic: str, status: str) -> dict[str, str]:
    return {"TopicName": topic, "SubscriptionStatus": status}


@pytest.fixture
def listed(ses2: Any) -> Any:
    """With the list `l`."""
    ses2.create_contact_list(ContactListName="l", Topics=TOPICS, Description="All", Tags=[{"Key": "k", "Value": "v"}])
    return ses2


def test_a_list(listed: Any) -> None:
    found = listed.get_contact_list(ContactListName="l")
    assert found["Topics"] == TOPICS and found["Description"] == "All" and found["Tags"] == [{"Key": "k", "Value": "v"}]
    listed.update_contact_list(ContactListName="l", Description="Less")
    assert listed.get_contact_list(ContactListName="l")["Topics"] == TOPICS
    listed.update_contact_list(ContactListName="l", Topics=TOPICS[:1])
    found = listed.get_contact_list(ContactListName="l")
    assert (found["Topics"], found["Description"]) == (TOPICS[:1], "Less")
    assert [one["ContactListName"] for one in listed.list_contact_lists()["ContactLists"]] == ["l"]
    assert refused(listed.create_contact_list, ContactListName="l")[0] == "AlreadyExistsException"
    assert refused(listed.create_contact_list, ContactListName="m")[0] == "LimitExceededException"
    listed.create_contact(ContactListName="l", EmailAddress="a@x.org")
    listed.delete_contact_list(ContactListName="l")
    assert listed.list_contact_lists()["ContactLists"] == []
    listed.create_contact_list(ContactListName="l")
    assert listed.list_contacts(ContactListName="l")["Contacts"] == []


def test_lists_that_are_refused(ses2: Any) -> None:
    other = {"TopicName": "t", "DisplayName": "T", "DefaultSubscriptionStatus": "OPT_IN"}
    for topics in (
        [other, other],
        [{**other, "TopicName": str(number)} for number in range(21)],
        [{**other, "TopicName": "a b"}],
        [{**other, "DisplayName": ""}],
        [{**other, "Description": "x" * 501}],
        [{**other, "DisplayName": "x" * 129}],
    ):
        assert refused(ses2.create_contact_list, ContactListName="l", Topics=topics)[0] == "BadRequestException"
    assert refused(ses2.create_contact_list, ContactListName="a b")[0] == "BadRequestException"
    operations = (ses2.get_contact_list, ses2.update_contact_list, ses2.delete_contact_list, ses2.list_contacts)
    for operation in operations:
        assert refused(operation, ContactListName="none")[0] == "NotFoundException"
    for operation in (ses2.create_contact, ses2.get_contact, ses2.update_contact, ses2.delete_contact):
        assert refused(operation, ContactListName="none", EmailAddress="a@x.org")[0] == "NotFoundException"


def test_a_contact(listed: Any) -> None:
    key = {"ContactListName": "l", "EmailAddress": "ann@x.org"}
    assert refused(listed.get_contact, **key)[0] == "NotFoundException"
    assert refused(listed.update_contact, **key)[0] == "NotFoundException"
    assert refused(listed.delete_contact, **key)[0] == "NotFoundException"
    listed.create_contact(**key, TopicPreferences=[preference("news", "OPT_OUT")], AttributesData='{"n": "Ann"}')
    found = listed.get_contact(**key)
    assert found["TopicPreferences"] == [preference("news", "OPT_OUT")]
    assert found["TopicDefaultPreferences"] == [preference("offers", "OPT_OUT")]
    assert (found["UnsubscribeAll"], found["AttributesData"]) == (False, '{"n": "Ann"}')
    assert refused(listed.create_contact, **key)[0] == "AlreadyExistsException"
    listed.update_contact(**key, TopicPreferences=[preference("offers", "OPT_IN")], UnsubscribeAll=True)
    found = listed.get_contact(**key)
    assert found["TopicPreferences"] == [preference("news", "OPT_OUT"), preference("offers", "OPT_IN")]
    assert (found["UnsubscribeAll"], found["AttributesData"]) == (True, '{"n": "Ann"}')
    wrong = {"TopicPreferences": [preference("none", "OPT_IN")]}
    assert refused(listed.update_contact, **key, **wrong) == (
        "BadRequestException",
        "List l doesn't contain topic none.",
    )
    assert refused(listed.update_contact, **key, AttributesData="x" * 1_025)[0] == "BadRequestException"
    assert refused(listed.create_contact, ContactListName="l", EmailAddress="no")[0] == "BadRequestException"
    listed.delete_contact(**key)
    assert refused(listed.get_contact, **key)[0] == "NotFoundException"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "a b c d"),
        ({"FilteredStatus": "OPT_IN"}, "a b c"),
        ({"FilteredStatus": "OPT_OUT"}, "d"),
        ({"FilteredStatus": "OPT_IN", "TopicFilter": {"TopicName": "news"}}, "a"),
        ({"FilteredStatus": "OPT_OUT", "TopicFilter": {"TopicName": "news"}}, "b d"),
        (
            {
                "FilteredStatus": "OPT_IN",
                "TopicFilter": {"TopicName": "news", "UseDefaultIfPreferenceUnavailable": True},
            },
            "a c",
        ),
        ({"TopicFilter": {"TopicName": "offers"}}, "c"),
    ],
)
def test_filters(listed: Any, wanted: Any, expected: str) -> None:
    said: dict[str, Any] = {
        "a": {"TopicPreferences": [preference("news", "OPT_IN")]},
        "b": {"TopicPreferences": [preference("news", "OPT_OUT")]},
        "c": {"TopicPreferences": [preference("offers", "OPT_IN")]},
        "d": {"TopicPreferences": [preference("news", "OPT_IN")], "UnsubscribeAll": True},
    }
    for name, given in said.items():
        listed.create_contact(ContactListName="l", EmailAddress=f"{name}@x.org", **given)
    found: list[str] = []
    asked: dict[str, Any] = {"ContactListName": "l", "Filter": wanted, "PageSize": 2}
    while True:
        page = listed.list_contacts(**asked)
        found += [one["EmailAddress"][0] for one in page["Contacts"]]
        if "NextToken" not in page:
            break
        asked["NextToken"] = page["NextToken"]
    assert " ".join(found) == expected
    none = {"TopicFilter": {"TopicName": "none"}}
    assert refused(listed.list_contacts, ContactListName="l", Filter=none)[0] == "BadRequestException"
