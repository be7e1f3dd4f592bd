"""A secret's value: taken from a request, sealed, opened, and made the value of a version.

A value is bound to the secret's ARN, the version and its kind, and has a data key of its own, which is destroyed when
the version is. The invariant: no error raised here holds any part of a value.
"""

import hmac
from dataclasses import dataclass, field
from typing import Any

from engine import limits
from engine.contract import Transaction
from engine.errors import ServiceError
from integrations.secretsmanager import store, version_store
from integrations.secretsmanager.alarms import arm
from integrations.secretsmanager.errors import (
    decryption_failure,
    invalid_parameter,
    limit_exceeded,
    token_in_use,
)
from integrations.secretsmanager.schedule import next_window_of
from integrations.secretsmanager.staging import CURRENT, attach, is_rotating
from integrations.secretsmanager.store import Secret
from integrations.secretsmanager.structures import check_structure
from integrations.secretsmanager.version_store import Labels, Version

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Value:
    """`kind`: string (then `data` is its UTF-8) or binary."""

    kind: str
    data: bytes = field(repr=False)


def given_value(request: dict[str, Any]) -> Value | None:
    """The value in a request, None where there is none. Raises InvalidParameterException."""
    text, binary = request.get("SecretString"), request.get("SecretBinary")
    if text is not None and binary is not None:
        raise invalid_parameter(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    if text is not None:
        value = Value("string", text.encode())
    elif binary is not None:
        value = Value("binary", bytes(binary))
    else:
        return None
    if len(value.data) > limits.SECRET_BYTES_MAX:
        raise invalid_parameter(f"The secret value has more than {limits.SECRET_BYTES_MAX} bytes.")
    return value


def open_value(tx: Transaction, secret_arn: str, version: Version) -> Value:
    """`secret_arn`: of the primary. Raises DecryptionFailure for what was changed, damaged or truncated."""
    assert version.value is not None and version.kind is not None, "it has a value"
    try:
        data = tx.keys.open(version.value, _bound_to(secret_arn, version.version_id, version.kind))
    except ServiceError as error:
        raise decryption_failure(error.message) from None
    return Value(version.kind, data)


def shown_value(value: Value) -> dict[str, Any]:
    """As a member of a response."""
    return {"SecretString": value.data.decode()} if value.kind == "string" else {"SecretBinary": value.data}


def put_version(tx: Transaction, secret: Secret, version_id: str, value: Value, added: list[str]) -> None:
    """Make a version of a primary secret, or fill one that a rotation announced, and attach labels to it.

    The same value under the same id again changes nothing. Raises ResourceExistsException for another value.
    """
    if secret.type is not None:
        check_structure(secret.type, value.kind, value.data)
    existing = version_store.version(tx.connection, secret.id, version_id)
    if existing is not None and existing.value is not None:
        if not _same(open_value(tx, secret.arn, existing), value):
            raise token_in_use(version_id, secret.arn)
        return
    labels = version_store.labels_of(tx.connection, secret.id)
    is_first = existing is None and version_store.count(tx.connection, secret.id) == 0
    after = attach(labels, version_id, [CURRENT, *added] if is_first else added)
    _write(tx, secret, version_id, value, existing)
    version_store.put_labels(tx.connection, secret.id, labels, after)
    store.change(tx.connection, secret.id, changed_ms=tx.moment.epoch_ms)
    if labels.get(CURRENT) != after.get(CURRENT):
        value_changed(tx, secret, after)
    prune(tx, secret.id)


def value_changed(tx: Transaction, secret: Secret, labels: Labels) -> None:
    """AWSCURRENT has moved. By hand that counts as a rotation, where the schedule counts the days since the last."""
    if secret.rotation_enabled and not is_rotating(labels):
        window = next_window_of(secret, tx.moment.epoch_ms, by_hand=True)
        if window is not None:
            store.change(tx.connection, secret.id, rotate_from_ms=window.start_ms, rotate_until_ms=window.end_ms)
            arm(tx, secret.id)


def _write(tx: Transaction, secret: Secret, version_id: str, value: Value, existing: Version | None) -> None:
    sealed = tx.keys.seal_alone(value.data, _bound_to(secret.arn, version_id, value.kind))
    if existing is not None:
        version_store.change(tx.connection, existing.id, kind=value.kind, value=sealed, kms_key_id=secret.kms_key_id)
        return
    if version_store.count(tx.connection, secret.id) >= limits.SECRET_VERSIONS_MAX:
        raise limit_exceeded(
            f"The secret {secret.arn} has {limits.SECRET_VERSIONS_MAX} versions. Those without a staging label are "
            "removed when they are a day old."
        )
    add_version(tx, secret, version_id, value.kind, sealed)


def add_version(tx: Transaction, secret: Secret, version_id: str, kind: str | None, sealed: bytes | None) -> None:
    """A row as it is; `sealed` None: a version without a value."""
    version_store.add(
        tx.connection,
        secret=secret.id,
        version_id=version_id,
        kind=kind,
        value=sealed,
        kms_key_id=secret.kms_key_id,
        created_ms=tx.moment.epoch_ms,
    )


def prune(tx: Transaction, secret_id: int) -> None:
    """Remove the oldest deprecated versions over the number that is kept, but none of the last 24 hours."""
    surplus = version_store.count(tx.connection, secret_id) - limits.SECRET_VERSIONS_KEPT
    if surplus > 0:
        before_ms = tx.moment.epoch_ms - DAY_MS
        for version in version_store.old_unlabelled(tx.connection, secret_id, before_ms, surplus):
            remove_version(tx, version)


def remove_version(tx: Transaction, version: Version) -> None:
    """With its data key."""
    if version.value is not None:
        tx.keys.forget(version.value)
    version_store.remove(tx.connection, version.id)


def remove_all(tx: Transaction, secret_id: int) -> None:
    for version in version_store.all_versions(tx.connection, secret_id):
        if version.value is not None:
            tx.keys.forget(version.value)
    version_store.remove_all(tx.connection, secret_id)


def copy_versions(tx: Transaction, source: Secret, target: Secret) -> None:
    """Give a secret all versions and labels of another, sealed anew: a value opens for its own secret only."""
    for version in version_store.all_versions(tx.connection, source.id):
        sealed = None
        if version.value is not None:
            value = open_value(tx, source.arn, version)
            sealed = tx.keys.seal_alone(value.data, _bound_to(target.arn, version.version_id, value.kind))
        add_version(tx, target, version.version_id, version.kind, sealed)
    version_store.put_labels(tx.connection, target.id, {}, version_store.labels_of(tx.connection, source.id))


def _same(one: Value, other: Value) -> bool:
    return one.kind == other.kind and hmac.compare_digest(one.data, other.data)


def _bound_to(secret_arn: str, version_id: str, kind: str) -> bytes:
    return f"{secret_arn}\0{version_id}\0{kind}".encode()
