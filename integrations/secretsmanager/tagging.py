"""TagResource and UntagResource, and the rules of tags. A secret's tags are kept under its ARN, a replica's under its
primary's."""

from collections.abc import Sequence
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.store import tags
from integrations.secretsmanager import store
from integrations.secretsmanager.errors import invalid_parameter
from integrations.secretsmanager.finding import find_primary

Request = dict[str, Any]


def tag_resource(tx: Transaction, caller: Caller, request: Request) -> Request:
    """TagResource."""
    secret = find_primary(tx, caller, request["SecretId"], "TagResource")
    put_tags(tx, secret.arn, request["Tags"])
    store.change(tx.connection, secret.id, changed_ms=tx.moment.epoch_ms)
    return {}


def untag_resource(tx: Transaction, caller: Caller, request: Request) -> Request:
    """UntagResource; a key that is not there is passed over."""
    secret = find_primary(tx, caller, request["SecretId"], "UntagResource")
    tags.remove(tx.connection, secret.arn, request["TagKeys"])
    store.change(tx.connection, secret.id, changed_ms=tx.moment.epoch_ms)
    return {}


def put_tags(tx: Transaction, arn: str, given: Sequence[dict[str, Any]]) -> None:
    """Raises InvalidParameterException."""
    pairs = [(tag.get("Key"), tag.get("Value", "")) for tag in given]
    keys = [key for key, _ in pairs]
    if not all(keys):
        raise invalid_parameter("A tag has no Key.")
    if len(set(keys)) < len(keys):
        raise invalid_parameter("A tag key is given twice.")
    if any(str(key).lower().startswith("aws:") for key in keys):
        raise invalid_parameter("Tag keys can't begin with aws:, which is reserved.")
    if len(dict(tags.of_resource(tx.connection, arn)) | dict(pairs)) > limits.TAGS_MAX:
        raise invalid_parameter(f"A secret can have {limits.TAGS_MAX} tags at most.")
    tags.put_many(tx.connection, arn, [(str(key), value) for key, value in pairs])


def shown_tags(tx: Transaction, arn: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.of_resource(tx.connection, arn)]
