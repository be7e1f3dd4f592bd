"""GetSecretValue, PutSecretValue, ListSecretVersionIds, UpdateSecretVersionStage."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from integrations.secretsmanager import rotation_store, store, version_store
from integrations.secretsmanager.errors import (
    invalid_parameter,
    invalid_request,
    no_value,
)
from integrations.secretsmanager.finding import find, find_live, find_primary, primary_of
from integrations.secretsmanager.paging import page_token, read_page_token
from integrations.secretsmanager.staging import CURRENT, labels_on, move
from integrations.secretsmanager.store import Secret
from integrations.secretsmanager.values import (
    DAY_MS,
    given_value,
    open_value,
    prune,
    put_version,
    shown_value,
    value_changed,
)
from integrations.secretsmanager.version_store import Labels, Version
from integrations.secretsmanager.views import seconds

Request = dict[str, Any]
Response = dict[str, Any]

SERVICE_KEY = "DefaultEncryptionKey"  # in KmsKeyIds of a version under the service's own key


def get_secret_value(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetSecretValue: by version, by label, or AWSCURRENT."""
    secret = find_live(tx, caller, request["SecretId"], "GetSecretValue")
    labels = version_store.labels_of(tx.connection, secret.content)
    version = _wanted(tx, secret, labels, request.get("VersionId"), request.get("VersionStage"))
    return read_value(tx, secret, version, labels)


def read_value(tx: Transaction, secret: Secret, version: Version, labels: Labels) -> Response:
    """A version's value as GetSecretValue answers it; the day of it is noted."""
    value = open_value(tx, primary_of(tx, secret).arn, version)
    _note_access(tx, secret, version)
    response: Response = {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.version_id,
        **shown_value(value),
        "CreatedDate": seconds(version.created_ms),
    }
    if stages := labels_on(labels, version.version_id):
        response["VersionStages"] = stages
    return response


def _wanted(tx: Transaction, secret: Secret, labels: Labels, version_id: str | None, stage: str | None) -> Version:
    if version_id is None:
        stage = stage or CURRENT
        version_id, missing = labels.get(stage), no_value("staging label", stage)
    else:
        missing = no_value("VersionId", version_id)
        if stage is not None and labels.get(stage) != version_id:
            if version_store.version(tx.connection, secret.content, version_id) is None:
                raise missing
            raise invalid_request("You provided a VersionStage that is not associated to the provided VersionId.")
    found = None if version_id is None else version_store.version(tx.connection, secret.content, version_id)
    if found is None or found.value is None:
        raise missing
    return found


def _note_access(tx: Transaction, secret: Secret, version: Version) -> None:
    """A date, as on AWS: so reading writes once a day."""
    today_ms = tx.moment.epoch_ms // DAY_MS * DAY_MS
    if secret.accessed_ms != today_ms:
        store.change(tx.connection, secret.id, accessed_ms=today_ms)
    if version.accessed_ms != today_ms:
        version_store.change(tx.connection, version.id, accessed_ms=today_ms)


def put_secret_value(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PutSecretValue: a new version, AWSCURRENT unless labels are given; or the value of one that was announced."""
    secret = find_primary(tx, caller, request["SecretId"], "PutSecretValue")
    value = given_value(request)
    if value is None:
        raise invalid_request("You must provide either SecretString or SecretBinary.")
    version_id = request.get("ClientRequestToken") or tx.moment.uuid()
    _check_rotation_token(tx, secret, request.get("RotationToken"))
    put_version(tx, secret, version_id, value, request.get("VersionStages") or [CURRENT])
    labels = version_store.labels_of(tx.connection, secret.id)
    response: Response = {"ARN": secret.arn, "Name": secret.name, "VersionId": version_id}
    if stages := labels_on(labels, version_id):
        response["VersionStages"] = stages
    return response


def _check_rotation_token(tx: Transaction, secret: Secret, token: str | None) -> None:
    """What a rotation function hands back of its event: it must be of the rotation that is under way."""
    if token is None:
        return
    rotation = rotation_store.rotation(tx.connection, secret.id)
    if rotation is None or rotation.token != token:
        raise invalid_request("The RotationToken is not that of a rotation of this secret that is in progress.")


def list_secret_version_ids(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListSecretVersionIds: versions that have a value, in the order in which they were made."""
    secret = find(tx, caller, request["SecretId"], "ListSecretVersionIds")
    with_unlabelled = bool(request.get("IncludeDeprecated"))
    size = request.get("MaxResults") or limits.PAGE_ITEMS_DEFAULT
    query = ("versions", secret.id, with_unlabelled)
    after = read_page_token(request.get("NextToken"), *query)
    found = version_store.page(tx.connection, secret.content, after, size + 1, with_unlabelled)
    labels = version_store.labels_of(tx.connection, secret.content)
    shown = [_listed(version, labels) for version in found[:size]]
    response: Response = {"Versions": shown, "ARN": secret.arn, "Name": secret.name}
    if len(found) > size:
        response["NextToken"] = page_token(found[size - 1].id, *query)
    return response


def _listed(version: Version, labels: Labels) -> Response:
    view = {
        "VersionId": version.version_id,
        "VersionStages": labels_on(labels, version.version_id) or None,
        "LastAccessedDate": seconds(version.accessed_ms),
        "CreatedDate": seconds(version.created_ms),
        "KmsKeyIds": [version.kms_key_id or SERVICE_KEY],
    }
    return {name: value for name, value in view.items() if value is not None}


def update_secret_version_stage(tx: Transaction, caller: Caller, request: Request) -> Response:
    """UpdateSecretVersionStage."""
    secret = find_primary(tx, caller, request["SecretId"], "UpdateSecretVersionStage")
    to_version, from_version = request.get("MoveToVersionId"), request.get("RemoveFromVersionId")
    for version_id in filter(None, (to_version, from_version)):
        if version_store.version(tx.connection, secret.id, version_id) is None:
            raise no_value("VersionId", version_id)
    labels = version_store.labels_of(tx.connection, secret.id)
    stage = request["VersionStage"]
    after = move(labels, stage, from_version, to_version, secret.arn)
    if stage == CURRENT and to_version is not None:
        target = version_store.version(tx.connection, secret.id, to_version)
        if target is None or target.value is None:
            raise invalid_parameter(f"You can't move {CURRENT} to the version {to_version}, which has no value yet.")
    version_store.put_labels(tx.connection, secret.id, labels, after)
    store.change(tx.connection, secret.id, changed_ms=tx.moment.epoch_ms)
    if labels.get(CURRENT) != after.get(CURRENT):
        value_changed(tx, secret, after)
    prune(tx, secret.id)
    return {"ARN": secret.arn, "Name": secret.name}
