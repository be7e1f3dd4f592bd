"""The supply of a Map Run: the items that are in memory and in no child yet, and the children's inputs made of them.

    array, object | pages of a reader -> items -> ItemSelector -> [ItemBatcher: a batch that grows] -> a child's input

It is memory only. What the store keeps of a run says where it goes on: how many items are in children (MapRun.taken),
and the page of the reader that the first other item stands in (`cursor`, and how many items of it are `consumed`). From
that the supply is made again. Without an ItemBatcher an item is selected when its child begins; with one as soon as it
is wanted for the batch that grows.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from engine.core.batches import Batcher
from engine.core.context import STATE_DATA, Dataset, with_item
from engine.core.dataflow import parameters_text
from engine.core.map_run import MapRun
from engine.core.reader_data import as_items
from engine.items.page import Item, Page
from engine.items.request import ReadRequest
from engine.query.scope import Scope
from engine.query.template import Template


@dataclass(frozen=True, slots=True)
class _Mark:
    """A page with items that are in no child yet; `first` is the number of its first item among all of the run."""

    cursor: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class ChildInput:
    """`items`: how many of them are in it."""

    value: Any
    text: str
    items: int


@dataclass(slots=True)
class Supply:
    """`index`: the number of the first of `items`; `end`: the number behind the last item that was read.

    `batch` are selected items, which take `batch_bytes` as JSON with commas between them. `asked`: a page is being
    read, the one that begins at `next_cursor`.
    """

    state_name: str
    selector: Template | None
    batcher: Batcher | None
    index: int
    end: int
    items: deque[Item] = field(default_factory=deque)
    batch: list[Any] = field(default_factory=list)
    batch_bytes: int = 0
    marks: deque[_Mark] = field(default_factory=deque)
    next_cursor: str = ""
    asked: bool = False
    request: ReadRequest | None = None  # what the reader reads, if there is one

    def add_dataset(self, values: Dataset) -> None:
        """The items of a Map without a reader."""
        self.items.extend(as_items(values, STATE_DATA)[self.index :])
        self.end = len(values)

    def add_page(self, page: Page) -> bool:
        """What a reader has read; items at its front may be in children already. False: nothing is to follow."""
        most = None if self.request is None else self.request.most
        items = page.items if most is None else page.items[: max(most - self.end, 0)]
        wanted = self.index + len(self.items)
        self.marks.append(_Mark(self.next_cursor, self.end, self.end + len(items)))
        self.items.extend(items[max(wanted - self.end, 0) :])
        self.end += len(items)
        self.next_cursor = page.next_cursor or ""
        self.asked = False
        return page.next_cursor is not None and (most is None or self.end < most)

    def unread(self, run: MapRun) -> bool:
        """Whether there are items, or may be, that are not here and in no child."""
        return run.reading or self.end < run.items_total

    def ready(self, run: MapRun) -> bool:
        """Whether a child may begin with what is here."""
        return bool(self.items) or (bool(self.batch) and not self.unread(run))

    def next_child(self, run: MapRun, scope: Scope | None) -> ChildInput | None:
        """The input of one more child; None: there is none before more is read. Raises StateError.

        `scope` is the one that the ItemSelector is evaluated in.
        """
        made = self._next_item(scope) if self.batcher is None else self._next_batch(self.batcher, run, scope)
        if made is not None:
            run.begin_child(made.items)
            self._move_on(run)
        return made

    def _next_item(self, scope: Scope | None) -> ChildInput | None:
        if not self.items:
            return None
        value = self._selected(scope)
        return ChildInput(value, parameters_text(value, self.state_name), 1)

    def _next_batch(self, batcher: Batcher, run: MapRun, scope: Scope | None) -> ChildInput | None:
        while self.items and len(self.batch) < batcher.most:
            value = self._selected(scope)
            size = batcher.size_of(value)
            full = self.batch and self.batch_bytes + 1 + size > batcher.room
            made = self._close(batcher) if full else None
            self.batch_bytes += size + (1 if self.batch else 0)
            self.batch.append(value)
            if made is not None:
                return made
        if self.batch and (len(self.batch) >= batcher.most or not (self.items or self.unread(run))):
            return self._close(batcher)
        return None

    def _close(self, batcher: Batcher) -> ChildInput:
        value = batcher.input_of(self.batch)
        made = ChildInput(value, parameters_text(value, self.state_name), len(self.batch))
        self.batch, self.batch_bytes = [], 0
        return made

    def _selected(self, scope: Scope | None) -> Any:
        index, item = self.index, self.items.popleft()
        self.index += 1
        if self.selector is None or scope is None:
            return item.value
        return self.selector.render(scope.within(with_item(scope.context, index, item.value, item.source, item.key)))

    def _move_on(self, run: MapRun) -> None:
        """Note the page that the first item stands in that is in no child."""
        if run.cursor is None:
            return
        while self.marks and self.marks[0].end <= run.taken:
            self.marks.popleft()
        run.cursor = self.marks[0].cursor if self.marks else self.next_cursor
        run.consumed = run.taken - self.marks[0].first if self.marks else 0
