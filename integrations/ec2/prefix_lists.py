"""Managed prefix lists: named sets of blocks with versions, which rules of groups may name."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.addresses import cidr_v4, cidr_v6
from integrations.ec2.errors import combination, dependency, invalid_value, limit, missing
from integrations.ec2.filters import FilterTable, member, select
from integrations.ec2.idempotency import made_before, mark
from integrations.ec2.kinds import PREFIX_LIST, PREFIX_LIST_VERSION, RULE, new_id
from integrations.ec2.paging import answer, page
from integrations.ec2.permissions import prefix_list_sizes
from integrations.ec2.rules import check_count, check_description, rule_of
from integrations.ec2.shapes import Row
from integrations.ec2.store import Network
from integrations.ec2.tagging import tags_of

Body = dict[str, Any]

_FAMILIES = {"IPv4": cidr_v4, "IPv6": cidr_v6}
_FILTERS: FilterTable = {
    "owner-id": member("OwnerId"),
    "prefix-list-id": member("PrefixListId"),
    "prefix-list-name": member("PrefixListName"),
}


def entries_of(network: Network, body: Body, version: int | None = None) -> list[Body]:
    """The entries of a version, of the current one without. Raises ServiceError for one that there is not."""
    found = network.find(PREFIX_LIST_VERSION, _version_id(body, version or body["Version"]))
    if found is None:
        raise ServiceError("InvalidPrefixListVersion", f"The prefix list has no version {version}.")
    entries: list[Body] = found["Entries"]
    return entries


def _version_id(body: Body, version: int) -> str:
    return f"{body['PrefixListId']}/{version}"


def _version(body: Body, entries: list[Body]) -> Row:
    """The row of a list's current version."""
    kept = {"_Id": _version_id(body, body["Version"]), "Entries": entries}
    return PREFIX_LIST_VERSION, kept, body["PrefixListId"]


def create_managed_prefix_list(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    before = made_before(network, PREFIX_LIST, request)
    if before is not None:
        return {"PrefixList": before}
    if request["AddressFamily"] not in _FAMILIES:
        raise invalid_value(f"Value ({request['AddressFamily'][:20]}) for parameter addressFamily is invalid.")
    _check_name(request["PrefixListName"])
    _check_max(request["MaxEntries"])
    if len(network.all(PREFIX_LIST)) >= limits.EC2_PREFIX_LISTS_MAX:
        raise limit("PrefixListLimitExceeded", "The maximum number of prefix lists has been reached.")
    identifier = new_id(PREFIX_LIST, tx.moment)
    body = {
        "PrefixListId": identifier,
        "PrefixListArn": caller.arn("ec2", f"prefix-list/{identifier}"),
        "PrefixListName": request["PrefixListName"],
        "AddressFamily": request["AddressFamily"],
        "State": "create-complete",
        "MaxEntries": request["MaxEntries"],
        "Version": 1,
        "OwnerId": caller.account,
        "Tags": tags_of(request.get("TagSpecifications"), PREFIX_LIST),
    }
    entries = _with(body, [], request.get("Entries") or [], [])
    network.add([(PREFIX_LIST, mark(body, request), ""), _version(body, entries)])
    return {"PrefixList": body}


def _check_name(name: str) -> None:
    if not name or len(name) > limits.EC2_NAME_CHARS_MAX or name.startswith("com.amazonaws"):
        raise invalid_value(f"Value ({name[:100]}) for parameter prefixListName is invalid.")


def _check_max(entries: int) -> None:
    if not 1 <= entries <= limits.EC2_PREFIX_LIST_ENTRIES_MAX:
        end = f"It must be between 1 and {limits.EC2_PREFIX_LIST_ENTRIES_MAX}."
        raise invalid_value(f"Value ({entries}) for parameter maxEntries is invalid. {end}")


def _with(body: Body, old: list[Body], added: list[Body], removed: list[Body]) -> list[Body]:
    """The entries after some were removed and some added; one that is there gets its new description."""
    read = _FAMILIES[body["AddressFamily"]]
    entries = {entry["Cidr"]: entry for entry in old}
    for entry in removed:
        cidr = read(entry.get("Cidr") or "")
        if entries.pop(cidr, None) is None:
            raise invalid_value(f"The prefix list has no entry {cidr}.")
    seen = set()
    for entry in added:
        cidr = read(entry.get("Cidr") or "")
        check_description(entry.get("Description"))
        if cidr in seen:
            raise invalid_value(f"The entry {cidr} appears multiple times.")
        seen.add(cidr)
        described = {"Description": entry["Description"]} if entry.get("Description") else {}
        entries[cidr] = {"Cidr": cidr, **described}
    if len(entries) > body["MaxEntries"]:
        text = f"The prefix list can have {body['MaxEntries']} entries."
        raise limit("PrefixListMaxEntriesExceeded", text)
    return sorted(entries.values(), key=lambda entry: entry["Cidr"])


def modify_managed_prefix_list(tx: Transaction, caller: Caller, request: Body) -> Body:
    """Entries make a new version; the name and the size do not. Not both in one request, as on AWS."""
    network = Network(tx, caller)
    body = network.get(PREFIX_LIST, request["PrefixListId"])
    _check_version(body, request.get("CurrentVersion"))
    added, removed = request.get("AddEntries") or [], request.get("RemoveEntries") or []
    if added or removed:
        if request.get("MaxEntries") is not None:
            raise combination("You cannot modify the entries and the size of a prefix list in the same request.")
        if request.get("CurrentVersion") is None:
            raise missing("CurrentVersion")
        entries = _with(body, entries_of(network, body), added, removed)
        body = _new_version(network, body, entries, "modify-complete")
    if request.get("PrefixListName") is not None:
        _check_name(request["PrefixListName"])
        body = {**body, "PrefixListName": request["PrefixListName"], "State": "modify-complete"}
    if request.get("MaxEntries") is not None:
        body = _resized(network, body, request["MaxEntries"])
    network.change(PREFIX_LIST, body)
    return {"PrefixList": body}


def _check_version(body: Body, current: int | None) -> None:
    if current is not None and current != body["Version"]:
        text = "The prefix list has the incorrect version number. Get the current version and try again."
        raise ServiceError("PrefixListVersionMismatch", text)


def _new_version(network: Network, body: Body, entries: list[Body], state: str) -> Body:
    """The list with these entries; of its versions so many are kept."""
    changed = {**body, "Version": body["Version"] + 1, "State": state}
    network.add([_version(changed, entries)])
    too_old = changed["Version"] - limits.EC2_PREFIX_LIST_VERSIONS_MAX
    network.remove(PREFIX_LIST_VERSION, [_version_id(body, too_old)])
    return changed


def _resized(network: Network, body: Body, size: int) -> Body:
    """A size that its entries fit into, and that the groups which name the list can bear."""
    _check_max(size)
    if size < len(entries_of(network, body)):
        raise invalid_value(f"Value ({size}) for parameter maxEntries is invalid. The prefix list has more entries.")
    resized = {**body, "MaxEntries": size, "State": "modify-complete"}
    for group_id in _naming(network, body["PrefixListId"]):
        rules = [rule_of(rule) for rule in network.below(RULE, group_id)]
        sizes = {**prefix_list_sizes(network, rules), body["PrefixListId"]: (body["AddressFamily"], size)}
        check_count(rules, sizes)
    return resized


def _naming(network: Network, identifier: str) -> list[str]:
    """The groups whose rules name a list."""
    return sorted({rule["GroupId"] for rule in network.referring(RULE, identifier)})


def restore_managed_prefix_list_version(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    body = network.get(PREFIX_LIST, request["PrefixListId"])
    _check_version(body, request["CurrentVersion"])
    entries = entries_of(network, body, request["PreviousVersion"])
    if len(entries) > body["MaxEntries"]:
        raise limit("PrefixListMaxEntriesExceeded", f"The prefix list can have {body['MaxEntries']} entries.")
    restored = _new_version(network, body, entries, "restore-complete")
    network.change(PREFIX_LIST, restored)
    return {"PrefixList": restored}


def delete_managed_prefix_list(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    body = network.get(PREFIX_LIST, request["PrefixListId"])
    if _naming(network, body["PrefixListId"]):
        raise dependency(f"The prefix list '{body['PrefixListId']}' is named by rules and cannot be deleted.")
    versions = network.below(PREFIX_LIST_VERSION, body["PrefixListId"])
    network.remove(PREFIX_LIST_VERSION, [found["_Id"] for found in versions])
    network.remove(PREFIX_LIST, [body["PrefixListId"]])
    return {"PrefixList": {**body, "State": "delete-complete"}}


def describe_managed_prefix_lists(tx: Transaction, caller: Caller, request: Body) -> Body:
    chosen = Network(tx, caller).chosen(PREFIX_LIST, request.get("PrefixListIds"))
    found = select(chosen, request.get("Filters"), _FILTERS)
    return answer("PrefixLists", page(found, request, "PrefixListId", "PrefixListIds"))


def get_managed_prefix_list_entries(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    body = network.get(PREFIX_LIST, request["PrefixListId"])
    return answer("Entries", page(entries_of(network, body, request.get("TargetVersion")), request, "Cidr"))


def get_managed_prefix_list_associations(tx: Transaction, caller: Caller, request: Body) -> Body:
    """The groups whose rules name the list."""
    network = Network(tx, caller)
    body = network.get(PREFIX_LIST, request["PrefixListId"])
    found = [
        {"ResourceId": group_id, "ResourceOwner": caller.account} for group_id in _naming(network, body["PrefixListId"])
    ]
    return answer("PrefixListAssociations", page(found, request, "ResourceId"))
