"""What SQS remembers between the batches of the writer, and what the operations of a batch gather for its commit.

    Books
        queues    by address, and by the URLs that callers name them by
        shelves   the next messages of standard queues (integrations.sqs.shelf)
        gathered  new messages, receipts, deletions: written with few statements at the commit

The invariant: store and `gathered` together are the truth; shelves only spare reading it. Whoever reads messages from
the store calls `settle` first. All of it is in the transaction's memory, which is emptied whenever a commit is lost.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection

from engine import limits
from engine.contract import Transaction
from integrations.sqs import duplicates_store, message_store, queue_store
from integrations.sqs.duplicates_store import Duplicate
from integrations.sqs.message_store import Message
from integrations.sqs.names import Address, read_arn
from integrations.sqs.queue_store import Queue
from integrations.sqs.shelf import Shelf

SERVICE = "sqs"
_BOOKS = "books"
_KEY_BITS = 20  # keys of one millisecond


@dataclass(slots=True)
class Books:
    queues: dict[Address, Queue] = field(default_factory=dict)
    urls: dict[tuple[str, str, str], Queue] = field(default_factory=dict)  # (QueueUrl, the caller's account, region)
    shelves: dict[int, Shelf] = field(default_factory=dict)  # by bin
    new: dict[int, Message] = field(default_factory=dict)  # by key
    taken: defaultdict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    gone: defaultdict[int, dict[int, None]] = field(default_factory=lambda: defaultdict(dict))  # by bin
    lanes: dict[tuple[int, str], int] = field(default_factory=dict)
    duplicates: dict[tuple[int, str, str], Duplicate] = field(default_factory=dict)
    more: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))  # messages, by bin
    new_bytes: int = 0
    last_key: int | None = None

    # ---- queues ----

    def queue(self, connection: Connection, address: Address) -> Queue | None:
        found = self.queues.get(address)
        if found is None:
            found = queue_store.find(connection, address)
            if found is not None:
                if len(self.queues) >= limits.SQS_QUEUES_REMEMBERED_MAX:
                    self.queues.clear()
                    self.urls.clear()
                self.queues[address] = found
        return found

    def remember_url(self, key: tuple[str, str, str], queue: Queue) -> None:
        if len(self.urls) < limits.SQS_QUEUES_REMEMBERED_MAX:
            self.urls[key] = queue

    def forget(self, queue: Queue) -> None:
        """It was changed in the store."""
        self.queues.pop(queue.address, None)
        self.urls.clear()
        self.shelves.pop(queue.bin, None)

    def shelf(self, queue: Queue) -> Shelf:
        found = self.shelves.get(queue.bin)
        if found is None:
            if len(self.shelves) >= limits.SQS_SHELVES_MAX:
                self.shelves.clear()
            found = self.shelves[queue.bin] = Shelf(queue.bin)
        return found

    def make_room(self, shelf: Shelf) -> None:
        """A shelf is to be filled: where all together hold too much, the others are cleared."""
        if sum(other.bytes for other in self.shelves.values()) > limits.SQS_SHELVES_BYTES_MAX:
            for other in self.shelves.values():
                if other is not shelf:
                    other.clear()

    # ---- messages ----

    def next_key(self, tx: Transaction, now_ms: int) -> int:
        """Above every key that is there. What memory forgot may have been deleted since, in this very millisecond or
        before the clock went back: so the next key lies above what is there by chance, and an old receipt handle is
        never that of a new message."""
        if self.last_key is None:
            there = max(message_store.newest_key(tx.connection), now_ms << _KEY_BITS)
            self.last_key = there + tx.moment.getrandbits(_KEY_BITS - 1)
        self.last_key = max(self.last_key + 1, now_ms << _KEY_BITS)
        return self.last_key

    def add(self, message: Message) -> None:
        self.new[message.key] = message
        self.more[message.bin] += 1
        self.new_bytes += len(message.body or message.sealed or "")
        if message.lane is not None:
            self.lanes.setdefault((message.bin, message.lane), message.visible_ms)

    def take(self, message: Message, visible_ms: int, now_ms: int) -> None:
        """A message is received, and not visible before `visible_ms`."""
        message.visible_ms = visible_ms
        message.received += 1
        if message.first_ms is None:
            message.first_ms = now_ms
        if message.key not in self.new:
            self.taken[visible_ms, now_ms].append(message.key)

    def remove(self, bin: int, key: int) -> None:
        """A message goes, if it is there."""
        if self.new.pop(key, None) is not None:
            self.more[bin] -= 1
        else:
            self.gone[bin][key] = None

    def settle(self, connection: Connection) -> None:
        """Write what was gathered. The order is that in which things happen to one message."""
        if self.new:
            message_store.insert(connection, self.new.values())
            self.new.clear()
            self.new_bytes = 0
        if self.lanes:
            message_store.add_lanes(connection, ((bin, lane, ready) for (bin, lane), ready in self.lanes.items()))
            self.lanes.clear()
        if self.duplicates:
            duplicates_store.put(connection, self.duplicates)
            self.duplicates.clear()
        for (visible_ms, now_ms), keys in self.taken.items():
            message_store.take(connection, keys, visible_ms, now_ms)
        self.taken.clear()
        for bin, keys_gone in self.gone.items():
            self.more[bin] -= message_store.delete(connection, bin, list(keys_gone))
        self.gone.clear()
        if self.more:
            message_store.count_more(connection, self.more.items())
            self.more.clear()


def books(tx: Transaction) -> Books:
    memory = tx.memory(SERVICE)
    found: Books | None = memory.get(_BOOKS)
    if found is None:
        found = memory[_BOOKS] = Books()
    return found


def gathering(tx: Transaction) -> Books:
    """The books for an operation that gathers: what it adds is written before the commit, or before it is too much."""
    found = books(tx)
    if found.new_bytes > limits.SQS_GATHERED_BYTES_MAX:
        found.settle(tx.connection)
    tx.at_commit(SERVICE, lambda: found.settle(tx.connection))
    return found


def queue_by_arn(tx: Transaction, arn: str) -> Queue | None:
    address = read_arn(arn)
    found = None if address is None else books(tx).queue(tx.connection, address)
    return found if found is not None and found.arn == arn else None
