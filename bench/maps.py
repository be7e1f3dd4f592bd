"""`python -m bench.maps`: what one item of a Map costs the server, few items and many: inline, distributed over arrays,
and read from JSON Lines.

Forty at a time, each item a chain of two Passes. An inline Map of 10,000 such items is more than a history of 25,000
events holds (six events an item), as on AWS: 4,000 stand for it. Exit 1 when a goal is missed and `--strict` is given.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import processes
from bench.processes import Service
from bench.scenarios import create

AT_ONCE = 40
INLINE_ITEMS = (1_000, 4_000)
DISTRIBUTED_ITEMS = (1_000, 10_000, 100_000)
GOAL_CPU_MS = 0.4
GOAL_GROWTH = 1.2  # an item of many over an item of few
ITEMS_MEASURED = 4_000  # at least, over several runs of few items
END_SECONDS_MAX = 300


INLINE, DISTRIBUTED, READ = "inline", "distributed", "read"
BUCKET = "bench"
_READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "JSONL"},
    "Parameters": {"Bucket": BUCKET, "Key.$": "$.key"},
}


def map_machine(kind: str) -> dict[str, Any]:
    """A Map whose results, however many, come to nothing: 100,000 items would be too long an output."""
    processor: dict[str, Any] = {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Result": 1, "End": True}},
    }
    if kind != INLINE:
        processor["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    state = {"Type": "Map", "MaxConcurrency": AT_ONCE, "ItemProcessor": processor, "ResultPath": None, "End": True}
    if kind == READ:
        state["ItemReader"] = _READER
    return {"StartAt": "M", "States": {"M": state}}


def _input(kind: str, items: int) -> str:
    return f'{{"key": "{items}.jsonl"}}' if kind == READ else f"[{','.join('1' * items)}]"


def _write_objects(folder: Path) -> str:
    """Objects of so many lines each; returns the settings that lead to them."""
    bucket = folder / "objects" / BUCKET
    bucket.mkdir(parents=True)
    for items in DISTRIBUTED_ITEMS:
        with (bucket / f"{items}.jsonl").open("w") as lines:
            lines.writelines(f'{{"number": {number}, "text": "line {number}"}}\n' for number in range(items))
    return f'[buckets]\nroot = "{folder / "objects"}"\n'


def item_cpu_ms(server: Service, arn: str, kind: str, items: int) -> float:
    """Server CPU for one item, in milliseconds, over as many runs as it takes to measure it."""
    runs = max(ITEMS_MEASURED // items, 1)
    before = server.cpu_seconds()
    for _ in range(runs):
        _run(server, arn, kind, items)
    return (server.cpu_seconds() - before) * 1000 / (items * runs)


def _run(server: Service, arn: str, kind: str, items: int) -> None:
    execution = server.call("StartExecution", stateMachineArn=arn, input=_input(kind, items))["executionArn"]
    deadline = time.monotonic() + END_SECONDS_MAX
    query = {"executionArn": execution, "includedData": "METADATA_ONLY"}
    while (found := server.call("DescribeExecution", **query))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            raise RuntimeError(f"a Map over {items} items did not end")
        time.sleep(0.05)
    if found["status"] != "SUCCEEDED":
        raise RuntimeError(f"a Map over {items} items ended {found['status']}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.maps", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="exit 1 when a goal is missed")
    parser.add_argument("--only", choices=[INLINE, DISTRIBUTED, READ], help="one of the three")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory(prefix="statewright-bench-") as folder:
        with processes.statewright_service(Path(folder), _write_objects(Path(folder))) as server:
            for kind, sizes in ((INLINE, INLINE_ITEMS), (DISTRIBUTED, DISTRIBUTED_ITEMS), (READ, DISTRIBUTED_ITEMS)):
                if options.only not in (None, kind):
                    continue
                arn = create(server, kind, map_machine(kind))
                _run(server, arn, kind, sizes[0])  # warm up, uncounted
                costs = [item_cpu_ms(server, arn, kind, items) for items in sizes]
                for items, cost in zip(sizes, costs, strict=True):
                    print(f"  {kind} Map, {items:>7,} items: {cost:.3f} ms of server CPU each")
                missed += _goal(f"{kind}, one item", max(costs), GOAL_CPU_MS)
                missed += _goal(f"{kind}, one of many over one of few", costs[-1] / costs[0], GOAL_GROWTH)
    return 1 if missed and options.strict else 0


def _goal(what: str, value: float, goal: float) -> bool:
    missed = value > goal
    print(f"{'MISSED' if missed else 'met   '}  {what}: {value:.3g} (goal {goal:g} or less)")
    return missed


if __name__ == "__main__":
    sys.exit(main())
