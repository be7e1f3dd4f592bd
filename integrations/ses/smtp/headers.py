"""The headers that tell SES what to do with a mail that comes by SMTP: read, and taken out of it. Pure.

X-SES-CONFIGURATION-SET   the configuration set
X-SES-MESSAGE-TAGS        name=value, name=value
X-SES-FROM-ARN, X-SES-SOURCE-ARN, X-SES-RETURN-PATH-ARN     by whose leave: as the members of SendRawEmail
"""

import re
from typing import Any

from integrations.ses.errors import invalid

_CONFIGURATION_SET = b"x-ses-configuration-set"
_TAGS = b"x-ses-message-tags"
_FROM, _SOURCE, _RETURN = b"x-ses-from-arn", b"x-ses-source-arn", b"x-ses-return-path-arn"
_TAKEN = {_CONFIGURATION_SET, _TAGS, _FROM, _SOURCE, _RETURN}
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")


def taken(raw: bytes) -> tuple[bytes, dict[str, Any]]:
    """The mail without these headers, and what they say as members of v2's SendEmail. Raises ServiceError."""
    kept: list[bytes] = []
    found: dict[bytes, str] = {}
    ours: bytes | None = None
    end = 0
    for line in _LINE.finditer(raw):
        text = line.group()
        if not text.strip(b"\r\n"):
            break
        end = line.end()
        if text[:1] in (b" ", b"\t"):  # what a header's line is folded into
            if ours is not None:
                found[ours] += text.strip().decode("ascii", "replace")
        else:
            name, _, value = text.partition(b":")
            ours = name.strip().lower() if name.strip().lower() in _TAKEN else None
            if ours is not None:
                found[ours] = value.strip().decode("ascii", "replace")
        if ours is None:
            kept.append(text)
    return b"".join(kept) + raw[end:], _members(found)


def _members(found: dict[bytes, str]) -> dict[str, Any]:
    if found.get(_FROM, "") != found.get(_SOURCE, "") and found.get(_FROM) and found.get(_SOURCE):
        raise invalid("X-SES-FROM-ARN and X-SES-SOURCE-ARN must name the same identity")
    members = {
        "ConfigurationSetName": found.get(_CONFIGURATION_SET),
        "EmailTags": _tags(found.get(_TAGS, "")),
        "FromEmailAddressIdentityArn": found.get(_FROM) or found.get(_SOURCE),
        "FeedbackForwardingEmailAddressIdentityArn": found.get(_RETURN),
    }
    return {name: value for name, value in members.items() if value}


def _tags(text: str) -> list[dict[str, str]]:
    pairs = [one.partition("=") for one in text.split(",") if one.strip()]
    return [{"Name": name.strip(), "Value": value.strip()} for name, _, value in pairs]
