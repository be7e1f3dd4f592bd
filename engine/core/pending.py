"""The children of a Map Run that will never begin, as its ResultWriter lists them: the inputs that they would have had.

Known of the items that are in memory, so many bytes of them: what a reader has not read yet stays unread.
"""

from dataclasses import replace

from engine import limits
from engine.core.execution import Join
from engine.core.map_run import MapRun
from engine.errors import StateError
from engine.jsontext import size_bytes
from engine.query.scope import Scope


def pending_inputs(join: Join, made: MapRun, scope: Scope) -> tuple[str, ...]:
    """The run is over. `scope`: of the Map state, for its ItemSelector."""
    supply, join.supply = join.supply, None  # what is taken from it begins no child
    if supply is None:
        return ()
    unbegun = replace(made, reading=False, items=None if made.items is None else replace(made.items))
    found: list[str] = []
    size = 0
    try:
        while size <= limits.RESULT_PENDING_BYTES_MAX and (child := supply.next_child(unbegun, scope)) is not None:
            found.append(child.text)
            size += size_bytes(child.text)
    except StateError:
        pass  # this one would have failed the run
    return tuple(found)
