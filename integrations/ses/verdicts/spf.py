"""SPF: whether a host may send for a domain (RFC 7208's check_host).

A check asks DNS in ten terms at most, has no more than two answers that are empty, and looks at ten names of an MX or
PTR at most; what is beyond is `permerror`. So a record that includes itself ends, as one of a thousand includes does.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from engine import limits
from integrations.ses.verdicts.spf_records import Mechanism, RecordError, Sender, expanded, is_name, is_record, read

# (name, type) -> the texts of its records; None: DNS does not answer.
Ask = Callable[[str, str], Awaitable[Sequence[str] | None]]


@dataclass(frozen=True, slots=True)
class Found:
    """`result`: none, neutral, pass, fail, softfail, temperror or permerror; `domain`: whose record said so: another
    one's where that redirects."""

    result: str
    domain: str


class _Stop(Exception):
    """The check ends with this result."""


async def check(ask: Ask, sender: Sender) -> Found:
    checking = _Check(ask, sender)
    try:
        return await checking.host(sender.domain)
    except _Stop as stop:
        return Found(str(stop), sender.domain)
    except RecordError:
        return Found("permerror", sender.domain)


class _Check:
    """One check: what it has asked so far."""

    def __init__(self, ask: Ask, sender: Sender):
        self._ask = ask
        self._sender = sender
        self._terms = 0
        self._void = 0
        self._validated: list[str] | None = None

    async def host(self, domain: str) -> Found:
        if not is_name(domain):
            return Found("none", domain)
        texts = [text for text in await self._asked(domain, "TXT", counted=False) if is_record(text)]
        if not texts:
            return Found("none", domain)
        if len(texts) > 1:
            raise _Stop("permerror")
        if len(texts[0]) > limits.SES_SPF_RECORD_CHARS_MAX:
            raise _Stop("permerror")
        record = read(texts[0])
        for one in record.mechanisms:
            if await self._matches(one, domain):
                return Found(one.result, domain)
        if record.redirect is None or any(one.name == "all" for one in record.mechanisms):
            return Found("neutral", domain)
        self._count_term()
        found = await self.host(await self._expanded(record.redirect, domain))
        if found.result == "none":
            raise _Stop("permerror")
        return found

    async def _matches(self, one: Mechanism, domain: str) -> bool:
        address = self._sender.address
        if one.network is not None:
            return one.network.version == address.version and address in one.network
        if one.name == "all":
            return True
        self._count_term()
        name = domain if one.domain is None else await self._expanded(one.domain, domain)
        if one.name == "include":
            return await self._included(name)
        if not is_name(name):
            return False
        if one.name == "exists":
            return bool(await self._asked(name, "A"))
        if one.name == "ptr":
            return any(host == name or host.endswith(f".{name}") for host in await self._own_names())
        if one.name == "a":
            return await self._is_at(name, one, counted=True)
        hosts = await self._asked(name, "MX")
        if len(hosts) > limits.SES_SPF_NAMES_MAX:
            raise _Stop("permerror")
        return any([await self._is_at(host, one, counted=False) for host in hosts if is_name(host)])

    async def _included(self, name: str) -> bool:
        result = (await self.host(name)).result
        if result in ("temperror", "permerror", "none"):
            raise _Stop("permerror" if result == "none" else result)
        return result == "pass"

    async def _is_at(self, name: str, one: Mechanism, counted: bool) -> bool:
        address = self._sender.address
        length = one.lengths[0 if address.version == 4 else 1]
        around = ip_network(f"{address}/{length}", strict=False)
        found = await self._asked(name, "A" if address.version == 4 else "AAAA", counted)
        return any(ip_address(text) in around for text in found)

    async def _own_names(self) -> list[str]:
        """The names of the host that lead back to it (5.5); an error of DNS is no name."""
        if self._validated is None:
            address, found = self._sender.address, []
            kind = "A" if address.version == 4 else "AAAA"
            for name in (await self._ask(address.reverse_pointer, "PTR") or ())[: limits.SES_SPF_NAMES_MAX]:
                there = await self._ask(name, kind) if is_name(name) else ()
                if any(ip_address(text) == address for text in there or ()):
                    found.append(name.lower())
            self._validated = found
        return self._validated

    async def _expanded(self, text: str, domain: str) -> str:
        sender = self._sender
        if "%{p" in text.lower():
            self._count_term()
            named = await self._own_names()
            below = [name for name in named if name == domain or name.endswith(f".{domain}")]
            sender = replace(sender, validated=next(iter([*below, *named]), "unknown"))
        return expanded(text, sender, domain).lower()

    def _count_term(self) -> None:
        self._terms += 1
        if self._terms > limits.SES_SPF_TERMS_MAX:
            raise _Stop("permerror")

    async def _asked(self, name: str, kind: str, counted: bool = True) -> Sequence[str]:
        """`counted`: an empty answer is one of the two that there may be."""
        found = await self._ask(name, kind)
        if found is None:
            raise _Stop("temperror")
        if not found and counted:
            self._void += 1
            if self._void > limits.SES_SPF_VOID_MAX:
                raise _Stop("permerror")
        return found
