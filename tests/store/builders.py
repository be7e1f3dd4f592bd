"""Rows for the tests: complete, and different only in what a test names."""

from typing import Any

from sqlalchemy import Connection

from engine.store import machines
from engine.store.rows import ActivityRow

ARN = "arn:aws:states:eu-west-1:000000000000"


def machine(connection: Connection, name: str = "orders", **changes: Any) -> int:
    """Insert a machine; returns its id."""
    values: dict[str, Any] = {
        "arn": f"{ARN}:stateMachine:{name}",
        "account": "000000000000",
        "region": "eu-west-1",
        "name": name,
        "type": "STANDARD",
        "definition": '{"StartAt":"Ä"}',
        "role_arn": "arn:aws:iam::000000000000:role/r",
        "logging": '{"level":"OFF"}',
        "tracing": '{"enabled":false}',
        "encryption": '{"type":"AWS_OWNED_KEY"}',
        "created_ms": 1_700_000_000_000,
    }
    return machines.insert(connection, **(values | changes))


def execution(key: int, machine: int = 1, **changes: Any) -> dict[str, Any]:
    row = {
        "key": key,
        "shard": key % 16,
        "arn": f"{ARN}:execution:orders:{key}",
        "machine": machine,
        "revision": 1,
        "name": str(key),
        "status": "RUNNING",
        "input": '{"emoji":"🚀"}',
        "output": None,
        "error": None,
        "cause": None,
        "start_ms": 1_700_000_000_000 + key % 1_000,
        "stop_ms": None,
        "deadline_ms": 1_800_000_000_000,
        "last_event": 1,
        "next_branch": 1,
        "trace_header": None,
        "version": None,
        "alias": None,
        "awaited_by": None,
        "map_run": None,
        "item": None,
        "redrive_count": 0,
        "redrive_ms": None,
        "redrive_due": None,
    }
    return row | changes


def page(execution: int, first_event: int, last_event: int, page: bytes = b"[]") -> dict[str, Any]:
    return {"execution": execution, "first_event": first_event, "last_event": last_event, "page": page}


def branch(execution: int, branch: int, wake_ms: int | None = None, body: str = "{}") -> dict[str, Any]:
    return {"execution": execution, "branch": branch, "shard": 0, "wake_ms": wake_ms, "body": body}


def task(execution: int, branch: int, **changes: Any) -> dict[str, Any]:
    row = {
        "execution": execution,
        "branch": branch,
        "attempt": 1,
        "shard": 0,
        "kind": "ACTIVITY",
        "target": f"{ARN}:activity:approve",
        "status": "PENDING",
        "payload": "{}",
        "created_ms": 1_700_000_000_000,
    }
    return row | changes


def activity(name: str, **changes: Any) -> ActivityRow:
    values: dict[str, Any] = {
        "arn": f"{ARN}:activity:{name}",
        "account": "000000000000",
        "region": "eu-west-1",
        "name": name,
        "encryption": "{}",
        "created_ms": 1_700_000_000_000,
    }
    return ActivityRow(**(values | changes))


def express_start(key: int, **changes: Any) -> dict[str, Any]:
    row = {
        "key": key,
        "shard": 0,
        "arn": f"{ARN}:express:fast:{key}",
        "machine": 1,
        "revision": 1,
        "name": str(key),
        "input": "{}",
        "start_ms": 1_700_000_000_000,
        "trace_header": None,
        "version": None,
        "alias": None,
    }
    return row | changes
