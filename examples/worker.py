"""The worker of parcel-activity.asl.json: fetches tasks over HTTP with boto3, answers each, sends heartbeats meanwhile.

    python examples/worker.py --endpoint http://127.0.0.1:4566 [--tasks 1]

It creates the activity when it is not there (that is idempotent), so start it before the first execution. An order for
the shelf `empty` fails with ShelfEmpty, which the machine catches.
"""

import argparse
import json
import threading
from typing import Any

import boto3
from botocore.config import Config

HEARTBEAT_SECONDS = 10


class ShelfEmpty(Exception):
    pass


def pick(order: dict[str, Any]) -> dict[str, Any]:
    """The work itself."""
    if order.get("shelf") == "empty":
        raise ShelfEmpty(f"Nothing left for order {order['orderId']}")
    return {"parcelId": f"parcel-{order['orderId']}"}


def perform(client: Any, token: str, order: dict[str, Any]) -> None:
    """Do one task, alive all the while, and answer it."""
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(client, token, done), daemon=True)
    beat.start()
    try:
        parcel = pick(order)
    except ShelfEmpty as error:
        client.send_task_failure(taskToken=token, error="ShelfEmpty", cause=str(error))
    else:
        client.send_task_success(taskToken=token, output=json.dumps(parcel))
    finally:
        done.set()
        beat.join()


def _beat(client: Any, token: str, done: threading.Event) -> None:
    while not done.wait(HEARTBEAT_SECONDS):
        client.send_task_heartbeat(taskToken=token)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--endpoint", default="http://127.0.0.1:4566")
    parser.add_argument("--tasks", type=int, default=0, help="stop after so many tasks (0: never)")
    options = parser.parse_args()
    client = boto3.client(
        "stepfunctions",
        endpoint_url=options.endpoint,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="any",
        config=Config(read_timeout=70),  # a poll waits up to 60 s for a task
    )
    activity_arn = client.create_activity(name="pick-parcel")["activityArn"]
    performed = 0
    while not options.tasks or performed < options.tasks:
        task = client.get_activity_task(activityArn=activity_arn, workerName="example-worker")
        if task.get("taskToken"):
            perform(client, task["taskToken"], json.loads(task["input"]))
            performed += 1


if __name__ == "__main__":
    main()
