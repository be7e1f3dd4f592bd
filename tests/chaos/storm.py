"""Executions that are started all along while the server is killed again and again.

starters   start executions by name, and send a start that got no answer again: only acknowledged ones are promised
answerers  answer task tokens that the function `notify` was given
workers    poll the activity, send heartbeats and results
the storm  kills the server at random moments, also while it starts, and starts it again
"""

import json
import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from tests.chaos.client import Client, error_code
from tests.chaos.functions import Functions
from tests.chaos.machines import ACTIVITY, KINDS, input_of
from tests.chaos.server import Server

STARTERS, ANSWERERS, WORKERS = 4, 2, 3
LIFE_SECONDS_MAX = 0.7  # between being ready and being killed
STARTING_SECONDS_MAX = 1.0  # of a start that is killed before it is ready
KILLED_STARTING = 0.15  # of the kills
ROLE = "arn:aws:iam::000000000000:role/chaos"


@dataclass(frozen=True)
class Job:
    kind: str
    name: str
    n: int

    @property
    def input(self) -> str:
        return json.dumps(input_of(self.kind, self.n))


@dataclass
class Storm:
    """`acknowledged`: execution ARN -> its job and the startDate that was answered (None: it exists, said a resend)."""

    server: Server
    functions: Functions
    executions: int
    kills: int
    seed: int
    acknowledged: dict[str, tuple[Job, datetime | None]] = field(default_factory=dict)
    machines: dict[str, str] = field(default_factory=dict)
    resent: int = 0
    killed_at: list[float] = field(default_factory=list)
    _jobs: "queue.SimpleQueue[Job]" = field(default_factory=queue.SimpleQueue)
    _allowed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Until every execution was acknowledged and every kill made; the server is up then."""
        self._prepare()
        with ThreadPoolExecutor(STARTERS + ANSWERERS + WORKERS) as pool:
            starters = [pool.submit(self._as_client, self._start) for _ in range(STARTERS)]
            others = [pool.submit(self._as_client, self._answer) for _ in range(ANSWERERS)]
            others += [pool.submit(self._as_client, self._work) for _ in range(WORKERS)]
            try:
                self._kill_and_kill()
                self._finish(starters)
                self._await_ends()
            finally:
                self._over.set()
                self._allowed.release(self.executions + STARTERS)
                assert self.server.stop() == 0, self.server.log  # ends the polls
            for done in others:
                done.result(60)
        self.server.start()

    def _prepare(self) -> None:
        self.server.start()
        client = Client(self.server)
        client.call("create_activity", name=ACTIVITY.rpartition(":")[2])
        for kind, found in KINDS.items():
            made = client.call("create_state_machine", name=kind, definition=json.dumps(found.definition), roleArn=ROLE)
            self.machines[kind] = made["stateMachineArn"]
        client.close()
        kinds = list(KINDS)
        for number in range(self.executions):
            self._jobs.put(Job(kinds[number % len(kinds)], f"chaos-{number}", number))

    # ---- the kills ----

    def _kill_and_kill(self) -> None:
        chance = random.Random(self.seed)
        for number in range(self.kills):
            while self._allowed.acquire(blocking=False):
                pass  # what the last life did not come to is shared out again
            self._allowed.release(-(-self._jobs.qsize() // (self.kills - number)))
            time.sleep(chance.uniform(0, LIFE_SECONDS_MAX))
            self.killed_at.append(time.time())
            self.server.kill()
            if chance.random() < KILLED_STARTING:
                self.server.launch()
                time.sleep(chance.uniform(0, STARTING_SECONDS_MAX))
                self.server.kill()
            self.server.start()

    def _finish(self, starters: list[Future[None]]) -> None:
        self._allowed.release(self.executions)
        for starter in starters:
            starter.result(120)

    def _await_ends(self) -> None:
        client = Client(self.server)
        for arn in self.acknowledged:
            client.until_ended(arn)
        client.close()

    # ---- the clients ----

    def _as_client(self, work: Callable[[Client], None]) -> None:
        client = Client(self.server)
        try:
            work(client)
        finally:
            client.close()

    def _start(self, client: Client) -> None:
        while self._allowed.acquire() and not self._over.is_set():
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            self._start_one(client, job)

    def _start_one(self, client: Client, job: Job) -> None:
        machine = self.machines[job.kind]
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{job.name}"
        try:
            answer = client.call("start_execution", stateMachineArn=machine, name=job.name, input=job.input)
        except ClientError as error:
            assert error_code(error) == "ExecutionAlreadyExists", error  # a start without an answer took effect
            started = None
        else:
            assert answer["executionArn"] == arn
            started = answer["startDate"]
        with self._lock:
            self.acknowledged[arn] = job, started
            self.resent += started is None

    def _answer(self, client: Client) -> None:
        while not self._over.is_set():
            try:
                token, n = self.functions.tokens.get(timeout=0.2)
            except queue.Empty:
                continue
            self._send_result(client, token, {"approved": n})

    def _work(self, client: Client) -> None:
        while not self._over.is_set():
            if not self.server.up.wait(0.2):
                continue
            try:
                task = client.once("get_activity_task", activityArn=ACTIVITY, workerName="chaos")
            except (HTTPClientError, NoConnection, ClientError):
                continue  # killed, or stopping
            if task.get("taskToken"):
                self._send_result(client, task["taskToken"], {"approved": json.loads(task["input"])["n"]})

    def _send_result(self, client: Client, token: str, output: dict[str, Any]) -> None:
        """Until it is answered. That the task is over is an answer too: an earlier try took effect, or a timeout."""
        try:
            client.call("send_task_success", taskToken=token, output=json.dumps(output))
        except ClientError as error:
            assert error_code(error) in ("TaskTimedOut", "TaskDoesNotExist"), error
