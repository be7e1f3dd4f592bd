"""The shelf of a standard queue: its next messages in memory, so that most receivers cost no query.

    store -- refill --> lanes: tenant -> messages -- next --> receiver
    sender -- put -->

A queue whose messages name groups is fair: each group ("tenant") has a lane, and receivers are served from the lanes in
turn, so that a tenant with a long backlog does not keep the others waiting. Messages without a group share a lane.

The invariants: what is on the shelf is visible; where `complete`, nothing else is, before `next_ms`. A message leaves
the shelf when it is received or deleted. The shelf writes nothing.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from sqlalchemy import Connection

from engine import limits
from integrations.sqs import message_store
from integrations.sqs.message_store import Message

_TENANT_REFILL = 4
Lane = OrderedDict[int, Message]  # by key


@dataclass(slots=True)
class Shelf:
    """`next_ms`: when a message that is not visible becomes so, or earlier; None: there is none.

    `in_flight`: at most so many are; None: not counted yet.
    """

    bin: int
    lanes: OrderedDict[str | None, Lane] = field(default_factory=OrderedDict)
    size: int = 0
    bytes: int = 0
    complete: bool = False
    next_ms: int | None = None
    in_flight: int | None = None
    _refill: int = field(default_factory=lambda: limits.SQS_SHELF_FIRST_MESSAGES)
    _tenant: str = ""

    def next(self) -> Message | None:
        """Take the next message from the shelf, which is not stale."""
        if not self.lanes:
            return None
        tenant, lane = next(iter(self.lanes.items()))
        _, message = lane.popitem(last=False)
        if lane:
            self.lanes.move_to_end(tenant)
        else:
            del self.lanes[tenant]
        self._left(message)
        return message

    def stale(self, now_ms: int) -> bool:
        """Whether the store has messages that come next."""
        if self.next_ms is not None and now_ms >= self.next_ms:
            return True
        return not self.complete and not self.lanes

    def clear(self) -> None:
        """Nothing is in memory; the store is asked the next time."""
        self.lanes.clear()
        self.size = self.bytes = 0
        self.complete = False

    def refill(self, connection: Connection, now_ms: int) -> None:
        """From the store, where what was gathered of the queue is already."""
        self.clear()
        found = message_store.visible(connection, self.bin, now_ms, self._refill)
        self.complete = len(found) < self._refill
        for message in found:
            self._place(message)
        if not self.complete:
            self._add_tenants(connection, now_ms)
        self.next_ms = message_store.next_ms(connection, self.bin, now_ms)
        roomy = self.bytes < limits.SQS_SHELF_BYTES_MAX
        grown = min(self._refill * 4, limits.SQS_SHELF_MESSAGES_MAX)
        self._refill = grown if roomy else max(self._refill // 4, limits.SQS_RECEIVED_MAX)

    def _add_tenants(self, connection: Connection, now_ms: int) -> None:
        """Behind the first messages there may be tenants with fewer: some of them, others the next time."""
        first = self._tenant
        for _ in range(limits.SQS_SHELF_TENANTS_MAX):
            tenant = message_store.next_tenant(connection, self.bin, self._tenant)
            self._tenant = tenant or ""
            if tenant is None and first == "":
                return
            if tenant is not None and tenant not in self.lanes:
                for message in message_store.of_tenant(connection, self.bin, tenant, now_ms, _TENANT_REFILL):
                    self._place(message)

    def put(self, message: Message, now_ms: int) -> None:
        """A message was sent, or will be visible at a time."""
        if message.visible_ms > now_ms:
            self.due(message.visible_ms)
        elif self.size < limits.SQS_SHELF_MESSAGES_MAX and self.bytes < limits.SQS_SHELF_BYTES_MAX:
            if self.complete or (message.tenant is not None and message.tenant not in self.lanes):
                self._place(message)
        else:
            self.complete = False

    def due(self, visible_ms: int) -> bool:
        """A message is not visible before then. True: that is earlier than what receivers may know of."""
        if self.next_ms is None or visible_ms < self.next_ms:
            self.next_ms = visible_ms
            return True
        return False

    def drop(self, key: int) -> None:
        """A message was deleted."""
        for tenant, lane in self.lanes.items():
            if (message := lane.pop(key, None)) is not None:
                self._left(message)
                if not lane:
                    del self.lanes[tenant]
                return

    def _place(self, message: Message) -> None:
        self.lanes.setdefault(message.tenant, OrderedDict())[message.key] = message
        self.size += 1
        self.bytes += _weight(message)

    def _left(self, message: Message) -> None:
        self.size -= 1
        self.bytes -= _weight(message)


def _weight(message: Message) -> int:
    return len(message.body or message.sealed or "")
