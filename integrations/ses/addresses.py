"""Addresses and domains: what they are, and which identities speak for them. Pure."""

import re
from email.utils import parseaddr

from engine import limits
from integrations.ses.errors import invalid

SIMULATOR = "simulator.amazonses.com"
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", re.I)
_LOCAL = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]{1,64}")


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
    if len(text) > limits.SES_ADDRESS_CHARS_MAX:
        raise invalid("Address length is more than 320 characters long")
    if "\r" in text or "\n" in text:
        raise invalid("Address contains control or whitespace")
    if not text.isascii() and not _mail_part(text).isascii():
        raise invalid("Local address contains non-ASCII characters")
    found = parseaddr(text)[1]
    local, at, domain = found.rpartition("@")
    if not at:
        raise invalid("Missing final '@domain'")
    if _LOCAL.fullmatch(local) is None:
        raise invalid("Illegal address")
    if not is_domain(domain):
        raise invalid("Domain contains illegal character" if domain else "Missing domain")
    return found


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
