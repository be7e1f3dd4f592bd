"""The managed data identifiers of AWS that are a pattern and a check, as one table; the others are refused by name.

    a candidate of the pattern -> the check (a sum, a range) -> a keyword within 30 characters, where AWS wants one

Keywords count in any case, with their spaces, without them, or with `_` or `-` instead; short ones (`pan`, `ssn`) as
words of their own only. AWS does not publish its patterns: these follow what it documents of each. Each pattern takes
time that grows with the text only. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from engine.regex.pattern import Spans

_PROXIMITY_CHARS = 30
_SHORT_KEYWORD_CHARS = 4


@dataclass(frozen=True, slots=True)
class ManagedIdentifier:
    """`keywords` None: none is needed."""

    pattern: re.Pattern[str]
    holds: Callable[[str], bool]
    keywords: re.Pattern[str] | None

    def spans(self, text: str) -> Spans:
        """Where the text has such data."""
        found = [match.span() for match in self.pattern.finditer(text) if self.holds(match[0])]
        if not found or self.keywords is None:
            return found
        near = _Near([match.span() for match in self.keywords.finditer(text)])
        return [span for span in found if near.holds(span)]


class _Near:
    """Whether a keyword is near."""

    def __init__(self, keywords: Spans):
        self._starts = [start for start, _ in keywords]
        self._ends = [end for _, end in keywords]

    def holds(self, span: tuple[int, int]) -> bool:
        """The first keyword that does not end too early must not begin too late."""
        at = bisect_left(self._ends, span[0] - _PROXIMITY_CHARS)
        return at < len(self._starts) and self._starts[at] <= span[1] + _PROXIMITY_CHARS


# ---- checks ----


def _always(found: str) -> bool:
    return True


def _digits(found: str) -> str:
    return re.sub(r"[^0-9]", "", found)


def luhn_holds(digits: str) -> bool:
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


# (first prefix, last prefix, lengths) of American Express, Diner's Club, Discover, JCB, Mastercard, Dankort, UnionPay
# and Visa with Electron.
_CARD_PREFIXES: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (34, 34, (15,)),
    (37, 37, (15,)),
    (300, 305, (14,)),
    (36, 36, (14,)),
    (38, 39, (14,)),
    (6011, 6011, (16, 17, 18, 19)),
    (644, 659, (16, 17, 18, 19)),
    (3528, 3589, (16, 17, 18, 19)),
    (51, 55, (16,)),
    (2221, 2720, (16,)),
    (5019, 5019, (16,)),
    (62, 62, (16, 17, 18, 19)),
    (4, 4, (13, 16, 19)),
)
# What issuers reserve for public tests, and AWS never reports [Developer Guide, sensitive data types: Financial].
_CARDS_OF_TESTS = frozenset(
    """
    122000000000003 2222405343248877 2222990905257051 2223007648726984 2223577120017656 30569309025904 34343434343434
    3528000700000000 3530111333300000 3566002020360505 36148900647913 36700102000000 371449635398431 378282246310005
    378734493671000 38520000023237 4012888888881881 4111111111111111 4222222222222 4444333322221111 4462030000000000
    4484070000000000 4911830000000 4917300800000000 4917610000000000 4917610000000000003 5019717010103742
    5105105105105100 5111010030175156 5185540810000019 5200828282828210 5204230080000017 5204740009900014
    5420923878724339 5454545454545454 5455330760000018 5506900490000436 5506900490000444 5506900510000234
    5506920809243667 5506922400634930 5506927427317625 5553042241984105 5555553753048194 5555555555554444
    5610591081018250 6011000990139424 6011000400000000 6011111111111117 630490017740292441 630495060000000000
    6331101999990016 6759649826438453 6799990100000000019 76009244561
    """.split()
)


def _is_card(found: str) -> bool:
    digits = _digits(found)
    known = any(
        len(digits) in lengths and low <= int(digits[: len(str(low))]) <= high for low, high, lengths in _CARD_PREFIXES
    )
    return known and luhn_holds(digits) and digits not in _CARDS_OF_TESTS


def _is_address(found: str) -> bool:
    try:
        ip_address(found)
    except ValueError:
        return False
    return any(character.isalnum() for character in found)


def _is_mixed(found: str) -> bool:
    """As random base64 is, and no number in hexadecimal."""
    return all(re.search(kind, found) for kind in ("[A-Z]", "[a-z]", "[0-9/+]"))


def iban_holds(found: str) -> bool:
    """The check digits of ISO 13616."""
    plain = found.replace(" ", "").upper()
    return int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1


# ---- the table ----


def _keywords(*words: str) -> re.Pattern[str]:
    spelled = []
    for word in sorted(words, key=len, reverse=True):
        form = "[ _-]?".join(re.escape(part) for part in word.split(" "))
        short = len(word) <= _SHORT_KEYWORD_CHARS
        spelled.append(rf"(?<![^\W_]){form}(?![^\W_])" if short else form)
    return re.compile("|".join(spelled), re.IGNORECASE)


def _private_key(kind: str) -> ManagedIdentifier:
    body = r"(?:[^-]|-(?!----))*"
    pattern = rf"-----BEGIN {kind}-----{body}-----END {kind}-----"
    return ManagedIdentifier(re.compile(pattern), _always, None)


def _iban(country: str, chars: int, *words: str) -> ManagedIdentifier:
    """In one piece, or in the groups of four that people write."""
    pattern = rf"(?<![A-Za-z0-9]){country}[0-9]{{2}}(?: ?[A-Za-z0-9]){{{chars - 4}}}(?![A-Za-z0-9])"
    everywhere = ("account code", "account number", "accountno#", "accountnumber#", "bban", "iban")
    customers = ("customer account id", "customer account number", "customer bank account id")
    return ManagedIdentifier(re.compile(pattern), iban_holds, _keywords(*everywhere, *customers, *words))


_EMAIL = (
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_IP = (
    r"(?<![0-9A-Za-z])(?<![0-9]\.)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z]|\.[0-9])"
    r"|(?<![0-9A-Za-z:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:])"
)
_PHONE_US = (
    r"(?<![0-9+(])(?:\+?1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-]?)[2-9][0-9]{2}[ .-]?[0-9]{4}(?![0-9])"
)
_SSN_US = r"(?<![0-9-])(?!000|666|9)[0-9]{3}([- ]?)(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![0-9-])"
_PUTTY = (
    r"PuTTY-User-Key-File-[0-9]: (?:[^P]|P(?!uTTY-User-Key-File-|rivate-MAC: |rivate-Hash: ))*"
    r"Private-(?:MAC|Hash): [0-9a-fA-F]+"
)
_CARD_WORDS = (
    "account number",
    "american express",
    "amex",
    "bank card",
    "card",
    "card num",
    "card number",
    "cc #",
    "ccn",
    "check card",
    "credit",
    "credit card#",
    "dankort",
    "debit",
    "debit card",
    "diners club",
    "discover",
    "electron",
    "elo verification code",
    "japanese card bureau",
    "jcb",
    "mastercard",
    "mc",
    "pan",
    "payment account number",
    "payment card number",
    "pcn",
    "union pay",
    "visa",
)
_PHONE_WORDS = ("cell", "contact", "fax", "fax number", "mobile", "phone", "phone number", "tel", "telephone")
_SECRET_WORDS = ("aws_secret_access_key", "credentials", "secret access key", "secret key", "set-awscredential")

MANAGED: dict[str, ManagedIdentifier] = {
    "EmailAddress": ManagedIdentifier(re.compile(_EMAIL), _always, None),
    "IpAddress": ManagedIdentifier(re.compile(_IP), _is_address, None),
    "CreditCardNumber": ManagedIdentifier(
        re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])"), _is_card, _keywords(*_CARD_WORDS)
    ),
    "AwsSecretKey": ManagedIdentifier(
        re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"), _is_mixed, _keywords(*_SECRET_WORDS)
    ),
    "OpenSshPrivateKey": _private_key("OPENSSH PRIVATE KEY"),
    "PgpPrivateKey": _private_key("PGP PRIVATE KEY BLOCK"),
    "PkcsPrivateKey": _private_key("(?:RSA |EC |DSA |ENCRYPTED )?PRIVATE KEY"),
    "PuttyPrivateKey": ManagedIdentifier(re.compile(_PUTTY), _always, None),
    "PhoneNumber-US": ManagedIdentifier(re.compile(_PHONE_US), _always, _keywords(*_PHONE_WORDS)),
    "Ssn-US": ManagedIdentifier(re.compile(_SSN_US), _always, _keywords("social security", "ss#", "ssn")),
    "BankAccountNumber-DE": _iban("DE", 22, "bankleitzahl", "geheimzahl", "kartennummer", "kontonummer", "sepa"),
    "BankAccountNumber-ES": _iban("ES", 24, "código cuenta", "cuenta cliente id", "número cuenta cliente"),
    "BankAccountNumber-FR": _iban("FR", 27, "code bancaire", "compte bancaire", "numéro de compte"),
    "BankAccountNumber-GB": _iban("GB", 22, "sepa"),
    "BankAccountNumber-IT": _iban("IT", 27, "codice bancario", "conto bancario", "numero di conto"),
}

# AWS's others, by how their names begin: found by machine learning, or by formats that AWS does not publish.
_OTHERS = (
    "Address",
    "BankAccountNumber",
    "CepCode",
    "Cnpj",
    "CpfCode",
    "CreditCardExpiration",
    "CreditCardMagneticStripe",
    "CreditCardSecurityCode",
    "DateOfBirth",
    "DriversLicense",
    "DrugEnforcementAgencyNumber",
    "ElectoralRollNumber",
    "HealthInsuranceCardNumber",
    "HealthInsuranceClaimNumber",
    "HealthInsuranceNumber",
    "HealthcareProcedureCode",
    "IndividualTaxIdentificationNumber",
    "InseeCode",
    "LatLong",
    "MedicareBeneficiaryNumber",
    "Name",
    "NationalDrugCode",
    "NationalIdentificationNumber",
    "NationalInsuranceNumber",
    "NationalProviderId",
    "NhsNumber",
    "NieNumber",
    "NifNumber",
    "PassportNumber",
    "PermanentResidenceNumber",
    "PersonalHealthNumber",
    "PhoneNumber",
    "PostalCode",
    "RgNumber",
    "SocialInsuranceNumber",
    "Ssn",
    "TaxId",
    "VehicleIdentificationNumber",
    "ZipCode",
)


def is_of_aws(name: str) -> bool:
    """Whether AWS has a managed identifier of this name, found here or not."""
    return name in MANAGED or name.partition("-")[0] in _OTHERS
