"""From a SecretId (a name, an ARN, a partial ARN) to the secret, and whether the caller may have it.

| SecretId | finds |
|---|---|
| a name | the caller's secret of that name; what cannot be one is a ValidationException, as on AWS |
| a full ARN | that secret; of another account where its resource policy lets the caller |
| an ARN without the six characters | the caller's secret of that name |
"""

from dataclasses import replace

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.secretsmanager import store
from integrations.secretsmanager.errors import marked_for_deletion, no_secret, replica_is_read_only
from integrations.secretsmanager.names import check_name, read_arn
from integrations.secretsmanager.policy_rules import allows
from integrations.secretsmanager.store import Secret


def find(tx: Transaction, caller: Caller, secret_id: str, action: str) -> Secret:
    """The secret, marked for deletion or not. Raises ResourceNotFoundException, AccessDeniedException, and
    ValidationException.

    `action`: what the caller is about to do, as policies name it (`GetSecretValue`).
    """
    if not secret_id.startswith("arn:"):
        check_name(secret_id)
        return _existing(store.by_name(tx.connection, caller.account, caller.region, secret_id))
    arn = read_arn(secret_id)
    if arn is None or arn.region != caller.region:
        raise no_secret()
    secret = store.by_arn(tx.connection, secret_id)
    if arn.account == caller.account:
        return _existing(secret or store.by_name(tx.connection, caller.account, caller.region, arn.name))
    return _of_another_account(tx, secret, secret_id, caller, action)


def find_live(tx: Transaction, caller: Caller, secret_id: str, action: str) -> Secret:
    """As `find`; one that is marked for deletion is refused."""
    secret = find(tx, caller, secret_id, action)
    if secret.delete_ms is not None:
        raise marked_for_deletion()
    return secret


def find_primary(tx: Transaction, caller: Caller, secret_id: str, action: str) -> Secret:
    """As `find_live`, for what a replica does not let itself be done."""
    secret = find_live(tx, caller, secret_id, action)
    if secret.primary_id is not None:
        raise replica_is_read_only()
    return secret


def primary_of(tx: Transaction, secret: Secret) -> Secret:
    """The secret itself, or the one that it is a replica of."""
    if secret.primary_id is None:
        return secret
    primary = store.by_id(tx.connection, secret.primary_id)
    assert primary is not None, "a primary is not deleted while it has replicas"
    return primary


def as_shown(tx: Transaction, secret: Secret) -> Secret:
    """A replica with what it has from its primary."""
    if secret.primary_id is None:
        return secret
    primary = primary_of(tx, secret)
    return replace(
        secret,
        description=primary.description,
        type=primary.type,
        changed_ms=primary.changed_ms,
        policy=primary.policy,
        rotation_enabled=primary.rotation_enabled,
        rotation_function=primary.rotation_function,
        rotation_rules=primary.rotation_rules,
        rotated_ms=primary.rotated_ms,
        rotate_from_ms=primary.rotate_from_ms,
        rotate_until_ms=primary.rotate_until_ms,
    )


def _existing(secret: Secret | None) -> Secret:
    if secret is None:
        raise no_secret()
    return secret


def _of_another_account(tx: Transaction, secret: Secret | None, arn: str, caller: Caller, action: str) -> Secret:
    policy = None if secret is None else primary_of(tx, secret).policy
    if secret is None or policy is None or not allows(policy, caller.account, action, secret.arn):
        raise ServiceError(
            "AccessDeniedException",
            f"User: arn:{caller.partition}:iam::{caller.account}:root is not authorized to perform: "
            f"secretsmanager:{action} on resource: {arn} because no resource-based policy allows the "
            f"secretsmanager:{action} action",
        )
    return secret
