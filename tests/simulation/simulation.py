"""The scheduler: one thread, a virtual clock, a seed, and a process that dies at every boundary the seed chooses.

    [an event of the world | timers | a batch of what is queued, with or without a fault] -> again, until all have ended

Everything that is chance comes from the seed: what is started, who answers when, how batches are cut, what fails where.
"""

import random
from dataclasses import dataclass, field

from sqlalchemy import text

from engine.errors import ServiceError
from engine.runtime.after import AfterCommit
from engine.runtime.kernel import Kernel, Request
from engine.runtime.timers import NearTimers
from engine.store.database import Database, open_database
from engine.store.errors import LeaseLost
from engine.store.leases import Lease, acquire
from tests.simulation.faults import Crash, Fault, FaultyWriter, make_faulty
from tests.simulation.ledger import Ledger, tokens
from tests.simulation.machines import FAMILIES, KINDS, PATIENT, PLAIN, RUNS
from tests.simulation.node import Node, Queued, small_cache
from tests.simulation.redrives import plan_redrives
from tests.simulation.world import Plan, World
from tests.virtual_clock import VirtualClock

START_MS = 1_800_000_000_000
TURNS_MAX = 20_000
READ_MS = 1_000  # so long a reading of timers may take while other things happen
SLOW_MS = 20  # so long a batch may wait while other things happen
DAY_MS = 86_400_000  # longer than anything but the deadlines of executions that are forgotten
FAULTS = ("crash", "crash", "crash", "lose", "mislead", "drop before", "drop after", "drop while following")

_OPEN = text(
    "SELECT (SELECT count(*) FROM executions WHERE status = 'RUNNING') + (SELECT count(*) FROM express_starts), "
    "(SELECT min(wake_ms) FROM branches), (SELECT min(deadline_ms) FROM executions WHERE status = 'RUNNING')"
)
_WRITTEN = text("SELECT execution, branch, attempt FROM tasks WHERE kind = 'REMOTE'")


@dataclass(slots=True)
class Simulation:
    """A run of one seed over the database at `path`, which has the machines."""

    path: str
    seed: int
    source: random.Random = field(init=False)
    clock: VirtualClock = field(init=False)
    ledger: Ledger = field(init=False)
    world: World = field(init=False)
    database: Database = field(init=False)
    lease: Lease = field(init=False)
    writer: FaultyWriter = field(init=False)
    node: Node = field(init=False)
    faults_left: int = field(init=False)
    faults: list[str] = field(default_factory=list)  # what happened, for the curious and for the tests of the test

    def __post_init__(self) -> None:
        self.source = random.Random(self.seed)
        self.clock = VirtualClock(START_MS, random.Random(self.seed + 1))
        self.ledger = Ledger(random.Random(self.seed + 2), self.source.choice([0.0, 0.2]))
        self.world = World(self.clock, random.Random(self.seed + 3), lambda: self.node)
        self.faults_left = self.source.choice([0, 3, 6, 12])

    def run(self) -> None:
        """Until every execution has ended. Raises AssertionError when that does not come about."""
        self._open()
        try:
            self._plan()
            self._start_node()
            for _ in range(TURNS_MAX):
                if not self._turn():
                    return
            raise AssertionError(f"no end after {TURNS_MAX} turns")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self.lease.release()
        self.database.close()

    def _plan(self) -> None:
        for number in range(self.source.randint(3, 8)):
            kind = self.source.choice(PLAIN)
            self.world.add_plan(Plan(kind, f"{kind}-{number}", KINDS[kind].make_input(self.source)))
        self._plan_families(random.Random(self.seed + 4))
        self._plan_runs(random.Random(self.seed + 5))
        self._plan_waiting(random.Random(self.seed + 7))
        plan_redrives(self.world, random.Random(self.seed + 6))
        if any(plan.kind == "activity" for plan in self.world.plans):
            for _ in range(2):
                self.world.later(self.source.randint(0, 5_000), self.world.poll)

    def _plan_families(self, source: random.Random) -> None:
        """Executions that start executions. Seeds that have none are what they were before there were any."""
        for number in range(source.choice([0, 0, 1, 2, 4])):
            kind = source.choice(list(FAMILIES))
            self.world.add_plan(Plan(kind, f"{kind}-{number}", KINDS[kind].make_input(source)))

    def _plan_runs(self, source: random.Random) -> None:
        """Distributed Maps."""
        for number in range(source.choice([0, 0, 1, 2, 3])):
            kind = source.choice(list(RUNS))
            self.world.add_plan(Plan(kind, f"{kind}-{number}", KINDS[kind].make_input(source)))

    def _plan_waiting(self, source: random.Random) -> None:
        """Executions whose local calls have to wait."""
        for number in range(source.choice([0, 0, 0, 1, 2])):
            kind = source.choice(list(PATIENT))
            self.world.add_plan(Plan(kind, f"{kind}-{number}", KINDS[kind].make_input(source)))

    # ---- the process ----

    def _open(self) -> None:
        self.database = open_database(f"sqlite:///{self.path}", durable=False)
        self.writer = make_faulty(self.database)
        self.lease = acquire(self.database, self.clock.epoch_ms)

    def _start_node(self) -> None:
        kernel = Kernel(self.database, self.lease, self.ledger, self.clock, batch_seconds=float("inf"))
        small_cache(kernel, self.source.choice([1, 3, 512]))
        timers = NearTimers(self.source.choice([4, 20_000]))
        self.node = Node(self.database, kernel, self.world, self.source, timers)
        self.node.recover()
        self.world.wake_workers()

    def _crash(self) -> None:
        """The process dies; another one takes over the database, its old connections, or opens it anew."""
        old, old_kernel = self.node, self.node.kernel
        old.alive = False
        self.lease.release()
        if self.source.random() < 0.2:
            self.database.close()
            self._open()
        else:
            self.lease = acquire(self.database, self.clock.epoch_ms)
            if self.source.random() < 0.3:
                self._check_fencing(old, old_kernel)
        self._start_node()
        old.drop()

    def _check_fencing(self, old: Node, kernel: Kernel) -> None:
        """The old process was only asleep: what it still has in its queue it must not write any more."""
        try:
            kernel.process([queued.request for queued in old.queue] or [Request(lambda tx: None)])
        except LeaseLost:
            return
        raise AssertionError("an owner that was taken over has written")

    # ---- turns ----

    def _turn(self) -> bool:
        """One thing happens. False: nothing is left to happen."""
        now_ms, soon = self.clock.epoch_ms, self._next_event_ms() <= self.clock.epoch_ms + SLOW_MS
        if self.node.queue and (not soon or self.source.random() < 0.7):
            self._batch()
        elif self.node.refilling and self._next_event_ms() <= now_ms + READ_MS and self.source.random() < 0.6:
            self.world.next_event()()
        elif self.node.refilling or self._next_timer_ms() <= now_ms:
            self.node.keep_time(now_ms)
        elif self.world.agenda and self._next_event_ms() <= self._next_timer_ms():
            self.world.next_event()()
        elif self.world.agenda or self.node.timers.next_due_ms is not None or self._is_open():
            self.clock.advance_to(self._next_timer_ms())
        else:
            return False
        return True

    def _next_event_ms(self) -> int:
        return self.world.agenda[0][0] if self.world.agenda else START_MS * 2

    def _next_timer_ms(self) -> int:
        """When the node's timekeeper wakes: for a timer, or because it knows of none further on."""
        due_ms = self.node.timers.next_due_ms
        unknown_ms = self.node.timers.horizon_ms + 1
        return unknown_ms if due_ms is None else min(unknown_ms, due_ms)

    def _is_open(self) -> bool:
        """Whether the store has something that time will bring about."""
        with self.database.reader() as connection:
            running, wake_ms, deadline_ms = connection.execute(_OPEN).one()
        if running == 0:
            return False
        next_ms = min(at for at in (wake_ms, deadline_ms, START_MS * 2) if at is not None)
        assert next_ms < self.clock.epoch_ms + DAY_MS, f"{running} still run, and nothing will ever happen again"
        return True

    # ---- batches ----

    def _batch(self) -> None:
        node = self.node
        batch = node.batch()
        fault = self._choose_fault()
        if fault == "drop before":
            self._die(batch)
            return
        self._plan_fault(fault)
        try:
            answers, after = node.kernel.process([queued.request for queued in batch])
        except Crash:
            self._die(batch)
            return
        finally:
            self.writer.plan(None)
        if fault in ("lose", "mislead"):
            assert after.lost and all(isinstance(answer.error, ServiceError) for answer in answers), answers
        self._check_written(after)
        if fault == "drop after":
            self._die(batch)
            return
        stop_after = self.source.randint(0, 3) if fault == "drop while following" else None
        for step, _ in enumerate(node.follow(after)):
            if step == stop_after:
                break
        told = len(batch) if stop_after is None else self.source.randint(0, len(batch))
        for queued, answer in list(zip(batch, answers, strict=True))[:told]:
            if queued.on_answer is not None:
                queued.on_answer(answer)
        if stop_after is not None:
            self._die(batch[told:])
        self.clock.advance_to(self.clock.epoch_ms + self.source.choice([0, 0, 1, 3]))
        self._find_tokens()

    def _check_written(self, after: AfterCommit) -> None:
        """What is about to be sent is in the store: whoever finds the process dead can send it again."""
        if after.calls:
            with self.database.reader() as connection:
                written = {tuple(row) for row in connection.execute(_WRITTEN)}
            unwritten = {(due.key, due.branch, due.attempt) for due in after.calls} - written
            assert not unwritten, f"calls that the store does not have are about to be sent: {unwritten}"

    def _die(self, batch: list[Queued]) -> None:
        for queued in reversed(batch):
            self.node.queue.appendleft(queued)
        self._crash()

    def _choose_fault(self) -> str | None:
        if self.faults_left == 0 or self.source.random() > 0.12:
            return None
        self.faults_left -= 1
        self.faults.append(self.source.choice(FAULTS))
        return self.faults[-1]

    def _plan_fault(self, fault: str | None) -> None:
        if fault in ("crash", "lose"):
            statement = self.source.choice([None, self.source.randint(1, 25)])
            self.writer.plan(Fault(fault, statement))
        elif fault == "mislead":
            self.writer.plan(Fault(fault))

    def _find_tokens(self) -> None:
        """Somebody reads what was sent through the ledger, and answers."""
        if any(plan.kind == "queue" for plan in self.world.plans):
            with self.database.reader() as connection:
                for row, token in tokens(connection):
                    if row > self.world.tokens_seen:
                        self.world.tokens_seen = row
                        self.world.expect_answer(token)
