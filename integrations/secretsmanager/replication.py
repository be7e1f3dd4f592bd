"""ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica.

A replica is read where its primary is, so it is in sync as soon as it is there; one whose name is taken in its region
is Failed, and says why.
"""

from collections.abc import Sequence
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.store import tags
from integrations.secretsmanager import store
from integrations.secretsmanager.destruction import destroy
from integrations.secretsmanager.errors import invalid_parameter, invalid_request
from integrations.secretsmanager.finding import find_live, find_primary, primary_of
from integrations.secretsmanager.names import in_region
from integrations.secretsmanager.store import Replica, Secret
from integrations.secretsmanager.values import copy_versions
from integrations.secretsmanager.views import replication_status

Request = dict[str, Any]
Response = dict[str, Any]

IN_SYNC, FAILED = "InSync", "Failed"


def replicate_secret_to_regions(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ReplicateSecretToRegions."""
    secret = find_primary(tx, caller, request["SecretId"], "ReplicateSecretToRegions")
    add_replicas(tx, secret, request["AddReplicaRegions"], bool(request.get("ForceOverwriteReplicaSecret")))
    return _answer(tx, secret)


def remove_regions_from_replication(tx: Transaction, caller: Caller, request: Request) -> Response:
    """RemoveRegionsFromReplication: the replicas in these regions are deleted at once."""
    secret = find_primary(tx, caller, request["SecretId"], "RemoveRegionsFromReplication")
    known = {replica.region: replica for replica in store.replicas_of(tx.connection, secret.id)}
    unknown = [region for region in request["RemoveReplicaRegions"] if region not in known]
    if unknown:
        raise invalid_parameter(f"The secret is not replicated to {', '.join(unknown)}.")
    for region in dict.fromkeys(request["RemoveReplicaRegions"]):
        replica_id = known[region].replica
        if replica_id is not None:
            store.remove(tx.connection, replica_id)
        store.remove_replica(tx.connection, secret.id, region)
    _changed(tx, secret)
    return _answer(tx, secret)


def stop_replication_to_replica(tx: Transaction, caller: Caller, request: Request) -> Response:
    """StopReplicationToReplica: the replica becomes a secret of its own, with all that it showed."""
    replica = find_live(tx, caller, request["SecretId"], "StopReplicationToReplica")
    if replica.primary_id is None:
        raise invalid_request("The secret is not a replica. Call StopReplicationToReplica in the Region of a replica.")
    primary = primary_of(tx, replica)
    store.change(
        tx.connection,
        replica.id,
        primary_id=None,
        description=primary.description,
        type=primary.type,
        policy=primary.policy,
        changed_ms=tx.moment.epoch_ms,
    )
    promoted = store.by_id(tx.connection, replica.id)
    assert promoted is not None
    copy_versions(tx, primary, promoted)
    tags.put_many(tx.connection, promoted.arn, tags.of_resource(tx.connection, primary.arn))
    store.remove_replica(tx.connection, primary.id, replica.region)
    _changed(tx, primary)
    return {"ARN": replica.arn}


def add_replicas(tx: Transaction, secret: Secret, wanted: Sequence[dict[str, Any]], force: bool) -> None:
    """Raises InvalidParameterException, before anything is changed."""
    regions = [one.get("Region") for one in wanted]
    if not all(regions):
        raise invalid_parameter("A replica has no Region.")
    if len(set(regions)) < len(regions):
        raise invalid_parameter("A Region is given twice.")
    if secret.region in regions:
        raise invalid_parameter("Invalid replica region.")
    known = {replica.region: replica for replica in store.replicas_of(tx.connection, secret.id)}
    if len(known.keys() | set(regions)) > limits.SECRET_REPLICAS_MAX:
        raise invalid_parameter(f"A secret can be replicated to {limits.SECRET_REPLICAS_MAX} Regions at most.")
    for one in wanted:
        before = known.get(one["Region"])
        if before is None or before.status == FAILED:
            store.put_replica(tx.connection, secret.id, _made(tx, secret, one, force))
    if wanted:
        _changed(tx, secret)


def _made(tx: Transaction, secret: Secret, wanted: dict[str, Any], force: bool) -> Replica:
    region, kms_key_id = wanted["Region"], wanted.get("KmsKeyId") or None
    in_the_way = store.by_name(tx.connection, secret.account, region, secret.name)
    why_not = None if in_the_way is None else _why_not(tx, in_the_way, force)
    if why_not is not None:
        return Replica(region, kms_key_id, FAILED, f"Replication failed: {why_not} in this region", None)
    if in_the_way is not None:
        destroy(tx, in_the_way)
    replica_id = store.add(
        tx.connection,
        account=secret.account,
        region=region,
        name=secret.name,
        arn=in_region(secret.arn, region),
        kms_key_id=kms_key_id,
        created_ms=tx.moment.epoch_ms,
        changed_ms=tx.moment.epoch_ms,
        primary_id=secret.id,
    )
    return Replica(region, kms_key_id, IN_SYNC, None, replica_id)


def _why_not(tx: Transaction, in_the_way: Secret, force: bool) -> str | None:
    if in_the_way.primary_id is not None:
        return f"Secret name {in_the_way.name} is that of a replica of another secret"
    if in_the_way.delete_ms is not None:
        return f"Secret name {in_the_way.name} is that of a secret that is marked for deletion"
    if any(replica.replica is not None for replica in store.replicas_of(tx.connection, in_the_way.id)):
        return f"Secret name {in_the_way.name} is that of a secret that has replicas"
    return None if force else f"Secret name {in_the_way.name} already exists"


def _changed(tx: Transaction, secret: Secret) -> None:
    store.change(tx.connection, secret.id, changed_ms=tx.moment.epoch_ms)


def _answer(tx: Transaction, secret: Secret) -> Response:
    replicas = store.replicas_of(tx.connection, secret.id)
    return {"ARN": secret.arn, "ReplicationStatus": replication_status(tx, replicas)}
