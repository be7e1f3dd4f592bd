"""The rules on how states lead to each other: targets exist, states can be reached, the machine can end.

Transitions stay within one `States` block. As on AWS, a machine without any terminal state is not searched for
unreachable ones, and the word in the message is 'Next' whatever the field is called.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.asl.findings import Findings

MISSING_TARGET = "MISSING_TRANSITION_TARGET"


def transitions(state: Any) -> Iterator[tuple[str, str]]:
    """(place within the state, target) of each transition of a state's JSON, sound or not."""
    for name, value in state.items() if isinstance(state, dict) else ():
        if name in ("Next", "Default") and isinstance(value, str):
            yield f"/{name}", value
        elif name in ("Choices", "Catch") and isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, dict) and isinstance(entry.get("Next"), str):
                    yield f"/{name}[{index}]/Next", entry["Next"]


def check_targets(flow: Mapping[str, Any], location: str, findings: Findings) -> None:
    """Every target of a flow's states, and its StartAt, is one of them."""
    states = flow["States"]
    start = flow.get("StartAt")
    if isinstance(start, str) and start not in states:
        findings.error(MISSING_TARGET, f"Missing 'Next' target: {start}", f"{location}/StartAt")
    for name, state in states.items():
        for place, target in transitions(state):
            if target not in states:
                findings.error(MISSING_TARGET, f"Missing 'Next' target: {target}", f"{location}/States/{name}{place}")


def check_ends(flow: Mapping[str, Any], findings: Findings) -> bool:
    """Whether the machine's own flow has a terminal state."""
    if any(_terminal(state) for state in flow["States"].values()):
        return True
    findings.error("MISSING_END_STATE", "Workflow has no terminal state", None)
    return False


def check_reachable(flow: Mapping[str, Any], location: str, findings: Findings) -> None:
    """Every state of a flow can be reached from its StartAt."""
    states = flow["States"]
    if flow["StartAt"] not in states:
        return
    reached = {flow["StartAt"]}
    waiting = [flow["StartAt"]]
    while waiting:
        for _, target in transitions(states[waiting.pop()]):
            if target in states and target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in states:
        if name not in reached:
            findings.error(MISSING_TARGET, f'State "{name}" is not reachable.', f"{location}/States/{name}")


def _terminal(state: Any) -> bool:
    return isinstance(state, dict) and (state.get("End") is True or state.get("Type") in ("Succeed", "Fail"))
