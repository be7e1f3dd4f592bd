"""The objects of a data protection policy: which members they must and may have, and how a wrong one is refused."""

from collections.abc import Collection
from typing import Any

from engine.errors import ServiceError
from integrations.sns.errors import invalid


def wrong(reason: str) -> ServiceError:
    return invalid(f"DataProtectionPolicy Reason: {reason}")


def members_of(
    place: str, value: Any, required: Collection[str] = (), optional: Collection[str] = ()
) -> dict[str, Any]:
    """The object's members. Raises InvalidParameter for what is none, lacks one, or has one that AWS does not know."""
    if not isinstance(value, dict):
        raise wrong(f"{place} must be an object")
    if missing := set(required) - set(value):
        raise wrong(f"{place} must have {', '.join(sorted(missing))}")
    if unknown := set(value) - set(required) - set(optional):
        raise wrong(f"{place} has unknown members: {', '.join(sorted(unknown))}")
    return value
