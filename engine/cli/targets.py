"""What this installation can call: the integrations that are installed with the engine, as the validator asks.

The server's own composition uses the same entry points, so `validate` refuses what CreateStateMachine would refuse.
"""

from engine.asl.model import Pattern
from engine.contract import Action, Integration, actions_of

ENTRY_POINTS = "statewright.integrations"


class BuiltInTargets:
    """`engine.contract.Targets` over the actions of the installed integrations."""

    def __init__(self, integrations: list[Integration]):
        self._actions: dict[tuple[str, str], Action] = actions_of(integrations)

    def supports(self, service: str, action: str, pattern: Pattern, sdk: bool) -> bool:
        found = self._actions.get((service, action))
        return found is not None and not sdk and pattern in found.patterns


def built_in_targets() -> BuiltInTargets:
    from importlib.metadata import entry_points

    return BuiltInTargets([entry.load() for entry in entry_points(group=ENTRY_POINTS)])
