"""Subscribe, Unsubscribe, the attributes of subscriptions, and their lists."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sns import handshake, replays, store, tokens
from integrations.sns.access import authorize, check_region, existing
from integrations.sns.directory import forget
from integrations.sns.errors import invalid, limit_exceeded, no_subscription, not_authorized
from integrations.sns.names import PROTOCOLS, check_endpoint, parse_arn, subscription_arn
from integrations.sns.store import Attributes, Subscription, Topic
from integrations.sns.subscription_attributes import DEFAULTS, KNOWN, check_attributes, shown
from integrations.sns.tokens import page_token, read_page_token
from integrations.sns.topic_attributes import LARGE_PROTOCOLS, takes_large_messages

Request = dict[str, Any]
Response = dict[str, Any]

PENDING = "pending confirmation"
# Whose endpoints say by themselves that they want the messages; those of other accounts' queues do not.
_CONFIRMED_AT_ONCE = frozenset({"sqs", "lambda", "firehose", "application", "sms"})


def subscribe(tx: Transaction, caller: Caller, request: Request) -> Response:
    """Subscribe: an endpoint that is subscribed already keeps its subscription."""
    protocol, endpoint = request["Protocol"], request.get("Endpoint")
    if protocol not in PROTOCOLS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    context = {"sns:protocol": protocol, "sns:endpoint": endpoint or ""}
    topic = existing(tx, caller, request["TopicArn"], "Subscribe", context)
    if not endpoint:
        raise invalid("Endpoint")
    endpoint = check_endpoint(protocol, endpoint)
    _check_fits(topic, protocol, endpoint)
    attributes: Attributes = {name: value for name, value in (request.get("Attributes") or {}).items() if value}
    _check_given(attributes, protocol, topic.fifo, caller.account)
    found = store.at_endpoint(tx.connection, topic.id, protocol, endpoint)
    if found is not None:
        return _again(tx, caller, topic, found, attributes, bool(request.get("ReturnSubscriptionArn")))
    _check_limits(tx, topic, protocol, attributes)
    made = _add(tx, caller, topic, protocol, endpoint, attributes)
    return _answer(made, bool(request.get("ReturnSubscriptionArn")))


def _check_given(attributes: Attributes, protocol: str, fifo: bool, owner: str) -> None:
    """As SetSubscriptionAttributes checks them; where many are given the refusal begins with what they are in
    [cloudposse/terraform-aws-sns-topic#48, beside ministryofjustice/cloud-platform-environments#11520]."""
    try:
        check_attributes(attributes, protocol, fifo, owner)
    except ServiceError as error:
        raise invalid(f"Attributes Reason: {error.message.removeprefix('Invalid parameter: ')}") from None


def _check_fits(topic: Topic, protocol: str, endpoint: str) -> None:
    if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.fifo:
        raise invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )
    if topic.fifo and protocol != "sqs":
        raise invalid(f"Invalid protocol type: {protocol}")


def _check_large(tx: Transaction, topic: Topic, protocol: str) -> None:
    """What a topic with large messages may have beside."""
    if protocol not in LARGE_PROTOCOLS:
        raise invalid(f"Protocol Reason: {protocol} gets no messages above {limits.SNS_MESSAGE_BYTES_MAX} bytes")
    if sum(store.counts(tx.connection, topic.id)) >= limits.SNS_LARGE_SUBSCRIPTIONS_MAX:
        most = limits.SNS_LARGE_SUBSCRIPTIONS_MAX
        raise invalid(f"TopicArn Reason: a topic with large messages has at most {most} subscriptions")


def _check_limits(tx: Transaction, topic: Topic, protocol: str, attributes: Attributes) -> None:
    if takes_large_messages(topic.attributes):
        _check_large(tx, topic, protocol)
    most = limits.SNS_FIFO_SUBSCRIPTIONS_MAX if topic.fifo else limits.SNS_SUBSCRIPTIONS_MAX
    queues_full = protocol == "sqs" and store.count_queues(tx.connection, topic.id) >= limits.SNS_QUEUES_MAX
    if queues_full or sum(store.counts(tx.connection, topic.id)) >= most:
        raise limit_exceeded("SubscriptionLimitExceeded", "You have exceeded the maximum number of subscriptions")
    if attributes.get("FilterPolicy"):
        _check_filter_limit(tx, topic)


def _check_filter_limit(tx: Transaction, topic: Topic) -> None:
    others = store.on_topic(tx.connection, topic.id, limits.SNS_SUBSCRIPTIONS_MAX, 0)
    if sum(1 for found in others if found.attributes.get("FilterPolicy")) >= limits.SNS_FILTER_POLICIES_MAX:
        text = f"You have exceeded the maximum number of filter policies on a topic: {limits.SNS_FILTER_POLICIES_MAX}"
        raise limit_exceeded("FilterPolicyLimitExceeded", text)


def _again(
    tx: Transaction, caller: Caller, topic: Topic, found: Subscription, attributes: Attributes, show_arn: bool
) -> Response:
    has = DEFAULTS | found.attributes
    if any(has.get(name) != value for name, value in attributes.items()):
        raise invalid("Attributes Reason: Subscription already exists with different attributes")
    if found.pending:
        handshake.invite(tx, caller, topic, found)
    return _answer(found, show_arn)


def _add(
    tx: Transaction, caller: Caller, topic: Topic, protocol: str, endpoint: str, attributes: Attributes
) -> Subscription:
    arn = f"{topic.arn}:{tx.moment.uuid()}"
    elsewhere = protocol == "sqs" and endpoint.split(":")[4] != caller.account
    pending = protocol not in _CONFIRMED_AT_ONCE or elsewhere
    row = {
        "topic": topic.id,
        "arn": arn,
        "topic_arn": topic.arn,
        "protocol": protocol,
        "endpoint": endpoint,
        "owner": caller.account,
        "region": topic.region,
        "pending": pending,
        "authenticated": not pending,
        "guarded": False,
        "base_url": caller.base_url,
        "created_ms": tx.moment.epoch_ms,
    }
    store.add_subscription(tx.connection, row, attributes)
    forget(tx, topic.arn)
    made = _existing(tx, arn)
    if attributes.get("ReplayPolicy"):
        replays.start(tx, topic, made)
    if pending:
        handshake.invite(tx, caller, topic, made)
    return made


def _answer(found: Subscription, show_arn: bool) -> Response:
    return {"SubscriptionArn": PENDING if found.pending and not show_arn else found.arn}


def unsubscribe(tx: Transaction, caller: Caller, request: Request) -> Response:
    """Unsubscribe: by the owner of the topic or of the subscription, or by who got a message, with its link."""
    arn = request["SubscriptionArn"]
    subscription_arn(arn)
    found = store.subscription(tx.connection, arn)
    if found is None:
        return {}
    if caller.anonymous:
        if found.guarded or found.pending:
            raise not_authorized("anonymous", "Unsubscribe", arn, "because it was subscribed with authentication")
    elif caller.account not in (found.owner, parse_arn(arn, "SubscriptionArn").account):
        user = f"arn:{caller.partition}:iam::{caller.account}:root"
        raise not_authorized(user, "Unsubscribe", arn, "because it belongs to another account")
    if found.pending:
        raise invalid("Cannot unsubscribe a subscription that is pending confirmation")  # go-to-k/cdkd#1305
    end(tx, caller, found)
    return {}


def end(tx: Transaction, caller: Caller, found: Subscription) -> None:
    """No messages any more; an HTTP subscriber is told so."""
    topic = store.topic(tx.connection, found.topic_arn)
    store.delete_subscription(tx.connection, found)
    tokens.forget(tx.connection, found.arn)
    replays.stop(tx, found)
    forget(tx, found.topic_arn)
    if topic is not None and found.protocol in ("http", "https"):
        handshake.say_farewell(tx, caller, topic, found)


def get_subscription_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetSubscriptionAttributes."""
    found = _owned(tx, caller, request["SubscriptionArn"])
    topic = store.topic(tx.connection, found.topic_arn)
    view = shown(
        found.attributes,
        subscription_arn=found.arn,
        topic_arn=found.topic_arn,
        topic_policy=None if topic is None else topic.attributes.get("DeliveryPolicy"),
        protocol=found.protocol,
        endpoint=found.endpoint,
        owner=found.owner,
        principal=f"arn:{caller.partition}:iam::{found.owner}:root",
        pending=found.pending,
        authenticated=found.authenticated,
        replay_status=replays.status(tx, found),
    )
    return {"Attributes": view}


def set_subscription_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """SetSubscriptionAttributes; an empty value takes the attribute away."""
    found = _owned(tx, caller, request["SubscriptionArn"])
    name, value = request["AttributeName"], request.get("AttributeValue") or ""
    if name not in KNOWN:
        raise invalid("AttributeName")
    topic = store.topic(tx.connection, found.topic_arn)
    if topic is None:
        raise no_subscription()
    attributes = {key: kept for key, kept in found.attributes.items() if key != name}
    if value:
        attributes[name] = value
    elif name in ("RawMessageDelivery", "FilterPolicyScope"):
        check_attributes({name: "null"}, found.protocol, topic.fifo, found.owner)
    check_attributes(attributes, found.protocol, topic.fifo, found.owner)
    if name == "FilterPolicy" and value and not found.attributes.get(name):
        _check_filter_limit(tx, topic)
    store.set_subscription_attributes(tx.connection, found.id, attributes)
    forget(tx, found.topic_arn)
    if name == "ReplayPolicy":
        replays.change(tx, topic, _existing(tx, found.arn))
    return {}


def list_subscriptions(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListSubscriptions of the caller's account and region."""
    query = ("subscriptions", caller.account, caller.region)
    after = read_page_token(request.get("NextToken"), 0, *query)
    found = store.of_owner(tx.connection, caller.account, caller.region, limits.SNS_PAGE_MAX + 1, after)
    return _page(found, query)


def list_subscriptions_by_topic(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListSubscriptionsByTopic."""
    topic = existing(tx, caller, request["TopicArn"], "ListSubscriptionsByTopic")
    query = ("subscriptions of", topic.arn)
    after = read_page_token(request.get("NextToken"), 0, *query)
    return _page(store.on_topic(tx.connection, topic.id, limits.SNS_PAGE_MAX + 1, after), query)


def _page(found: list[Subscription], query: tuple[str, ...]) -> Response:
    page = found[: limits.SNS_PAGE_MAX]
    response: Response = {"Subscriptions": [_summary(subscription) for subscription in page]}
    if len(found) > len(page):
        response["NextToken"] = page_token(page[-1].id, *query)
    return response


def _summary(found: Subscription) -> Response:
    return {
        "SubscriptionArn": "PendingConfirmation" if found.pending else found.arn,
        "Owner": found.owner,
        "Protocol": found.protocol,
        "Endpoint": found.endpoint,
        "TopicArn": found.topic_arn,
    }


def _owned(tx: Transaction, caller: Caller, arn: str) -> Subscription:
    """A subscription of the caller's, or on a topic of the caller's."""
    check_region(caller, subscription_arn(arn), "SubscriptionArn")
    found = store.subscription(tx.connection, arn)
    if found is None:
        raise no_subscription()
    if caller.account != found.owner:
        _authorize_other(tx, caller, found)
    return found


def _authorize_other(tx: Transaction, caller: Caller, found: Subscription) -> None:
    topic = store.topic(tx.connection, found.topic_arn)
    if topic is None:
        raise no_subscription()
    if topic.account != caller.account:
        authorize(caller, topic, "Subscribe", {"sns:protocol": found.protocol, "sns:endpoint": found.endpoint})


def _existing(tx: Transaction, arn: str) -> Subscription:
    found = store.subscription(tx.connection, arn)
    if found is None:
        raise ServiceError("InternalError", "A subscription that was just written is not there.", 500)
    return found
