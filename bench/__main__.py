"""`python -m bench`: the server against a bare Starlette echo, interleaved in one run, as ratios.

Absolute figures say as much of the machine as of the server; the ratio says what durable executions cost over an HTTP
server that does nothing. Rounds of both alternate, so that a noisy neighbour meets both. Exit 1 when a goal is missed
and `--strict` is given.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import processes, scenarios

GOAL_RATIO = 0.30
GOAL_CPU_MS = 0.5
GOAL_TRANSITIONS = 3_000.0
GOAL_SLEEPER_BYTES = 1_024.0
BUSY_SHARE = 0.85  # of a core: from here on that process is what bounds the rate


@dataclass(slots=True)
class Verdict:
    """Collects what was measured and prints it."""

    missed: int = 0

    def goal(self, what: str, value: float, unit: str, goal: float, at_least: bool) -> None:
        met = value >= goal if at_least else value <= goal
        self.missed += not met
        bound = "or more" if at_least else "or less"
        print(f"{'met   ' if met else 'MISSED'}  {what}: {value:.3g} {unit} (goal {goal:g} {bound})")


def spread(values: Sequence[float], form: str = ",.0f") -> str:
    return f"min {min(values):{form}}  median {statistics.median(values):{form}}  max {max(values):{form}}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load in each round")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--sleepers", type=int, default=10_000)
    parser.add_argument("--strict", action="store_true", help="exit 1 when a goal is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="statewright-bench-") as folder:
        missed = _measure(Path(folder), options)
    return 1 if missed and options.strict else 0


def _measure(folder: Path, options: argparse.Namespace) -> int:
    verdict = Verdict()
    with processes.echo_service(folder) as echo, processes.statewright_service(folder) as server:
        scenarios.echo_round(echo, 0.5, options.concurrency)  # warm both up, uncounted
        scenarios.execution_round(server, "warm-up", 0.5, options.concurrency)
        echoes, executions, loops = [], [], []
        for number in range(options.rounds):
            echoes.append(scenarios.echo_round(echo, options.seconds, options.concurrency))
            executions.append(
                scenarios.execution_round(server, f"five-passes-{number}", options.seconds, options.concurrency)
            )
            loops.append(scenarios.lone_loop(server, f"loop-{number}"))
        fsync = processes.fsync_seconds(folder)
        scenarios.fill_caches(server, options.concurrency)
        sleeper_bytes = scenarios.sleeping_bytes_each(server, options.sleepers, options.concurrency)
    _report(verdict, options, echoes, executions, loops, sleeper_bytes)
    _bounds(executions, fsync)
    return verdict.missed


def _report(
    verdict: Verdict,
    options: argparse.Namespace,
    echoes: Sequence[scenarios.Round],
    executions: Sequence[scenarios.Round],
    loops: Sequence[float],
    sleeper_bytes: float,
) -> None:
    ratios = [one.per_second / other.per_second for one, other in zip(executions, echoes, strict=True)]
    cpu_ms = [one.cpu_seconds_each * 1000 for one in executions]
    print(f"{options.rounds} rounds of {options.seconds:g} s, concurrency {options.concurrency}, SQLite, full sync")
    print(f"  echo, requests/s            {spread([one.per_second for one in echoes])}")
    print(f"  five Passes, executions/s   {spread([one.per_second for one in executions])}")
    print(f"  ratio of the two            {spread(ratios, '.3f')}")
    print(f"  server CPU each, ms         {spread(cpu_ms, '.3f')}")
    print(f"  one loop, transitions/s     {spread(loops)}")
    print(
        f"  {options.sleepers} sleeping, bytes each  {sleeper_bytes:,.0f}  (caches full before: see bench/scenarios.py)"
    )
    verdict.goal("executions per echo request", statistics.median(ratios), "", GOAL_RATIO, True)
    verdict.goal("server CPU for one execution", statistics.median(cpu_ms), "ms", GOAL_CPU_MS, False)
    verdict.goal("transitions of one execution alone", statistics.median(loops), "/s", GOAL_TRANSITIONS, True)
    verdict.goal("memory of a sleeping execution", sleeper_bytes, "bytes", GOAL_SLEEPER_BYTES, False)


def _bounds(executions: Sequence[scenarios.Round], fsync: float) -> None:
    server = statistics.median(one.server_cpu_share for one in executions)
    client = statistics.median(one.client_cpu_share for one in executions)
    if server >= BUSY_SHARE:
        bound = "the server's CPU: one Python process does the HTTP, the language and the statements"
    elif client >= BUSY_SHARE:
        bound = "the client's CPU"
    else:
        bound = "waiting: commits that reach the disk, and a machine that others use too"
    print(f"Bounded by {bound}.")
    print(f"  (server {server:.0%} of a core, client {client:.0%}; a write with fdatasync takes {fsync * 1e3:.2f} ms)")


if __name__ == "__main__":
    sys.exit(main())
