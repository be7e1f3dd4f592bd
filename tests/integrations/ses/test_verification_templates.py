"""Verification mails of one's own making, and what an account says when it asks for production access."""

import html
import re
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.integrations.ses.conftest import User, refused

TEMPLATE = {
    "TemplateName": "t",
    "FromEmailAddress": "Ann <ann@example.com>",
    "TemplateSubject": "Welcome",
    "TemplateContent": "<h1>Hello</h1>",
    "SuccessRedirectionURL": "https://example.com/yes?a=1&b=2",
    "FailureRedirectionURL": "https://example.com/no",
}


class Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def leads_to(link: str) -> str:
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.build_opener(Staying).open(link, timeout=20)
    error.value.close()
    assert error.value.code == 302
    return str(error.value.headers["location"])


def link_in_the_newest(user: User) -> str:
    [link] = re.findall(r'href="(http://[^"]+)"', user.inbox()[-1]["Body"]["html_part"])
    return html.unescape(link)


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_templates(sender: User, service: str) -> None:
    client = sender.client(service)
    second = service == "sesv2"
    client.create_custom_verification_email_template(**TEMPLATE)
    found = client.get_custom_verification_email_template(TemplateName="t")
    assert {name: found[name] for name in TEMPLATE} == TEMPLATE
    again = refused(client.create_custom_verification_email_template, **TEMPLATE)[0]
    assert again == ("AlreadyExistsException" if second else "CustomVerificationEmailTemplateAlreadyExists")
    changed = {**TEMPLATE, "TemplateSubject": "Hi"}
    client.update_custom_verification_email_template(**changed)
    shown = {name: value for name, value in changed.items() if name != "TemplateContent"}
    assert client.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"] == [shown]
    gone = "NotFoundException" if second else "CustomVerificationEmailTemplateDoesNotExist"
    missing = {**TEMPLATE, "TemplateName": "none"}
    assert refused(client.update_custom_verification_email_template, **missing)[0] == gone
    assert refused(client.get_custom_verification_email_template, TemplateName="none")[0] == gone
    send = client.send_custom_verification_email
    assert refused(send, EmailAddress="new@x.org", TemplateName="none")[0] == gone
    client.delete_custom_verification_email_template(TemplateName="t")
    assert client.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"] == []
    if second:
        assert refused(client.delete_custom_verification_email_template, TemplateName="t")[0] == gone
    else:
        client.delete_custom_verification_email_template(TemplateName="t")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"FromEmailAddress": "ann@other.org"}, "FromEmailAddressNotVerified"),
        ({"SuccessRedirectionURL": "javascript:x"}, "InvalidParameterValue"),
        ({"FailureRedirectionURL": "https://a.org/\nx"}, "InvalidParameterValue"),
        ({"TemplateContent": "x" * 512_001}, "CustomVerificationEmailInvalidContent"),
    ],
)
def test_templates_that_are_refused(sender: User, change: dict[str, str], code: str) -> None:
    create = sender.client("ses").create_custom_verification_email_template
    assert refused(create, **{**TEMPLATE, **change})[0] == code
    second = sender.client("sesv2").create_custom_verification_email_template
    assert refused(second, **{**TEMPLATE, **change})[0] == "BadRequestException"


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_the_link_leads_on(sender: User, service: str) -> None:
    client, ses2 = sender.client(service), sender.client("sesv2")
    client.create_custom_verification_email_template(**TEMPLATE)
    for name in ("new@x.org", "late@x.org"):
        assert client.send_custom_verification_email(EmailAddress=name, TemplateName="t")["MessageId"]
        [mail] = [one for one in sender.inbox() if one["Destination"]["ToAddresses"] == [name]]
        assert (mail["Source"], mail["Subject"]) == (TEMPLATE["FromEmailAddress"], "Welcome")
        if name == "late@x.org":
            sender.seconds(86_401)
        expected = "FailureRedirectionURL" if name == "late@x.org" else "SuccessRedirectionURL"
        assert leads_to(link_in_the_newest(sender)) == TEMPLATE[expected]
        assert ses2.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"] is (name == "new@x.org")
    sender.client("ses").verify_email_identity(EmailAddress="late@x.org")
    [link] = re.findall(r"http://\S+", sender.inbox()[-1]["Body"]["text_part"])
    with urllib.request.urlopen(link, timeout=20) as answer:
        assert answer.status == 200


def test_who_may_send_one(sender: User) -> None:
    ses = sender.client("ses")
    ses.create_custom_verification_email_template(**TEMPLATE)
    asked = {"EmailAddress": "new@x.org", "TemplateName": "t"}
    unknown = refused(ses.send_custom_verification_email, **asked, ConfigurationSetName="none")
    assert unknown[0] == "ConfigurationSetDoesNotExist"
    ses.create_configuration_set(ConfigurationSet={"Name": "c"})
    named = refused(ses.send_custom_verification_email, **asked, ConfigurationSetName="c")
    assert named == ("InvalidParameterValue", "The parameter ConfigurationSetName is not supported by this server.")
    sender.call("POST", "/_statewright/ses/sandbox")
    assert refused(ses.send_custom_verification_email, **asked)[0] == "ProductionAccessNotGranted"
    ses.update_account_sending_enabled(Enabled=False)
    assert refused(ses.send_custom_verification_email, **asked)[0] == "AccountSendingPausedException"
    ses.update_account_sending_enabled(Enabled=True)
    sender.leave_sandbox()
    ses.delete_identity(Identity="example.com")
    assert refused(ses.send_custom_verification_email, **asked)[0] == "FromEmailAddressNotVerified"


def test_an_account_asks_for_production_access(user: User, ses2: Any) -> None:
    details = {
        "MailType": "TRANSACTIONAL",
        "WebsiteURL": "https://example.com",
        "ContactLanguage": "EN",
        "UseCaseDescription": "Receipts",
        "AdditionalContactEmailAddresses": ["ops@example.com"],
    }
    assert "Details" not in ses2.get_account()
    ses2.put_account_details(**details)
    assert ses2.get_account()["Details"] == details
    ses2.put_account_details(**details, ProductionAccessEnabled=True)
    review = ses2.get_account()["Details"]["ReviewDetails"]
    assert review["Status"] == "PENDING" and review["CaseId"]
    assert refused(ses2.put_account_details, **details)[0] == "ConflictException"
    user.leave_sandbox()
    assert ses2.get_account()["Details"]["ReviewDetails"]["Status"] == "GRANTED"
    user.call("POST", "/_statewright/ses/sandbox")
    assert ses2.get_account()["Details"]["ReviewDetails"]["Status"] == "DENIED"
    for change in (
        {"WebsiteURL": "nowhere"},
        {"UseCaseDescription": "x" * 5_001},
        {"AdditionalContactEmailAddresses": ["a@x.org"] * 5},
        {"AdditionalContactEmailAddresses": ["nobody"]},
    ):
        assert refused(ses2.put_account_details, **{**details, **change})[0] == "BadRequestException"
