"""Sending in the name of another account's identity: its ARN stands in the request, and its policies must allow it.

What the owner's policies deny is denied to its own account, too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.moment import iso_time
from integrations.ses.addresses import address_of, speakers
from integrations.ses.errors import invalid, unverified
from integrations.ses.identities import identity_store, policy_store
from integrations.ses.identities.policy_rules import Request, said

_ARN = re.compile(r"arn:aws[a-z-]*:ses:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):identity/(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Arns:
    """By whose leave: the identities of the sender, of From in a raw mail, and of the return path. Without one of its
    own, the others are the sender's."""

    source: str | None = None
    header_from: str | None = None
    return_path: str | None = None


NOBODYS = Arns()


@dataclass(frozen=True, slots=True)
class Senders:
    """As the request writes them: `Name <a@b.c>` or `a@b.c`."""

    source: str
    header_from: str | None
    return_path: str | None


def leave_of(
    tx: Transaction, caller: Caller, senders: Senders, arns: Arns, action: str, recipients: Sequence[str]
) -> set[str]:
    """The bare addresses for which an identity, named by its ARN, has spoken. Raises ServiceError."""
    asked = (
        (senders.source, arns.source),
        (senders.header_from, arns.header_from or arns.source),
        (senders.return_path, arns.return_path or arns.source),
    )
    feedback = address_of(senders.return_path or senders.source)
    granted: set[str] = set()
    for text, arn in asked:
        if text and arn:
            request = _request(tx, caller, action, text, recipients, feedback)
            _ask(tx, caller, arn, request)
            granted.add(address_of(text))
    return granted


def owner_of(caller: Caller, arns: Arns) -> Caller:
    """Whose identity a mail is sent by, once it has got leave: whose MAIL FROM and key it has."""
    parts = _ARN.fullmatch(arns.source or "")
    return caller if parts is None else replace(caller, account=parts["account"])


def _request(
    tx: Transaction, caller: Caller, action: str, text: str, recipients: Sequence[str], feedback: str
) -> Request:
    now_ms = tx.moment.epoch_ms
    return Request(
        account=caller.account,
        partition=caller.partition,
        region=caller.region,
        action=action,
        source=text,
        recipients=recipients,
        feedback=feedback,
        now=iso_time(now_ms),
        epoch_seconds=now_ms // 1000,
    )


def _ask(tx: Transaction, caller: Caller, arn: str, request: Request) -> None:
    parts = _ARN.fullmatch(arn)
    if parts is None or parts["region"] != caller.region:
        shown = arn[: limits.SES_SHOWN_CHARS]
        raise invalid(f"{shown} is not the ARN of an identity in region {caller.region}.")
    address = address_of(request.source)
    if parts["name"] not in speakers(address):
        raise invalid(f"The identity of {arn[: limits.SES_SHOWN_CHARS]} does not cover the address {address}.")
    owner = Caller(parts["account"], caller.region, caller.partition)
    found = identity_store.named(tx.connection, owner, [parts["name"]]).get(parts["name"])
    allowed = None
    if found is not None:
        allowed = said(policy_store.of_identity(tx.connection, found.id).values(), request, arn)
    own = owner.account == caller.account
    if allowed is False or (allowed is None and not own):
        raise _denied(caller, request.action, arn)
    if found is None or not found.verified:
        raise unverified([address], caller.region)


def _denied(caller: Caller, action: str, arn: str) -> ServiceError:
    user = f"arn:{caller.partition}:iam::{caller.account}:root"
    text = f"User `{user}' is not authorized to perform `ses:{action}' on resource `{arn}'"
    return ServiceError("AccessDenied", text, 403)
