"""Pools of dedicated addresses, as records: this server leases none, so that no pool has any (v2)."""

import ipaddress
import re
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from integrations.ses.errors import invalid
from integrations.ses.paging import page_size
from integrations.ses.records import record_store as store
from integrations.ses.records.record_store import POOL, Record
from integrations.ses.records.tagging import put_new, tags_given

_NAME = re.compile(r"[a-z0-9_-]{1,64}", re.IGNORECASE)


def create_dedicated_ip_pool(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    name, given = request["PoolName"], tags_given(request.get("Tags"))
    if _NAME.fullmatch(name) is None:
        raise invalid("The name of a pool has 1 to 64 letters, digits, dashes and underscores")
    if store.find(tx.connection, caller, POOL, name) is not None:
        raise ServiceError("AlreadyExistsException", f"Dedicated IP pool {name} already exists.")
    if store.count(tx.connection, caller, POOL) >= limits.SES_POOLS_MAX:
        raise ServiceError("LimitExceededException", f"At most {limits.SES_POOLS_MAX} pools can be kept.")
    _put(tx, caller, Record(name, {"mode": request.get("ScalingMode") or "STANDARD"}, tx.moment.epoch_ms, 0))
    put_new(tx, _arn(caller, name), given)
    return {}


def _put(tx: Transaction, caller: Caller, record: Record) -> None:
    changed = Record(record.name, record.content, record.created_ms, tx.moment.epoch_ms)
    store.put(tx.connection, caller, POOL, changed)


def _arn(caller: Caller, name: str) -> str:
    return caller.arn("ses", f"dedicated-ip-pool/{name}")


def _named(tx: Transaction, caller: Caller, name: str) -> Record:
    """Raises ServiceError."""
    found = store.find(tx.connection, caller, POOL, name)
    if found is None:
        shown = name[: limits.SES_SHOWN_CHARS]
        raise ServiceError("NotFoundException", f"Dedicated IP pool {shown} does not exist.", 404)
    return found


def get_dedicated_ip_pool(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = _named(tx, caller, request["PoolName"])
    return {"DedicatedIpPool": {"PoolName": found.name, "ScalingMode": found.content["mode"]}}


def list_dedicated_ip_pools(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    limit = page_size(request.get("PageSize"), limits.SES_PAGE_MAX, limits.SES_PAGE_MAX)
    rows = store.page(tx.connection, caller, POOL, request.get("NextToken") or "", limit + 1)
    more = {"NextToken": rows[limit - 1].name} if len(rows) > limit else {}
    return {"DedicatedIpPools": [row.name for row in rows[:limit]], **more}


def delete_dedicated_ip_pool(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = _named(tx, caller, request["PoolName"])
    store.remove(tx.connection, caller, POOL, found.name)
    tags.delete_resource(tx.connection, _arn(caller, found.name))
    return {}


def put_dedicated_ip_pool_scaling_attributes(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """A managed pool stays one, as on AWS."""
    found = _named(tx, caller, request["PoolName"])
    if found.content["mode"] == "MANAGED" and request["ScalingMode"] == "STANDARD":
        raise invalid(f"Dedicated IP pool {found.name} is managed, and cannot become a standard one.")
    _put(tx, caller, Record(found.name, {"mode": request["ScalingMode"]}, found.created_ms, 0))
    return {}


# ---- the addresses in them: none ----


def get_dedicated_ips(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    if request.get("PoolName"):
        _named(tx, caller, request["PoolName"])
    page_size(request.get("PageSize"), limits.SES_PAGE_MAX, limits.SES_PAGE_MAX)
    if request.get("NextToken"):
        raise invalid("Invalid NextToken")  # there is never a second page
    return {"DedicatedIps": []}


def no_dedicated_ip(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """GetDedicatedIp, PutDedicatedIpInPool, PutDedicatedIpWarmupAttributes: no address is leased to anybody."""
    try:
        address = ipaddress.ip_address(request["Ip"])
    except ValueError:
        raise invalid(f"{request['Ip'][: limits.SES_SHOWN_CHARS]} is no IP address.") from None
    if request.get("DestinationPoolName"):
        _named(tx, caller, request["DestinationPoolName"])
    raise ServiceError("NotFoundException", f"Dedicated IP {address} is not leased by account {caller.account}.", 404)
