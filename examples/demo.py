"""`python -m examples.demo`: the whole way once, on this machine.

A real server in a process of its own, on a free port and with an SQLite file in a temporary folder; the order saga
created and started over HTTP as any AWS SDK would; its result and its history printed. The server is stopped whatever
happens. Exit 0 when the execution succeeded.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import get_session

from engine.cli.history_view import print_history
from engine.cli.output import console, print_json

EXAMPLES = Path(__file__).resolve().parent
MACHINE = "order-saga"
ORDER = {
    "orderId": "1001",
    "card": "busy-1",  # the payment gateway is busy once: the saga retries
    "address": {"country": "DE"},
    "lines": [{"sku": "SKU-MUG", "quantity": 2}, {"sku": "SKU-PEN", "quantity": 1}],
}
LISTENS = "Statewright listens on "
RUN_SECONDS_MAX = 60
STOP_SECONDS_MAX = 20


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A server while the block runs; gives its URL."""
    command = [sys.executable, "-m", "engine.cli.main", "serve", "--port", "0"]
    command += ["--db", f"sqlite:///{folder}/demo.db", "--config", str(EXAMPLES / "statewright.toml")]
    process = subprocess.Popen(command, cwd=EXAMPLES.parent, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()  # the end of the file, when the server ends instead
        if not line.startswith(LISTENS):
            raise SystemExit(f"The server did not start. It said: {line or 'nothing'}")
        console().print(line.rstrip())
        yield line.removeprefix(LISTENS).split()[0]
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def client(url: str) -> Any:
    """botocore's own client: nothing in it knows that this is not AWS."""
    return get_session().create_client(
        "stepfunctions",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="any",
        config=Config(inject_host_prefix=False),
    )


def run(states: Any) -> dict[str, Any]:
    """Creates the machine, starts an execution, and waits for its end."""
    machine = states.create_state_machine(
        name=MACHINE,
        definition=(EXAMPLES / f"{MACHINE}.asl.json").read_text(),
        roleArn="arn:aws:iam::000000000000:role/demo",
    )
    console().print(f"Created {machine['stateMachineArn']}")
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(ORDER))
    console().print(f"Started {execution['executionArn']}\n")
    deadline = time.monotonic() + RUN_SECONDS_MAX
    while True:
        found: dict[str, Any] = states.describe_execution(executionArn=execution["executionArn"])
        if found["status"] != "RUNNING" or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def show(states: Any, execution: dict[str, Any]) -> None:
    """Its history and its result."""
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
    events = [{**event, "timestamp": event["timestamp"].timestamp()} for page in pages for event in page["events"]]
    print_history(events)
    console().print(f"\n{execution['status']}", style="green" if execution["status"] == "SUCCEEDED" else "red")
    if "output" in execution:
        print_json(json.loads(execution["output"]))
    else:
        console().print(f"{execution.get('error')}: {execution.get('cause')}")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="statewright-demo-") as folder, server(Path(folder)) as url:
        states = client(url)
        execution = run(states)
        show(states, execution)
    return 0 if execution["status"] == "SUCCEEDED" else 1


if __name__ == "__main__":
    sys.exit(main())
