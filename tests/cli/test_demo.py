"""The demo and the example worker, as a newcomer runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from engine.cli.client import connect
from tests.cli.conftest import Invoke
from tests.cli.server import EXAMPLES, ROOT, running_server


def test_the_demo_succeeds_and_stops_its_server() -> None:
    done = subprocess.run([sys.executable, "-m", "examples.demo"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert '"trackingNumber": "DE-1001"' in done.stdout
    assert "PaymentGatewayBusy" in done.stdout
    assert "ExecutionSucceeded" in done.stdout
    url = done.stdout.split()[3]
    port = url.rpartition(":")[2]
    listening = [
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
    ]
    assert f"0100007F:{int(port):04X}" not in listening


def test_the_example_worker_picks_a_parcel(invoke: Invoke, tmp_path: Path) -> None:
    with running_server(tmp_path) as url:
        worker = subprocess.Popen(
            [sys.executable, str(EXAMPLES / "worker.py"), "--endpoint", url, "--tasks", "2"], env=os.environ.copy()
        )
        try:
            server = connect(url, None, None, None)
            server.call("create_activity", name="pick-parcel")  # the worker may not be that far yet
            server.call(
                "create_state_machine",
                name="parcel-activity",
                definition=(EXAMPLES / "parcel-activity.asl.json").read_text(),
                roleArn="arn:aws:iam::000000000000:role/test",
            )
            arguments = ["start", "parcel-activity", "--wait", "--endpoint", url, "--input"]
            picked = json.loads(invoke(*arguments, '{"orderId": "7"}').stdout)
            missed = json.loads(invoke(*arguments, '{"orderId": "8", "shelf": "empty"}').stdout)
            assert worker.wait(20) == 0
        finally:
            worker.kill()
            worker.wait()
    assert picked == {"orderId": "7", "parcelId": "parcel-7", "status": "READY"}
    assert missed == {"orderId": "8", "status": "WAITING_FOR_GOODS", "reason": "Nothing left for order 8"}
