"""What is left of an execution that ended without success: the branches that a redrive goes on from, as JSON texts.

Those that were under way, those that failed, and beside them the children of their Parallels and Maps that had
succeeded, whose outputs are kept for the join. Gathered at the end alone: an execution that succeeds pays nothing.
The invariant: `read_remains` of the texts gives each branch as it was, but for what `relink` finds again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine import limits
from engine.core.execution import Branch, Execution
from engine.core.snapshot import freeze, restored
from engine.jsontext import loads_own

UNSUCCESSFUL = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


@dataclass(frozen=True, slots=True)
class Remnant:
    """A branch, and the key of the Map Run that it rested over, 0 where there was none."""

    branch: Branch
    map_run: int


def of_end(execution: Execution) -> list[Branch]:
    """The branches to keep of an execution that is ending; none of one that cannot be redriven."""
    if execution.status not in UNSUCCESSFUL or execution.express or execution.inspection is not None:
        return []
    if execution.last_event > limits.REDRIVE_HISTORY_EVENTS_MAX:
        return []
    found, waiting = [], [execution.branches[0]]
    while waiting:
        branch = waiting.pop()
        found.append(branch)
        waiting += _children(execution, branch)
    return found


def _children(execution: Execution, branch: Branch) -> list[Branch]:
    if branch.fallen is not None:
        return branch.fallen.children
    if branch.join is None:
        return []
    return [execution.branches[child] for child in branch.join.children.values() if child in execution.branches]


def remains_texts(branches: Iterable[Branch]) -> list[str]:
    """The branches of an execution that has ended, in texts of `limits.REMAINS_TEXT_CHARS` or one branch each."""
    texts: list[str] = []
    portion: list[str] = []
    chars = 0
    for text in map(_remnant_text, branches):
        if portion and chars + len(text) > limits.REMAINS_TEXT_CHARS:
            texts.append(f"[{','.join(portion)}]")
            portion, chars = [], 0
        portion.append(text)
        chars += len(text)
    return [*texts, f"[{','.join(portion)}]"] if portion else texts


def _remnant_text(branch: Branch) -> str:
    if branch.fallen is not None:
        branch.join = branch.fallen.join
    map_run = None if branch.join is None else branch.join.map_run
    return f"[{branch.id},{0 if map_run is None else map_run.key},{freeze(branch)}]"


def read_remains(texts: Iterable[str]) -> Iterator[Remnant]:
    for text in texts:
        for branch_id, map_run, body in loads_own(text):
            yield Remnant(restored(branch_id, None, body), map_run)
