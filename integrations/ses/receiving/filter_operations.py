"""The operations on IP address filters."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.receiving import filter_store as store
from integrations.ses.receiving.filters import Filter, checked_cidr
from integrations.ses.receiving.rule_sets import already_exists
from integrations.ses.receiving.rules import checked_name

Request = dict[str, Any]


def create_receipt_filter(tx: Transaction, caller: Caller, request: Request) -> Request:
    given = request["Filter"]
    name, rule = checked_name(given["Name"], "filter"), given["IpFilter"]
    there = store.all_of(tx.connection, caller)
    if any(one.name == name for one in there):
        raise already_exists("Filter", name)
    if len(there) >= limits.SES_FILTERS_MAX:
        raise ServiceError("LimitExceededException", f"Maximum number of filters exceeded: {limits.SES_FILTERS_MAX}")
    store.add(tx.connection, caller, Filter(name, rule["Policy"], checked_cidr(rule["Cidr"])))
    return {}


def delete_receipt_filter(tx: Transaction, caller: Caller, request: Request) -> Request:
    """One that is not there is no error."""
    store.remove(tx.connection, caller, request["FilterName"])
    return {}


def list_receipt_filters(tx: Transaction, caller: Caller, request: Request) -> Request:
    found = store.all_of(tx.connection, caller)
    return {"Filters": [{"Name": f.name, "IpFilter": {"Policy": f.policy, "Cidr": f.cidr}} for f in found]}
