"""The Audit operation of a data protection policy: how many messages it looks at, and where its findings go. Pure.

{"SampleRate": "0".."99", "FindingsDestination": {..}, "NoFindingsDestination": {..}}
{"CloudWatchLogs": {"LogGroup": "/aws/vendedlogs/.."}, "Firehose": {"DeliveryStream": ..}, "S3": {"Bucket": ..}}
"""

import re
from dataclasses import dataclass
from typing import Any

from integrations.sns.protection_shape import members_of, wrong

RATE_MAX = 99
_LOG_GROUP = re.compile(r"/aws/vendedlogs/[A-Za-z0-9_/.#-]{1,496}")
_STREAM = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Destination:
    """Each of them may be there: a log group, a delivery stream, a bucket."""

    log_group: str | None = None
    stream: str | None = None
    bucket: str | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """`rate`: of a hundred messages. `findings`, `no_findings`: where it goes when there are some, or none."""

    rate: int
    findings: Destination
    no_findings: Destination


def read_audit(place: str, given: Any) -> Audit:
    """Raises InvalidParameter."""
    place = f"{place}.Audit"
    names = ("FindingsDestination", "NoFindingsDestination")
    members = members_of(place, given, {"SampleRate"}, names)
    rate = members["SampleRate"]
    if isinstance(rate, bool) or re.fullmatch(r"[0-9]{1,2}", str(rate)) is None:
        raise wrong(f"{place}.SampleRate must be an integer from 0 to {RATE_MAX}")
    found = [_destination(f"{place}.{name}", members.get(name, {})) for name in names]
    if found == [Destination(), Destination()]:
        raise wrong(f"{place} must have a {names[0]} or a {names[1]}")
    return Audit(int(rate), *found)


# What a destination is called, its one member, what that may be, the field of Destination.
_KINDS = (
    ("CloudWatchLogs", "LogGroup", _LOG_GROUP, "log_group"),
    ("Firehose", "DeliveryStream", _STREAM, "stream"),
    ("S3", "Bucket", _BUCKET, "bucket"),
)


def _destination(place: str, given: Any) -> Destination:
    members = members_of(place, given, (), [kind for kind, *_ in _KINDS])
    found: dict[str, str] = {}
    for kind, member, pattern, name in _KINDS:
        if kind in members:
            value = members_of(f"{place}.{kind}", members[kind], {member})[member]
            if not isinstance(value, str) or pattern.fullmatch(value) is None:
                raise wrong(f"{place}.{kind}.{member} {value!r} must match {pattern.pattern}")
            found[name] = value
    return Destination(**found)
