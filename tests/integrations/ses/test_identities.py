"""Identities and the sandbox: who may send to whom, how much, and who lets an account out."""

import re
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.integrations.ses.conftest import User, refused
from tests.integrations.ses.test_sending import MESSAGE, mail

REJECTED = "Email address is not verified. The following identities failed the check in region US-EAST-1: "


def to(*addresses: str, source: str = "bob@example.com") -> dict[str, Any]:
    return {"Source": source, "Destination": {"ToAddresses": list(addresses)}, "Message": MESSAGE}


def test_an_address_is_verified_by_the_link_in_its_mail(user: User, ses: Any, ses2: Any) -> None:
    ses.verify_email_identity(EmailAddress="Ann@Example.ORG")
    assert ses.list_identities()["Identities"] == ["Ann@example.org"]
    assert ses2.get_email_identity(EmailIdentity="Ann@example.org")["VerificationStatus"] == "PENDING"
    [sent] = user.inbox()
    assert sent["Destination"]["ToAddresses"] == ["Ann@example.org"]
    [link] = re.findall(r"http://\S+", sent["Body"]["text_part"])
    with urllib.request.urlopen(link, timeout=20) as answer:
        assert b"verified the email address Ann@example.org" in answer.read()
    status = ses.get_identity_verification_attributes(Identities=["Ann@example.org", "other@x.org"])
    assert status["VerificationAttributes"] == {"Ann@example.org": {"VerificationStatus": "Success"}}
    assert ses.list_verified_email_addresses()["VerifiedEmailAddresses"] == ["Ann@example.org"]
    ses2.delete_email_identity(EmailIdentity="Ann@example.org")
    assert refused(ses2.get_email_identity, EmailIdentity="Ann@example.org")[0] == "NotFoundException"


def test_a_domain_is_verified_by_its_owner_and_not_by_its_token(user: User, ses: Any, ses2: Any) -> None:
    token = ses.verify_domain_identity(Domain="Example.org")["VerificationToken"]
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{user.endpoint}/ses/verify/{token}", timeout=20)
    error.value.close()
    assert error.value.code == 404
    found = ses.get_identity_verification_attributes(Identities=["example.org"])["VerificationAttributes"]
    assert found == {"example.org": {"VerificationStatus": "Pending", "VerificationToken": token}}
    dkim = ses.verify_domain_dkim(Domain="example.org")["DkimTokens"]
    assert len(set(dkim)) == 3 and ses.verify_domain_dkim(Domain="example.org")["DkimTokens"] == dkim
    user.call("POST", "/_statewright/ses/confirm?identity=example.org")
    shown = ses2.get_email_identity(EmailIdentity="example.org")
    assert shown["VerifiedForSendingStatus"] is True and shown["IdentityType"] == "DOMAIN"
    assert (shown["DkimAttributes"]["Status"], shown["DkimAttributes"]["Tokens"]) == ("SUCCESS", dkim)
    assert ses.get_identity_dkim_attributes(Identities=["example.org"])["DkimAttributes"]["example.org"] == {
        "DkimEnabled": True,
        "DkimVerificationStatus": "Success",
        "DkimTokens": dkim,
    }


def test_lists_come_in_pages(user: User, ses: Any, ses2: Any) -> None:
    for name in ("a.org", "b@x.org", "c.org"):
        ses2.create_email_identity(EmailIdentity=name)
    page = ses.list_identities(MaxItems=2)
    assert page["Identities"] == ["a.org", "b@x.org"]
    assert ses.list_identities(MaxItems=2, NextToken=page["NextToken"])["Identities"] == ["c.org"]
    assert ses.list_identities(IdentityType="Domain")["Identities"] == ["a.org", "c.org"]
    assert [one["IdentityName"] for one in ses2.list_email_identities(PageSize=1)["EmailIdentities"]] == ["a.org"]
    ses.delete_identity(Identity="a.org")
    ses.delete_identity(Identity="a.org")
    assert ses.list_identities(IdentityType="Domain")["Identities"] == ["c.org"]


@pytest.mark.parametrize("name", ["nothing", "a b.org", "@x.org", "ü@x.org", "a@b"])
def test_names_that_are_no_identities(ses2: Any, name: str) -> None:
    assert refused(ses2.create_email_identity, EmailIdentity=name)[0] == "BadRequestException"


def test_an_identity_is_created_once_in_v2(ses2: Any) -> None:
    ses2.create_email_identity(EmailIdentity="a@x.org")
    code, text = refused(ses2.create_email_identity, EmailIdentity="a@x.org")
    assert (code, text) == ("AlreadyExistsException", "Email identity a@x.org already exist.")


def test_in_the_sandbox_recipients_are_verified_too(user: User, ses: Any) -> None:
    user.verify("example.com", "ann@x.org")
    failed = refused(ses.send_email, **to("ann@x.org", "cid@x.org", source="bob@y.org"))
    assert failed == ("MessageRejected", REJECTED + "bob@y.org, cid@x.org")
    ses.send_email(**to("ann+label@x.org", "dan@sub.example.com", "success@simulator.amazonses.com"))
    assert ses.get_send_quota()["SentLast24Hours"] == 2


def test_the_sandbox_sends_one_mail_in_a_second_and_200_in_a_day(user: User, ses: Any, ses2: Any) -> None:
    user.verify("example.com")
    for _ in range(4):
        ses.send_email(**to(*[f"n{number}@example.com" for number in range(49)]))
        assert refused(ses.send_email, **to("a@example.com")) == ("Throttling", "Maximum sending rate exceeded.")
        user.seconds(1)
    quota = {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 196.0}
    assert ses2.get_account()["SendQuota"] == quota
    five = [f"n{number}@example.com" for number in range(5)]
    assert refused(ses.send_email, **to(*five)) == ("Throttling", "Daily message quota exceeded.")
    second = refused(
        ses2.send_email,
        FromEmailAddress="bob@example.com",
        Destination={"ToAddresses": five},
        Content={"Simple": MESSAGE},
    )
    assert second == ("TooManyRequestsException", "Daily message quota exceeded.")
    assert sum(point["DeliveryAttempts"] for point in ses.get_send_statistics()["SendDataPoints"]) == 196
    user.seconds(86_400)
    ses.send_email(**to(*five))


def test_an_operator_lets_an_account_out_and_in(user: User, ses: Any, ses2: Any) -> None:
    user.verify("example.com")
    out = user.call("POST", "/_statewright/ses/sandbox?by=Olive")
    assert (out["sandbox"], out["grantedBy"]) == (False, "Olive") and out["grantedAt"].endswith("Z")
    account = ses2.get_account()
    assert account["ProductionAccessEnabled"] is True and account["SendQuota"]["Max24HourSend"] == 50_000
    ses.send_email(**to("anybody@elsewhere.org"))
    assert user.call("POST", "/_statewright/ses/sandbox")["sandbox"] is True
    assert refused(ses.send_email, **to("anybody@elsewhere.org"))[1] == REJECTED + "anybody@elsewhere.org"


def test_a_paused_account_sends_nothing(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    ses.update_account_sending_enabled(Enabled=False)
    assert ses.get_account_sending_enabled()["Enabled"] is False and ses2.get_account()["SendingEnabled"] is False
    code, text = refused(ses.send_email, **mail())
    assert code == "AccountSendingPausedException" and sender.account in text
    ses2.put_account_sending_attributes(SendingEnabled=True)
    ses.send_email(**mail())


def test_accounts_have_inboxes_of_their_own(sender: User) -> None:
    sender.client("ses").send_email(**mail())
    assert User(sender.endpoint, "499999999999", sender.folder).inbox() == []
