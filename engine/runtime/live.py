"""Executions in memory: a cache of the store, never more.

A Live execution is what the store has of it, plus what the open batch has changed; when the batch is lost, so is the
Live. Executions that only sleep are not kept: the next timer loads them again.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine import limits
from engine.contract import LogSettings
from engine.core.execution import Execution, Phase


@dataclass(frozen=True, slots=True)
class ChildOf:
    """Whose child an execution is: the parent's key and branch, the Map Run's key, its place among the run's children.

    `batched`: its input is a batch of items.
    """

    parent: int
    map_run: int
    branch: int
    index: int
    batched: bool = False


@dataclass(slots=True)
class Live:
    """An execution with what the store has of it: `stored_branches`, and `stored_tasks` (branch -> attempt).

    `awaited_by` are the tokens of the Tasks that wait for its end; `children` the executions that its own Tasks wait
    for: branch -> (attempt, key of the child). See engine.runtime.nesting.
    """

    key: int
    shard: int
    machine_id: int
    revision: int
    trace_header: str | None
    execution: Execution
    stored: bool
    stored_branches: set[int] = field(default_factory=set)
    stored_tasks: dict[int, int] = field(default_factory=dict)
    version: int | None = None
    alias: str | None = None
    logging: LogSettings | None = None
    awaited_by: tuple[str, ...] = ()
    children: dict[int, tuple[int, int]] = field(default_factory=dict)
    child_of: ChildOf | None = None

    def sleeps_long(self, now_ms: int) -> bool:
        """Nothing will happen to it within the timer horizon but by a signal from outside."""
        horizon = now_ms + limits.TIMER_HORIZON_SECONDS * 1000
        branches = self.execution.branches.values()
        if any(branch.join is not None and branch.join.map_run is not None for branch in branches):
            return False  # its children will tell it of their ends
        return not self.execution.ready and all(
            branch.phase is Phase.WAITING and branch.wake_ms is not None and branch.wake_ms > horizon
            for branch in branches
            if branch.phase not in (Phase.JOINING, Phase.DONE)
        )


class LiveCache:
    """The most recently used executions, by key."""

    def __init__(self, size_max: int = limits.CACHED_EXECUTIONS_MAX):
        self._size_max = size_max
        self._lives: OrderedDict[int, Live] = OrderedDict()

    def get(self, key: int) -> Live | None:
        live = self._lives.get(key)
        if live is not None:
            self._lives.move_to_end(key)
        return live

    def put(self, live: Live) -> None:
        self._lives[live.key] = live
        self._lives.move_to_end(live.key)

    def evict(self, key: int) -> None:
        self._lives.pop(key, None)

    def trim(self) -> None:
        """Called between batches only: within one, everything that it touched must stay."""
        while len(self._lives) > self._size_max:
            self._lives.popitem(last=False)

    def clear(self) -> None:
        self._lives.clear()

    def __len__(self) -> int:
        return len(self._lives)

    def __iter__(self) -> Iterator[Live]:
        return iter(self._lives.values())
