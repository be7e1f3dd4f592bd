"""Pages of events: read from any event on, byte for byte."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from engine.store import history
from engine.store.rows import HistoryPage
from tests.store.builders import page

LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=8)


def _pages(lengths: list[int]) -> list[HistoryPage]:
    made, first = [], 1
    for length in lengths:
        made.append(HistoryPage(first, first + length - 1, f"[{first}]".encode()))
        first += length
    return made


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=LENGTHS, limit=st.integers(1, 4), reverse=st.booleans(), data=st.data())
def test_pages_go_on_from_any_event_to_the_end(
    store: Connection, lengths: list[int], limit: int, reverse: bool, data: st.DataObject
) -> None:
    stored = _pages(lengths)
    newest = stored[-1].last_event
    start = data.draw(st.none() | st.integers(1, newest))
    with store.begin_nested() as example:
        history.append_many(store, [page(7, found.first_event, found.last_event, found.page) for found in stored])
        history.append_many(store, [page(6, 1, 99), page(8, 1, 99)])
        seen: list[HistoryPage] = []
        event: int | None = start
        while event is None or 1 <= event <= newest:
            found = history.pages(store, 7, event, limit, reverse)
            assert 0 < len(found) <= limit
            seen += found
            event = found[-1].first_event - 1 if reverse else found[-1].last_event + 1
        if reverse:
            assert seen == [kept for kept in reversed(stored) if start is None or kept.first_event <= start]
        else:
            assert seen == [kept for kept in stored if start is None or kept.last_event >= start]
        example.rollback()


def test_bytes_come_back_as_they_were(store: Connection) -> None:
    every = bytes(range(256)) * 40
    history.append_many(store, [page(1, 1, 2, every)])
    (found,) = history.pages(store, 1, None, 10, False)
    assert found.page == every and isinstance(found.page, bytes)


def test_an_execution_without_history_has_no_pages(store: Connection) -> None:
    assert history.pages(store, 1, None, 10, False) == []
    assert history.pages(store, 1, 5, 10, True) == []
