"""What must hold after a storm, of every execution that was acknowledged, of the lists and of the store."""

import itertools
import json
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from engine.store.database import open_database
from engine.store.tables import branches, executions, express_starts, history, tasks
from tests.chaos.client import Client
from tests.chaos.machines import KINDS
from tests.chaos.storm import Job, Storm

ENDS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")
RESULTS = {
    "TaskSucceeded": "taskSucceededEventDetails",
    "LambdaFunctionSucceeded": "lambdaFunctionSucceededEventDetails",
}

Events = list[dict[str, Any]]


def check_executions(storm: Storm, client: Client) -> None:
    assert len(storm.acknowledged) == storm.executions
    listed = {
        found["executionArn"]: found
        for machine in storm.machines.values()
        for found in client.pages("list_executions", "executions", stateMachineArn=machine, maxResults=7)
    }
    assert set(listed) == set(storm.acknowledged)
    for arn, (job, started) in storm.acknowledged.items():
        shown = client.call("describe_execution", executionArn=arn)
        events = client.history(arn)
        assert shown["status"] == "SUCCEEDED", (job, shown, events)
        assert started in (None, shown["startDate"]), (job, started, shown)
        common = set(listed[arn]) - {"ResponseMetadata"}
        assert listed[arn] == {name: shown[name] for name in common}, job
        check_history(events)
        _check_work(storm, job, shown, events)
    _check_that_it_stormed(storm, list(listed.values()))


def _check_that_it_stormed(storm: Storm, listed: list[dict[str, Any]]) -> None:
    """The proof is worth nothing where the kills met nothing."""
    lives = [(found["startDate"].timestamp(), found["stopDate"].timestamp()) for found in listed]
    struck = sum(any(started < killed < ended for killed in storm.killed_at) for started, ended in lives)
    again = sum(len(numbers) > 1 for numbers in storm.functions.deliveries.values())
    print(f"{struck} executions lived through a kill, {again} calls were sent again, {storm.resent} starts too")
    assert len(storm.killed_at) == storm.kills
    assert struck >= storm.kills
    assert again > 0


def check_history(events: Events) -> None:
    """Gap-free, one beginning, one end, each event after the one that it follows, time never going back."""
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "ExecutionStarted"
    assert [event["type"] for event in events if event["type"] in ENDS] == [events[-1]["type"]]
    assert all(event["previousEventId"] < event["id"] for event in events)
    assert all(earlier["timestamp"] <= later["timestamp"] for earlier, later in itertools.pairwise(events))


def _check_work(storm: Storm, job: Job, shown: dict[str, Any], events: Events) -> None:
    """The states ran as often as they must, and what they gave is in the output: nothing lost, nothing twice."""
    kind = KINDS[job.kind]
    kind.check(json.loads(shown["output"]), job.n)
    assert shown["input"] == job.input
    found = Counter(event["type"] for event in events)
    assert any(all(found[name] == count for name, count in counts.items()) for counts in kind.counts), (job, found)
    results = [json.loads(event[RESULTS[event["type"]]]["output"]) for event in events if event["type"] in RESULTS]
    delivered = [number for key, numbers in _deliveries(storm, shown) for number in numbers]
    for result in results:
        answer = result.get("Payload", result)
        if job.kind in ("function", "retry", "map", "once"):
            assert answer["delivery"] in delivered, (job, answer, delivered)
    if job.kind == "once":
        assert all(len(numbers) == 1 for _, numbers in _deliveries(storm, shown)), job


def _deliveries(storm: Storm, shown: dict[str, Any]) -> list[tuple[str, list[int]]]:
    prefix = shown["executionArn"] + "/"
    return [(key, numbers) for key, numbers in list(storm.functions.deliveries.items()) if key.startswith(prefix)]


def check_store(storm: Storm) -> None:
    """With the server stopped: nothing is left of what has ended, and the pages of each history follow each other."""
    with open_database(storm.server.db) as database, database.reader() as connection:
        for table in (branches, tasks, express_starts):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0, table.name
        stored = {
            row.key: row.last_event for row in connection.execute(select(executions.c.key, executions.c.last_event))
        }
        pages = select(history.c.execution, history.c.first_event, history.c.last_event, history.c.page)
        reached: dict[int, int] = dict.fromkeys(stored, 0)
        for row in connection.execute(pages.order_by(history.c.execution, history.c.first_event)):
            assert row.first_event == reached[row.execution] + 1
            assert len(json.loads(row.page)) == row.last_event - row.first_event + 1
            reached[row.execution] = row.last_event
        assert reached == stored
