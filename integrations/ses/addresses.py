"""Addresses and domains: what they are, and which identities speak for them. Pure.

An address is refused in the words of SES, which are those of JavaMail's InternetAddress.
"""

import re
from collections.abc import Mapping

from engine import limits
from integrations.ses.errors import invalid

SIMULATOR = "simulator.amazonses.com"
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", re.I)
_LOCAL_CHARS_MAX = 64
_SPECIAL = frozenset('()<>,;:\\"[]@')
# Beside the mailbox: quoted names, and comments.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)')
_PAIRED: Mapping[str, str] = {'"': '"', "<": ">", ">": "<", "(": ")", ")": "("}  # what is missing beside one of them


def is_domain(name: str) -> bool:
    return _DOMAIN.fullmatch(name) is not None


def identity_name(name: str) -> str:
    """As it is stored: domains in lower case. Raises ServiceError."""
    if "@" in name:
        return normal(address_of(name))
    if not is_domain(name):
        raise invalid(f"Invalid domain name {name[: limits.SES_SHOWN_CHARS]}.")
    return name.lower()


def address_of(text: str) -> str:
    """The address of `Name <a@b.c>` or `a@b.c`. Raises ServiceError."""
    if not text:
        raise invalid("Invalid email address .")
    if len(text) > limits.SES_ADDRESS_CHARS_MAX:
        raise invalid("Address length is more than 320 characters long")
    if "\r" in text or "\n" in text:
        raise invalid("Address contains control or whitespace")
    if not text.isascii() and not _mail_part(text).isascii():
        raise invalid("Local address contains non-ASCII characters")
    found = _mailbox(text)
    local, at, domain = found.partition("@")
    _check("Local address", local)
    if not at:
        raise invalid("Missing final '@domain'")
    if not local or not domain:
        raise invalid("Missing domain" if local else "Missing local name")
    _check_domain(local, domain)
    return found


def _mailbox(text: str) -> str:
    """What stands between the brackets, or all of it. Raises ServiceError where that is not one mailbox."""
    plain = _QUOTED.sub("", text)
    for char in '"<>()':
        if char in plain and (char == '"' or _PAIRED[char] not in plain):
            raise invalid(f"Missing '{_PAIRED[char]}'")
    name, bracket, rest = plain.rpartition("<")
    found, _, after = rest.partition(">") if bracket else (plain, "", "")
    if not found.strip() or after.strip() or "<" in name or ">" in name or "," in (name or plain) or '"@' in text:
        raise invalid("Illegal address")
    if ";" in plain:
        raise invalid("Illegal semicolon, not in group")
    return found.strip()


def _check(what: str, part: str) -> None:
    """Raises ServiceError at the first character that cannot stand in a part of an address."""
    if part.startswith("."):
        raise invalid(f"{what} starts with dot")
    for before, char in zip(" " + part, part, strict=False):
        if char == before == ".":
            raise invalid(f"{what} contains dot-dot")
        if char <= " " or char == "\x7f":
            raise invalid(f"{what} contains control or whitespace")
        if char in _SPECIAL:
            raise invalid(f"{what} contains illegal character")


def _check_domain(local: str, domain: str) -> None:
    if local.endswith("."):
        raise invalid("Local address ends with dot")
    _check("Domain", domain)
    if domain.endswith("."):
        raise invalid("Domain ends with dot")
    if not is_domain(domain):
        raise invalid("Domain contains illegal character")
    if len(local) > _LOCAL_CHARS_MAX:
        raise invalid("Illegal address")


def normal(address: str) -> str:
    """The address with its domain in lower case; the local part is told apart by case."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def speakers(address: str) -> list[str]:
    """The identities each of which, verified, verifies an address: itself without label, its domain, those above."""
    local, _, domain = address.rpartition("@")
    labels = domain.lower().split(".")
    above = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    plain = normal(f"{local.partition('+')[0]}@{domain}")
    return [*dict.fromkeys([normal(address), plain]), *above]


def is_simulated(address: str) -> bool:
    """Of the mailbox simulator, to which everybody may send."""
    return address.rpartition("@")[2].lower() == SIMULATOR


def _mail_part(text: str) -> str:
    return text.rpartition("<")[2]
