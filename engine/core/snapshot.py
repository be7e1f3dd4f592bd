"""A branch at rest as JSON text, and back: the body of its row.

What is as it usually is stays out of the text. The invariant: `restore(branch.id, freeze(branch))` is the branch
again, but for what is derived (a join's children and items), which `relink` and the interpreter find again.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from engine.core.execution import Branch, Execution, Join, Phase
from engine.core.variables import stored_bytes
from engine.jsontext import dumps, loads_own

# member -> (attribute, its usual value)
_MEMBERS: dict[str, tuple[str, Any]] = {
    "parent": ("parent", None),
    "index": ("index", 0),
    "flow": ("flow", 0),
    "state": ("state", ""),
    "previous": ("previous_event", 0),
    "entered": ("entered_event", 0),
    "enteredMs": ("entered_ms", 0),
    "attempt": ("attempt", 0),
    "timeoutMs": ("timeout_ms", None),
    "heartbeatMs": ("heartbeat_ms", None),
    "heartbeatSeconds": ("heartbeat_seconds", None),
    "timeoutSeconds": ("timeout_seconds", None),
    "started": ("started", False),
    "failure": ("failure", None),
}


def freeze(branch: Branch) -> str:
    """The body of a branch's row; `wake_ms` has a column of its own."""
    body: dict[str, Any] = {"phase": branch.phase.value}
    for member, (attribute, usual) in _MEMBERS.items():
        value = getattr(branch, attribute)
        if value != usual:
            body[member] = value
    if any(branch.retries):
        body["retries"] = branch.retries
    elif branch.retries:
        body["retriers"] = len(branch.retries)
    if branch.join is not None:
        join = branch.join
        visit = join.visit if any(join.visit) else ()
        body["join"] = [join.total, join.concurrency, join.started, join.running, *visit]
    variables = f',"variables":{_object(branch.variable_texts)}' if branch.variable_texts else ""
    text = branch.input_text
    return f'{orjson.dumps(body).decode()[:-1]}{variables},"inputChars":{len(text)},"input":{text}}}'


def _object(members: Mapping[str, str]) -> str:
    """A JSON object of members that are JSON texts already."""
    return "{" + ",".join(f"{dumps(name)}:{text}" for name, text in members.items()) + "}"


def restore(branch_id: int, wake_ms: int | None, text: str) -> Branch:
    body = loads_own(text)
    if "inputChars" not in body:  # written by a version that did not keep the form of the input
        return restored(branch_id, wake_ms, body)
    return restored(branch_id, wake_ms, body, text[-1 - body["inputChars"] : -1])


def restored(branch_id: int, wake_ms: int | None, body: dict[str, Any], input_text: str | None = None) -> Branch:
    """As `restore`, of a body that has been parsed; without its input's text, that is compact."""
    values = {attribute: body.get(member, usual) for member, (attribute, usual) in _MEMBERS.items()}
    retries = tuple(body["retries"]) if "retries" in body else (0,) * body.get("retriers", 0)
    variables = body.get("variables")
    return Branch(
        id=branch_id,
        input=body["input"],
        input_text=dumps(body["input"]) if input_text is None else input_text,
        phase=Phase(body["phase"]),
        wake_ms=wake_ms,
        retries=retries,
        join=_join(body["join"]) if "join" in body else None,
        variables=variables,
        variable_texts=None if variables is None else {name: dumps(value) for name, value in variables.items()},
        **values,
    )


def _join(numbers: list[int]) -> Join:
    total, concurrency, started, running, *visit = numbers
    join = Join(total, concurrency, started, running)
    if visit:
        join.visit = (visit[0], visit[1], visit[2])
    return join


def relink(execution: Execution) -> None:
    """Find again, after all branches are restored, whose children they are, which are READY to go on, and how much
    their variables take.
    """
    execution.variable_bytes = sum(map(stored_bytes, execution.branches.values()))
    for branch in execution.branches.values():
        if branch.parent is not None:
            join = execution.branches[branch.parent].join
            if join is not None:
                join.children[branch.index] = branch.id
        if branch.phase is Phase.READY:
            execution.ready.append(branch.id)
