"""CreateSecret, UpdateSecret, DescribeSecret, DeleteSecret, RestoreSecret."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.secretsmanager import rotation_store, store, version_store
from integrations.secretsmanager.alarms import arm
from integrations.secretsmanager.destruction import destroy
from integrations.secretsmanager.errors import (
    invalid_parameter,
    limit_exceeded,
    marked_for_deletion,
    name_being_deleted,
    no_secret,
    replica_is_read_only,
    secret_exists,
    unsupported,
)
from integrations.secretsmanager.finding import find, find_primary
from integrations.secretsmanager.names import check_name, new_suffix, secret_arn
from integrations.secretsmanager.replication import add_replicas
from integrations.secretsmanager.staging import CURRENT, PENDING, PREVIOUS
from integrations.secretsmanager.store import Secret
from integrations.secretsmanager.structures import check_structure, check_type
from integrations.secretsmanager.tagging import put_tags
from integrations.secretsmanager.values import DAY_MS, given_value, open_value, put_version
from integrations.secretsmanager.views import detailed, replication_status, seconds

Request = dict[str, Any]
Response = dict[str, Any]

RECOVERY_DAYS_DEFAULT = 30
REENCRYPTED = (CURRENT, PENDING, PREVIOUS)  # whose versions another KmsKeyId is for, too


def create_secret(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CreateSecret. The same again, with the same ClientRequestToken and value, answers as the first time."""
    if request.get("CrossAccountPrimaryARN") is not None:
        raise unsupported("CrossAccountPrimaryARN", "it replicates between regions, not between accounts.")
    name, value = request["Name"], given_value(request)
    check_name(name)
    if request.get("Type"):
        check_type(request["Type"])
    token = request.get("ClientRequestToken") or tx.moment.uuid()
    existing = store.by_name(tx.connection, caller.account, caller.region, name)
    if existing is not None:
        return _created_before(tx, existing, token, request)
    if store.count(tx.connection, caller.account, caller.region) >= limits.SECRETS_MAX:
        raise limit_exceeded(f"There are {limits.SECRETS_MAX} secrets in this account and Region already.")
    secret = _add(tx, caller, request)
    if value is not None:
        put_version(tx, secret, token, value, [CURRENT])
    add_replicas(tx, secret, request.get("AddReplicaRegions") or [], bool(request.get("ForceOverwriteReplicaSecret")))
    return _created(tx, secret, None if value is None else token)


def _add(tx: Transaction, caller: Caller, request: Request) -> Secret:
    now_ms = tx.moment.epoch_ms
    secret_id = store.add(
        tx.connection,
        account=caller.account,
        region=caller.region,
        name=request["Name"],
        arn=secret_arn(caller, request["Name"], new_suffix(tx.moment)),
        description=request.get("Description") or None,
        kms_key_id=request.get("KmsKeyId") or None,
        type=request.get("Type") or None,
        created_ms=now_ms,
        changed_ms=now_ms,
    )
    secret = store.by_id(tx.connection, secret_id)
    assert secret is not None, "it was added just now"
    put_tags(tx, secret.arn, request.get("Tags") or [])
    return secret


def _created_before(tx: Transaction, existing: Secret, token: str, request: Request) -> Response:
    if existing.delete_ms is not None:
        raise name_being_deleted()
    value = given_value(request)
    version = version_store.version(tx.connection, existing.id, token) if existing.primary_id is None else None
    if value is None or version is None or version.value is None or open_value(tx, existing.arn, version) != value:
        raise secret_exists(existing.name)
    return _created(tx, existing, token)


def _created(tx: Transaction, secret: Secret, version_id: str | None) -> Response:
    response: Response = {"ARN": secret.arn, "Name": secret.name}
    if version_id is not None:
        response["VersionId"] = version_id
    replicas = store.replicas_of(tx.connection, secret.id)
    if replicas:
        response["ReplicationStatus"] = replication_status(tx, replicas)
    return response


def update_secret(tx: Transaction, caller: Caller, request: Request) -> Response:
    """UpdateSecret: what is given changes; a value becomes a new version that is AWSCURRENT."""
    secret = find_primary(tx, caller, request["SecretId"], "UpdateSecret")
    value = given_value(request)
    changes = _changes(tx, secret, request)
    if changes:
        store.change(tx.connection, secret.id, **changes, changed_ms=tx.moment.epoch_ms)
    if "kms_key_id" in changes:
        version_store.set_key(tx.connection, secret.id, REENCRYPTED, changes["kms_key_id"])
    response: Response = {"ARN": secret.arn, "Name": secret.name}
    if value is not None:
        changed = store.by_id(tx.connection, secret.id)
        assert changed is not None
        response["VersionId"] = request.get("ClientRequestToken") or tx.moment.uuid()
        put_version(tx, changed, response["VersionId"], value, [CURRENT])
    elif changes.get("type"):
        _check_current(tx, secret, changes["type"])
    return response


def _changes(tx: Transaction, secret: Secret, request: Request) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "Description" in request:
        changes["description"] = request["Description"] or None
    if "KmsKeyId" in request:  # an empty one: the key of the service again
        changes["kms_key_id"] = request["KmsKeyId"] or None
    if "Type" in request:
        if request["Type"]:
            check_type(request["Type"])
        changes["type"] = request["Type"] or None
    return changes


def _check_current(tx: Transaction, secret: Secret, secret_type: str) -> None:
    """A type that is given later holds for the value that is there."""
    current = version_store.labels_of(tx.connection, secret.id).get(CURRENT)
    version = None if current is None else version_store.version(tx.connection, secret.id, current)
    if version is not None and version.value is not None:
        value = open_value(tx, secret.arn, version)
        check_structure(secret_type, value.kind, value.data)


def describe_secret(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DescribeSecret, also of a secret that is marked for deletion."""
    secret = find(tx, caller, request["SecretId"], "DescribeSecret")
    return detailed(tx, secret, version_store.labels_of(tx.connection, secret.content))


def delete_secret(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteSecret: marked for deletion, or gone at once where that is forced."""
    force, days = bool(request.get("ForceDeleteWithoutRecovery")), request.get("RecoveryWindowInDays")
    if force and days is not None:
        raise invalid_parameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
    if days is not None and not 7 <= days <= 30:
        raise invalid_parameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    try:
        secret = find(tx, caller, request["SecretId"], "DeleteSecret")
    except ServiceError as error:
        if not force or error.code != no_secret().code:
            raise
        return _never_was(tx, caller, request["SecretId"])
    _check_deletable(tx, secret, force)
    delete_ms = tx.moment.epoch_ms + (0 if force else (days or RECOVERY_DAYS_DEFAULT) * DAY_MS)
    if force:
        destroy(tx, secret)
    else:
        store.change(tx.connection, secret.id, delete_ms=delete_ms, changed_ms=tx.moment.epoch_ms)
        rotation_store.remove(tx.connection, secret.id)
        arm(tx, secret.id)
    return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": seconds(delete_ms)}


def _never_was(tx: Transaction, caller: Caller, secret_id: str) -> Response:
    """A forced deletion of what is not there succeeds."""
    is_arn = secret_id.startswith("arn:")
    arn = secret_id if is_arn else caller.arn("secretsmanager", f"secret:{secret_id}")
    name = secret_id.rpartition(":")[2]
    return {"ARN": arn, "Name": name, "DeletionDate": seconds(tx.moment.epoch_ms)}


def _check_deletable(tx: Transaction, secret: Secret, force: bool) -> None:
    if secret.primary_id is not None:
        raise replica_is_read_only()
    if secret.delete_ms is not None and not force:
        raise marked_for_deletion()
    regions = [replica.region for replica in store.replicas_of(tx.connection, secret.id) if replica.replica is not None]
    if regions:
        listed = ", ".join(regions)
        raise invalid_parameter(f"You can't delete secret {secret.arn} that still has replica regions [{listed}].")


def restore_secret(tx: Transaction, caller: Caller, request: Request) -> Response:
    """RestoreSecret; of one that is not marked for deletion nothing changes."""
    secret = find(tx, caller, request["SecretId"], "RestoreSecret")
    if secret.delete_ms is not None:
        store.change(tx.connection, secret.id, delete_ms=None, changed_ms=tx.moment.epoch_ms)
        arm(tx, secret.id)
    return {"ARN": secret.arn, "Name": secret.name}
