"""What became of a mail: its state in the inbox, statistics, the suppression list, events, and feedback by mail.

All in the transaction that learns of it: the one that takes the mail, or that takes it out of the outbox.
"""

from collections.abc import Sequence
from typing import Any

from engine.contract import Transaction
from integrations.ses import account_store
from integrations.ses.addresses import is_simulated
from integrations.ses.events import events, suppression
from integrations.ses.events.configuration_set_store import ConfigurationSet
from integrations.ses.events.facts import Facts
from integrations.ses.events.publishing import publish
from integrations.ses.sending import mail_store

Bounced = dict[str, Any]  # of events.bounced_recipient


def _now(tx: Transaction) -> int:
    return tx.moment.epoch_ms


def feedback_id(tx: Transaction) -> str:
    return f"0100{_now(tx):012x}-{tx.moment.uuid()}-000000"


def sent(tx: Transaction, facts: Facts, chosen: ConfigurationSet | None = None) -> None:
    """`chosen`: the mail's configuration set, for who has just looked for it."""
    publish(tx, facts, "SEND", {}, chosen)


def delivered(
    tx: Transaction, facts: Facts, recipients: Sequence[str], response: str, chosen: ConfigurationSet | None = None
) -> None:
    mail_store.note_states(tx, facts, dict.fromkeys(recipients, "delivered"))
    publish(tx, facts, "DELIVERY", events.delivery(facts, recipients, response, _now(tx)), chosen)


def bounced(
    tx: Transaction, facts: Facts, kind: str, sub_kind: str, recipients: Sequence[Bounced], state: str = "bounced"
) -> dict[str, Any]:
    """The bounce as events show it. Hard ones put their addresses on the suppression list, the simulator's aside."""
    addresses = [one["emailAddress"] for one in recipients]
    detail = events.bounce(kind, sub_kind, recipients, feedback_id(tx), _now(tx))
    mail_store.note_states(tx, facts, dict.fromkeys(addresses, state))
    if facts.quiet:
        return detail
    account_store.count(tx.connection, facts.caller, _now(tx), bounces=len(addresses))
    if kind == "Permanent" and sub_kind == "General":
        suppression.learn(tx, facts, _real(addresses), "BOUNCE", detail["feedbackId"])
    publish(tx, facts, "BOUNCE", detail)
    return detail


def answered(tx: Transaction, facts: Facts, address: str) -> None:
    """Automatically, by who is out of the office: AWS publishes a bounce, and it counts as none."""
    detail = events.bounce("Transient", "General", [events.bounced_recipient(address)], feedback_id(tx), _now(tx))
    publish(tx, facts, "BOUNCE", detail)


def complained(tx: Transaction, facts: Facts, addresses: Sequence[str]) -> dict[str, Any]:
    detail = events.complaint(addresses, feedback_id(tx), _now(tx))
    mail_store.note_states(tx, facts, dict.fromkeys(addresses, "complained"))
    account_store.count(tx.connection, facts.caller, _now(tx), complaints=len(addresses))
    suppression.learn(tx, facts, _real(addresses), "COMPLAINT", detail["feedbackId"])
    publish(tx, facts, "COMPLAINT", detail)
    return detail


def delayed(tx: Transaction, facts: Facts, recipients: Sequence[dict[str, Any]], kind: str, expires_ms: int) -> None:
    """`recipients`: emailAddress, status, diagnosticCode."""
    addresses = [one["emailAddress"] for one in recipients]
    mail_store.note_states(tx, facts, dict.fromkeys(addresses, "delayed"))
    publish(tx, facts, "DELIVERY_DELAY", events.delay(kind, recipients, expires_ms, _now(tx)))


def rejected(tx: Transaction, facts: Facts) -> None:
    """A virus: it never leaves."""
    mail_store.note_states(tx, facts, dict.fromkeys(facts.recipients, "rejected"))
    account_store.count(tx.connection, facts.caller, _now(tx), rejects=len(facts.recipients))
    publish(tx, facts, "REJECT", {"reason": "Bad content"})


def not_rendered(tx: Transaction, facts: Facts, template: str, reason: str) -> None:
    mail_store.note_states(tx, facts, dict.fromkeys(facts.recipients, "failed"))
    publish(tx, facts, "RENDERING_FAILURE", {"errorMessage": reason, "templateName": template})


def _real(addresses: Sequence[str]) -> list[str]:
    return [address for address in addresses if not is_simulated(address)]
