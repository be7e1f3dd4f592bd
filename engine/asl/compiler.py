"""Text -> compiled Machine, or everything that is wrong with it.

    document.py      the text is a JSON object
    schema.py        each object has the shape that schemas/ says
    states.py        a state's fields become compiled values (fields, choice, retry, resource)
    reachability.py  targets exist, states are reached, the machine ends

Invariants: bad input ends in diagnostics, never in another exception; a Machine comes out only if there is no error,
and then every target in it exists in its flow.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import limits
from engine.asl import document, reachability
from engine.asl.fields import VARIABLES, Fields
from engine.asl.findings import Findings
from engine.asl.model import AnyState, Flow, Machine, MachineType
from engine.asl.query_language import check_machine_language, check_state_language
from engine.asl.schema import check
from engine.asl.states import STATE_TYPES
from engine.asl.tasks import TaskRules, check_credentials
from engine.errors import DefinitionError, Diagnostic

if TYPE_CHECKING:
    from engine.contract import Targets

_TYPES_MESSAGE = f"The field 'Type' should have one of these values: [{', '.join(STATE_TYPES)}]"


def compile_machine(
    definition: str, machine_type: MachineType = "STANDARD", targets: "Targets | None" = None
) -> Machine:
    """The machine that a definition describes. Raises DefinitionError."""
    findings = Findings()
    machine = _compile(definition, machine_type, targets, findings)
    if machine is None:
        raise DefinitionError(findings.diagnostics())
    return machine


def validate(
    definition: str, machine_type: MachineType = "STANDARD", targets: "Targets | None" = None
) -> list[Diagnostic]:
    """All diagnostics of a definition, errors before warnings; at most `limits.DIAGNOSTICS_MAX`."""
    findings = Findings()
    _compile(definition, machine_type, targets, findings)
    return findings.diagnostics()


def _compile(
    definition: str, machine_type: MachineType, targets: "Targets | None", findings: Findings
) -> Machine | None:
    value = document.read(definition, findings)
    if value is None:
        return None
    compiler = _Compiler(findings, TaskRules(machine_type, targets), check_machine_language(value, findings))
    compiler.flow(value, "machine.json", "")
    compiler.check_transitions()
    if findings.failed:
        return None
    comment = value.get("Comment")
    return Machine(
        flows=tuple(flow for flow in compiler.flows if flow is not None),
        timeout_seconds=value.get("TimeoutSeconds"),
        comment=comment if isinstance(comment, str) else None,
    )


@dataclass(slots=True)
class _Compiler:
    """Walks one definition. `flows` fills as they are named; `places` remembers each one's JSON for the last rules."""

    findings: Findings
    tasks: TaskRules
    jsonata: bool
    flows: list[Flow | None] = field(default_factory=list)
    places: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    depth: int = 0

    def flow(self, value: Any, schema: str, location: str) -> Flow | None:
        """One `States` block with what surrounds it; None after a finding."""
        if self.depth > limits.DEFINITION_DEPTH_MAX:
            message = f"States are nested deeper than {limits.DEFINITION_DEPTH_MAX} levels"
            self.findings.error("TOO_DEEPLY_NESTED", message, location)
            return None
        sound = check(schema, value, location, self.findings)
        states = value.get("States") if isinstance(value, dict) else None
        if not isinstance(states, dict) or not check("states.json", states, f"{location}/States", self.findings):
            if states is not None and not isinstance(states, dict):
                self.findings.schema("Expected value of type Object", f"{location}/States")
            return None
        number = len(self.flows)
        self.flows.append(None)
        self.places.append((value, location))
        compiled = self._states(states, f"{location}/States")
        if not sound or len(compiled) < len(states):
            return None
        self.flows[number] = flow = Flow(number, value["StartAt"], compiled)
        return flow

    def check_transitions(self) -> None:
        """Targets exist; and, where all states have the right shape, states are reached and the machine ends."""
        shaped = not self.findings.failed
        for value, location in self.places:
            reachability.check_targets(value, location, self.findings)
        if not shaped or not reachability.check_ends(self.places[0][0], self.findings):
            return
        for value, location in self.places:
            reachability.check_reachable(value, location, self.findings)

    def _states(self, states: dict[str, Any], location: str) -> dict[str, AnyState]:
        self.depth += 1
        compiled = {}
        for name, value in states.items():
            place = f"{location}/{name}"
            if name in self.names:
                self.findings.error("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", place)
            self.names.add(name)
            state = self._state(name, value, place)
            if state is not None:
                compiled[name] = state
        self.depth -= 1
        return compiled

    def _state(self, name: str, value: Any, location: str) -> AnyState | None:
        if not isinstance(value, dict):
            self.findings.schema("Expected value of type Object", location)
            return None
        kind = value.get("Type")
        if kind is None and "Type" not in value:
            self.findings.schema("These fields are required: [Type]", location)
            return None
        if not isinstance(kind, str) or kind not in STATE_TYPES:
            self.findings.schema(_TYPES_MESSAGE, location)
            return None
        fields = Fields(value, location, self.findings)
        if check_state_language(value, location, self.jsonata, self.findings):
            check_credentials(fields, None)
            self._walk_inner(value, location)
            return None
        if not check(f"{kind.lower()}.json", value, location, self.findings):
            self._walk_inner(value, location)
            return None
        if "Assign" in value:
            self.findings.unsupported(VARIABLES, f"{location}/Assign")
        return STATE_TYPES[kind](name, fields, self)

    def _walk_inner(self, state: dict[str, Any], location: str) -> None:
        """Findings from the flows of a state that is wrong itself."""
        branches = state.get("Branches")
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            self.flow(branch, "branch.json", f"{location}/Branches[{index}]")
        for name in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(name), dict):
                self.flow(state[name], "processor.json", f"{location}/{name}")
