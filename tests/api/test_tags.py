"""Tags of machines and activities."""

from typing import Any

import pytest

from tests.api.client import Api, refusal
from tests.api.machines import PASS


def _tags(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def _resource(api: Api, kind: str) -> str:
    return api.machine(PASS) if kind == "machine" else str(api.create_activity(name=api.name())["activityArn"])


@pytest.mark.parametrize("kind", ["machine", "activity"])
def test_tags_are_set_changed_and_removed(api: Api, kind: str) -> None:
    arn = _resource(api, kind)
    assert api.list_tags_for_resource(resourceArn=arn) == {"tags": []}
    assert api.tag_resource(resourceArn=arn, tags=_tags(b="1", a="")) == {}
    assert api.tag_resource(resourceArn=arn, tags=_tags(c="größe + 1", b="2")) == {}
    assert api.list_tags_for_resource(resourceArn=arn)["tags"] == _tags(b="2", a="", c="größe + 1")
    assert api.untag_resource(resourceArn=arn, tagKeys=["a", "a", "unknown"]) == {}
    assert api.untag_resource(resourceArn=arn, tagKeys=[]) == {}
    assert api.list_tags_for_resource(resourceArn=arn)["tags"] == _tags(b="2", c="größe + 1")
    assert api.tag_resource(resourceArn=arn, tags=[]) == {}


def test_tags_of_a_creation(api: Api) -> None:
    arn = api.machine(PASS, tags=_tags(key1="value1", key2="value2"))
    assert api.list_tags_for_resource(resourceArn=arn)["tags"] == _tags(key1="value1", key2="value2")


def test_fifty_tags_at_most(api: Api) -> None:
    arn = api.machine(PASS, tags=_tags(**{f"k{number}": "" for number in range(49)}))
    api.tag_resource(resourceArn=arn, tags=_tags(k0="changed", last=""))
    assert refusal(api.tag_resource, resourceArn=arn, tags=_tags(more=""))[0] == "TooManyTags"
    assert refusal(api.tag_resource, resourceArn=arn, tags=_tags(k1="changed", more=""))[0] == "TooManyTags"
    found = api.list_tags_for_resource(resourceArn=arn)["tags"]
    assert len(found) == 50
    assert found[:2] == _tags(k0="changed", k1="")


# tags, error code, a part of the message
REFUSED: list[tuple[list[dict[str, Any]], str, str]] = [
    (_tags(**{"aws:x": "1"}), "ValidationException", "must not begin with 'aws:'"),
    (_tags(**{"AWS:x": "1"}), "ValidationException", "must not begin with 'aws:'"),
    (_tags(a="<b>"), "ValidationException", "Tags may only contain"),
    (_tags(**{"a\x00": "b"}), "ValidationException", "Tags may only contain"),
    ([{"value": "b"}], "ValidationException", "must have a key"),
    (_tags(**{"x" * 129: ""}), "ValidationException", "less than or equal to 128"),
    (_tags(a="x" * 257), "ValidationException", "less than or equal to 256"),
]


@pytest.mark.parametrize(("bad", "code", "message"), REFUSED)
def test_refused(api: Api, bad: list[dict[str, Any]], code: str, message: str) -> None:
    arn = api.machine(PASS)
    found_code, found_message = refusal(api.tag_resource, resourceArn=arn, tags=[*_tags(good="1"), *bad])
    assert found_code == code
    assert message in found_message
    assert api.list_tags_for_resource(resourceArn=arn)["tags"] == []


OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    ("tag_resource", {"tags": _tags(a="b")}),
    ("untag_resource", {"tagKeys": ["a"]}),
    ("list_tags_for_resource", {}),
]


@pytest.mark.parametrize(("operation", "others"), OPERATIONS)
def test_resources_that_are_not_there(api: Api, other_account: Api, operation: str, others: dict[str, Any]) -> None:
    call = getattr(api, operation)
    for arn in (api.arn("stateMachine:unknown"), api.arn("activity:unknown"), api.arn("stateMachine:unknown:1")):
        assert refusal(call, resourceArn=arn, **others) == ("ResourceNotFound", f"Resource not found: '{arn}'")
    assert refusal(call, resourceArn="x", **others) == ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: x'")
    assert refusal(call, resourceArn=api.arn("execution:m:n"), **others)[0] == "InvalidArn"
    mine = api.machine(PASS)
    assert refusal(getattr(other_account, operation), resourceArn=mine, **others)[0] == "ResourceNotFound"
