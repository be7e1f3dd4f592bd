"""The supply of a Map Run over a reader: every item goes into one child, in order, wherever memory is lost."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.core.batches import Batcher
from engine.core.map_run import ItemCounts, MapRun
from engine.core.supply import Supply
from engine.items.page import Item, Page
from engine.items.request import ReadRequest

REQUEST = ReadRequest("b", "000000000000", "us-east-1", key="k")


def map_run(batched: bool) -> MapRun:
    return MapRun(
        arn="a",
        branch=0,
        flow=1,
        total=0,
        concurrency=0,
        tolerated_count=0,
        tolerated_percentage=0,
        start_ms=0,
        items=ItemCounts() if batched else None,
        reading=True,
        cursor="",
    )


def supply_of(run: MapRun, batcher: Batcher | None, most: int | None) -> Supply:
    """As engine.core.distributed makes it, from what the store has of the run."""
    made = Supply("Each", None, batcher, index=run.taken, end=run.taken - run.consumed)
    made.request = replace(REQUEST, most=most)
    made.next_cursor = run.cursor or ""
    return made


class Reader:
    """Pages of so many of the numbers from 0 on; a cursor is the number that its page begins with."""

    def __init__(self, total: int, size: int):
        self.total = total
        self.size = size

    def page(self, cursor: str) -> Page:
        first = int(cursor or 0)
        last = min(first + self.size, self.total)
        items = [Item(number, "s") for number in range(first, last)]
        return Page(items, str(last) if last < self.total else None)


@given(
    st.integers(0, 40),
    st.integers(1, 9),
    st.integers(0, 12),
    st.none() | st.integers(1, 45),
    st.sets(st.integers(0, 99)),
)
def test_every_item_is_in_one_child_wherever_memory_is_lost(
    total: int, size: int, batch: int, most: int | None, deaths: set[int]
) -> None:
    reader, run = Reader(total, size), map_run(batch > 0)
    batcher = Batcher(batch, 1_000, {}) if batch else None
    supply = supply_of(run, batcher, most)
    children: list[Any] = []
    for step in range(1_000):
        if step in deaths:  # of the process
            supply = supply_of(run, batcher, most)
        child = supply.next_child(run, None)
        if child is not None:
            children.append(child.value["Items"] if batch else [child.value])
            assert child.items == len(children[-1])
        elif supply.unread(run):
            run.reading = supply.add_page(reader.page(supply.next_cursor))
            run.items_known(supply.end)
            assert len(supply.items) <= size  # no more than a page is held
        else:
            break
    wanted = list(range(min(total, most or total)))
    assert [item for child in children for item in child] == wanted
    assert all(len(child) == max(batch, 1) for child in children[:-1])
    assert (run.started, run.total, run.taken, run.items_total) == (len(children), len(children), *[len(wanted)] * 2)
    assert not run.more and run.consumed <= size


def test_the_numbers_of_items_go_on() -> None:
    run = map_run(batched=False)
    supply = supply_of(run, None, None)
    supply.add_page(Reader(10, 4).page(""))
    for _ in range(3):
        supply.next_child(run, None)
    again = supply_of(run, None, None)
    assert (run.cursor, run.consumed, again.index, again.next_cursor) == ("", 3, 3, "")
    again.add_page(Reader(10, 4).page(""))
    assert [item.value for item in again.items] == [3] and again.next_cursor == "4"
    again.next_child(run, None)
    assert (run.cursor, run.consumed) == ("4", 0)
