"""A secret as DescribeSecret and ListSecrets show it: only what has a value, and never the secret's own."""

from typing import Any

from engine.contract import Transaction
from integrations.secretsmanager import store
from integrations.secretsmanager.finding import as_shown, primary_of
from integrations.secretsmanager.schedule import shown_rules
from integrations.secretsmanager.staging import by_version
from integrations.secretsmanager.store import Replica, Secret
from integrations.secretsmanager.tagging import shown_tags
from integrations.secretsmanager.version_store import Labels

View = dict[str, Any]


def described(tx: Transaction, secret: Secret) -> View:
    """What DescribeSecret and an entry of ListSecrets have in common, without the versions."""
    shown = as_shown(tx, secret)
    primary = primary_of(tx, secret)
    replicas = store.replicas_of(tx.connection, primary.id)
    view: View = {
        "ARN": shown.arn,
        "Name": shown.name,
        "Type": shown.type,
        "Description": shown.description,
        "KmsKeyId": shown.kms_key_id,
        **_rotation(shown, tx.moment.epoch_ms),
        "LastChangedDate": seconds(shown.changed_ms),
        "LastAccessedDate": seconds(shown.accessed_ms),
        "DeletedDate": seconds(shown.delete_ms),
        "Tags": shown_tags(tx, primary.arn) or None,
        "CreatedDate": seconds(shown.created_ms),
        "PrimaryRegion": primary.region if replicas else None,
    }
    return {name: value for name, value in view.items() if value is not None}


def detailed(tx: Transaction, secret: Secret, labels: Labels) -> View:
    """DescribeSecret's answer."""
    view = described(tx, secret)
    if labels:
        view["VersionIdsToStages"] = by_version(labels)
    replicas = store.replicas_of(tx.connection, secret.id)
    if replicas:
        view["ReplicationStatus"] = replication_status(tx, replicas)
    return view


def listed(tx: Transaction, secret: Secret, labels: Labels) -> View:
    """An entry of ListSecrets."""
    view = described(tx, secret)
    if labels:
        view["SecretVersionsToStages"] = by_version(labels)
    return view


def replication_status(tx: Transaction, replicas: list[Replica]) -> list[View]:
    """ReplicationStatus."""
    return [_replica(tx, replica) for replica in replicas]


def _replica(tx: Transaction, replica: Replica) -> View:
    secret = None if replica.replica is None else store.by_id(tx.connection, replica.replica)
    view = {
        "Region": replica.region,
        "KmsKeyId": replica.kms_key_id or "alias/aws/secretsmanager",
        "Status": replica.status,
        "StatusMessage": replica.message,
        "LastAccessedDate": None if secret is None else seconds(secret.accessed_ms),
    }
    return {name: value for name, value in view.items() if value is not None}


def _rotation(secret: Secret, now_ms: int) -> View:
    if secret.rotation_enabled is None:
        return {}
    enabled = bool(secret.rotation_enabled)
    return {
        "RotationEnabled": enabled,
        "RotationLambdaARN": secret.rotation_function,
        "RotationRules": shown_rules(secret, now_ms) or None,
        "LastRotatedDate": seconds(secret.rotated_ms),
        "NextRotationDate": seconds(secret.rotate_until_ms) if enabled else None,
    }


def seconds(epoch_ms: int | None) -> float | None:
    """As timestamps are on the wire."""
    return None if epoch_ms is None else epoch_ms / 1000
