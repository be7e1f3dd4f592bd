"""Topics: CreateTopic, DeleteTopic, ListTopics, their attributes, permissions and tags."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from integrations.sns import data_protection, store
from integrations.sns.access import authorize, check_region, existing
from integrations.sns.directory import forget
from integrations.sns.errors import invalid, limit_exceeded, no_resource
from integrations.sns.names import check_topic_name, topic_arn
from integrations.sns.policy_document import with_permission, without_permission
from integrations.sns.store import Topic
from integrations.sns.tokens import page_token, read_page_token
from integrations.sns.topic_attributes import (
    DEFAULTS,
    FIFO,
    KNOWN,
    LARGE_PROTOCOLS,
    check_attribute,
    policy_of,
    retention_days,
    set_attributes,
    shown,
    takes_large_messages,
)

Request = dict[str, Any]
Response = dict[str, Any]


def create_topic(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CreateTopic: of a topic that exists, with nothing that it has not, its ARN."""
    given: dict[str, str] = dict(request.get("Attributes") or {})
    if given.get(FIFO, "false").lower() not in ("true", "false"):
        raise invalid(f"Attributes Reason: {FIFO}: Invalid value [{given[FIFO]}]. Must be true or false.")
    fifo = given.get(FIFO, "").lower() == "true"
    name = request["Name"]
    check_topic_name(name, fifo)
    protection = request.get("DataProtectionPolicy") or ""
    if not data_protection.is_none(protection):
        data_protection.check(tx, protection, fifo)
    arn = caller.arn("sns", name)
    attributes = set_attributes(given, arn, fifo, tx.keys.configured)
    wanted_tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []}
    found = store.topic(tx.connection, arn)
    if found is not None:
        _check_same(tx, found, attributes, wanted_tags)
        data_protection.check_same(tx, found.id, protection)
        return {"TopicArn": arn}
    if store.count_topics(tx.connection, caller.account, caller.region) >= limits.SNS_TOPICS_MAX:
        raise limit_exceeded("TopicLimitExceeded", "You have exceeded the maximum number of topics")
    _check_tags(wanted_tags)
    row = {"arn": arn, "account": caller.account, "region": caller.region, "name": name, "fifo": int(fifo)}
    archived = tx.moment.epoch_ms if retention_days(attributes) is not None else None
    store.add_topic(tx.connection, {**row, "created_ms": tx.moment.epoch_ms, "archive_since_ms": archived}, attributes)
    tags.put_many(tx.connection, arn, list(wanted_tags.items()))
    if not data_protection.is_none(protection):
        data_protection.keep(tx, arn, protection)
    return {"TopicArn": arn}


def _check_same(tx: Transaction, found: Topic, attributes: dict[str, str], wanted_tags: dict[str, str]) -> None:
    has = DEFAULTS | found.attributes
    if any(has.get(name) != value for name, value in attributes.items()):
        raise invalid("Attributes Reason: Topic already exists with different attributes")
    if wanted_tags and dict(tags.of_resource(tx.connection, found.arn)) != wanted_tags:
        raise invalid("Tags Reason: Topic already exists with different tags")


def delete_topic(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteTopic, with its subscriptions; a topic that is not there is deleted, as on AWS."""
    arn = request["TopicArn"]
    check_region(caller, arn)
    found = store.topic(tx.connection, arn)
    if found is not None:
        authorize(caller, found, "DeleteTopic")
        if found.archive_since_ms is not None:
            raise ServiceError("InvalidState", "Invalid state: Cannot delete a topic with an ArchivePolicy")
        store.delete_topic(tx.connection, found)
        tags.delete_resource(tx.connection, arn)
        forget(tx, arn)
    elif topic_arn(arn).account != caller.account:
        raise limit_exceeded("AuthorizationError", "Not authorized to delete a topic of another account")
    return {}


def get_topic_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetTopicAttributes."""
    topic = existing(tx, caller, request["TopicArn"], "GetTopicAttributes")
    pending, confirmed = store.counts(tx.connection, topic.id)
    view = shown(
        topic.attributes,
        topic_arn=topic.arn,
        account=topic.account,
        fifo=topic.fifo,
        counts=(pending, confirmed, topic.deleted),
        archive_since_ms=topic.archive_since_ms,
    )
    return {"Attributes": view}


def set_topic_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """SetTopicAttributes; an empty value takes the attribute away."""
    topic = existing(tx, caller, request["TopicArn"], "SetTopicAttributes")
    name, value = request["AttributeName"], request.get("AttributeValue") or ""
    if name not in KNOWN:
        raise invalid("AttributeName")
    if value or name == "ArchivePolicy":  # which is taken away as {}
        check_attribute(name, value, topic.arn, topic.fifo, tx.keys.configured)
    attributes = {key: kept for key, kept in topic.attributes.items() if key != name}
    if value:
        attributes[name] = value
    if takes_large_messages(attributes) and not takes_large_messages(topic.attributes):
        _check_subscriptions(tx, topic)
    _note_archive(tx, topic, attributes)
    _set(tx, topic, attributes)
    return {}


def _check_subscriptions(tx: Transaction, topic: Topic) -> None:
    """Whether all the subscriptions that a topic has may get large messages."""
    most = limits.SNS_LARGE_SUBSCRIPTIONS_MAX
    found = store.on_topic(tx.connection, topic.id, most + 1, 0)
    if len(found) > most or not all(one.protocol in LARGE_PROTOCOLS for one in found):
        raise invalid(
            f"MaximumMessageSize Reason: a topic with messages above {limits.SNS_MESSAGE_BYTES_MAX} bytes has at most "
            f"{most} subscriptions, each of {', '.join(sorted(LARGE_PROTOCOLS))}"
        )


def _note_archive(tx: Transaction, topic: Topic, attributes: dict[str, str]) -> None:
    """The archive begins when its policy is set, and ends, with all that it holds, when that is {}."""
    archives = retention_days(attributes) is not None
    if archives and topic.archive_since_ms is None:
        store.begin_archive(tx.connection, topic.id, tx.moment.epoch_ms)
    elif not archives and topic.archive_since_ms is not None:
        store.end_archive(tx.connection, topic.id, tx.moment.epoch_ms)


def _set(tx: Transaction, topic: Topic, attributes: dict[str, str]) -> None:
    store.set_topic_attributes(tx.connection, topic.id, attributes)
    forget(tx, topic.arn)


def list_topics(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListTopics, in the order of names."""
    query = ("topics", caller.account, caller.region)
    after = read_page_token(request.get("NextToken"), "", *query)
    size = limits.SNS_PAGE_MAX
    found = store.list_topics(tx.connection, caller.account, caller.region, size + 1, after)
    response: Response = {"Topics": [{"TopicArn": arn} for _, arn in found[:size]]}
    if len(found) > size:
        response["NextToken"] = page_token(found[size - 1][0], *query)
    return response


def add_permission(tx: Transaction, caller: Caller, request: Request) -> Response:
    """AddPermission: a statement more in the topic's policy."""
    topic = existing(tx, caller, request["TopicArn"], "AddPermission")
    policy = policy_of(topic.attributes, topic.arn, topic.account)
    accounts, actions = request["AWSAccountId"], request["ActionName"]
    changed = with_permission(policy, topic.arn, request["Label"], accounts, actions)
    _set(tx, topic, {**topic.attributes, "Policy": changed})
    return {}


def remove_permission(tx: Transaction, caller: Caller, request: Request) -> Response:
    """RemovePermission."""
    topic = existing(tx, caller, request["TopicArn"], "RemovePermission")
    policy = policy_of(topic.attributes, topic.arn, topic.account)
    _set(tx, topic, {**topic.attributes, "Policy": without_permission(policy, request["Label"])})
    return {}


# ---- tags ----


def tag_resource(tx: Transaction, caller: Caller, request: Request) -> Response:
    """TagResource of a topic."""
    arn = _tagged(tx, caller, request["ResourceArn"], "TagResource")
    new = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    if len(new) != len(request["Tags"]):
        raise invalid("Duplicated keys are not allowed.")
    _check_tags(dict(tags.of_resource(tx.connection, arn)) | new, new)
    tags.put_many(tx.connection, arn, list(new.items()))
    return {}


def untag_resource(tx: Transaction, caller: Caller, request: Request) -> Response:
    """UntagResource."""
    arn = _tagged(tx, caller, request["ResourceArn"], "UntagResource")
    tags.remove(tx.connection, arn, request["TagKeys"])
    return {}


def list_tags_for_resource(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListTagsForResource."""
    arn = _tagged(tx, caller, request["ResourceArn"], "ListTagsForResource")
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.of_resource(tx.connection, arn)]}


def _tagged(tx: Transaction, caller: Caller, arn: str, action: str) -> str:
    check_region(caller, arn, "ResourceArn")
    found = store.topic(tx.connection, arn)
    if found is None:
        raise no_resource()
    authorize(caller, found, action)
    return arn


def _check_tags(all_of_them: dict[str, str], new: dict[str, str] | None = None) -> None:
    if any(key.lower().startswith("aws:") for key in (all_of_them if new is None else new)):
        raise invalid("Tag keys must not begin with 'aws:'")
    if len(all_of_them) > limits.TAGS_MAX:
        raise ServiceError("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded")
