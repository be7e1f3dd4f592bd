"""The actions that change only this database: done with the note that they are done, so each exactly once.

What one of them cannot do (its topic is gone) is logged, and the next one follows: a mail does not stand still for it.
"""

import logging
from collections.abc import Callable, Mapping

import orjson

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.receiving import bounce, notice
from integrations.ses.receiving.mail_store import Received
from integrations.ses.receiving.plan import CONTINUE, STOP_RULE_SET, Plan, Step
from integrations.ses.sending import own_mail

log = logging.getLogger("statewright.ses.receiving")

EVENT_KIND = "ses:function"
EVENT = "Event"


def is_local(step: Step) -> bool:
    """Whether it is done here; an S3Action and a function that is waited for leave the process."""
    if step.kind == "LambdaAction":
        return (step.action.get("InvocationType") or EVENT) == EVENT
    return step.kind != "S3Action"


def perform(tx: Transaction, found: Received, plan: Plan, step: Step) -> Plan:
    """Do a local action; the plan after it."""
    try:
        done = _ACTIONS[step.kind](tx, found, plan, step)
    except (ServiceError, ValueError) as error:
        log.error("mail %s: %s of rule %s could not be done: %s", plan.message_id, step.kind, step.rule, error)
        return plan.after(CONTINUE)
    if step.kind != "SNSAction":
        tell(tx, found, plan, step)
    return done.after(STOP_RULE_SET if step.kind == "StopAction" else CONTINUE)


def tell(tx: Transaction, found: Received, plan: Plan, step: Step) -> None:
    """Notify the topic of an action that was done, where it has one."""
    if not step.action.get("TopicArn"):
        return
    try:
        _publish(tx, found, plan, step)
    except ServiceError as error:
        log.error("mail %s: the topic of a %s was not told: %s", plan.message_id, step.kind, error)


def _publish(tx: Transaction, found: Received, plan: Plan, step: Step) -> None:
    arn = step.action["TopicArn"]
    parts = arn.split(":")
    message = notice.notification(plan, step, found.mail, found.time_ms, tx.moment.epoch_ms)
    request = {"TopicArn": arn, "Subject": notice.SUBJECT, "Message": orjson.dumps(message).decode()}
    tx.call(Caller(parts[4], parts[3], parts[1]), "sns", "Publish", request)


def _sns(tx: Transaction, found: Received, plan: Plan, step: Step) -> Plan:
    _publish(tx, found, plan, step)
    return plan


def _header(tx: Transaction, found: Received, plan: Plan, step: Step) -> Plan:
    return plan.with_header(step.action["HeaderName"], step.action["HeaderValue"])


def _stop(tx: Transaction, found: Received, plan: Plan, step: Step) -> Plan:
    return plan


def _bounce(tx: Transaction, found: Received, plan: Plan, step: Step) -> Plan:
    """To nobody where the mail has no sender: it is an answer itself."""
    if plan.source:
        message_id = own_mail.new_message_id(tx)
        made = bounce.compose(plan, step, found.mail, message_id, found.caller.region, tx.moment.epoch_ms)
        shown = {"Subject": bounce.SUBJECT, "Raw": True}
        own_mail.post(tx, found.caller, message_id, step.action["Sender"], [plan.source], made, shown, sender="")
    return plan


def _function(tx: Transaction, found: Received, plan: Plan, step: Step) -> Plan:
    """An event: the function is called after the commit, and nothing waits for it."""
    payload = {
        "function": step.action["FunctionArn"],
        "account": found.caller.account,
        "region": found.caller.region,
        "key": f"{plan.message_id}/{plan.at}",
        "event": notice.event(plan, step, found.mail, found.time_ms, tx.moment.epoch_ms),
        "failures": 0,
    }
    tx.send_later(EVENT_KIND, orjson.dumps(payload).decode())
    return plan


_ACTIONS: Mapping[str, Callable[[Transaction, Received, Plan, Step], Plan]] = {
    "AddHeaderAction": _header,
    "BounceAction": _bounce,
    "LambdaAction": _function,
    "SNSAction": _sns,
    "StopAction": _stop,
}
