"""Platform applications and endpoints (mobile push): their operations."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sns import device_store
from integrations.sns.device_store import Application, Endpoint
from integrations.sns.errors import invalid, no_application, no_endpoint, unsupported
from integrations.sns.names import check_application_name, parse_arn
from integrations.sns.tokens import page_token, read_page_token
from integrations.sns.topic_attributes import check_role

Request = dict[str, Any]
Response = dict[str, Any]

# platform -> whether AWS wants a PlatformPrincipal beside the PlatformCredential
_PLATFORMS = {
    "ADM": True,
    "APNS": True,
    "APNS_SANDBOX": True,
    "APNS_VOIP": True,
    "APNS_VOIP_SANDBOX": True,
    "BAIDU": True,
    "FCM": False,
    "GCM": False,
    "MACOS": True,
    "MACOS_SANDBOX": True,
    "MPNS": True,
    "WNS": True,
}
_SECRET = frozenset({"PlatformCredential", "PlatformPrincipal"})
_PLAIN = frozenset({"Enabled", "ApplePlatformTeamID", "ApplePlatformBundleID"})
_ROLES = frozenset({"SuccessFeedbackRoleArn", "FailureFeedbackRoleArn"})
_EVENTS = frozenset({"EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure"})
_ENDPOINT_ATTRIBUTES = frozenset({"Enabled", "Token", "CustomUserData"})


def create_platform_application(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CreatePlatformApplication: of one that exists, its ARN, with the new attributes."""
    platform, name, attributes = request["Platform"], request["Name"], dict(request["Attributes"])
    check_application_name(name)
    if platform not in _PLATFORMS:
        raise invalid(f"Platform Reason: {platform} is not supported")
    _check(attributes)
    if "PlatformCredential" not in attributes:
        raise invalid("Attributes Reason: Platform credentials are required")
    if _PLATFORMS[platform] and "PlatformPrincipal" not in attributes:
        raise invalid("Attributes Reason: Platform principal is required")
    arn = caller.arn("sns", f"app/{platform}/{name}")
    found = device_store.application(tx, arn)
    if found is None:
        device_store.add_application(tx, arn, caller.account, caller.region, {"Enabled": "true", **attributes})
    else:
        device_store.set_application(tx, found, found.attributes | attributes)
    return {"PlatformApplicationArn": arn}


def _check(attributes: dict[str, str]) -> None:
    for name, value in attributes.items():
        if name in _EVENTS:
            raise unsupported(name, "it publishes no events of platform applications")
        if name in _ROLES and (error := check_role(name, value)) is not None:
            raise error
        if name == "SuccessFeedbackSampleRate" and not (value.isdecimal() and int(value) <= 100):
            raise invalid(f"Attributes Reason: {name} must be an integer from 0 to 100")
        if name == "Enabled" and value.lower() not in ("true", "false"):
            raise invalid("Attributes Reason: Enabled must be true or false")
        if name not in _SECRET | _PLAIN | _ROLES | {"SuccessFeedbackSampleRate"}:
            raise invalid(f"Attributes Reason: Invalid attribute name: {name}")


def set_platform_application_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """SetPlatformApplicationAttributes."""
    found = _application(tx, caller, request["PlatformApplicationArn"])
    _check(request["Attributes"])
    device_store.set_application(tx, found, found.attributes | request["Attributes"])
    return {}


def get_platform_application_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetPlatformApplicationAttributes: without credentials."""
    return {"Attributes": _shown(_application(tx, caller, request["PlatformApplicationArn"]))}


def _shown(found: Application) -> dict[str, str]:
    return {name: value for name, value in found.attributes.items() if name not in _SECRET}


def list_platform_applications(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListPlatformApplications."""
    query = ("applications", caller.account, caller.region)
    after = read_page_token(request.get("NextToken"), "", *query)
    found = device_store.list_applications(tx, caller.account, caller.region, after)
    page = found[: limits.SNS_PAGE_MAX]
    response: Response = {
        "PlatformApplications": [{"PlatformApplicationArn": one.arn, "Attributes": _shown(one)} for one in page]
    }
    if len(found) > len(page):
        response["NextToken"] = page_token(page[-1].arn, *query)
    return response


def delete_platform_application(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeletePlatformApplication, with its endpoints; one that is not there is deleted, as on AWS."""
    arn = request["PlatformApplicationArn"]
    _check_owner(caller, arn, "app/", "PlatformApplicationArn")
    found = device_store.application(tx, arn)
    if found is not None:
        device_store.delete_application(tx.connection, found)
    return {}


def create_platform_endpoint(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CreatePlatformEndpoint: of a token that is known with the same attributes, its ARN."""
    application = _application(tx, caller, request["PlatformApplicationArn"])
    attributes = {"Enabled": "true", "Token": request["Token"], **(request.get("Attributes") or {})}
    if request.get("CustomUserData") is not None:
        attributes["CustomUserData"] = request["CustomUserData"]
    _check_endpoint(attributes)
    found = device_store.by_token(tx.connection, application.id, attributes["Token"])
    if found is not None:
        if found.attributes != attributes:
            raise invalid(
                f"Token Reason: Endpoint {found.arn} already exists with the same Token, but different attributes."
            )
        return {"EndpointArn": found.arn}
    if device_store.count_endpoints(tx.connection, application.id) >= limits.SNS_ENDPOINTS_MAX:
        raise invalid("PlatformApplicationArn Reason: the application has too many endpoints")
    arn = f"{application.arn.replace(':app/', ':endpoint/', 1)}/{tx.moment.uuid()}"
    device_store.add_endpoint(tx.connection, application.id, arn, attributes)
    return {"EndpointArn": arn}


def _check_endpoint(attributes: dict[str, str]) -> None:
    if unknown := set(attributes) - _ENDPOINT_ATTRIBUTES:
        raise invalid(f"Attributes Reason: Invalid attribute name: {min(unknown)}")
    if attributes["Enabled"].lower() not in ("true", "false"):
        raise invalid("Attributes Reason: Invalid value for attribute: Enabled: must be true or false")
    if not attributes["Token"]:
        raise invalid("Token Reason: a token is required")
    if len(attributes.get("CustomUserData", "").encode()) > limits.SNS_USER_DATA_BYTES_MAX:
        raise invalid("Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long")


def set_endpoint_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """SetEndpointAttributes."""
    found = _endpoint(tx, caller, request["EndpointArn"])
    attributes = found.attributes | request["Attributes"]
    _check_endpoint(attributes)
    same = device_store.by_token(tx.connection, found.application, attributes["Token"])
    if same is not None and same.id != found.id:
        raise invalid(f"Token Reason: Endpoint {same.arn} already exists with the same Token")
    device_store.set_endpoint(tx.connection, found, attributes)
    return {}


def get_endpoint_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetEndpointAttributes."""
    return {"Attributes": _endpoint(tx, caller, request["EndpointArn"]).attributes}


def list_endpoints_by_platform_application(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListEndpointsByPlatformApplication."""
    application = _application(tx, caller, request["PlatformApplicationArn"])
    query = ("endpoints of", application.arn)
    after = read_page_token(request.get("NextToken"), 0, *query)
    found = device_store.list_endpoints(tx.connection, application.id, after)
    page = found[: limits.SNS_PAGE_MAX]
    response: Response = {"Endpoints": [{"EndpointArn": one.arn, "Attributes": one.attributes} for one in page]}
    if len(found) > len(page):
        response["NextToken"] = page_token(page[-1].id, *query)
    return response


def delete_endpoint(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteEndpoint; one that is not there is deleted, as on AWS."""
    arn = request["EndpointArn"]
    _check_owner(caller, arn, "endpoint/", "EndpointArn")
    found = device_store.endpoint(tx.connection, arn)
    if found is not None:
        device_store.delete_endpoint(tx.connection, found)
    return {}


def _application(tx: Transaction, caller: Caller, arn: str) -> Application:
    _check_owner(caller, arn, "app/", "PlatformApplicationArn")
    found = device_store.application(tx, arn)
    if found is None:
        raise no_application()
    return found


def _endpoint(tx: Transaction, caller: Caller, arn: str) -> Endpoint:
    _check_owner(caller, arn, "endpoint/", "EndpointArn")
    found = device_store.endpoint(tx.connection, arn)
    if found is None:
        raise no_endpoint()
    return found


def _check_owner(caller: Caller, arn: str, start: str, parameter: str) -> None:
    parsed = parse_arn(arn, parameter)
    if not parsed.resource.startswith(start) or parsed.region != caller.region:
        raise invalid(f"{parameter} Reason: Invalid ARN")
    if parsed.account != caller.account:
        raise ServiceError("AuthorizationError", f"Not authorized to use {arn} of another account", 403)
