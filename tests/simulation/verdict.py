"""What must be true in the end: of the store, of the histories, and of what everybody outside was told."""

import json
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from engine.runtime.tokens import Tokens
from engine.store import executions, machines
from engine.store.rows import ExecutionRow
from tests.core.wellformed import check_history
from tests.simulation import ledger
from tests.simulation.machines import KINDS, LEAVING
from tests.simulation.map_runs import history_of, judge_runs
from tests.simulation.redrives import judge_redrives
from tests.simulation.simulation import Simulation
from tests.simulation.world import Plan, World

Event = dict[str, Any]

EMPTY_IN_THE_END = ("branches", "tasks", "express_starts", "result_exports")
_ORPHANS = text("SELECT count(*) FROM history WHERE execution NOT IN (SELECT key FROM executions)")


def judge(simulation: Simulation) -> None:
    """Raise AssertionError for whatever a crash must not have done."""
    world = simulation.world
    assert simulation.node.kernel.cached_executions == 0, "ended executions are still in memory"
    with simulation.database.reader() as connection:
        for table in EMPTY_IN_THE_END:
            left = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            assert left == 0, f"{left} rows are left in {table}"
        histories = {}
        for plan in world.plans:
            if KINDS[plan.kind].type == "EXPRESS":
                _judge_express(plan, world)
            elif plan.kind == LEAVING:
                assert machines.by_arn(connection, plan.machine_arn) is None, "a deleted machine is still there"
                assert executions.by_arn(connection, plan.arn) is None, (
                    "an execution of a deleted machine is still there"
                )
            else:
                row = executions.by_arn(connection, plan.arn)
                assert row is not None, f"{plan.arn} was acknowledged and is lost"
                histories[plan.arn] = history_of(connection, row)
                check_history(histories[plan.arn], row.status)
                _judge_end(plan, row)
                judge_redrives(plan, row, histories[plan.arn])
                _judge_events(row, histories[plan.arn])
        children = _children(connection, histories)
        express = judge_runs(connection, world.objects, histories)
        count = connection.execute(text("SELECT count(*) FROM executions")).scalar_one()
        assert count == len(histories) + express, "an execution exists that nobody started"
        orphans = connection.execute(_ORPHANS).scalar_one()
        assert orphans == 0, f"{orphans} pages of histories belong to no execution"
        _judge_ledger(ledger.booked(connection), histories)
    _judge_calls(world, histories)
    for child in children.values():
        _judge_child(child, histories)
    _judge_answers(simulation.node.kernel.tokens, world, histories)


# ---- executions ----


def _judge_end(plan: Plan, row: ExecutionRow) -> None:
    status, value = KINDS[plan.kind].expected(plan.value)
    assert plan.started_ms in (row.start_ms, -1), "two starts of one execution were told apart"
    assert row.stop_ms is not None and json.loads(row.input) == plan.value
    if plan.stopped_ms is not None and not plan.redrives:
        assert plan.stopped_ms == row.stop_ms, "the stop was acknowledged with another end"
    if row.status == "ABORTED" and plan.stop_asked:
        assert (row.error, row.cause, row.output) == ("Stopped", "by its client", None)
        return
    assert row.status == status, f"{row.arn} ended {row.status}: {row.error} {row.cause}"
    if status == "SUCCEEDED":
        assert row.output is not None and json.loads(row.output) == value, row.output
    else:
        assert row.error == value and row.output is None


def _judge_events(row: ExecutionRow, events: list[Event]) -> None:
    assert json.loads(details(events[0])["input"]) == json.loads(row.input)
    last = details(events[-1])
    assert (last.get("output"), last.get("error"), last.get("cause")) == (row.output, row.error, row.cause)
    assert events[0]["timestamp"] == row.start_ms / 1000


def _judge_express(plan: Plan, world: World) -> None:
    assert plan.express_arns, f"{plan.name} was never acknowledged"
    for arn in plan.express_arns:
        assert arn in world.express_runs, f"{arn} was acknowledged and never ran"


# ---- children ----


@dataclass(frozen=True, slots=True)
class Child:
    """An execution that a Task has started, and what became of the two: `answer` is the event that ended the Task."""

    row: ExecutionRow
    parent: str
    answer: Event | None


def _children(connection: Connection, histories: dict[str, list[Event]]) -> dict[str, Child]:
    """Every execution that the histories say was started, which each says once; theirs are added to the histories."""
    found: dict[str, Child] = {}
    unread = deque(histories)
    while unread:
        parent = unread.popleft()
        for submitted in [event for event in histories[parent] if event["type"] == "TaskSubmitted"]:
            arn = json.loads(details(submitted)["output"]).get("ExecutionArn")
            if arn is None:
                continue
            assert arn not in found, f"{arn} was started twice"
            row = executions.by_arn(connection, arn)
            assert row is not None, f"{parent} has started {arn}, which is not there"
            histories[arn] = history_of(connection, row)
            check_history(histories[arn], row.status)
            answers = [event for event in histories[parent] if event["previousEventId"] == submitted["id"]]
            found[arn] = Child(row, parent, next((event for event in answers if event["type"] in _TOLD), None))
            unread.append(arn)
    return found


_TOLD = ("TaskSucceeded", "TaskFailed")


def _ended_untold(child: Child, parent: list[Event]) -> bool:
    """It ended by itself before the Task was over, or before its stop, where that was left to a next batch."""
    over = next((event for event in parent if event["type"] in ("TaskTimedOut", "TaskStateAborted")), parent[-1])
    by_itself = child.row.status in ("SUCCEEDED", "FAILED", "TIMED_OUT") and child.row.stop_ms is not None
    return by_itself and child.row.stop_ms <= round(over["timestamp"] * 1000) + _BATCHES_MS


_BATCHES_MS = 10_000  # so long a next batch may take, with crashes before it


def _judge_child(child: Child, histories: dict[str, list[Event]]) -> None:
    row = child.row
    _judge_events(row, histories[row.arn])
    if child.answer is None and not _ended_untold(child, histories[child.parent]):
        cause = f"The Task state in AWS Step Functions execution [{child.parent}] which was managing this resource"
        assert (row.status, row.cause) == ("ABORTED", f"{cause} was aborted"), f"{row.arn} outlived its Task: {row}"
    elif child.answer is None:
        return
    elif child.answer["type"] == "TaskSucceeded":
        output = json.loads(details(child.answer)["output"])
        assert row.status == output["Status"] == "SUCCEEDED" and row.output is not None
        assert output["Output"] in (json.loads(row.output), row.output)
    else:
        assert row.status not in ("RUNNING", "SUCCEEDED")
        assert json.loads(details(child.answer)["cause"])["Status"] == row.status


# ---- tasks ----


def details(event: Event) -> dict[str, Any]:
    """The details of an event, {} where its type has none."""
    return next((value for name, value in event.items() if name.endswith("EventDetails")), {})


@dataclass(frozen=True, slots=True)
class Result:
    """What a Task was answered, as its history says: the JSON output, and the number of the attempt that it is of."""

    execution: str
    output: dict[str, Any]
    attempt: int


def _results(histories: dict[str, list[Event]], member: str) -> list[Result]:
    """The results that have this member."""
    found = []
    for arn, events in histories.items():
        by_id = {event["id"]: event for event in events}
        answered = [event for event in events if event["type"].endswith(_ANSWERED)]
        outputs = [(event, json.loads(details(event)["output"])) for event in answered]
        found += [Result(arn, output, _attempt(event, by_id)) for event, output in outputs if member in output]
    return found


_ANSWERED = ("TaskSucceeded", "TaskSubmitted", "LambdaFunctionSucceeded", "ActivitySucceeded")
# Where the attempts of a branch begin to count; in these machines nothing was attempted before a Parallel that failed.
_BEGINNINGS = ("ExecutionStarted", "ParallelStateStarted", "ParallelStateFailed", "MapIterationStarted")


def _attempt(event: Event, by_id: dict[int, Event]) -> int:
    """How many attempts its branch had made, by the history."""
    count = 0
    while event["type"] not in _BEGINNINGS:
        count += event["type"].endswith("Scheduled")
        if event["previousEventId"] == 0:
            break
        event = by_id[event["previousEventId"]]
    return count


def _judge_ledger(booked: list[tuple[str, str]], histories: dict[str, list[Event]]) -> None:
    """Exactly once: a row for each call whose result is in a history, and no other."""
    results = _results(histories, "key")
    said = [(result.execution, result.output["key"]) for result in results]
    assert Counter(booked) == Counter(said), f"booked {sorted(booked)}, but the histories say {sorted(said)}"
    assert len(set(said)) == len(said), "a result was applied twice"
    for result in results:
        assert result.output["key"].endswith(f"/{result.attempt}"), f"{result} is of another attempt"


def _judge_calls(world: World, histories: dict[str, list[Event]]) -> None:
    """At least once, with one key for each attempt; and of each attempt at most one result, its own."""
    for key, calls in world.invoked.items():
        assert len({(call.state_name, str(call.parameters), call.task_token) for call in calls}) == 1, key
    for arn, events in histories.items():
        own = [key for key in world.invoked if key.rsplit("/", 2)[0] == arn]
        counts = Counter(event["type"] for event in events)
        assert len(own) <= counts["LambdaFunctionScheduled"] + counts["TaskScheduled"], f"{arn} made calls of its own"
    results = _results(histories, "delivery")
    deliveries = [result.output["delivery"] for result in results]
    assert len(set(deliveries)) == len(deliveries), "a call's result was applied twice"
    for result in results:
        key = world.deliveries[result.output["delivery"]]
        assert key.startswith(result.execution + "/") and key.endswith(f"/{result.attempt}"), f"{result} is of {key}"


def _judge_answers(tokens: Tokens, world: World, histories: dict[str, list[Event]]) -> None:
    """An answer to a token that was taken is in a history, once; and each token's attempt has only one."""
    results = _results(histories, "answer")
    taken = [result.output["answer"] for result in results]
    assert len(set(taken)) == len(taken), "an answer was applied twice"
    assert world.acknowledged <= set(taken), f"acknowledged and lost: {world.acknowledged - set(taken)}"
    used = [world.answers[number] for number in taken]
    assert len(set(used)) == len(used), "a token was answered twice"
    for result, token in zip(results, used, strict=True):
        content = tokens.read(token)
        assert content is not None and content.attempt == result.attempt, f"{result} was answered by {content}"
