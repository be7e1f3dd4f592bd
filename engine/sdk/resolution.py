"""Which action a Task's resource names on this server. The first that has it performs it:

1. the optimised actions of the integrations (`sqs:sendMessage`)
2. the operations of the integrations, for `aws-sdk:` resources (`aws-sdk:sqs:receiveMessage`)
3. what an integration forwards to elsewhere, by the settings

A service that is built in is never forwarded, not even those of its operations that are not built: two halves of one
service would be two services. (Functions are the exception: `lambda:invoke` calls those of this machine, and the rest
of Lambda's API is another's.)
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import limits
from engine.asl.model import Pattern
from engine.contract import Action, FindAction, Integration, RemoteAction
from engine.errors import InvariantError
from engine.items import parquet
from engine.objects import NO_OBJECTS
from engine.sdk.bridge import PATTERNS, sdk_action
from engine.sdk.naming import operation_name
from engine.wire.service_names import any_service, sdk_service

if TYPE_CHECKING:
    from engine.config import Settings

_Key = tuple[str, str, bool]


class InstalledActions:
    """Implements engine.contract.Actions over integrations. Without settings nothing is forwarded."""

    def __init__(self, integrations: Sequence[Integration], settings: "Settings | None" = None):
        self._known: dict[_Key, Action | None] = {
            (found.service, name, False): _with_caller(found, action)
            for found in integrations
            for name, action in found.actions.items()
        }
        self._built_in = {any_service(found.service): found for found in integrations if found.operations}
        self._forwards: list[tuple[Integration, FindAction]] = [
            (found, found.forwards(settings))
            for found in integrations
            if found.forwards is not None and settings is not None
        ]
        self._limit = len(self._known) + limits.RESOLVED_ACTIONS_MAX

    def find(self, service: str, action: str, sdk: bool) -> Action | None:
        key = (service, action, sdk)
        if key not in self._known:
            found = self._resolve(service, action, sdk)
            if len(self._known) >= self._limit:
                return found
            self._known[key] = found
        return self._known[key]

    def _resolve(self, service: str, action: str, sdk: bool) -> Action | None:
        built_in = self._built_in.get(sdk_service(service) if sdk else any_service(service))
        if built_in is not None:
            return _built_in_action(built_in, action) if sdk else None
        for integration, find in self._forwards:
            found = find(service, action, sdk)
            if found is not None:
                return _with_caller(integration, found)
        return None


def _built_in_action(integration: Integration, action: str) -> Action | None:
    if operation_name(action) in integration.operations_outside:
        return _with_caller(integration, RemoteAction(PATTERNS))
    return sdk_action(integration, action)


def _with_caller(integration: Integration, action: Action) -> Action:
    if not isinstance(action, RemoteAction):
        return action
    if integration.remote is None:
        raise InvariantError(f"{integration.service} has remote actions and nothing that performs them")
    return replace(action, caller=integration.service)


class InstalledTargets:
    """What a definition may name. Implements engine.contract.Targets."""

    def __init__(self, actions: InstalledActions, allow_unknown: bool, stores_objects: bool = False):
        """`stores_objects`: distributed Maps have a place to read from and write to."""
        self._actions = actions
        self._allow_unknown = allow_unknown
        self._stores_objects = stores_objects

    def supports(self, service: str, action: str, pattern: Pattern, sdk: bool) -> bool:
        if self._allow_unknown:
            return True
        found = self._actions.find(service, action, sdk)
        if found is None or pattern not in found.patterns:
            return False
        return not isinstance(found, RemoteAction) or found.exists is None or found.exists()

    def objects_problem(self, input_type: str | None) -> str | None:
        if self._allow_unknown:
            return None
        if not self._stores_objects:
            return NO_OBJECTS
        return parquet.MISSING if input_type == "PARQUET" and not parquet.installed() else None
