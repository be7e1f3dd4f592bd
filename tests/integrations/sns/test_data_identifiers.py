"""What each managed data identifier finds, and what it does not."""

import pytest

from integrations.sns.data_identifiers import MANAGED, is_of_aws

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
FAR = " " + "." * 31

# (identifier, text, what is found)
FINDINGS: list[tuple[str, str, list[str]]] = [
    ("EmailAddress", 'to ada@example.com, "b.x+1@m.example.co.uk".', ["ada@example.com", "b.x+1@m.example.co.uk"]),
    ("EmailAddress", "ada@localhost @example.com ada@.com", []),
    ("IpAddress", "from 10.0.0.1. and [2001:db8::1] or ::1", ["10.0.0.1", "2001:db8::1", "::1"]),
    ("IpAddress", "at 12:30:45, version 1.2.3.4.5, 999.1.1.1, ::", []),
    ("CreditCardNumber", "visa 4539 1488 0343 6467, amex 371449635398456", ["4539 1488 0343 6467", "371449635398456"]),
    ("CreditCardNumber", '{"cardNumber":"5425233430109903"}', ["5425233430109903"]),
    ("CreditCardNumber", "card 4539148803436468", []),  # the sum is wrong
    ("CreditCardNumber", "card 4111111111111111", []),  # a number of public tests
    ("CreditCardNumber", "card 9999999999999995", []),  # no issuer's prefix
    ("CreditCardNumber", "number 4539148803436467", []),  # no keyword
    ("CreditCardNumber", f"card{FAR}4539148803436467", []),  # a keyword too far away
    ("CreditCardNumber", "company 4539148803436467", []),  # `pan` only as a word
    ("AwsSecretKey", f"aws_secret_access_key = {SECRET}", [SECRET]),
    ("AwsSecretKey", f"secret-key: {SECRET}", [SECRET]),
    ("AwsSecretKey", f"key {SECRET}", []),
    ("AwsSecretKey", "secret key da39a3ee5e6b4b0d3255bfef95601890afd80709", []),  # a SHA-1
    ("PhoneNumber-US", "phone: (415) 555-2671, tel +1 415-555-2671", ["(415) 555-2671", "+1 415-555-2671"]),
    ("PhoneNumber-US", "phone 115-555-2671" + FAR + "4155552671", []),
    ("Ssn-US", 'ssn 078-05-1120, {"socialSecurity":"219099999"}', ["078-05-1120", "219099999"]),
    ("Ssn-US", "ssn 000-12-3456, 666-12-3456, 912-12-3456, 123-00-1234, 123-12-0000, 123-45 6789", []),
    ("Ssn-US", "lessn 078-05-1120", []),
    ("BankAccountNumber-DE", "iban DE89 3704 0044 0532 0130 00", ["DE89 3704 0044 0532 0130 00"]),
    ("BankAccountNumber-DE", "iban DE88370400440532013000", []),
    ("BankAccountNumber-GB", "IBAN:GB82WEST12345698765432", ["GB82WEST12345698765432"]),
    ("BankAccountNumber-FR", "numéro de compte FR1420041010050500013M02606", ["FR1420041010050500013M02606"]),
    ("BankAccountNumber-ES", "iban ES9121000418450200051332", ["ES9121000418450200051332"]),
    ("BankAccountNumber-IT", "conto bancario IT60X0542811101000000123456", ["IT60X0542811101000000123456"]),
    ("OpenSshPrivateKey", "a -----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl\\n-----END OPENSSH PRIVATE KEY----- z",
     ["-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl\\n-----END OPENSSH PRIVATE KEY-----"]),
    ("PgpPrivateKey", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x-1\n\nabc\n-----END PGP PRIVATE KEY BLOCK-----",
     ["-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x-1\n\nabc\n-----END PGP PRIVATE KEY BLOCK-----"]),
    ("PkcsPrivateKey", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
     ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"]),
    ("PkcsPrivateKey", "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----", []),
    ("PuttyPrivateKey", "PuTTY-User-Key-File-2: ssh-rsa\nPublic-Lines: 6\nPrivate-MAC: 0a1b\n",
     ["PuTTY-User-Key-File-2: ssh-rsa\nPublic-Lines: 6\nPrivate-MAC: 0a1b"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "found"), FINDINGS)
def test_what_is_found(name: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in MANAGED[name].spans(text)] == found


def test_each_identifier_finds_something_here() -> None:
    assert {name for name, _, found in FINDINGS if found} == set(MANAGED)


@pytest.mark.parametrize(("name", "known"), [("DriversLicense-US", True), ("Ssn-ES", True), ("ShoeSize", False)])
def test_the_others_of_aws_are_known(name: str, known: bool) -> None:
    assert is_of_aws(name) is known and name not in MANAGED
