"""What a topic's data protection policy does to its messages.

    Publish -> Deny? refused -> Audit -> Deidentify -> filters, subscribers -> Deny? not delivered -> Deidentify -> sent
               [---------- Inbound ---------]                           [----------- Outbound ----------]

Looked at is the message's text, in each form that it has for a protocol; not its subject, not its attributes. Inbound
statements are for who publishes, Outbound ones for who owns the subscription.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from engine.contract import Caller, Transaction
from engine.regex.pattern import Spans
from integrations.sns import audits
from integrations.sns.audit_destinations import Audit
from integrations.sns.errors import not_authorized
from integrations.sns.letters import Letters
from integrations.sns.messages import Content
from integrations.sns.protection_policy import Deidentify, Deny, Protection, Statement
from integrations.sns.store import Topic

_ANONYMOUS = ""  # no account: what is said of everybody only


def let_in(
    tx: Transaction, caller: Caller, topic: Topic, protection: Protection, content: Content, message_id: str
) -> Content:
    """The message as the topic takes it. Raises AuthorizationError, and has changed nothing then."""
    account = _ANONYMOUS if caller.anonymous else caller.account
    statements = [one for one in protection.inbound if one.is_for(account)]
    texts = _forms(content)
    if _denied(statements, texts):
        user = "anonymous" if caller.anonymous else f"arn:{caller.partition}:iam::{caller.account}:root"
        raise not_authorized(user, "Publish", topic.arn, "with an explicit deny in a data protection policy")
    for statement in statements:
        if isinstance(statement.operation, Audit):
            audits.audit(tx, caller, topic, statement, statement.operation, texts, message_id)
    return _deidentified(statements, content)


class Exits:
    """What subscribers get of one message, by their owner and protocol."""

    def __init__(self, protection: Protection | None, letters: Letters):
        self._statements: Sequence[Statement] = () if protection is None else protection.outbound
        self._letters = letters
        self._known: dict[tuple[str, str], Letters | None] = {}

    def letters(self, owner: str, protocol: str) -> Letters | None:
        """None: it is not delivered."""
        if not self._statements:
            return self._letters
        key = owner, protocol
        if key not in self._known:
            self._known[key] = self._let_out(*key)
        return self._known[key]

    def _let_out(self, owner: str, protocol: str) -> Letters | None:
        content = self._letters.published.content
        statements = [one for one in self._statements if one.is_for(owner)]
        # A device is sent the form of its platform, which the protocol does not tell.
        texts = _forms(content) if protocol == "application" else [content.of(protocol)]
        if _denied(statements, texts):
            return None
        cleaned = _deidentified(statements, content)
        if cleaned == content:
            return self._letters
        return replace(self._letters, published=replace(self._letters.published, content=cleaned), _signatures={})


def _forms(content: Content) -> list[str]:
    return list(dict.fromkeys([content.default, *content.by_protocol.values()]))


def _denied(statements: Iterable[Statement], texts: Sequence[str]) -> bool:
    deny = [one for one in statements if isinstance(one.operation, Deny)]
    return any(one.found(text) for one in deny for text in texts)


def _deidentified(statements: Iterable[Statement], content: Content) -> Content:
    """Each statement gets what the one before has left."""
    for statement in statements:
        if isinstance(statement.operation, Deidentify):
            mask = statement.operation.mask
            forms: Mapping[str, str] = {
                name: _without(statement, one, mask) for name, one in content.by_protocol.items()
            }
            content = Content(_without(statement, content.default, mask), forms)
    return content


def _without(statement: Statement, text: str, mask: str | None) -> str:
    pieces, at = [], 0
    for start, end in _merged(spans for spans in statement.found(text).values()):
        pieces += [text[at:start], "" if mask is None else mask * (end - start)]
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def _merged(found: Iterable[Spans]) -> Spans:
    """What several identifiers have found, each character once."""
    merged: Spans = []
    for start, end in sorted(span for spans in found for span in spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
