"""DMARC: whether a mail that passed SPF or DKIM did so in the name of From's domain; what that asks for if not. Pure.

RFC 7489, but for how the organizational domain is found: by its own record, looking upward from From's domain (as the
draft of its successor, DMARCbis, has it), and not by a list of public suffixes, which would have to be kept up to date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import limits
from integrations.ses.verdicts.dkim import SignatureError, tags

POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Policy:
    """What From's domain asks for. `organization`: the highest domain with a record, whose subdomains are one with it.
    `policy`: for mails that fail."""

    organization: str
    policy: str
    strict_dkim: bool
    strict_spf: bool


def names(domain: str) -> list[str]:
    """The domains that may have a record, the most particular first: itself and those above it, and no single label."""
    labels = domain.lower().removesuffix(".").split(".")
    above = [".".join(labels[at:]) for at in range(1, len(labels) - 1)]
    return [".".join(labels), *above[-limits.SES_DMARC_PARENTS_MAX :]]


def policy_of(listed: Sequence[str], records: Mapping[str, Sequence[str]]) -> Policy | None:
    """`listed`: of `names`; `records`: TXT at `_dmarc.` of each of them. None: there is none."""
    found = {name: given for name in listed if (given := _record(records[name])) is not None}
    own = [name for name in found if found[name].get("psd") != "y"]
    if not own:
        return None
    domain, organization = listed[0], own[-1]
    if domain in found:
        given, asked = found[domain], found[domain].get("p", "")
    else:
        given = found[organization]
        asked = given.get("sp") or given.get("p", "")
    policy = asked.lower() if asked.lower() in POLICIES else "none"
    return Policy(organization, policy, given.get("adkim", "r") == "s", given.get("aspf", "r") == "s")


def _record(texts: Sequence[str]) -> dict[str, str] | None:
    """Of several records none counts (6.6.3)."""
    found = []
    for text in texts:
        if text.partition(";")[0].replace(" ", "") != "v=DMARC1":
            continue
        try:
            found.append(tags(text))
        except SignatureError:
            continue
    return found[0] if len(found) == 1 else None


def aligned(domain: str, author: str, policy: Policy | None, strict: bool = False) -> bool:
    """Whether the domain that was authenticated is From's, or, unless it is `strict`, of the same organization. Without
    a policy: whether one is the other's parent."""
    domain, author = domain.lower(), author.lower()
    if domain == author or strict:
        return domain == author
    if policy is None:
        return is_within(domain, author) or is_within(author, domain)
    return is_within(domain, policy.organization)


def is_within(domain: str, above: str) -> bool:
    return domain == above or domain.endswith(f".{above}")
