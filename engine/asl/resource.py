"""Reads the Resource of a Task: a Lambda function's ARN, an activity's ARN, or a service integration.

    arn:aws:lambda:us-east-1:123456789012:function:NAME[:QUALIFIER]
    arn:aws:states:us-east-1:123456789012:activity:NAME
    arn:aws:states:::SERVICE:ACTION[.sync | .sync:2 | .waitForTaskToken]
    arn:aws:states:::aws-sdk:SERVICE:ACTION[.waitForTaskToken]
    arn:aws:states:::statewright:AREA:ACTION                            our own, which AWS does not have

Any partition, region and account will do. An optimised integration is one that the table of AWS's integrations has;
an SDK integration is any service and action of the right spelling.
"""

import re

from engine.asl.integrations_table import OPTIMISED
from engine.asl.model import ActivityResource, FunctionResource, Pattern, Resource, ServiceResource

_PARTITION = r"arn:aws[a-zA-Z0-9-]*"
_FUNCTION = re.compile(_PARTITION + r":lambda:[^:\s]+:[^:\s]+:function:[^:\s]+(:[^:\s]+)?")
_ACTIVITY = re.compile(_PARTITION + r":states:[^:\s]+:[^:\s]+:activity:[^:\s]+")
_SERVICE = re.compile(
    _PARTITION
    + r":states:[^:\s]*:[^:\s]*:(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9-]+):(?P<action>[a-zA-Z0-9]+(?::[a-zA-Z0-9]+)?)"
    r"(?P<pattern>\.sync:2|\.sync|\.waitForTaskToken)?"
)
_OWN_SERVICE = "statewright"
_OWN_ACTIONS = frozenset({"securityGroups:check"})
_SDK_SERVICE = re.compile(r"[a-z][a-z0-9]*")
_SDK_ACTION = re.compile(r"[a-z][a-zA-Z0-9]*")


def parse_resource(arn: str) -> Resource | None:
    """The resource that an ARN names; None where AWS knows none."""
    if _FUNCTION.fullmatch(arn):
        return FunctionResource(arn)
    if _ACTIVITY.fullmatch(arn):
        return ActivityResource(arn)
    found = _SERVICE.fullmatch(arn)
    if found is None:
        return None
    pattern = Pattern(found["pattern"] or "")
    resource = ServiceResource(arn, found["service"], found["action"], pattern, found["sdk"] is not None)
    known = _known_sdk(resource) if resource.sdk else _known_optimised(resource)
    return resource if known else None


def _known_sdk(resource: ServiceResource) -> bool:
    return (
        resource.pattern in (Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN)
        and _SDK_SERVICE.fullmatch(resource.service) is not None
        and _SDK_ACTION.fullmatch(resource.action) is not None
    )


def _known_optimised(resource: ServiceResource) -> bool:
    if resource.service == _OWN_SERVICE:
        return resource.action in _OWN_ACTIONS and resource.pattern is Pattern.REQUEST_RESPONSE
    return resource.pattern in OPTIMISED.get(resource.service, {}).get(resource.action, ())


def unknown_resource_message(arn: str) -> str:
    """AWS's text for a Resource that it does not recognise."""
    if not arn.startswith("arn:"):
        return "Value is not a valid resource ARN"
    return (
        f"The resource provided {arn} is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."
    )
