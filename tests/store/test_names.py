"""Activities, tags, meta and Express starts: the small aggregates."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from engine.store import activities, express_starts, meta, tags
from engine.store.rows import ExpressStartRow
from tests.store.builders import activity, express_start


def test_an_activity_is_read_back_and_unique(store: Connection) -> None:
    row = activity("approve")
    activities.insert(store, row)
    assert activities.by_arn(store, row.arn) == row
    with pytest.raises(IntegrityError), store.begin_nested():
        activities.insert(store, row)
    activities.delete(store, row.arn)
    activities.delete(store, row.arn)
    assert activities.by_arn(store, row.arn) is None


def test_activities_are_listed_in_the_order_of_their_arns(store: Connection) -> None:
    names = ["b", "B", "a", "_", "a-b", "a.b"]
    for name in names:
        activities.insert(store, activity(name))
    activities.insert(store, activity("elsewhere", region="us-east-1"))
    seen: list[str] = []
    after = None
    while found := activities.list_page(store, "000000000000", "eu-west-1", after, 4):
        seen += [row.name for row in found]
        after = found[-1].arn
    assert seen == sorted(names)
    assert activities.count(store, "000000000000", "eu-west-1") == len(names)


def test_tags_keep_the_order_in_which_their_keys_were_set(store: Connection) -> None:
    tags.put_many(store, "arn:a", [("z", "1"), ("a", "2"), ("m", "")])
    tags.put_many(store, "arn:b", [("z", "other")])
    tags.put_many(store, "arn:a", [("b", "3"), ("a", "new")])
    assert tags.of_resource(store, "arn:a") == [("z", "1"), ("a", "new"), ("m", ""), ("b", "3")]
    tags.remove(store, "arn:a", ["z", "none"])
    tags.put_many(store, "arn:a", [("z", "again")])
    assert tags.of_resource(store, "arn:a") == [("a", "new"), ("m", ""), ("b", "3"), ("z", "again")]
    tags.delete_resource(store, "arn:a")
    assert tags.of_resource(store, "arn:a") == []
    assert tags.of_resource(store, "arn:b") == [("z", "other")]


def test_tags_hold_any_text(store: Connection) -> None:
    tags.put_many(store, "arn:a", [("k\0", "v\0\x1aÄ🚀"), ("k\x1a0", "")])
    assert tags.of_resource(store, "arn:a") == [("k\0", "v\0\x1aÄ🚀"), ("k\x1a0", "")]
    tags.remove(store, "arn:a", ["k\0"])
    assert tags.of_resource(store, "arn:a") == [("k\x1a0", "")]


def test_no_tags_are_no_statement(store: Connection) -> None:
    tags.put_many(store, "arn:a", [])
    tags.remove(store, "arn:a", [])
    assert tags.of_resource(store, "arn:a") == []


def test_facts_are_put_and_put_again(store: Connection) -> None:
    assert meta.get(store, "colour") is None
    meta.put(store, "colour", "red")
    meta.put(store, "colour", "blue")
    assert meta.get(store, "colour") == "blue"


def test_express_starts_are_paged_and_go(store: Connection) -> None:
    rows = [express_start(key) for key in (2**62, 3, 0)] + [express_start(5, trace_header="Root=1\0")]
    express_starts.insert_many(store, rows)
    express_starts.insert_many(store, [])
    express_starts.delete_many(store, [3, 99])
    express_starts.delete_many(store, [])
    seen: list[ExpressStartRow] = []
    while found := express_starts.all_page(store, seen[-1].key if seen else None, 2):
        seen += found
    assert seen == [ExpressStartRow(**row) for row in sorted(rows, key=lambda row: row["key"]) if row["key"] != 3]
