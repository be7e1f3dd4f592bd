"""CreateLogGroup, DeleteLogGroup, DescribeLogGroups, retention, protection against deletion, and tags."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from integrations.logs import store
from integrations.logs.errors import group_exists, invalid, no_group, no_resource, unsupported
from integrations.logs.rules import check_retention, group_arn, identified, name_in_arn
from integrations.logs.store import Group
from integrations.logs.tokens import list_token, read_list_token

Request = dict[str, Any]
Response = dict[str, Any]

STANDARD = "STANDARD"


def create_log_group(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CreateLogGroup."""
    name = request["logGroupName"]
    if name.startswith("aws/"):
        raise invalid("Log groups starting with AWS/ are reserved for AWS.")
    if request.get("kmsKeyId") is not None:
        raise unsupported("kmsKeyId", "it holds no keys.")
    if request.get("logGroupClass", STANDARD) != STANDARD:
        raise unsupported("logGroupClass", "its log groups are all STANDARD.")
    if store.group(tx.connection, caller.account, caller.region, name) is not None:
        raise group_exists()
    if store.count_groups(tx.connection, caller.account, caller.region) >= limits.LOG_GROUPS_MAX:
        raise ServiceError("LimitExceededException", "Resource limit exceeded.")
    protected = bool(request.get("deletionProtectionEnabled"))
    store.add_group(tx.connection, caller.account, caller.region, name, tx.moment.epoch_ms, protected)
    _put_tags(tx, group_arn(caller, name), request.get("tags") or {})
    return {}


def delete_log_group(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteLogGroup: its name is free at once; its events are removed a bounded number at a time."""
    group = existing(tx, caller, request["logGroupName"])
    if group.protected:
        raise ServiceError("ValidationException", "The log group has deletion protection enabled.")
    store.delete_group(tx.connection, group.id)
    tags.delete_resource(tx.connection, group_arn(caller, group.name))
    return {}


def describe_log_groups(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DescribeLogGroups, in the order of names."""
    prefix, part = request.get("logGroupNamePrefix"), request.get("logGroupNamePattern")
    if request.get("includeLinkedAccounts") or request.get("accountIdentifiers"):
        raise unsupported("includeLinkedAccounts", "it links no accounts.")
    identifiers = request.get("logGroupIdentifiers")
    if prefix and part:
        raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    if identifiers and (prefix or part or request.get("logGroupClass")):
        raise invalid("logGroupIdentifiers cannot be combined with other filters.")
    if request.get("logGroupClass", STANDARD) != STANDARD:
        return {"logGroups": []}
    names = None if identifiers is None else [identified(caller, text) for text in identifiers]
    query = (caller.account, caller.region, prefix, part, names)
    size = request.get("limit") or limits.LOG_PAGE_NAMES_MAX
    after = read_list_token(request.get("nextToken"), *query)
    found = store.list_groups(
        tx.connection, caller.account, caller.region, size + 1, after=after, prefix=prefix, part=part, names=names
    )
    page = found[:size]
    sizes = store.stored_bytes(tx.connection, [group.id for group in page])
    shown = [_shown(caller, group, sizes.get(group.id, 0)) for group in page]
    if part:  # then AWS shows no more than these
        shown = [{name: group[name] for name in ("logGroupName", "creationTime", "arn")} for group in shown]
    response: Response = {"logGroups": shown}
    if len(found) > size:
        response["nextToken"] = list_token(page[-1].name, *query)
    return response


def put_retention_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PutRetentionPolicy."""
    check_retention(request["retentionInDays"])
    group = existing(tx, caller, request["logGroupName"])
    store.set_retention(tx.connection, group.id, request["retentionInDays"])
    return {}


def delete_retention_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteRetentionPolicy: events do not expire any more."""
    store.set_retention(tx.connection, existing(tx, caller, request["logGroupName"]).id, None)
    return {}


def put_log_group_deletion_protection(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PutLogGroupDeletionProtection."""
    group = existing(tx, caller, identified(caller, request["logGroupIdentifier"]))
    store.set_protection(tx.connection, group.id, request["deletionProtectionEnabled"])
    return {}


def tag_resource(tx: Transaction, caller: Caller, request: Request) -> Response:
    """TagResource of a log group, by its ARN without `:*`."""
    _put_tags(tx, _tagged(tx, caller, request["resourceArn"]), request["tags"])
    return {}


def untag_resource(tx: Transaction, caller: Caller, request: Request) -> Response:
    """UntagResource."""
    tags.remove(tx.connection, _tagged(tx, caller, request["resourceArn"]), request["tagKeys"])
    return {}


def list_tags_for_resource(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListTagsForResource."""
    return {"tags": dict(tags.of_resource(tx.connection, _tagged(tx, caller, request["resourceArn"])))}


def tag_log_group(tx: Transaction, caller: Caller, request: Request) -> Response:
    """TagLogGroup, the older form."""
    group = existing(tx, caller, request["logGroupName"])
    _put_tags(tx, group_arn(caller, group.name), request["tags"])
    return {}


def untag_log_group(tx: Transaction, caller: Caller, request: Request) -> Response:
    """UntagLogGroup, the older form."""
    group = existing(tx, caller, request["logGroupName"])
    tags.remove(tx.connection, group_arn(caller, group.name), request["tags"])
    return {}


def list_tags_log_group(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListTagsLogGroup, the older form."""
    group = existing(tx, caller, request["logGroupName"])
    return {"tags": dict(tags.of_resource(tx.connection, group_arn(caller, group.name)))}


def existing(tx: Transaction, caller: Caller, name: str) -> Group:
    """The caller's group of that name. Raises ResourceNotFoundException."""
    found = store.group(tx.connection, caller.account, caller.region, name)
    if found is None:
        raise no_group()
    return found


def _tagged(tx: Transaction, caller: Caller, arn: str) -> str:
    """The ARN under which a group's tags are kept."""
    name = name_in_arn(caller, arn)
    if name is None or arn.endswith(":*") or store.group(tx.connection, caller.account, caller.region, name) is None:
        raise no_resource()
    return arn


def _put_tags(tx: Transaction, arn: str, new: dict[str, str]) -> None:
    if any(key.lower().startswith("aws:") for key in new):
        raise invalid("Tag keys must not begin with 'aws:'.")
    if len(dict(tags.of_resource(tx.connection, arn)) | new) > limits.TAGS_MAX:
        text = f"A resource can have {limits.TAGS_MAX} tags at most."
        raise ServiceError("TooManyTagsException", text, fields={"resourceName": arn})
    tags.put_many(tx.connection, arn, list(new.items()))


def _shown(caller: Caller, group: Group, stored_bytes: int) -> Response:
    arn = group_arn(caller, group.name)
    shown = {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": stored_bytes,
        "logGroupClass": STANDARD,
        "logGroupArn": arn,
        "deletionProtectionEnabled": bool(group.protected),
    }
    if group.retention_days is not None:
        shown["retentionInDays"] = group.retention_days
    return shown
