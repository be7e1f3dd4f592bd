"""Bulk mails of both versions: each destination has its data and its status."""

from typing import Any

from tests.integrations.ses.conftest import User, refused

TEMPLATE = {"TemplateName": "bulk", "SubjectPart": "{{a}} {{b}}", "TextPart": "t"}


def to(address: str) -> dict[str, Any]:
    return {"Destination": {"ToAddresses": [address]}}


def test_each_destination_of_v1(sender: User) -> None:
    ses = sender.client("ses")
    ses.create_template(Template=TEMPLATE)
    request: dict[str, Any] = {
        "Source": "bob@example.com",
        "Template": "bulk",
        "DefaultTemplateData": '{"a": 1, "b": 1}',
        "DefaultTags": [{"Name": "k", "Value": "default"}],
        "Destinations": [
            {
                **to("one@x.org"),
                "ReplacementTemplateData": '{"b": 2}',
                "ReplacementTags": [{"Name": "k", "Value": "o"}],
            },
            {**to("two@x.org"), "ReplacementTemplateData": "{"},
            to("nobody"),
            to("three@x.org"),
        ],
    }
    statuses = ses.send_bulk_templated_email(**request)["Status"]
    assert [one["Status"] for one in statuses] == [
        "Success",
        "InvalidParameterValue",
        "InvalidParameterValue",
        "Success",
    ]
    assert statuses[2]["Error"] == "Missing final '@domain'" and "MessageId" not in statuses[1]
    first, second = sender.inbox()
    assert [first["Id"], second["Id"]] == [statuses[0]["MessageId"], statuses[3]["MessageId"]]
    assert (first["Subject"], first["Tags"][0]["Value"]) == ("1 2", "o")
    assert (second["Subject"], second["Tags"][0]["Value"]) == ("1 1", "default")
    for changes, code in [
        ({"Template": "none"}, "TemplateDoesNotExist"),
        ({"DefaultTemplateData": "x"}, "InvalidParameterValue"),
        ({"ConfigurationSetName": "set"}, "ConfigurationSetDoesNotExist"),
        ({"Destinations": [to("a@x.org")] * 51}, "InvalidParameterValue"),
    ]:
        assert refused(ses.send_bulk_templated_email, **{**request, **changes})[0] == code
    assert len(sender.inbox()) == 2


def test_each_entry_of_v2_and_the_rate_of_the_sandbox(user: User) -> None:
    user.verify("example.com")
    ses2 = user.client("sesv2")
    entries = [
        {**to("cid@y.org")},
        {
            **to("ann@example.com"),
            "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": '{"a": "x"}'}},
            "ReplacementHeaders": [{"Name": "X-One", "Value": "own"}],
        },
        {**to("dan@example.com")},
    ]
    content = {"Subject": "{{a}}", "Text": "t"}
    headers = [{"Name": "x-one", "Value": "default"}, {"Name": "X-Two", "Value": "two"}]
    template = {"TemplateContent": content, "TemplateData": '{"a": "y"}', "Headers": headers}
    request = {"FromEmailAddress": "bob@example.com", "DefaultContent": {"Template": template}}
    results = ses2.send_bulk_email(**request, BulkEmailEntries=entries)["BulkEmailEntryResults"]
    assert [one["Status"] for one in results] == ["MESSAGE_REJECTED", "SUCCESS", "ACCOUNT_THROTTLED"]
    [mail] = user.inbox()
    assert (mail["Id"], mail["Subject"]) == (results[1]["MessageId"], "x")
    mime = user.call("GET", f"/_statewright/ses/mail?id={mail['Id']}")["mime"]
    assert "X-One: own\r\n" in mime and "X-Two: two\r\n" in mime and "default" not in mime
    assert refused(ses2.send_bulk_email, **{**request, "DefaultContent": {}}, BulkEmailEntries=entries)[0] == (
        "BadRequestException"
    )
