"""`python -m bench.queues`: SQS against the bare echo, interleaved in one run, as ratios.

What is counted: of SendMessage, requests; of ReceiveMessage and DeleteMessage, messages that went through both, so that
one of them stands for two requests and is compared with one of the echo's. The number of requests is said beside it.
Every message that was sent is counted in the queue, every one that was deleted is gone. A queue that is drained is
filled before; where it runs empty all the same, the round ends there and counts for the time that it took. Exit 1 when
a goal is missed and `--strict` is given.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench import processes, scenarios
from bench.__main__ import Verdict, spread
from bench.client import QUEUES_PREFIX, Load, Result
from bench.processes import Service, load
from bench.scenarios import Round

GOAL_RATIO = 0.30
GOAL_BATCHES = 1.5
GOAL_WAITING_SHARE = 0.05
GOAL_CPU_MS = 0.8
BATCH = 10
BODY = json.dumps({"order": 1, "customer": "Ada", "lines": [1, 2, 3], "note": "x" * 100})
WAIT_SECONDS = 20
# Messages that are there for each second in which some are received, by how many are received at once.
FILL_PER_SECOND = {1: 8_000, BATCH: 30_000}
DRY_SHARE_MIN = 0.25  # of a round's time: a queue that runs empty sooner measures too little
WAITING_MEASURED_SECONDS = 8.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.queues", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load in each round")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--waiting", type=int, default=10_000, help="empty long polls")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a goal is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="statewright-bench-") as folder:
        missed = _measure(Path(folder), options)
    return 1 if missed and options.strict else 0


def _measure(folder: Path, options: argparse.Namespace) -> int:
    kinds = {"send": send, "receive and delete": drain, "send tens": send_tens, "receive and delete tens": drain_tens}
    rounds: dict[str, list[Round]] = {name: [] for name in ("echo", *kinds, "execution")}
    with processes.echo_service(folder) as echo, processes.statewright_service(folder) as server:
        scenarios.echo_round(echo, 0.5, options.concurrency)  # warm up, uncounted
        send(server, queue(server, "warm-up"), 0.5, options.concurrency)
        for number in range(options.rounds):
            rounds["echo"].append(scenarios.echo_round(echo, options.seconds, options.concurrency))
            for name, run in kinds.items():
                url = queue(server, f"{name.replace(' ', '-')}-{number}")
                rounds[name].append(run(server, url, options.seconds, options.concurrency))
            rounds["execution"].append(sending_execution(server, number, options.seconds, options.concurrency))
        share = waiting_share(server, options.waiting)
        fsync = processes.fsync_seconds(folder)
    return _report(options, rounds, share, fsync)


# ---- what is measured ----


def queue(server: Service, name: str) -> str:
    url: str = server.call("CreateQueue", QUEUES_PREFIX, QueueName=name)["QueueUrl"]
    return url


def send(server: Service, url: str, seconds: float, concurrency: int) -> Round:
    """Messages sent per second, one by one."""
    body = json.dumps({"QueueUrl": url, "MessageBody": BODY})
    return _sent(server, url, Load(server.port, body, "SendMessage", seconds=seconds, concurrency=concurrency), 1)


def send_tens(server: Service, url: str, seconds: float, concurrency: int) -> Round:
    request = Load(server.port, _ten(url), "SendMessageBatch", seconds=seconds, concurrency=concurrency)
    return _sent(server, url, request, BATCH)


def drain(server: Service, url: str, seconds: float, concurrency: int) -> Round:
    """Messages received and deleted per second, one by one: two requests each."""
    return _drained(server, url, seconds, concurrency, 1)


def drain_tens(server: Service, url: str, seconds: float, concurrency: int) -> Round:
    return _drained(server, url, seconds, concurrency, BATCH)


def sending_execution(server: Service, number: int, seconds: float, concurrency: int) -> Round:
    """Executions of one Task that sends a message."""
    url = queue(server, f"from-executions-{number}")
    parameters = {"QueueUrl": url, "MessageBody.$": "$"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters, "End": True}
    definition = {"StartAt": "Send", "States": {"Send": task}}
    return scenarios.execution_round(server, f"sending-{number}", seconds, concurrency, definition)


def waiting_share(server: Service, polls: int) -> float:
    """Of a core, while so many empty long polls wait."""
    url = queue(server, "empty")
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": WAIT_SECONDS})
    request = Load(server.port, body, QUEUES_PREFIX + "ReceiveMessage", concurrency=polls, requests=polls)
    with subprocess.Popen(
        [sys.executable, "-m", "bench.client"], cwd=processes.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as client:
        assert client.stdin is not None and client.stdout is not None
        client.stdin.write(json.dumps(asdict(request)).encode())
        client.stdin.close()
        await_waiting(server, polls)
        cpu, began = server.cpu_seconds(), time.perf_counter()
        time.sleep(WAITING_MEASURED_SECONDS)
        share = (server.cpu_seconds() - cpu) / (time.perf_counter() - began)
        await_waiting(server, polls)  # they waited all along
        result = Result(**json.loads(client.stdout.read()))
    if result.failed or result.answered != polls:
        raise RuntimeError(f"{result.failed} of {result.answered} polls failed: {result.first_failure}")
    return share


def await_waiting(server: Service, polls: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while server.metric("statewright_long_polls") != polls:
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {server.metric('statewright_long_polls')} polls wait")
        time.sleep(0.2)


# ---- how ----


def _sent(server: Service, url: str, request: Load, each: int) -> Round:
    cpu, began = server.cpu_seconds(), time.perf_counter()
    result = _run(request)
    spent, whole = server.cpu_seconds() - cpu, time.perf_counter() - began
    if (there := _left(server, url)) != result.answered * each:
        raise RuntimeError(f"{result.answered * each} messages were acknowledged, but {there} are in the queue")
    return _round(result.answered * each, result, spent, whole)


def _drained(server: Service, url: str, seconds: float, concurrency: int, each: int) -> Round:
    messages = int(FILL_PER_SECOND[each] * seconds) // BATCH * BATCH
    _run(Load(server.port, _ten(url), "SendMessageBatch", requests=messages // BATCH, concurrency=concurrency))
    body = json.dumps({"QueueUrl": url, "MaxNumberOfMessages": each})
    cpu, began = server.cpu_seconds(), time.perf_counter()
    result = _run(Load(server.port, body, "ReceiveMessage", url, concurrency, seconds))
    spent, whole = server.cpu_seconds() - cpu, time.perf_counter() - began
    if result.dry and result.seconds < seconds * DRY_SHARE_MIN:
        raise RuntimeError(f"the queue ran empty after {result.seconds:.2f} s: raise FILL_PER_SECOND")
    if (left := _left(server, url)) != messages - result.deleted:
        raise RuntimeError(f"{result.deleted} of {messages} messages were deleted, but {left} are left")
    return _round(result.deleted, result, spent, whole)


def _run(request: Load) -> Result:
    result = load(Load(**{**asdict(request), "target": QUEUES_PREFIX + request.target}))
    if result.failed:
        raise RuntimeError(f"{result.failed} of {result.answered} requests failed: {result.first_failure}")
    return result


def _round(messages: int, result: Result, spent: float, whole: float) -> Round:
    return Round(messages / result.seconds, spent / messages, spent / whole, result.cpu_seconds / result.seconds)


def _ten(url: str) -> str:
    return json.dumps({"QueueUrl": url, "Entries": [{"Id": str(at), "MessageBody": BODY} for at in range(BATCH)]})


def _left(server: Service, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = server.call("GetQueueAttributes", QUEUES_PREFIX, QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


# ---- what is said ----


def _report(options: argparse.Namespace, rounds: dict[str, list[Round]], share: float, fsync: float) -> int:
    verdict = Verdict()
    print(f"{options.rounds} rounds of {options.seconds:g} s, concurrency {options.concurrency}, SQLite, full sync")
    for name, found in rounds.items():
        print(f"  {name + ', /s':<28} {spread([one.per_second for one in found])}")
        print(f"  {'  server CPU each, ms':<28} {spread([one.cpu_seconds_each * 1000 for one in found], '.3f')}")
    echoes = rounds["echo"]
    sends = _ratio(rounds["send"], echoes)
    drains = _ratio(rounds["receive and delete"], echoes)
    verdict.goal("SendMessage per echo request", sends, "", GOAL_RATIO, True)
    verdict.goal("messages received and deleted per echo request", drains, "", GOAL_RATIO, True)
    more = _ratio(rounds["send tens"], rounds["send"])
    verdict.goal("messages sent in tens per message sent alone", more, "", GOAL_BATCHES, True)
    more = _ratio(rounds["receive and delete tens"], rounds["receive and delete"])
    verdict.goal("messages taken in tens per message taken alone", more, "", GOAL_BATCHES, True)
    verdict.goal(f"CPU while {options.waiting} long polls wait", share, "of a core", GOAL_WAITING_SHARE, False)
    each = statistics.median(one.cpu_seconds_each for one in rounds["execution"]) * 1000
    verdict.goal("server CPU for an execution that sends one message", each, "ms", GOAL_CPU_MS, False)
    print(f"  (requests of ReceiveMessage and DeleteMessage per echo request: {drains * 2:.3f})")
    busy = statistics.median(one.server_cpu_share for one in rounds["send"])
    print(f"  (while sending: server {busy:.0%} of a core; a write with fdatasync takes {fsync * 1e3:.2f} ms)")
    return verdict.missed


def _ratio(these: Sequence[Round], those: Sequence[Round]) -> float:
    return statistics.median(one.per_second / other.per_second for one, other in zip(these, those, strict=True))


if __name__ == "__main__":
    sys.exit(main())
