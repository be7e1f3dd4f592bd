"""Configuration sets, v1; what v2 makes of them is in configuration_sets_v2.

Refused by name: reputation metrics (nobody gathers them). Tracking options are in tracking_options.
"""

import re
from dataclasses import replace
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from integrations.ses.errors import invalid, no_configuration_set, set_paused
from integrations.ses.events import configuration_set_store as store
from integrations.ses.events import event_destinations as destinations
from integrations.ses.events.configuration_set_store import ConfigurationSet, Destination
from integrations.ses.paging import page_size

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PAGE = 1_000


def chosen(tx: Transaction, caller: Caller, name: str | None) -> ConfigurationSet | None:
    """The set that a mail names. Raises ServiceError where there is none, or its mails are not sent for now."""
    if not name:
        return None
    found = named(tx, caller, name)
    if not found.sending:
        raise set_paused(name)
    return found


def named(tx: Transaction, caller: Caller, name: str) -> ConfigurationSet:
    """Raises ServiceError where there is none."""
    found = store.find(tx.connection, caller, name)
    if found is None:
        raise no_configuration_set(name[: limits.SES_SHOWN_CHARS])
    return found


def create(tx: Transaction, caller: Caller, made: ConfigurationSet) -> None:
    """Raises ServiceError."""
    if _NAME.fullmatch(made.name) is None:
        text = "Configuration set name must have between 1 and 64 letters, digits, '_' and '-'."
        raise ServiceError("InvalidConfigurationSetException", text)
    if store.find(tx.connection, caller, made.name) is not None:
        text = f"Configuration set <{made.name}> already exists."
        raise ServiceError("ConfigurationSetAlreadyExistsException", text)
    if store.count(tx.connection, caller) >= limits.SES_CONFIGURATION_SETS_MAX:
        text = f"At most {limits.SES_CONFIGURATION_SETS_MAX} configuration sets can be kept."
        raise ServiceError("LimitExceededException", text)
    store.put(tx.connection, caller, made)


def create_configuration_set(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    create(tx, caller, ConfigurationSet(request["ConfigurationSet"]["Name"], tx.moment.epoch_ms))
    return {}


def delete_configuration_set(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Of both versions."""
    name = request["ConfigurationSetName"]
    if not store.remove(tx.connection, caller, name):
        raise no_configuration_set(name[: limits.SES_SHOWN_CHARS])
    tags.delete_resource(tx.connection, arn_of(caller, name))
    return {}


def arn_of(caller: Caller, name: str) -> str:
    return caller.arn("ses", f"configuration-set/{name}")


def list_configuration_sets(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    names, more = page(tx, caller, request.get("MaxItems"), request.get("NextToken"))
    return {"ConfigurationSets": [{"Name": name} for name in names], **more}


def page(tx: Transaction, caller: Caller, asked: int | None, token: str | None) -> tuple[list[str], dict[str, str]]:
    """Names, and NextToken where more come."""
    limit = page_size(asked, _PAGE, limits.SES_PAGE_MAX)
    names = store.page(tx.connection, caller, token or "", limit + 1)
    return names[:limit], {"NextToken": names[limit - 1]} if len(names) > limit else {}


def describe_configuration_set(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = named(tx, caller, request["ConfigurationSetName"])
    listed = [shown for one in found.destinations if (shown := destinations.shown_v1(one)) is not None]
    reputation: dict[str, Any] = {"SendingEnabled": found.sending, "ReputationMetricsEnabled": False}
    if found.restarted_ms is not None:
        reputation["LastFreshStart"] = found.restarted_ms / 1000
    members: dict[str, dict[str, Any]] = {
        "eventDestinations": {"EventDestinations": listed},
        "deliveryOptions": {"DeliveryOptions": {"TlsPolicy": "Require" if found.tls else "Optional"}},
        "reputationOptions": {"ReputationOptions": reputation},
    }
    if found.redirect_domain is not None:
        members["trackingOptions"] = {"TrackingOptions": {"CustomRedirectDomain": found.redirect_domain}}
    answer: dict[str, Any] = {"ConfigurationSet": {"Name": found.name}}
    for asked in request.get("ConfigurationSetAttributeNames") or ():
        answer |= members.get(asked, {})
    return answer


def put_configuration_set_delivery_options(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Without options TLS is optional again."""
    found = named(tx, caller, request["ConfigurationSetName"])
    tls = (request.get("DeliveryOptions") or {}).get("TlsPolicy") == "Require"
    store.put(tx.connection, caller, replace(found, tls=tls))
    return {}


def update_configuration_set_sending_enabled(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    set_sending(tx, caller, request["ConfigurationSetName"], request["Enabled"])
    return {}


def set_sending(tx: Transaction, caller: Caller, name: str, enabled: bool) -> None:
    found = named(tx, caller, name)
    restarted = tx.moment.epoch_ms if enabled and not found.sending else found.restarted_ms
    store.put(tx.connection, caller, replace(found, sending=enabled, restarted_ms=restarted))


def update_configuration_set_reputation_metrics_enabled(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    named(tx, caller, request["ConfigurationSetName"])
    refuse_metrics(request["Enabled"])
    return {}


def refuse_metrics(enabled: Any) -> None:
    if enabled:
        raise invalid("ReputationMetricsEnabled is not supported by this server: GetSendStatistics has the numbers.")


# ---- event destinations ----


def create_configuration_set_event_destination(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    found = named(tx, caller, request["ConfigurationSetName"])
    add_destination(tx, caller, found, destinations.read_v1(tx, caller, request["EventDestination"]))
    return {}


def add_destination(tx: Transaction, caller: Caller, found: ConfigurationSet, made: Destination) -> None:
    if any(one.name == made.name for one in found.destinations):
        text = f"Event destination <{made.name}> already exists in configuration set <{found.name}>."
        raise ServiceError("EventDestinationAlreadyExistsException", text)
    if len(found.destinations) >= limits.SES_EVENT_DESTINATIONS_MAX:
        text = f"A configuration set has at most {limits.SES_EVENT_DESTINATIONS_MAX} event destinations."
        raise ServiceError("LimitExceededException", text)
    store.put(tx.connection, caller, replace(found, destinations=(*found.destinations, made)))


def update_configuration_set_event_destination(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    found = named(tx, caller, request["ConfigurationSetName"])
    _existing(found, request["EventDestination"]["Name"])
    replace_destination(tx, caller, found, destinations.read_v1(tx, caller, request["EventDestination"]))
    return {}


def replace_destination(tx: Transaction, caller: Caller, found: ConfigurationSet, made: Destination) -> None:
    """Raises ServiceError where the set has none of this name."""
    _existing(found, made.name)
    listed = tuple(made if one.name == made.name else one for one in found.destinations)
    store.put(tx.connection, caller, replace(found, destinations=listed))


def _existing(found: ConfigurationSet, name: str) -> Destination:
    for one in found.destinations:
        if one.name == name:
            return one
    text = f"Event destination <{name[: limits.SES_SHOWN_CHARS]}> does not exist in configuration set <{found.name}>."
    raise ServiceError("EventDestinationDoesNotExistException", text)


def delete_configuration_set_event_destination(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """Of both versions."""
    found = named(tx, caller, request["ConfigurationSetName"])
    gone = _existing(found, request["EventDestinationName"])
    left = tuple(one for one in found.destinations if one is not gone)
    store.put(tx.connection, caller, replace(found, destinations=left))
    return {}
