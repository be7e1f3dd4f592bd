"""The heap of near timers against a model of the store: every timer fires, none early, however small the heap."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runtime.timers import NearTimers, Timer

HORIZON_MS = 60


@dataclass
class Model:
    """A store of timers, and the heap over it, used as the timekeeper does."""

    heap: NearTimers
    now_ms: int = 0
    store: set[Timer] = field(default_factory=set)
    fired: list[Timer] = field(default_factory=list)

    def commit(self, timers: list[Timer]) -> None:
        self.store.update(timers)
        self.heap.arm(sorted(timers))

    def refill(self, meanwhile: list[Timer]) -> None:
        """Ask the store; `meanwhile` is committed after the snapshot and before its answer is taken."""
        if not self.heap.room() and self.heap.horizon_ms < self.now_ms:
            self.heap.rewind()
        room, after_ms, horizon_ms = self.heap.room(), self.heap.horizon_ms, self.now_ms + HORIZON_MS
        if room > 0:
            self.heap.aim(horizon_ms)
            found = sorted(timer for timer in self.store if after_ms < timer[0] <= horizon_ms)[:room]
            self.commit(meanwhile)
            self.heap.refill(found, room)
        else:
            self.commit(meanwhile)

    def fire(self) -> None:
        for timer in self.heap.due(self.now_ms, 5):
            assert timer[0] <= self.now_ms
            if timer in self.store:
                self.store.remove(timer)
                self.fired.append(timer)

    def settle(self) -> None:
        """What the timekeeper does until it sleeps."""
        for _ in range(10_000):
            if self.heap.horizon_ms < self.now_ms:
                self.refill([])
            self.fire()
            due = self.heap.next_due_ms
            if self.heap.horizon_ms >= self.now_ms and (due is None or due > self.now_ms):
                return
        raise AssertionError("it never sleeps")


DELAYS = st.lists(st.integers(0, 150), max_size=12)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), DELAYS),
        st.tuples(st.just("refill"), DELAYS),
        st.tuples(st.just("lost"), st.just([])),
        st.tuples(st.just("sleep"), st.lists(st.integers(1, 40), min_size=1, max_size=1)),
    ),
    max_size=40,
)


@settings(max_examples=500, deadline=None)
@given(st.integers(1, 8), STEPS)
def test_every_timer_fires_at_its_time(size_max: int, steps: list[tuple[str, list[int]]]) -> None:
    model = Model(NearTimers(size_max))
    made = 0
    for what, numbers in steps:
        timers = [(model.now_ms + delay, made + place, 0) for place, delay in enumerate(numbers)]
        if what == "commit":
            model.commit(timers)
            made += len(timers)
        elif what == "refill":
            model.refill(timers)
            made += len(timers)
        elif what == "lost":
            model.heap.rewind()
        else:
            model.now_ms += numbers[0]
        model.settle()
        assert [timer for timer in model.store if timer[0] <= model.now_ms] == []
        assert len(model.heap) <= size_max + 12  # what one commit and one page may bring before it shrinks
    model.now_ms += 151
    model.settle()
    assert model.store == set()
    assert len(set(model.fired)) == made


def test_a_timer_armed_twice_is_one() -> None:
    heap = NearTimers()
    heap.aim(100)
    heap.refill([(5, 1, 0)], heap.room())
    heap.arm([(5, 1, 0), (7, 1, 0)])
    assert heap.due(10, 10) == [(5, 1, 0), (7, 1, 0)]
    assert len(heap) == 0


def test_far_timers_are_left_to_the_store() -> None:
    heap = NearTimers()
    heap.aim(100)
    heap.refill([], heap.room())
    heap.arm([(101, 1, 0), (100, 2, 0)])
    assert len(heap) == 1


def test_a_timer_that_comes_while_the_store_is_read_is_kept() -> None:
    heap = NearTimers()
    heap.aim(100)
    heap.arm([(50, 1, 0)])  # committed after the snapshot of the refill
    heap.refill([], heap.room())
    assert heap.due(50, 10) == [(50, 1, 0)]
