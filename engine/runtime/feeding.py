"""What the parts of a batch that act on executions share: the way to the interpreter, and what is left to do.

Advancing is the Feed; calls that are awaited (engine.runtime.awaiting) and Map Runs (engine.runtime.map_children) act
through it, so that every signal goes the same way into the same journal.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from engine.contract import Call
from engine.core.effects import Effect, StartChild
from engine.core.signals import Signal
from engine.moment import Moment
from engine.runtime.after import AfterCommit
from engine.runtime.calls import WithSavepoints
from engine.runtime.directory import Directory
from engine.runtime.journal import Journal
from engine.runtime.live import Live
from engine.runtime.nesting import ChildUnwanted, ToldOfEnd


class Batch(WithSavepoints, Protocol):
    """The open batch as local actions see it, and where executions are found."""

    def live(self, key: int) -> Live | None: ...

    def new_child(self, parent: Live, effect: StartChild) -> Live:
        """The execution for one item of a Map Run, found from now on; not yet begun."""

    def new_express_child(self, parent: Live, effect: StartChild) -> dict[str, Any]:
        """The same of a Map Run with Express children: a row of `executions`, run in memory after the commit."""

    def redriven_child(self, key: int) -> tuple[Live, Signal]:
        """A child of a Map Run that ended without success, and the signal that takes it up again."""

    def next_key(self, shard: int) -> int: ...


@dataclass(frozen=True, slots=True)
class DueLocalCall:
    """Work of a batch: a local call that was put off to it."""

    branch: int
    attempt: int
    call: Call


# What is left to do for an execution, in the order in which it came up.
Work = Signal | Effect | DueLocalCall | ToldOfEnd | ChildUnwanted


class Feed(Protocol):
    """The part of a batch that feeds the interpreter."""

    batch: Batch
    directory: Directory
    journal: Journal
    after: AfterCommit

    @property
    def connection(self) -> Connection: ...

    @property
    def moment(self) -> Moment: ...

    def advance(self, live: Live, signal: Signal) -> bool:
        """Let the interpreter take a signal; what its effects ask for is done in turn. False: it was stale."""

    def deliver(self, live: Live, signal: Signal) -> bool:
        """As `advance`, or the execution's end where its machine is being deleted."""

    def do_next(self, live: Live, work: Work) -> None:
        """Do this after all that is left to do now."""

    def settle(self) -> None:
        """Do what is left to do."""

    def begin_task(
        self, live: Live, branch: int, attempt: int, kind: str, target: str, payload: str, status: str = "PENDING"
    ) -> None:
        """Note a task that others do; the store keeps it until it is over."""
