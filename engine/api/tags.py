"""TagResource, UntagResource, ListTagsForResource, and the tags that CreateStateMachine and CreateActivity set.

A tag is a key and a value on the ARN of a machine or an activity. At most 50 for each.
"""

import re
from collections.abc import Sequence
from typing import Any

from engine import limits
from engine.api import arns, resources
from engine.api.resources import Request, Response
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import EngineTransaction, ReadTransaction
from engine.store import tags

_TEXT = re.compile(r"[\w\s.:/=+\-@]*")

Tags = dict[str, str]


def tag_resource(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """TagResource: set tags, overwriting the values of keys that are there."""
    arn = _existing(tx, caller, request["resourceArn"])
    new = read_tags(request["tags"])
    _check_count(dict(tags.of_resource(tx.connection, arn)) | new, arn)
    put_tags(tx, arn, new)
    return {}


def untag_resource(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """UntagResource: remove keys; those that are not there do not matter."""
    arn = _existing(tx, caller, request["resourceArn"])
    tags.remove(tx.connection, arn, dict.fromkeys(request["tagKeys"]))
    return {}


def list_tags_for_resource(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """ListTagsForResource: in the order in which they were set."""
    arn = _existing(tx, caller, request["resourceArn"])
    return {"tags": [{"key": key, "value": value} for key, value in tags.of_resource(tx.connection, arn)]}


def put_tags(tx: EngineTransaction, arn: str, new: Tags) -> None:
    tags.put_many(tx.connection, arn, list(new.items()))


def read_tags(given: Sequence[dict[str, Any]] | None) -> Tags:
    """The tags of a request; the later one of two with the same key holds. Raises ValidationException, TooManyTags."""
    found: Tags = {}
    for tag in given or ():
        key, value = tag.get("key"), tag.get("value") or ""
        if not key:
            raise ServiceError("ValidationException", "Each tag must have a key.")
        if key.lower().startswith("aws:"):
            raise ServiceError("ValidationException", f"Tag keys must not begin with 'aws:': '{key}'")
        _check_text(key)
        _check_text(value)
        found[key] = value
    _check_count(found, None)
    return found


def _check_text(text: str) -> None:
    if _TEXT.fullmatch(text) is None:
        raise ServiceError(
            "ValidationException",
            "Tags may only contain Unicode letters, digits, white space, or these symbols: _ . : / = + - @. "
            f"Received: '{text}'",
        )


def _check_count(found: Tags, arn: str | None) -> None:
    if len(found) > limits.TAGS_MAX:
        fields = {} if arn is None else {"resourceName": arn}
        raise ServiceError("TooManyTags", f"A resource can have {limits.TAGS_MAX} tags at most", fields=fields)


def _existing(tx: ReadTransaction, caller: Caller, text: str) -> str:
    """The ARN, where it names a machine or an activity of the caller; versions and aliases have no tags, as on AWS.

    Raises InvalidArn or ResourceNotFound.
    """
    arn = arns.parse(text, arns.STATE_MACHINE, arns.ACTIVITY)
    find = resources.find_machine if arn.kind == arns.STATE_MACHINE else resources.find_activity
    if find(tx, caller, text) is None:
        raise resources.not_found(text)
    return text
