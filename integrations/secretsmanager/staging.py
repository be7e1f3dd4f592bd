"""The rules of staging labels: each is on one version at most; AWSPREVIOUS follows AWSCURRENT. Pure.

labels: {label: the version that has it}; every function gives new ones
"""

from collections.abc import Iterable, Mapping

from engine import limits
from integrations.secretsmanager.errors import invalid_parameter, invalid_request, limit_exceeded

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
_SERVICE = frozenset({CURRENT, PREVIOUS, PENDING})


def attach(labels: Mapping[str, str], version_id: str, added: Iterable[str]) -> dict[str, str]:
    """Give labels to a version, taking them from where they were. Raises LimitExceededException.

    The quota is of all versions together; the service's own labels count and are never refused, so that what is under
    way can end.
    """
    added = list(added)
    after = dict(labels)
    for label in added:
        before = after.get(label)
        if label == CURRENT and before is not None and before != version_id:
            after[PREVIOUS] = before  # also where it goes back: then it leaves the version that becomes current
        after[label] = version_id
    new = set(added) - _SERVICE - labels.keys()
    if new and len(after) > limits.SECRET_LABELS_MAX:
        most = limits.SECRET_LABELS_MAX
        raise limit_exceeded(f"You can't attach more than {most} staging labels to the versions of a secret.")
    return after


def move(
    labels: Mapping[str, str], label: str, from_version: str | None, to_version: str | None, secret_arn: str
) -> dict[str, str]:
    """UpdateSecretVersionStage, whose versions exist. Raises InvalidParameterException, InvalidRequestException."""
    holder = labels.get(label)
    if from_version is None and to_version is None:
        raise invalid_parameter("You must specify a value for MoveToVersionId, RemoveFromVersionId, or both.")
    if holder is not None and holder not in (from_version, to_version) and to_version is not None:
        raise invalid_parameter(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version "
            f"{holder}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    if from_version is not None and holder != from_version and (to_version is None or holder != to_version):
        raise invalid_parameter(
            f"You can't remove staging label {label} from version {from_version} because it is not attached to it."
        )
    if to_version is not None:
        return attach(labels, to_version, [label])
    if label == CURRENT:
        raise invalid_request(
            "You can't remove the AWSCURRENT staging label from a version: every secret must have one. Move it to "
            f"another version of the secret {secret_arn} instead."
        )
    return {name: version for name, version in labels.items() if name != label}


def labels_on(labels: Mapping[str, str], version_id: str) -> list[str]:
    return sorted(label for label, holder in labels.items() if holder == version_id)


def by_version(labels: Mapping[str, str]) -> dict[str, list[str]]:
    """VersionIdsToStages."""
    shown: dict[str, list[str]] = {}
    for label in sorted(labels):
        shown.setdefault(labels[label], []).append(label)
    return shown


def is_rotating(labels: Mapping[str, str]) -> bool:
    """Whether a rotation has begun and not ended: AWSPENDING is on another version than AWSCURRENT."""
    pending = labels.get(PENDING)
    return pending is not None and pending != labels.get(CURRENT)
