"""Text -> compiled Machine, or everything that is wrong with it.

    document.py      the text is a JSON object
    schema.py        each object has the shape that schemas/ says, in its query language
    states.py        a state's fields become compiled values (fields, choice, retry, resource)
    scopes.py        no inner scope assigns a variable of an outer one
    labels.py        no two Maps have the same label
    reachability.py  targets exist, states are reached, the machine ends

Invariants: bad input ends in diagnostics, never in another exception; a Machine comes out only if there is no error,
and then every target in it exists in its flow.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine import limits
from engine.asl import document, reachability
from engine.asl.fields import Fields
from engine.asl.findings import Findings
from engine.asl.labels import check_labels
from engine.asl.model import AnyState, Flow, Machine, MachineType
from engine.asl.query_language import QueryLanguage, check_downgrade, language_of
from engine.asl.schema import check
from engine.asl.scopes import Place, check_scopes
from engine.asl.states import STATE_TYPES
from engine.asl.tasks import TaskRules
from engine.errors import DefinitionError, Diagnostic

if TYPE_CHECKING:
    from engine.contract import Targets

LONE_STATE = "StateName"  # what AWS calls a state that is tested, whatever its name in its machine
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


def compile_for_test(definition: str) -> Machine:
    """A machine of which one state is tested: every resource that AWS knows is accepted. Raises DefinitionError."""
    findings = Findings()
    machine = _compile(definition, "STANDARD", None, findings, tested=True)
    if machine is None:
        raise DefinitionError(findings.diagnostics())
    return machine


def compile_state(definition: str) -> AnyState:
    """The state that a definition of one state describes, under the name `LONE_STATE`. Raises DefinitionError.

    Its targets are the names of states that are elsewhere; what is nested in it is checked as a machine's is.
    """
    findings = Findings()
    value = document.read(definition, findings)
    rules = TaskRules("STANDARD", None)
    state = None if value is None else _Compiler(findings, rules, "JSONPath", tested=True).lone_state(value)
    if state is None or findings.failed:
        raise DefinitionError(findings.diagnostics())
    return state


def _compile(
    definition: str, machine_type: MachineType, targets: "Targets | None", findings: Findings, tested: bool = False
) -> Machine | None:
    value = document.read(definition, findings)
    if value is None:
        return None
    compiler = _Compiler(findings, TaskRules(machine_type, targets), language_of(value), tested)
    compiler.flow(value, "machine.json", "")
    compiler.check_whole()
    if findings.failed:
        return None
    return Machine(
        flows=tuple(flow for flow in compiler.flows if flow is not None),
        timeout_seconds=value.get("TimeoutSeconds"),
        variable_references=compiler.references,
    )


@dataclass(slots=True)
class _Compiler:
    """Walks one definition. `flows` fills as they are named; `places` remembers each one's JSON for the last rules."""

    findings: Findings
    tasks: TaskRules
    language: QueryLanguage
    tested: bool = False
    flows: list[Flow | None] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    references: dict[str, tuple[str, ...]] = field(default_factory=dict)
    inside: list[int] = field(default_factory=list)  # the flows around the state at hand, by number

    def flow(self, value: Any, schema: str, location: str, express: bool = False) -> Flow | None:
        """One `States` block with what surrounds it; None after a finding. `express`: it runs as Express executions."""
        before = self.tasks
        if express:
            self.tasks = replace(before, machine_type="EXPRESS")
        compiled = self._flow(value, schema, location)
        self.tasks = before
        return compiled

    def _flow(self, value: Any, schema: str, location: str) -> Flow | None:
        if len(self.inside) > limits.DEFINITION_DEPTH_MAX:
            message = f"States are nested deeper than {limits.DEFINITION_DEPTH_MAX} levels"
            self.findings.error("TOO_DEEPLY_NESTED", message, location)
            return None
        sound = check(schema, value, location, self.findings)
        states = value.get("States") if isinstance(value, dict) else None
        if not isinstance(states, dict) or not check("states.json", states, f"{location}/States", self.findings):
            if isinstance(value, dict) and "States" in value and not isinstance(states, dict):
                self.findings.schema("Expected value of type Object", f"{location}/States")
            return None
        number = len(self.flows)
        self.flows.append(None)
        self.places.append(Place(value, location, self.inside[-1] if self.inside else None))
        self.inside.append(number)
        compiled = self._states(states, f"{location}/States")
        self.inside.pop()
        if not sound or len(compiled) < len(states):
            return None
        self.flows[number] = flow = Flow(number, value["StartAt"], compiled)
        return flow

    def lone_state(self, value: dict[str, Any]) -> AnyState | None:
        """A state without a machine around it; None after a finding. Locations are below the state."""
        self.flows.append(None)
        self.places.append(Place({"StartAt": LONE_STATE, "States": {LONE_STATE: value}}, "", None))
        self.inside.append(0)
        state = self._state(LONE_STATE, value, "")
        if self.findings.failed:
            return None
        for place in self.places[1:]:
            reachability.check_targets(place.flow, place.location, self.findings)
            reachability.check_reachable(place.flow, place.location, self.findings)
        check_scopes(self.places, self.findings)
        return state

    def check_whole(self) -> None:
        """Targets exist; and, where all states have the right shape, states are reached, the machine ends, no variable
        is assigned in two scopes of which one is within the other, and no label stands twice.
        """
        shaped = not self.findings.failed
        for place in self.places:
            reachability.check_targets(place.flow, place.location, self.findings)
        if not shaped or not reachability.check_ends(self.places[0].flow, self.findings):
            return
        for place in self.places:
            reachability.check_reachable(place.flow, place.location, self.findings)
        check_scopes(self.places, self.findings)
        check_labels(self.places, self.findings)

    def _states(self, states: dict[str, Any], location: str) -> dict[str, AnyState]:
        compiled = {}
        for name, value in states.items():
            place = f"{location}/{name}"
            if name in self.names:
                self.findings.error("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", place)
            self.names.add(name)
            state = self._state(name, value, place)
            if state is not None:
                compiled[name] = state
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
        language = language_of(value, self.language)
        if check_downgrade(value, location, self.language, self.findings) or not check(
            f"{kind.lower()}.json", value, location, self.findings, language
        ):
            self._walk_inner(value, location)
            return None
        fields = Fields(value, location, self.findings, jsonata=language == "JSONata")
        state = STATE_TYPES[kind](name, fields, self)
        if fields.references:
            self.references[name] = tuple(sorted(fields.references))
        return state

    def _walk_inner(self, state: dict[str, Any], location: str) -> None:
        """Findings from the flows of a state that is wrong itself."""
        branches = state.get("Branches")
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            self.flow(branch, "branch.json", f"{location}/Branches[{index}]")
        for name in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(name), dict):
                self.flow(state[name], "processor.json", f"{location}/{name}")
