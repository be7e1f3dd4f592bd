"""What a Task may call: recognises its Resource, and refuses what the machine's type or this server cannot run.

not recognised by AWS       SCHEMA_VALIDATION_FAILED, AWS's text
not allowed in Express      SCHEMA_VALIDATION_FAILED, AWS's text
no integration for it here  UNSUPPORTED_INTEGRATION
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.asl.fields import Fields
from engine.asl.findings import UNSUPPORTED_INTEGRATION
from engine.asl.model import ActivityResource, MachineType, Pattern, Resource, ServiceResource
from engine.asl.resource import parse_resource, unknown_resource_message

if TYPE_CHECKING:
    from engine.contract import Targets

_SYNC = (Pattern.SYNC, Pattern.SYNC_2)


@dataclass(frozen=True, slots=True)
class TaskRules:
    """`targets` None: every resource that AWS knows is accepted."""

    machine_type: MachineType
    targets: "Targets | None"

    def resource(self, fields: Fields) -> Resource | None:
        """The Task's resource; None after a finding."""
        text = fields.value["Resource"]
        resource = parse_resource(text)
        check_credentials(fields, resource)
        _check_times(fields)
        if resource is None:
            fields.findings.schema(unknown_resource_message(text), fields.at("Resource"))
            return None
        if isinstance(resource, ServiceResource):
            self._check_service(resource, fields)
        elif isinstance(resource, ActivityResource) and self.machine_type == "EXPRESS":
            fields.findings.schema("Express state machine does not support Activity ARN", fields.at("Resource"))
        return resource

    def _check_service(self, resource: ServiceResource, fields: Fields) -> None:
        if self.machine_type == "EXPRESS" and resource.pattern is not Pattern.REQUEST_RESPONSE:
            suffix = ".sync" if resource.pattern in _SYNC else resource.pattern.value
            # AWS's text ends in a space (recorded).
            message = f"Express state machine does not support '{suffix}' service integration "
            fields.findings.schema(message, fields.at("Resource"))
            return
        if self.targets is None or self._supported(self.targets, resource):
            return
        message = (
            f"This server has no integration for {resource.arn}; "
            "install one, or forward the service's calls with an [endpoints] entry in statewright.toml"
        )
        fields.findings.error(UNSUPPORTED_INTEGRATION, message, fields.at("Resource"))

    def _supported(self, targets: "Targets", resource: ServiceResource) -> bool:
        return targets.supports(resource.service, resource.action, resource.pattern, resource.sdk)


def check_credentials(fields: Fields, resource: Resource | None) -> None:
    """Credentials name a role, and activities take none."""
    credentials = fields.value.get("Credentials")
    if not isinstance(credentials, dict):
        return
    if isinstance(resource, ActivityResource):
        fields.findings.schema("The field 'Credentials' is not supported for activities", fields.at("Credentials"))
        return
    if "RoleArn" not in credentials and "RoleArn.$" not in credentials:
        fields.findings.schema("The field 'RoleArn' is required but was missing", fields.at("Credentials"))
        return  # and no word on what else there is (recorded)
    if not isinstance(credentials.get("RoleArn", ""), str):
        fields.findings.schema("Expected value of type String", fields.at("Credentials/RoleArn"))
    for name in credentials:
        if name.removesuffix(".$") != "RoleArn":
            fields.findings.schema(f"Field '{name}' is not supported", fields.at("Credentials"))


def _check_times(fields: Fields) -> None:
    timeout, heartbeat = fields.value.get("TimeoutSeconds"), fields.value.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:  # not known of expressions
        fields.findings.schema("HeartbeatSeconds must be smaller than TimeoutSeconds", fields.at("HeartbeatSeconds"))
