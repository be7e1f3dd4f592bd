"""Everything outside of the process, which goes on when that dies: clients, functions, workers, and what they know.

Each of them tries again when its connection breaks, as an SDK does, and notes what it was told. The verdict compares
these notes with what the store says in the end.
"""

import heapq
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from operator import methodcaller
from typing import Any

from engine.api.executions import start_execution, stop_execution
from engine.api.state_machines import delete_state_machine
from engine.contract import Call, Caller
from engine.errors import ServiceError, StateError
from engine.jsontext import dumps
from engine.runtime.after import DueCall, ExpressStart
from engine.runtime.express_child import ChildOutcome, ExpressChild, load_children
from engine.runtime.happenings import express_ended
from engine.runtime.kernel import Answer
from engine.runtime.map_run_happenings import express_child_ended, results_exported
from engine.runtime.protocol import ClaimedTask
from engine.runtime.result_exports import find_export
from engine.runtime.result_files import results_reader, write_results
from engine.runtime.transaction import Operation
from tests.simulation.machines import ACCOUNT, ACTIVITY, KINDS, LEAVING, REGION
from tests.simulation.node import Node
from tests.virtual_clock import VirtualClock

CALLER = Caller(ACCOUNT, REGION)
_GONE = ("ExecutionAlreadyExists", "StateMachineDeleting", "StateMachineDoesNotExist")


@dataclass(slots=True)
class Plan:
    """An execution that a client starts, and what the client knows of it."""

    kind: str
    name: str
    value: Any
    started_ms: int | None = None  # as the answer said
    express_arns: list[str] = field(default_factory=list)  # acknowledged; each start of an Express machine is its own
    stop_asked: bool = False
    stopped_ms: int | None = None  # as the answer said
    redrives: dict[str, float] = field(default_factory=dict)  # token -> redriveDate, as the answers said

    @property
    def machine_arn(self) -> str:
        return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{self.kind}"

    @property
    def arn(self) -> str:
        return f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{self.kind}:{self.name}"


@dataclass(slots=True)
class World:
    """Implements tests.simulation.node.Outside. `find_node` gives the process that runs now."""

    clock: VirtualClock
    source: random.Random
    find_node: Callable[[], Node]
    agenda: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    invoked: dict[str, list[Call]] = field(default_factory=dict)  # by idempotency key
    deliveries: dict[int, str] = field(default_factory=dict)  # the number of a function's result -> the key of its call
    answers: dict[int, str] = field(default_factory=dict)  # the number of an answer -> its token
    acknowledged: set[int] = field(default_factory=set)  # answers that were taken
    express_runs: list[str] = field(default_factory=list)
    ended_children: set[int] = field(default_factory=set)  # Express children whose end was acknowledged
    objects: dict[str, bytes] = field(default_factory=dict)  # what ResultWriters wrote, by key
    redrives_asked: bool = False
    idle_workers: int = 0
    polls_again: int = 20  # for what was offered by a process that died, or by a commit of which nobody heard
    tokens_seen: int = 0
    _count: int = 0

    def later(self, delay_ms: int, action: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (self.clock.epoch_ms + delay_ms, self._next(), action))

    def next_event(self) -> Callable[[], None]:
        """Take what comes next; time moves on to it."""
        at_ms, _, action = heapq.heappop(self.agenda)
        self.clock.advance_to(at_ms)
        return action

    def _next(self) -> int:
        self._count += 1
        return self._count

    def ask(self, operation: Operation, then: Callable[[Answer], None], savepoint: bool = False) -> None:
        """Ask until there is an answer that says what happened: a broken connection and a 503 say nothing."""

        def answered(answer: Answer | None) -> None:
            error = None if answer is None else answer.error
            if answer is None or (isinstance(error, ServiceError) and error.code == "ServiceUnavailable"):
                self.later(self.source.randint(1, 2_000), again)
            else:
                then(answer)

        def again() -> None:
            self.find_node().submit(operation, answered, savepoint)

        again()

    # ---- clients ----

    def add_plan(self, plan: Plan) -> None:
        self.plans.append(plan)
        self.later(self.source.randint(0, 20_000), partial(self._start, plan))
        if plan.kind == LEAVING:
            self.later(self.source.randint(0, 25_000), partial(self._delete, plan))
        elif KINDS[plan.kind].type == "STANDARD" and self.source.random() < 0.2:
            self.later(self.source.randint(0, 60_000), partial(self.stop, plan))

    def _start(self, plan: Plan) -> None:
        request = {"stateMachineArn": plan.machine_arn, "name": plan.name, "input": json.dumps(plan.value)}

        def told(answer: Answer) -> None:
            if answer.error is None:
                plan.started_ms = round(answer.value["startDate"] * 1000)
                plan.express_arns.append(answer.value["executionArn"])
                if self.source.random() < 0.2 and KINDS[plan.kind].type == "STANDARD":
                    self.later(self.source.randint(0, 3_000), partial(self._start, plan))
            else:  # it was started by a request whose answer was lost, and has ended; or its machine is gone
                assert isinstance(answer.error, ServiceError), answer.error
                refused = _GONE if plan.kind == LEAVING else ("ExecutionAlreadyExists",)
                assert answer.error.code in refused, answer.error
                plan.started_ms = plan.started_ms or -1

        self.ask(lambda tx: start_execution(tx, CALLER, request), told)
        if self.source.random() < 0.1 and KINDS[plan.kind].type == "STANDARD" and plan.kind != LEAVING:
            self._stop_at_once(plan)

    def _stop_at_once(self, plan: Plan) -> None:
        """A client that does not wait for the answer to its start: both may come in one batch."""
        plan.stop_asked = True

        def told(answer: Answer) -> None:
            if answer.error is None:
                plan.stopped_ms = round(answer.value["stopDate"] * 1000)
            else:  # the start was lost, or came later
                assert isinstance(answer.error, ServiceError), answer.error
                assert answer.error.code == "ExecutionDoesNotExist", answer.error

        self.ask(lambda tx: stop_execution(tx, CALLER, _stop_request(plan)), told)

    def _delete(self, plan: Plan) -> None:
        def told(answer: Answer) -> None:
            assert answer.error is None, answer.error

        request = {"stateMachineArn": plan.machine_arn}
        self.ask(lambda tx: delete_state_machine(tx, CALLER, request), told, savepoint=True)

    def stop(self, plan: Plan) -> None:
        if plan.started_ms is None:
            self.later(2_000, partial(self.stop, plan))
            return
        plan.stop_asked = True

        def told(answer: Answer) -> None:
            assert answer.error is None, answer.error
            plan.stopped_ms = round(answer.value["stopDate"] * 1000)

        self.ask(lambda tx: stop_execution(tx, CALLER, _stop_request(plan)), told)

    # ---- functions ----

    def invoke(self, node: Node, due: DueCall) -> None:
        """A remote call arrives. Its answer takes its time, and may find nobody who waits."""
        call = due.call
        self.invoked.setdefault(call.idempotency_key, []).append(call)
        result = self._result(call)
        self.later(self.source.choice([1, 50, 800, 6_000]), lambda: node.returned(due, result))

    def _result(self, call: Call) -> Any:
        if call.resource.endswith(":broken"):
            return StateError("Broken", "always")
        if call.task_token is not None and call.parameters["FunctionName"] == "never":
            return {"StatusCode": 200}
        if self.source.random() < 0.2:
            return StateError("Flaky", "now and then")
        if call.task_token is None:
            number = self._next()
            self.deliveries[number] = call.idempotency_key
            return {"y": 2 * call.parameters["x"], "delivery": number}
        self.expect_answer(call.task_token)
        return {"StatusCode": 200}

    # ---- those who answer by token ----

    def expect_answer(self, token: str) -> None:
        """Somebody has a token: sends heartbeats or does not, and answers sooner or later, once or twice."""
        if self.source.random() < 0.4:
            self.later(self.source.randint(1, 14_000), lambda: self._send("task_heartbeat", token))
        if self.source.random() < 0.15:
            delay = self.source.randint(1, 9_000)
            self.later(delay, lambda: self._send("task_failed", token, "Refused", "by its worker"))
            return
        for _ in range(self.source.choice([1, 1, 1, 2])):
            self.later(self.source.randint(1, 18_000), lambda: self._answer(token))

    def _send(self, verb: str, token: str, *more: str) -> None:
        self.ask(methodcaller(verb, token, *more), _check_token_answer)

    def _answer(self, token: str) -> None:
        number = self._next()
        self.answers[number] = token

        def told(answer: Answer) -> None:
            _check_token_answer(answer)
            if answer.error is None:
                self.acknowledged.add(number)

        output = dumps({"ok": True, "answer": number})
        self.ask(methodcaller("task_succeeded", token, output), told)

    # ---- workers ----

    def offer(self, activity_arn: str) -> None:
        assert activity_arn == ACTIVITY
        if self.idle_workers:
            self.idle_workers -= 1
            self.later(1, self.poll)

    def wake_workers(self) -> None:
        """A new process: every worker that waited for the old one connects again."""
        while self.idle_workers:
            self.offer(ACTIVITY)

    def poll(self) -> None:
        def told(answer: Answer) -> None:
            assert answer.error is None, answer.error
            if answer.value is None:
                self.idle_workers += 1
                if self.polls_again:
                    self.polls_again -= 1
                    self.later(60_000, partial(self.offer, ACTIVITY))
                return
            assert isinstance(answer.value, ClaimedTask)
            self.expect_answer(answer.value.task_token)
            self.later(self.source.randint(1, 5_000), self.poll)

        self.ask(methodcaller("claim_task", ACTIVITY, "worker"), told, savepoint=True)

    # ---- Express ----

    def run_express(self, node: Node, start: ExpressStart) -> None:
        def ended() -> None:
            if node.alive:
                self.express_runs.append(start.arn)
                report()

        def report() -> None:
            node.submit(express_ended(start.key), reported)

        def reported(answer: Answer | None) -> None:
            if answer is not None and answer.error is not None:
                node.express.discard(start.key)  # the next recovery runs it again: at least once

        self.later(self.source.randint(1, 3_000), ended)

    # ---- Map Runs ----

    def run_child(self, node: Node, key: int) -> None:
        """An Express child has its turn after a while, and works for another."""

        def begin() -> None:
            if not node.alive or key not in node.children:
                return
            with node.database.reader() as connection:
                found = load_children(connection, [key])
            if not found:
                node.child_ended(key)
                return
            assert self.redrives_asked or key not in self.ended_children, f"{found[0].arn} has ended and runs again"
            self.later(self.source.choice([1, 300, 4_000]), partial(self._end_child, node, found[0]))

        self.later(self.source.choice([0, 1, 200]), begin)

    def _end_child(self, node: Node, child: ExpressChild) -> None:
        if not node.alive or child.key not in node.children:
            return  # its process is gone, or nobody waits for it any more

        def told(answer: Answer | None) -> None:
            if answer is not None and answer.error is not None:
                self.later(1_000, partial(self._end_child, node, child))
            elif answer is not None:
                self.ended_children.add(child.key)
                node.child_ended(child.key)

        now_ms, failed = self.clock.epoch_ms, child.input_text == "9"
        status, output, error = ("FAILED", None, "Nine") if failed else ("SUCCEEDED", child.input_text, None)
        outcome = ChildOutcome(status, output, error, None, now_ms)
        node.submit(express_child_ended(child, outcome, None), told)

    def write_results(self, node: Node, map_run: int) -> None:
        """Objects are written sooner or later, now and then twice; the process may die before it has said so."""

        def write() -> None:
            if not node.alive:
                return
            with node.database.reader() as connection:
                export = find_export(connection, map_run)
            if export is None:
                return
            read = results_reader(node.database.reader, map_run)
            count = write_results(read, self.objects.__setitem__, export.writing, export.arn, export.pending)
            tell(export.redrive, count)

        def tell(redrive: int, count: int) -> None:
            def told(answer: Answer | None) -> None:
                if answer is not None and answer.error is not None:
                    self.later(1_000, partial(tell, redrive, count))

            node.submit(results_exported(map_run, redrive, count, None), told)

        for _ in range(self.source.choice([1, 1, 2])):
            self.later(self.source.choice([1, 500, 3_000]), write)


def _stop_request(plan: Plan) -> dict[str, str]:
    return {"executionArn": plan.arn, "error": "Stopped", "cause": "by its client"}


def _check_token_answer(answer: Answer) -> None:
    """A task may be over when its token is used; nothing else may be wrong."""
    if answer.error is not None:
        assert isinstance(answer.error, ServiceError) and answer.error.code == "TaskTimedOut", answer.error
