"""A mail that was accepted: where each of its recipients' copies goes.

| the mail, the recipient | |
|---|---|
| a virus (EICAR's test file) | is rejected: no copy leaves |
| an address on the suppression list | bounces, and never leaves |
| the mailbox simulator's | what its name says, at once |
| every other | over the relay; without one it stays in the inbox and counts as delivered |
"""

from collections.abc import Callable, Mapping, Sequence

from engine.contract import Transaction
from integrations.ses.addresses import is_simulated
from integrations.ses.events import feedback, outcomes, suppression
from integrations.ses.events.configuration_set_store import ConfigurationSet
from integrations.ses.events.events import SUPPRESSED_TEXT, bounced_recipient
from integrations.ses.events.facts import Facts
from integrations.ses.sending import outbound
from integrations.ses.sending.transport import has_virus

_LISTED = (
    "smtp; 550 5.1.1 Amazon SES has suppressed sending to this address because it has a recent history of bouncing as "
    "an invalid address."
)


def hand_over(tx: Transaction, facts: Facts, sender: str, mime: bytes, chosen: ConfigurationSet | None) -> None:
    """`sender`: of the envelope; `mime`: as it leaves."""
    outcomes.sent(tx, facts, chosen)
    if has_virus(mime):
        outcomes.rejected(tx, facts)
        return
    recipients = list(dict.fromkeys(facts.recipients))
    stopped = suppression.stopped(tx, facts.caller, recipients, chosen)
    if stopped:
        listed = [bounced_recipient(address, "5.1.1", SUPPRESSED_TEXT) for address in stopped]
        detail = outcomes.bounced(tx, facts, "Permanent", "OnAccountSuppressionList", listed, "suppressed")
        feedback.forward_bounce(tx, facts, detail)
    for address in recipients:
        if is_simulated(address):
            _SIMULATED.get(_mailbox(address), _nobody)(tx, facts, address)
    left = [address for address in recipients if address not in stopped and not is_simulated(address)]
    if left:
        _leave(tx, facts, sender, left, mime, chosen)


def _leave(
    tx: Transaction, facts: Facts, sender: str, left: Sequence[str], mime: bytes, chosen: ConfigurationSet | None
) -> None:
    if tx.settings.ses.relay is None:
        outcomes.delivered(tx, facts, left, outbound.LOCAL_ANSWER, chosen)
    elif chosen is None:
        outbound.leave(tx, facts, sender, left, mime)
    else:
        outbound.leave(tx, facts, sender, left, mime, chosen.tls, chosen.delivery_seconds)


# ---- the mailbox simulator ----


def _mailbox(address: str) -> str:
    """Without its label."""
    return address.rpartition("@")[0].partition("+")[0].lower()


def _success(tx: Transaction, facts: Facts, address: str) -> None:
    outcomes.delivered(tx, facts, [address], "250 2.6.0 Message received")


def _bounce(tx: Transaction, facts: Facts, address: str) -> None:
    listed = [bounced_recipient(address, "5.1.1", "smtp; 550 5.1.1 user unknown")]
    feedback.forward_bounce(tx, facts, outcomes.bounced(tx, facts, "Permanent", "General", listed))


def _nobody(tx: Transaction, facts: Facts, address: str) -> None:
    """A mailbox that the simulator does not have."""
    _bounce(tx, facts, address)


def _suppressed(tx: Transaction, facts: Facts, address: str) -> None:
    listed = [bounced_recipient(address, "5.1.1", _LISTED)]
    detail = outcomes.bounced(tx, facts, "Permanent", "Suppressed", listed, "suppressed")
    feedback.forward_bounce(tx, facts, detail)


def _complaint(tx: Transaction, facts: Facts, address: str) -> None:
    _success(tx, facts, address)
    feedback.forward_complaint(tx, facts, outcomes.complained(tx, facts, [address]))


def _out_of_office(tx: Transaction, facts: Facts, address: str) -> None:
    """AWS tells of the answer as of a bounce that will pass, without a reason."""
    _success(tx, facts, address)
    outcomes.answered(tx, facts, address)
    feedback.forward_answer(tx, facts, address)


_SIMULATED: Mapping[str, Callable[[Transaction, Facts, str], None]] = {
    "success": _success,
    "bounce": _bounce,
    "complaint": _complaint,
    "ooto": _out_of_office,
    "suppressionlist": _suppressed,
}
