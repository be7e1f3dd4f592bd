"""What identities have beside their names, pools of addresses, and tags."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.integrations.ses.conftest import User, refused
from tests.integrations.ses.test_sending import mail

USE_DEFAULT = {"BehaviorOnMXFailure": "UseDefaultValue"}


@pytest.fixture(scope="module")
def private_key() -> str:
    key = generate_private_key(65_537, 1_024)
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


# ---- MAIL FROM ----


def test_mail_from_is_pending_until_its_owner_confirms_it(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    asked = {"Identities": ["example.com", "none.org"]}
    assert ses.get_identity_mail_from_domain_attributes(**asked)["MailFromDomainAttributes"] == {
        "example.com": USE_DEFAULT
    }
    ses.set_identity_mail_from_domain(Identity="example.com", MailFromDomain="Bounce.example.com")
    pending = {**USE_DEFAULT, "MailFromDomain": "bounce.example.com", "MailFromDomainStatus": "Pending"}
    assert ses.get_identity_mail_from_domain_attributes(**asked)["MailFromDomainAttributes"] == {"example.com": pending}
    ses.send_email(**mail())
    ses2.put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain="b.example.com", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    assert refused(ses.send_email, **mail())[0] == "MailFromDomainNotVerifiedException"
    sender.call("POST", "/_statewright/ses/confirm?identity=example.com")
    assert ses2.get_email_identity(EmailIdentity="example.com")["MailFromAttributes"] == {
        "MailFromDomain": "b.example.com",
        "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "REJECT_MESSAGE",
    }
    ses.send_email(**mail())
    ses.set_identity_mail_from_domain(Identity="example.com")
    shown = ses2.get_email_identity(EmailIdentity="example.com")["MailFromAttributes"]
    assert shown == {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}


@pytest.mark.parametrize("domain", ["other.org", "example.com", "xexample.com", "a b.example.com"])
def test_mail_from_domains_that_are_refused(sender: User, domain: str) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    first = refused(ses.set_identity_mail_from_domain, Identity="example.com", MailFromDomain=domain)
    assert first[0] == "InvalidParameterValue"
    put = ses2.put_email_identity_mail_from_attributes
    assert refused(put, EmailIdentity="example.com", MailFromDomain=domain)[0] == "BadRequestException"
    assert refused(put, EmailIdentity="none.org", MailFromDomain="a.none.org")[0] == "NotFoundException"


# ---- DKIM ----


def test_dkim_is_turned_off_and_on(user: User, ses: Any, ses2: Any) -> None:
    ses.verify_domain_dkim(Domain="example.com")
    assert (
        refused(ses.set_identity_dkim_enabled, Identity="example.com", DkimEnabled=True)[0] == "InvalidParameterValue"
    )
    user.call("POST", "/_statewright/ses/confirm?identity=example.com")
    ses.set_identity_dkim_enabled(Identity="example.com", DkimEnabled=False)
    shown = ses.get_identity_dkim_attributes(Identities=["example.com"])["DkimAttributes"]["example.com"]
    assert shown["DkimEnabled"] is False and shown["DkimVerificationStatus"] == "Success"
    ses2.put_email_identity_dkim_attributes(EmailIdentity="example.com", SigningEnabled=True)
    found = ses2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]
    assert found["SigningEnabled"] is True and found["Status"] == "SUCCESS" and len(found["Tokens"]) == 3
    put = ses2.put_email_identity_dkim_attributes
    assert refused(put, EmailIdentity="none.org", SigningEnabled=True)[0] == "NotFoundException"


def test_a_key_of_ones_own(user: User, ses: Any, ses2: Any, private_key: str) -> None:
    own = {"DomainSigningSelector": "sel", "DomainSigningPrivateKey": private_key}
    made = ses2.create_email_identity(EmailIdentity="own.org", DkimSigningAttributes=own)["DkimAttributes"]
    assert made["SigningAttributesOrigin"] == "EXTERNAL" and made["Tokens"] == ["sel"] and made["Status"] == "PENDING"
    user.call("POST", "/_statewright/ses/confirm?identity=own.org")
    assert ses2.get_email_identity(EmailIdentity="own.org")["DkimAttributes"]["Status"] == "SUCCESS"
    put = ses2.put_email_identity_dkim_signing_attributes
    easy = put(EmailIdentity="own.org", SigningAttributesOrigin="AWS_SES")
    assert easy["DkimStatus"] == "PENDING" and len(easy["DkimTokens"]) == 3
    back = put(EmailIdentity="own.org", SigningAttributesOrigin="EXTERNAL", SigningAttributes=own)
    assert back["DkimTokens"] == ["sel"]
    kept = "statewright.db" if (user.folder / "statewright.db").exists() else None
    if kept is not None:
        assert private_key[:40].encode() not in (user.folder / kept).read_bytes()


@pytest.mark.parametrize(
    ("origin", "attributes"),
    [
        ("EXTERNAL", {}),
        ("EXTERNAL", {"DomainSigningSelector": "s", "DomainSigningPrivateKey": "x"}),
        ("EXTERNAL", {"DomainSigningSelector": "-", "DomainSigningPrivateKey": None}),
        ("AWS_SES", {"DomainSigningSelector": "s"}),
        ("AWS_SES_EU_WEST_1", {}),
    ],
)
def test_signing_attributes_that_are_refused(sender: User, origin: str, attributes: Any, private_key: str) -> None:
    given = {name: private_key if value is None else value for name, value in attributes.items()}
    put = sender.client("sesv2").put_email_identity_dkim_signing_attributes
    asked = {"SigningAttributesOrigin": origin, "SigningAttributes": given}
    assert refused(put, EmailIdentity="example.com", **asked)[0] == "BadRequestException"
    if "-" not in given.values():  # which the model refuses first
        assert refused(put, EmailIdentity="none.org", **asked)[0] == "NotFoundException"


# ---- pools ----


def test_pools_of_addresses(ses2: Any) -> None:
    ses2.create_dedicated_ip_pool(PoolName="a")
    ses2.create_dedicated_ip_pool(PoolName="b", ScalingMode="MANAGED", Tags=[{"Key": "k", "Value": "v"}])
    assert ses2.get_dedicated_ip_pool(PoolName="a")["DedicatedIpPool"] == {"PoolName": "a", "ScalingMode": "STANDARD"}
    page = ses2.list_dedicated_ip_pools(PageSize=1)
    assert page["DedicatedIpPools"] == ["a"]
    assert ses2.list_dedicated_ip_pools(NextToken=page["NextToken"])["DedicatedIpPools"] == ["b"]
    ses2.put_dedicated_ip_pool_scaling_attributes(PoolName="a", ScalingMode="MANAGED")
    back = refused(ses2.put_dedicated_ip_pool_scaling_attributes, PoolName="a", ScalingMode="STANDARD")
    assert back[0] == "BadRequestException"
    assert ses2.get_dedicated_ips(PoolName="a")["DedicatedIps"] == []
    assert refused(ses2.get_dedicated_ip, Ip="192.0.2.1")[0] == "NotFoundException"
    assert refused(ses2.get_dedicated_ip, Ip="x")[0] == "BadRequestException"
    assert refused(ses2.put_dedicated_ip_in_pool, Ip="192.0.2.1", DestinationPoolName="a")[0] == "NotFoundException"
    assert refused(ses2.create_dedicated_ip_pool, PoolName="a")[0] == "AlreadyExistsException"
    assert refused(ses2.create_dedicated_ip_pool, PoolName="a b")[0] == "BadRequestException"
    ses2.delete_dedicated_ip_pool(PoolName="a")
    gone: list[tuple[Any, dict[str, str]]] = [
        (ses2.delete_dedicated_ip_pool, {}),
        (ses2.get_dedicated_ip_pool, {}),
        (ses2.get_dedicated_ips, {}),
        (ses2.put_dedicated_ip_pool_scaling_attributes, {"ScalingMode": "MANAGED"}),
    ]
    for operation, more in gone:
        assert refused(operation, PoolName="a", **more)[0] == "NotFoundException"


# ---- tags ----


def test_tags(user: User, ses2: Any) -> None:
    first = {"Key": "team", "Value": "mail"}
    ses2.create_email_identity(EmailIdentity="example.com", Tags=[first])
    ses2.create_dedicated_ip_pool(PoolName="p", Tags=[first])
    prefix = f"arn:aws:ses:us-east-1:{user.account}:"
    for arn in (prefix + "identity/example.com", prefix + "dedicated-ip-pool/p"):
        ses2.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": ""}, {"Key": "team", "Value": "x"}])
        expected = [{"Key": "team", "Value": "x"}, {"Key": "a", "Value": ""}]
        assert ses2.list_tags_for_resource(ResourceArn=arn)["Tags"] == expected
        ses2.untag_resource(ResourceArn=arn, TagKeys=["team", "none"])
        assert ses2.list_tags_for_resource(ResourceArn=arn)["Tags"] == expected[1:]
    assert ses2.get_email_identity(EmailIdentity="example.com")["Tags"] == [{"Key": "a", "Value": ""}]
    ses2.delete_email_identity(EmailIdentity="example.com")
    ses2.create_email_identity(EmailIdentity="example.com")
    assert ses2.list_tags_for_resource(ResourceArn=prefix + "identity/example.com")["Tags"] == []


def test_tags_that_are_refused(user: User, ses2: Any) -> None:
    ses2.create_email_identity(EmailIdentity="example.com")
    prefix = f"arn:aws:ses:us-east-1:{user.account}:"
    arn = prefix + "identity/example.com"
    many = [{"Key": str(number), "Value": ""} for number in range(51)]
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    for tags in (
        many,
        twice,
        [{"Key": "aws:x", "Value": ""}],
        [{"Key": "", "Value": ""}],
        [{"Key": "a", "Value": "\n;"}],
    ):
        assert refused(ses2.tag_resource, ResourceArn=arn, Tags=tags)[0] == "BadRequestException"
    ses2.tag_resource(ResourceArn=arn, Tags=many[:50])
    assert refused(ses2.tag_resource, ResourceArn=arn, Tags=many[50:])[0] == "BadRequestException"
    for name, code in (
        ("identity/none.org", "NotFoundException"),
        ("template/none", "NotFoundException"),
        ("contact-list/none", "NotFoundException"),
        ("configuration-set/none", "NotFoundException"),
        ("tenant/x", "BadRequestException"),
    ):
        assert refused(ses2.list_tags_for_resource, ResourceArn=prefix + name)[0] == code
        assert refused(ses2.tag_resource, ResourceArn=prefix + name, Tags=[])[0] == code
        assert refused(ses2.untag_resource, ResourceArn=prefix + name, TagKeys=["x"])[0] == code
    assert refused(ses2.list_tags_for_resource, ResourceArn="arn:aws:s3:::x")[0] == "BadRequestException"


def test_tags_go_with_what_they_are_on(user: User, ses: Any, ses2: Any) -> None:
    """Templates have them too; what is made anew under the old name has none."""
    content, given = {"Subject": "S", "Text": "T"}, [{"Key": "k", "Value": "v"}]
    arn = f"arn:aws:ses:us-east-1:{user.account}:template/t"
    ses2.create_email_template(TemplateName="t", TemplateContent=content, Tags=given)
    assert ses2.get_email_template(TemplateName="t")["Tags"] == given
    assert ses2.list_tags_for_resource(ResourceArn=arn)["Tags"] == given
    ses.delete_template(TemplateName="t")
    ses2.create_email_template(TemplateName="t", TemplateContent=content)
    assert ses2.get_email_template(TemplateName="t")["Tags"] == []
    ses2.create_configuration_set(ConfigurationSetName="c", Tags=given)
    named = f"arn:aws:ses:us-east-1:{user.account}:configuration-set/c"
    assert ses2.list_tags_for_resource(ResourceArn=named)["Tags"] == given
    ses2.delete_configuration_set(ConfigurationSetName="c")
    ses2.create_configuration_set(ConfigurationSetName="c")
    assert ses2.list_tags_for_resource(ResourceArn=named)["Tags"] == []
    ses2.create_contact_list(ContactListName="l", Tags=given)
    ses2.delete_contact_list(ContactListName="l")
    ses2.create_contact_list(ContactListName="l")
    assert ses2.get_contact_list(ContactListName="l")["Tags"] == []


def test_an_identity_has_a_configuration_set_for_its_mails(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    put = ses2.put_email_identity_configuration_set_attributes
    assert refused(put, EmailIdentity="example.com", ConfigurationSetName="none")[0] == "NotFoundException"
    assert refused(put, EmailIdentity="none.org")[0] == "NotFoundException"
    ses2.create_configuration_set(ConfigurationSetName="c")
    put(EmailIdentity="example.com", ConfigurationSetName="c")
    assert ses2.get_email_identity(EmailIdentity="example.com")["ConfigurationSetName"] == "c"
    ses.send_email(**mail())
    ses2.put_configuration_set_sending_options(ConfigurationSetName="c", SendingEnabled=False)
    assert refused(ses.send_email, **mail())[0] == "ConfigurationSetSendingPausedException"
    put(EmailIdentity="example.com")
    assert "ConfigurationSetName" not in ses2.get_email_identity(EmailIdentity="example.com")
    ses.send_email(**mail())
    made = ses2.create_email_identity
    assert refused(made, EmailIdentity="new.org", ConfigurationSetName="none")[0] == "NotFoundException"
    made(EmailIdentity="new.org", ConfigurationSetName="c")
    assert ses2.get_email_identity(EmailIdentity="new.org")["ConfigurationSetName"] == "c"


@pytest.mark.parametrize("odd", ["a\0b", "\x1a0"])
def test_odd_names_and_texts(user: User, ses2: Any, odd: str) -> None:
    """Neither back end holds them as they are."""
    ses2.create_email_identity(EmailIdentity="example.com")
    arn = f"arn:aws:ses:us-east-1:{user.account}:identity/example.com"
    statement = {"Sid": odd, "Effect": "Allow", "Principal": "*", "Action": "ses:SendEmail", "Resource": arn}
    policy = json.dumps({"Statement": [statement]})
    ses2.create_email_identity_policy(EmailIdentity="example.com", PolicyName="p", Policy=policy)
    assert ses2.get_email_identity_policies(EmailIdentity="example.com")["Policies"] == {"p": policy}
    content = {"Subject": "S", "Text": "T"}
    ses2.create_email_template(TemplateName=odd, TemplateContent=content, Tags=[{"Key": "k", "Value": "v"}])
    assert ses2.get_email_template(TemplateName=odd)["Tags"] == [{"Key": "k", "Value": "v"}]
    ses2.delete_email_template(TemplateName=odd)
    gone = (ses2.get_contact_list, {"ContactListName": odd}), (ses2.get_dedicated_ip_pool, {"PoolName": odd})
    for operation, asked in gone:
        assert refused(operation, **asked)[0] == "NotFoundException"
    assert refused(ses2.delete_email_identity_policy, EmailIdentity="example.com", PolicyName=odd)[0] in (
        "NotFoundException",
        "BadRequestException",
    )
    assert refused(ses2.list_tags_for_resource, ResourceArn=arn + odd)[0] == "NotFoundException"
    for kind in ("template", "configuration-set", "contact-list"):
        named = arn.replace("identity/", f"{kind}/") + odd
        assert refused(ses2.list_tags_for_resource, ResourceArn=named)[0] == "NotFoundException"
