"""Addresses: which are taken, and how others are refused: in JavaMail's texts, which AWS's users show."""

import pytest

from engine.errors import ServiceError
from integrations.ses.addresses import address_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann@example.com", "ann@example.com"),
        (" Ann <ann+x@Example.com> ", "ann+x@Example.com"),
        ("<ann@example.com>", "ann@example.com"),
        ('"Chan, Karen; <k>" <k.c@example.com>', "k.c@example.com"),
        ("k@example.com (Karen, \\) of sales)", "k@example.com"),
        ("K\u00e4the < k@example.com >", "k@example.com"),
        ("a@b.org <a@b.org>", "a@b.org"),
        ("'a!#$%&*+/=?^_`{|}~-@b.org", "'a!#$%&*+/=?^_`{|}~-@b.org"),
    ],
)
def test_addresses(text: str, found: str) -> None:
    assert address_of(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Invalid email address ."),  # awsdocs/aws-doc-sdk-examples#1725
        (" ", "Illegal address"),
        ("Karen, Chan <k@b.org>", "Illegal address"),  # openstax/accounts#253
        ("a@b.org, c@d.org", "Illegal address"),  # awsdocs/aws-doc-sdk-examples#5191
        ("<a@b.org> c", "Illegal address"),
        ("a@b.org>, <c@d.org>", "Illegal address"),
        ('"a b"@c.org', "Illegal address"),
        ("a" * 65 + "@b.org", "Illegal address"),
        ("Ann <ann@b.org", "Missing '>'"),
        ("ann@b.org>", "Missing '<'"),
        ('"Ann <ann@b.org>', "Missing '\"'"),
        ("Ann (sales <ann@b.org>", "Missing ')'"),
        ("a@b.org;c@d.org", "Illegal semicolon, not in group"),
        ("nobody", "Missing final '@domain'"),  # cloud-custodian#885
        ("@gmail.com", "Missing local name"),
        ("a@", "Missing domain"),
        (".a@b.org", "Local address starts with dot"),
        ("a..b@c.org", "Local address contains dot-dot"),
        ("a.@c.org", "Local address ends with dot"),
        ("Karen <k @b.org>", "Local address contains control or whitespace"),  # openstax/accounts#253
        ("a b@c.org", "Local address contains control or whitespace"),
        ("github:haiodo", "Local address contains illegal character"),  # hcengineering/platform#7864
        ("To: r@example.com", "Local address contains illegal character"),
        ("\u00e4@b.org", "Local address contains non-ASCII characters"),
        ("a@.b.org", "Domain starts with dot"),
        ("a@b..org", "Domain contains dot-dot"),
        ("a@b.org.", "Domain ends with dot"),
        ("a@b c.org", "Domain contains control or whitespace"),  # monde-sistemas/delphi-aws-ses#22
        ("a@b_c.org", "Domain contains illegal character"),
        ("a@b@c.org", "Domain contains illegal character"),
        ("a@localhost", "Domain contains illegal character"),
        ("a@b.org\r\nBcc: c@d.org", "Address contains control or whitespace"),
        ("a" * 320 + "@b.org", "Address length is more than 320 characters long"),
    ],
)
def test_what_is_no_address(text: str, said: str) -> None:
    with pytest.raises(ServiceError) as error:
        address_of(text)
    assert (error.value.code, error.value.message) == ("InvalidParameterValue", said)
