"""Which topic an operation is about, and whether its caller may do that: existence first, then the policy."""

from collections.abc import Mapping
from typing import Any

from engine.access_policy import Principal, decision
from engine.contract import Caller, NotYet, OperationFunction, Transaction
from engine.errors import ServiceError
from integrations.sns import store
from integrations.sns.errors import invalid, no_topic, not_authorized
from integrations.sns.names import topic_arn
from integrations.sns.store import Topic
from integrations.sns.topic_attributes import policy_of

_NOTHING: Mapping[str, str] = {}


def existing(tx: Transaction, caller: Caller, arn: str, action: str, context: Mapping[str, str] = _NOTHING) -> Topic:
    """The topic, which the caller may use so. Raises NotFound, AuthorizationError, InvalidParameter."""
    check_region(caller, arn)
    found = store.topic(tx.connection, arn)
    if found is None:
        raise no_topic()
    authorize(caller, found, action, context)
    return found


def check_region(caller: Caller, arn: str, parameter: str = "TopicArn") -> None:
    """A topic is served in its own region only."""
    if topic_arn(arn, parameter).region != caller.region:
        raise invalid(parameter)


def authorize(caller: Caller, topic: Topic, action: str, context: Mapping[str, str] = _NOTHING) -> None:
    """Raises AuthorizationError. In the topic's own account everything is allowed that no statement denies."""
    own = caller.account == topic.account and not caller.anonymous
    if own and "Policy" not in topic.attributes:
        return
    policy = policy_of(topic.attributes, topic.arn, topic.account)
    who = Principal(account=None if caller.anonymous else caller.account)
    said = decision(policy, who, f"SNS:{action}", topic.arn, {**_context(caller), **context})
    if said is False:
        raise not_authorized(_user(caller), action, topic.arn, "with an explicit deny in a resource-based policy")
    if said is None and not own:
        because = f"because no resource-based policy allows the SNS:{action} action"
        raise not_authorized(_user(caller), action, topic.arn, because)


def signed(function: OperationFunction) -> OperationFunction:
    """The operation, for callers with credentials only: what no topic's policy can open to everybody."""

    def checked(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any] | NotYet:
        if caller.anonymous:
            raise ServiceError("AuthorizationError", "This operation needs credentials: sign the request.", 403)
        return function(tx, caller, request)

    return checked


def _context(caller: Caller) -> dict[str, str]:
    """What conditions can ask of the caller."""
    if caller.anonymous:
        return {"aws:principaltype": "Anonymous", "aws:requestedregion": caller.region}
    return {
        "aws:sourceowner": caller.account,
        "aws:sourceaccount": caller.account,
        "aws:principalaccount": caller.account,
        "aws:principalarn": _user(caller),
        "aws:principaltype": "Account",
        "aws:requestedregion": caller.region,
    }


def _user(caller: Caller) -> str:
    if caller.anonymous:
        return "anonymous"
    return f"arn:{caller.partition}:iam::{caller.account}:root"
