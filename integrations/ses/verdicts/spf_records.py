"""Records of SPF as data, and the macros in them (RFC 7208, sections 4 to 7). Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import quote

Address = IPv4Address | IPv6Address

QUALIFIERS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_NAME_CHARS_MAX = 253
_LABEL = re.compile(r"[^.\x00-\x20\x7f-\uffff]{1,63}")
_VERSION = re.compile(r"v=spf1(?: |\Z)", re.I)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.I)
_MECHANISM = re.compile(r"([-+?~]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/]*(?:/(?![0-9/])[^/]*)*))?(/.*)?", re.I)
_ADDRESS = re.compile(r"([-+?~]?)(ip4|ip6):([0-9a-f:.]+(?:/[0-9]{1,3})?)", re.I)
_LENGTHS = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?")
_MACROS = re.compile(r"%(?:\{([slodiphcrtv])([0-9]{0,3})(r?)([.+,/_=-]*)\}|(%)|(_)|(-))", re.I)
# mechanism -> whether it names a domain: it must, it may, it cannot
_NAMES: Mapping[str, bool | None] = {"include": True, "exists": True, "a": None, "mx": None, "ptr": None, "all": False}


class RecordError(Exception):
    """A record, or a macro in it, that is none: permerror."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`domain`: its domain-spec, macros and all; None: the domain itself. `network`: of ip4 and ip6."""

    result: str
    name: str
    domain: str | None = None
    lengths: tuple[int, int] = (32, 128)
    network: IPv4Network | IPv6Network | None = None


@dataclass(frozen=True, slots=True)
class Record:
    mechanisms: Sequence[Mechanism]
    redirect: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """What macros stand for. `validated`: the name of the host, as %{p} has it."""

    local: str
    domain: str
    helo: str
    address: Address
    validated: str = "unknown"


def is_record(text: str) -> bool:
    return _VERSION.match(text) is not None


def is_name(name: str) -> bool:
    """Whether DNS can be asked about it: more than one label, none too long."""
    labels = name.removesuffix(".").split(".")
    return len(name) <= _NAME_CHARS_MAX and len(labels) > 1 and all(_LABEL.fullmatch(one) for one in labels)


def read(text: str) -> Record:
    """Raises RecordError: what is wrong anywhere is wrong before anything is asked (4.6)."""
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in text.split(" ")[1:]:
        if not term:
            continue
        modifier = _MODIFIER.fullmatch(term)
        if modifier is None:
            mechanisms.append(_mechanism(term))
            continue
        name = modifier[1].lower()
        if name in ("redirect", "exp") and (name in modifiers or not modifier[2]):
            raise RecordError(term)
        _check_macros(modifier[2])
        modifiers[name] = modifier[2]
    return Record(mechanisms, modifiers.get("redirect"))


def _mechanism(term: str) -> Mechanism:
    found = _ADDRESS.fullmatch(term)
    if found is not None:
        kind = IPv4Network if found[2].lower() == "ip4" else IPv6Network
        try:
            return Mechanism(QUALIFIERS[found[1] or "+"], "ip", network=kind(found[3], strict=False))
        except ValueError:
            raise RecordError(term) from None
    found = _MECHANISM.fullmatch(term)
    if found is None or found[2].lower() in ("ip4", "ip6"):
        raise RecordError(term)
    name, domain, lengths = found[2].lower(), found[3], _LENGTHS.fullmatch(found[4] or "")
    wanted = _NAMES[name]
    if domain == "" or (wanted is True and domain is None) or (wanted is False and domain is not None):
        raise RecordError(term)
    if lengths is None or (found[4] and name not in ("a", "mx")):
        raise RecordError(term)
    four, six = int(lengths[1] or 32), int(lengths[2] or 128)
    if four > 32 or six > 128:
        raise RecordError(term)
    _check_macros(domain or "")
    return Mechanism(QUALIFIERS[found[1] or "+"], name, domain, (four, six))


def _check_macros(text: str) -> None:
    """`c`, `r` and `t` are for explanations, which nobody asks for here."""
    if "%" in _MACROS.sub("", text) or any((one[1] or "").lower() in ("c", "r", "t") for one in _MACROS.finditer(text)):
        raise RecordError(text)


def expanded(text: str, sender: Sender, domain: str) -> str:
    """A domain-spec with its macros filled in, for the `domain` that is being looked at; whole labels, 253 characters
    at most (7.3)."""

    def fill(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%" if found[5] else (" " if found[6] else "%20")
        value = _value(found[1].lower(), sender, domain)
        parts = re.split("[" + re.escape(found[4] or ".") + "]", value)
        parts = parts[::-1] if found[3] else parts
        count = int(found[2]) if found[2] else len(parts)
        if count == 0:
            raise RecordError(text)
        kept = ".".join(parts[-count:])
        return quote(kept, safe="-._~") if found[1].isupper() else kept

    name = _MACROS.sub(fill, text).removesuffix(".")
    while len(name) > _NAME_CHARS_MAX and "." in name:
        name = name.partition(".")[2]
    return name


def _value(letter: str, sender: Sender, domain: str) -> str:
    address = sender.address
    if letter == "i":
        return str(address) if address.version == 4 else ".".join(address.exploded.replace(":", ""))
    return {
        "s": f"{sender.local}@{sender.domain}",
        "l": sender.local,
        "o": sender.domain,
        "d": domain,
        "p": sender.validated,
        "v": "in-addr" if address.version == 4 else "ip6",
        "h": sender.helo,
    }[letter]
