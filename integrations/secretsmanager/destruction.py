"""Removing a secret for good: its versions and their data keys, labels, rotation, failed replicas, tags."""

from engine.contract import Transaction
from engine.store import tags
from integrations.secretsmanager import rotation_store, store
from integrations.secretsmanager.store import Secret
from integrations.secretsmanager.values import remove_all


def destroy(tx: Transaction, secret: Secret) -> None:
    """The name is free at once. A secret with replicas is not destroyed: the caller has seen to that."""
    remove_all(tx, secret.id)
    rotation_store.remove(tx.connection, secret.id)
    for replica in store.replicas_of(tx.connection, secret.id):
        store.remove_replica(tx.connection, secret.id, replica.region)
    tags.delete_resource(tx.connection, secret.arn)
    store.remove(tx.connection, secret.id)
