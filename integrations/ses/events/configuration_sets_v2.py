"""Configuration sets, v2. Their refusals get v2's names in the table of operations."""

from dataclasses import replace
from typing import Any

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.errors import refuse
from integrations.ses.events import configuration_set_store as store
from integrations.ses.events import configuration_sets as sets
from integrations.ses.events import event_destinations as destinations
from integrations.ses.events import tracking_options
from integrations.ses.events.configuration_set_store import ConfigurationSet
from integrations.ses.events.suppression import checked_reasons
from integrations.ses.records import record_store, tagging

_UNBUILT = ("VdmOptions", "ArchivingOptions", "MessageSecurityOptions")


def create_configuration_set(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, *_UNBUILT)
    sets.refuse_metrics((request.get("ReputationOptions") or {}).get("ReputationMetricsEnabled"))
    pairs = tagging.tags_given(request.get("Tags"))
    made = ConfigurationSet(request["ConfigurationSetName"], tx.moment.epoch_ms)
    made = _delivering(tx, caller, made, request.get("DeliveryOptions") or {})
    made = replace(made, sending=(request.get("SendingOptions") or {}).get("SendingEnabled", True))
    made = tracking_options.following(tx, caller, made, request.get("TrackingOptions") or {})
    if request.get("SuppressionOptions"):
        made = replace(made, suppressed=checked_reasons(request["SuppressionOptions"]))
    sets.create(tx, caller, made)
    tagging.put_new(tx, sets.arn_of(caller, made.name), pairs)
    return {}


def _delivering(tx: Transaction, caller: Caller, found: ConfigurationSet, options: dict[str, Any]) -> ConfigurationSet:
    """Raises ServiceError. Pools are records without addresses: the relay sends from its own."""
    pool = options.get("SendingPoolName")
    if pool is not None and record_store.find(tx.connection, caller, record_store.POOL, pool) is None:
        raise ServiceError("NotFoundException", f"Dedicated IP pool {pool} does not exist.", 404)
    tls, seconds = options.get("TlsPolicy") == "REQUIRE", options.get("MaxDeliverySeconds")
    return replace(found, tls=tls, delivery_seconds=seconds, pool=pool)


def get_configuration_set(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    delivery: dict[str, Any] = {"TlsPolicy": "REQUIRE" if found.tls else "OPTIONAL"}
    if found.delivery_seconds is not None:
        delivery["MaxDeliverySeconds"] = found.delivery_seconds
    if found.pool is not None:
        delivery["SendingPoolName"] = found.pool
    reputation: dict[str, Any] = {"ReputationMetricsEnabled": False}
    if found.restarted_ms is not None:
        reputation["LastFreshStart"] = found.restarted_ms / 1000
    answer: dict[str, Any] = {
        "ConfigurationSetName": found.name,
        "DeliveryOptions": delivery,
        "ReputationOptions": reputation,
        "SendingOptions": {"SendingEnabled": found.sending},
        "Tags": tagging.shown(tx, sets.arn_of(caller, found.name)),
    }
    if tracking_options.shown(found):
        answer["TrackingOptions"] = tracking_options.shown(found)
    if found.suppressed is not None:
        answer["SuppressionOptions"] = {"SuppressedReasons": list(found.suppressed)}
    return answer


def list_configuration_sets(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, "Filter")
    names, more = sets.page(tx, caller, request.get("PageSize"), request.get("NextToken"))
    return {"ConfigurationSets": names, **more}


def put_configuration_set_sending_options(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Without SendingEnabled sending is off, as for AWS: the member's default is false."""
    sets.set_sending(tx, caller, request["ConfigurationSetName"], request.get("SendingEnabled", False))
    return {}


def put_configuration_set_delivery_options(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    store.put(tx.connection, caller, _delivering(tx, caller, found, request))
    return {}


def put_configuration_set_reputation_options(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    sets.named(tx, caller, request["ConfigurationSetName"])
    sets.refuse_metrics(request.get("ReputationMetricsEnabled"))
    return {}


def put_configuration_set_suppression_options(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """Without reasons its mails are sent to suppressed addresses."""
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    store.put(tx.connection, caller, replace(found, suppressed=checked_reasons(request)))
    return {}


# ---- event destinations ----


def create_configuration_set_event_destination(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    made = destinations.read_v2(tx, caller, request["EventDestinationName"], request["EventDestination"])
    sets.add_destination(tx, caller, found, made)
    return {}


def update_configuration_set_event_destination(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    made = destinations.read_v2(tx, caller, request["EventDestinationName"], request["EventDestination"])
    sets.replace_destination(tx, caller, found, made)
    return {}


def get_configuration_set_event_destinations(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    return {"EventDestinations": [destinations.shown_v2(one) for one in found.destinations]}
