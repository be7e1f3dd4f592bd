"""A rotation under way: four calls of the secret's function, each a delivery of the outbox.

    createSecret -> setSecret -> testSecret -> finishSecret            (a test: testSecret only)

Each call is made after the commit that writes it down, at least once, and what it led to is committed together with the
removal of its delivery: so a rotation goes on after any crash, with the step that it was at. A step that fails begins
the whole rotation again after a while, as on AWS, some times; then it is given up until the next window, and AWSPENDING
stays where it is for whoever looks into it.

The function's own error text may hold anything: of a failure only the error's name is logged.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from engine import limits
from engine.asl.model import Pattern
from engine.contract import Call, Calls, Deliver, OutboxKind, RetryPolicy, Transaction
from engine.errors import StateError
from integrations.secretsmanager import rotation_store, store, version_store
from integrations.secretsmanager.alarms import arm
from integrations.secretsmanager.rotation_store import Rotation
from integrations.secretsmanager.staging import CURRENT, PENDING, attach
from integrations.secretsmanager.store import Secret
from integrations.secretsmanager.values import add_version, remove_version
from integrations.secretsmanager.windows import schedule_next

if TYPE_CHECKING:
    from engine.config import Settings

log = logging.getLogger("statewright.secrets")

STEP = "secretsmanager.step"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
TEST_STEP = "testSecret"
_AGAIN = RetryPolicy(attempts_max=limits.SECRET_ROTATION_ATTEMPTS_MAX, first_delay_ms=30_000, delay_max_ms=3_600_000)


def begin(tx: Transaction, secret: Secret, version_id: str, only_test: bool = False) -> None:
    """Announce the version, without a value, as AWSPENDING, and call the function for the first step."""
    if version_store.version(tx.connection, secret.id, version_id) is None:
        add_version(tx, secret, version_id, None, None)
    labels = version_store.labels_of(tx.connection, secret.id)
    version_store.put_labels(tx.connection, secret.id, labels, attach(labels, version_id, [PENDING]))
    first = TEST_STEP if only_test else STEPS[0]
    rotation = Rotation(secret.id, version_id, tx.moment.uuid(), first, 0, int(only_test), None)
    begin_again(tx, secret, rotation)


def begin_again(tx: Transaction, secret: Secret, rotation: Rotation) -> None:
    """The whole of a rotation, which has failed or waited, with its version; it waits (on) while too many are under
    way."""
    if rotation_store.under_way(tx.connection, limits.SECRET_ROTATIONS_AT_ONCE) >= limits.SECRET_ROTATIONS_AT_ONCE:
        again_ms = tx.moment.epoch_ms + limits.SECRET_ROTATION_WAIT_SECONDS * 1000
        rotation_store.put(tx.connection, replace(rotation, again_ms=again_ms))
        arm(tx, secret.id)
        return
    first = TEST_STEP if rotation.only_test else STEPS[0]
    _call(tx, secret, replace(rotation, step=first, attempt=rotation.attempt + 1, again_ms=None))


def _call(tx: Transaction, secret: Secret, rotation: Rotation) -> None:
    rotation_store.put(tx.connection, rotation)
    payload = {
        "secret": secret.id,
        "arn": secret.arn,
        "account": secret.account,
        "region": secret.region,
        "function": secret.rotation_function,
        "version": rotation.version_id,
        "token": rotation.token,
        "step": rotation.step,
        "attempt": rotation.attempt,
    }
    tx.send_later(STEP, orjson.dumps(payload).decode())


def step_event(step: dict[str, Any]) -> dict[str, Any]:
    """What the function gets."""
    return {
        "Step": step["step"],
        "SecretId": step["arn"],
        "ClientRequestToken": step["version"],
        "RotationToken": step["token"],
    }


@asynccontextmanager
async def open_steps(settings: "Settings", calls: Calls) -> AsyncIterator[Deliver]:
    """What makes the calls. It answers None, or the name of the error with which the function failed."""

    async def deliver(payload: str) -> str | None:
        step = orjson.loads(payload)
        try:
            await calls(_function_call(step))
        except StateError as error:
            return error.name or "an error without a name"
        return None

    yield deliver


def _function_call(step: dict[str, Any]) -> Call:
    return Call(
        resource="arn:aws:states:::lambda:invoke",
        service="lambda",
        action="invoke",
        pattern=Pattern.REQUEST_RESPONSE,
        parameters={"FunctionName": step["function"], "Payload": step_event(step)},
        account=step["account"],
        region=step["region"],
        execution_arn=step["arn"],
        state_name=step["step"],
        idempotency_key=f"{step['arn']}/{step['version']}/{step['attempt']}/{step['step']}",
    )


def step_made(tx: Transaction, payload: str, failure: str | None) -> None:
    """A call was answered: the next step, the end, or the rotation again."""
    step = orjson.loads(payload)
    secret = store.by_id(tx.connection, step["secret"])
    rotation = rotation_store.rotation(tx.connection, step["secret"])
    if secret is None or rotation is None or not _is_of(step, rotation):
        return  # cancelled, or deleted, meanwhile
    if failure is not None:
        _failed(tx, secret, rotation, failure)
    elif rotation.only_test:
        _tested(tx, secret, rotation)
    elif rotation.step == STEPS[-1]:
        _finished(tx, secret, rotation)
    else:
        _call(tx, secret, replace(rotation, step=STEPS[STEPS.index(rotation.step) + 1]))


def step_given_up(tx: Transaction, payload: str, reason: str) -> None:
    """The call could not be made at all."""
    step_made(tx, payload, "the function could not be called")


def _is_of(step: dict[str, Any], rotation: Rotation) -> bool:
    return (step["token"], step["step"], step["attempt"]) == (rotation.token, rotation.step, rotation.attempt)


def _finished(tx: Transaction, secret: Secret, rotation: Rotation) -> None:
    """AWSPENDING goes, where the function has left it: else the next change by hand would look like a rotation."""
    if version_store.labels_of(tx.connection, secret.id).get(CURRENT) != rotation.version_id:
        _failed(tx, secret, rotation, f"finishSecret left {CURRENT} on another version")
        return
    _withdraw(tx, secret, rotation.version_id)
    rotation_store.remove(tx.connection, secret.id)
    store.change(tx.connection, secret.id, rotated_ms=tx.moment.epoch_ms, changed_ms=tx.moment.epoch_ms)
    _await_next_window(tx, secret.id)


def _tested(tx: Transaction, secret: Secret, rotation: Rotation) -> None:
    """The version was there for the test only."""
    rotation_store.remove(tx.connection, secret.id)
    _withdraw(tx, secret, rotation.version_id)
    arm(tx, secret.id)


def _withdraw(tx: Transaction, secret: Secret, version_id: str) -> None:
    labels = version_store.labels_of(tx.connection, secret.id)
    left = {label: holder for label, holder in labels.items() if (label, holder) != (PENDING, version_id)}
    version_store.put_labels(tx.connection, secret.id, labels, left)
    version = version_store.version(tx.connection, secret.id, version_id)
    if version is not None and version_id not in left.values():
        remove_version(tx, version)


def _failed(tx: Transaction, secret: Secret, rotation: Rotation, why: str) -> None:
    log.warning("rotation of %s: %s failed, attempt %d: %s", secret.arn, rotation.step, rotation.attempt, why)
    if rotation.attempt < limits.SECRET_ROTATION_ATTEMPTS_MAX:
        again_ms = tx.moment.epoch_ms + _AGAIN.delay_ms(rotation.attempt)
        rotation_store.put(tx.connection, replace(rotation, again_ms=again_ms))
        arm(tx, secret.id)
        return
    log.error("rotation of %s is given up after %d attempts, until its next window", secret.arn, rotation.attempt)
    rotation_store.remove(tx.connection, secret.id)
    if rotation.only_test:
        _withdraw(tx, secret, rotation.version_id)
    _await_next_window(tx, secret.id)


def _await_next_window(tx: Transaction, secret_id: int) -> None:
    schedule_next(tx, secret_id)
    arm(tx, secret_id)


STEP_KIND = OutboxKind(open_steps, delivered=step_made, given_up=step_given_up)
