"""What goes to a device: a message to a platform endpoint, by Publish or by a subscription of the protocol application.

Delivered to the configured webhook, or kept as a record. Which form of the text a platform gets is MessageStructure's
business: `GCM`, `APNS`, ... and `default` for the others.
"""

from typing import Any

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sns import device_store, envelope
from integrations.sns.deliveries import Delivery, post, schedule_of
from integrations.sns.errors import invalid, no_endpoint
from integrations.sns.messages import Attributes, Content, content
from integrations.sns.names import parse_arn
from integrations.sns.retry_schedule import HTTP_DEFAULT

Request = dict[str, Any]
Response = dict[str, Any]


def publish(tx: Transaction, caller: Caller, arn: str, request: Request) -> Response:
    """Publish to an endpoint. Raises NotFound, EndpointDisabled, PlatformApplicationDisabled."""
    parsed = parse_arn(arn, "TargetArn")
    if parsed.region != caller.region:
        raise invalid("TargetArn")
    if parsed.account != caller.account:
        raise ServiceError("AuthorizationError", "Not authorized to publish to an endpoint of another account", 403)
    found = device_store.endpoint(tx.connection, arn)
    if found is None:
        raise no_endpoint()
    if found.attributes.get("Enabled", "true").lower() != "true":
        raise ServiceError("EndpointDisabled", "Endpoint is disabled")
    application = device_store.application(tx, _application_arn(arn))
    if application is not None and application.attributes.get("Enabled", "true").lower() != "true":
        raise ServiceError("PlatformApplicationDisabled", "Platform application is disabled")
    message_id = tx.moment.uuid()
    body, extra = form(tx, arn, content(request), request.get("MessageAttributes") or {})
    post(
        tx,
        Delivery(
            "application",
            arn,
            caller.account,
            caller.region,
            arn,
            "",
            message_id,
            tx.moment.epoch_ms,
            body,
            extra,
            schedule_of("application", HTTP_DEFAULT).packed(),
        ),
    )
    return {"MessageId": message_id}


def form(tx: Transaction, arn: str, message: Content, attributes: Attributes) -> tuple[str, dict[str, Any]]:
    """(text, what goes beside it) for an endpoint. One that is gone or disabled is told by `token` None."""
    platform = arn.rpartition(":")[2].split("/")[1]
    found = device_store.endpoint(tx.connection, arn)
    alive = found is not None and found.attributes.get("Enabled", "true").lower() == "true"
    extra = {
        "platform": platform,
        "token": found.token if found is not None and alive else None,
        "user_data": "" if found is None else found.attributes.get("CustomUserData", ""),
        "attributes": envelope.attribute_views(attributes),
    }
    return message.of(platform), extra


def _application_arn(endpoint_arn: str) -> str:
    """The platform application that an endpoint is of."""
    head, _, resource = endpoint_arn.rpartition(":")
    _, platform, name, _ = [*resource.split("/"), "", "", ""][:4]
    return f"{head}:app/{platform}/{name}"
