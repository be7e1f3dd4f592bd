"""Tags: the rules for keys and values, those of a request's specifications, CreateTags, DeleteTags and DescribeTags."""

from collections.abc import Mapping
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.errors import invalid_value, limit
from integrations.ec2.filters import FilterTable, member, select
from integrations.ec2.kinds import KINDS, Kind, kind_of
from integrations.ec2.paging import answer, page
from integrations.ec2.store import Network

Body = dict[str, Any]
_RESERVED, _RESERVED_TEXT = "aws:", "Tag keys starting with 'aws:' are reserved for internal use"
_FILTERS: FilterTable = {
    "key": member("Key"),
    "value": member("Value"),
    "resource-id": member("ResourceId"),
    "resource-type": member("ResourceType"),
}


def tags_of(specifications: list[Body] | None, *kinds: Kind) -> list[Body]:
    """The tags that a request gives a new resource of one of these kinds, the first of them."""
    found: list[Body] = []
    for entry in specifications or ():
        if entry.get("ResourceType") not in {kind.name for kind in kinds}:
            shown = str(entry.get("ResourceType"))[:100]
            raise invalid_value(f"'{shown}' is not a valid taggable resource type for this operation.")
        found += entry.get("Tags") or []
    return merged([], found)


def merged(old: list[Body], new: list[Body]) -> list[Body]:
    """Tags after more are put on. Raises ServiceError for keys and values that are none, and for too many."""
    tags = {tag["Key"]: tag["Value"] for tag in old}
    seen = set()
    for tag in new:
        key, value = tag.get("Key") or "", tag.get("Value") or ""
        _check(key, value)
        if key in seen:
            raise invalid_value(f"Duplicate tag key '{key}' specified.")
        seen.add(key)
        tags[key] = value
    if len(tags) > limits.EC2_TAGS_MAX:
        raise limit("TagLimitExceeded", f"The maximum number of tags for a resource is {limits.EC2_TAGS_MAX}.")
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _check(key: str, value: str) -> None:
    if not key or len(key) > limits.EC2_TAG_KEY_CHARS_MAX:
        raise invalid_value(
            f"Tag key exceeds the maximum length of {limits.EC2_TAG_KEY_CHARS_MAX} characters, or is empty"
        )
    if len(value) > limits.EC2_TAG_VALUE_CHARS_MAX:
        raise invalid_value(f"Tag value exceeds the maximum length of {limits.EC2_TAG_VALUE_CHARS_MAX} characters")
    if _is_reserved(key):
        raise invalid_value(_RESERVED_TEXT)


def _is_reserved(key: str) -> bool:
    return key.lower().startswith(_RESERVED)


def _check_reserved(request: Body) -> None:
    """As CreateTags and DeleteTags say it: TagSpecifications do without the key."""
    for tag in request.get("Tags") or ():
        if _is_reserved(tag.get("Key") or ""):
            raise invalid_value(f"Value ( {tag['Key'][:100]} ) for parameter key is invalid. {_RESERVED_TEXT}")


def create_tags(tx: Transaction, caller: Caller, request: Body) -> Body:
    _check_reserved(request)
    network = Network(tx, caller)
    for kind, body in _tagged(network, request):
        network.change(kind, {**body, "Tags": merged(body.get("Tags") or [], request["Tags"])})
    return {}


def delete_tags(tx: Transaction, caller: Caller, request: Body) -> Body:
    """Tags with a value go only where they have it; without any, all go."""
    _check_reserved(request)
    network = Network(tx, caller)
    unwanted: Mapping[str, str | None] | None = None
    if request.get("Tags"):
        unwanted = {tag.get("Key") or "": tag.get("Value") for tag in request["Tags"]}
    for kind, body in _tagged(network, request):
        kept = [tag for tag in body.get("Tags") or () if not _goes(tag, unwanted)]
        network.change(kind, {**body, "Tags": kept})
    return {}


def _goes(tag: Body, unwanted: Mapping[str, str | None] | None) -> bool:
    if unwanted is None:
        return True
    return tag["Key"] in unwanted and unwanted[tag["Key"]] in (None, tag["Value"])


def _tagged(network: Network, request: Body) -> list[tuple[Kind, Body]]:
    identifiers = request["Resources"]
    if len(identifiers) > limits.EC2_TAGGED_MAX:
        raise invalid_value(f"At most {limits.EC2_TAGGED_MAX} resources can be tagged at once")
    found = []
    for identifier in identifiers:
        kind = kind_of(identifier)
        if kind is None:
            raise ServiceError("InvalidID", f"The ID '{identifier[:100]}' is not valid")
        found.append((kind, network.get(kind, identifier)))
    return found


def describe_tags(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    tags = [
        {**tag, "ResourceId": body[kind.member], "ResourceType": kind.name, "_": f"{body[kind.member]}/{tag['Key']}"}
        for kind in KINDS.values()
        for body in network.all(kind)
        for tag in body.get("Tags") or ()
    ]
    found, token = page(select(tags, request.get("Filters"), _FILTERS), request, "_")
    return answer("Tags", ([{name: tag[name] for name in tag if name != "_"} for tag in found], token))
