"""Clients that redrive what they stopped or what failed, with a token for each wish, and what must come of it."""

import random
from functools import partial
from typing import Any

from engine.api.redrive import redrive_execution
from engine.errors import ServiceError
from engine.runtime.kernel import Answer
from engine.store.rows import ExecutionRow
from tests.simulation.machines import FAMILIES, KINDS, LEAVING
from tests.simulation.world import CALLER, Plan, World

_WISHES_MAX = 4
_LATEST_MS = 60_000
# Tasks that wait for executions with fixed names start no second one: ExecutionAlreadyExists, as on AWS.
_NOT_REDRIVEN = {LEAVING, *FAMILIES}


def plan_redrives(world: World, source: random.Random) -> None:
    """Of some seeds: a few clients stop executions and redrive them, at any time, whether that fits or not."""
    if source.random() < 0.5:
        return
    for plan in world.plans:
        if KINDS[plan.kind].type == "STANDARD" and plan.kind not in _NOT_REDRIVEN:
            for _ in range(source.choice([0, 0, 1, 2])):
                world.later(source.randint(0, _LATEST_MS), partial(world.stop, plan))
            for number in range(source.randint(0, _WISHES_MAX)):
                world.redrives_asked = True
                world.later(source.randint(0, _LATEST_MS), partial(_ask, world, plan, f"wish-{number}"))


def _ask(world: World, plan: Plan, token: str) -> None:
    request = {"executionArn": plan.arn, "clientToken": token}

    def told(answer: Answer) -> None:
        if answer.error is None:
            plan.redrives[token] = answer.value["redriveDate"]
            return
        assert isinstance(answer.error, ServiceError), answer.error
        assert answer.error.code in ("ExecutionNotRedrivable", "ExecutionDoesNotExist"), answer.error

    world.ask(lambda tx: redrive_execution(tx, CALLER, request), told)


def judge_redrives(plan: Plan, row: ExecutionRow, events: list[dict[str, Any]]) -> None:
    """Each wish that was granted is one redrive, in the row and in the history."""
    said = sorted(event["timestamp"] for event in events if event["type"] == "ExecutionRedriven")
    assert said == sorted(plan.redrives.values()), f"granted {plan.redrives}, and the history says {said}"
    assert row.redrive_count == len(said)
    assert row.redrive_ms == (round(said[-1] * 1000) if said else None)
