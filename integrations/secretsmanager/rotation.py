"""RotateSecret and CancelRotateSecret. What follows from them is integrations.secretsmanager.rotating's."""

import re
from typing import Any

from engine.contract import Caller, Transaction
from integrations.secretsmanager import rotation_store, store, version_store
from integrations.secretsmanager.alarms import arm
from integrations.secretsmanager.errors import invalid_parameter, invalid_request, token_in_use, unsupported
from integrations.secretsmanager.finding import find_primary
from integrations.secretsmanager.rotating import begin
from integrations.secretsmanager.schedule import check_rules, stored_rules
from integrations.secretsmanager.staging import PENDING, is_rotating
from integrations.secretsmanager.store import Secret
from integrations.secretsmanager.windows import schedule_next

Request = dict[str, Any]
Response = dict[str, Any]

_FUNCTION = re.compile(
    r"(arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:)?[a-zA-Z0-9-_]{1,64}(:[a-zA-Z0-9$_-]{1,128})?"
)


def rotate_secret(tx: Transaction, caller: Caller, request: Request) -> Response:
    """RotateSecret: sets what is given, then rotates, or tests the function where RotateImmediately is false.

    It answers when the rotation is written down; the steps follow.
    """
    for member in ("ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn"):
        if request.get(member) is not None:
            raise unsupported(member, "it holds no secrets of partners.")
    secret = find_primary(tx, caller, request["SecretId"], "RotateSecret")
    function = request.get("RotationLambdaARN") or secret.rotation_function
    if function is None:
        raise invalid_request("No Lambda rotation function ARN is associated with this secret.")
    if not _FUNCTION.fullmatch(function):
        raise invalid_parameter("The RotationLambdaARN is not the ARN of a Lambda function.")
    token = request.get("ClientRequestToken") or tx.moment.uuid()
    if _is_repeated(tx, secret, token):
        return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}
    _check_ready(tx, secret, token)
    _configure(tx, secret, function, request.get("RotationRules"))
    configured = store.by_id(tx.connection, secret.id)
    assert configured is not None
    begin(tx, configured, token, only_test=not request.get("RotateImmediately", True))
    arm(tx, secret.id)
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}


def _is_repeated(tx: Transaction, secret: Secret, token: str) -> bool:
    """Whether this is the request that began the rotation which is under way."""
    rotation = rotation_store.rotation(tx.connection, secret.id)
    return rotation is not None and rotation.version_id == token


def _check_ready(tx: Transaction, secret: Secret, token: str) -> None:
    labels = version_store.labels_of(tx.connection, secret.id)
    retried = labels.get(PENDING) == token  # a rotation that was given up may be begun again with its token
    if rotation_store.rotation(tx.connection, secret.id) is not None or (is_rotating(labels) and not retried):
        raise invalid_request("A previous rotation isn't complete. That rotation will be reattempted.")
    if not retried and version_store.version(tx.connection, secret.id, token) is not None:
        raise invalid_request(token_in_use(token, secret.arn).message)


def _configure(tx: Transaction, secret: Secret, function: str, rules: dict[str, Any] | None) -> None:
    changes: dict[str, Any] = {"rotation_enabled": 1, "rotation_function": function}
    if rules is not None:
        check_rules(rules)
        changes["rotation_rules"] = stored_rules(rules, tx.moment.epoch_ms)
    store.change(tx.connection, secret.id, **changes, changed_ms=tx.moment.epoch_ms)
    schedule_next(tx, secret.id)


def cancel_rotate_secret(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CancelRotateSecret: no more rotations, and none of the steps that are left of one under way.

    The labels stay as they are: who cancels looks after AWSPENDING.
    """
    secret = find_primary(tx, caller, request["SecretId"], "CancelRotateSecret")
    rotation = rotation_store.rotation(tx.connection, secret.id)
    rotation_store.remove(tx.connection, secret.id)
    changes: dict[str, Any] = {"rotate_from_ms": None, "rotate_until_ms": None, "changed_ms": tx.moment.epoch_ms}
    if secret.rotation_enabled is not None:
        changes["rotation_enabled"] = 0
    store.change(tx.connection, secret.id, **changes)
    response: Response = {"ARN": secret.arn, "Name": secret.name}
    pending = version_store.labels_of(tx.connection, secret.id).get(PENDING)
    version_id = rotation.version_id if rotation is not None else pending
    if version_id is not None:
        response["VersionId"] = version_id
    return response
