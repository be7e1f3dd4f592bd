"""The tags of mails: which may be."""

import re
from collections.abc import Mapping, Sequence

from engine import limits
from integrations.ses.errors import invalid

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


def check_tags(tags: Sequence[Mapping[str, str]]) -> None:
    """Raises ServiceError."""
    if len(tags) > limits.SES_TAGS_MAX:
        raise invalid(f"A message has at most {limits.SES_TAGS_MAX} tags")
    for tag in tags:
        for what in ("Name", "Value"):
            if _TAG.fullmatch(tag[what]) is None:
                shown = tag[what][: limits.SES_SHOWN_CHARS]
                raise invalid(
                    f"Invalid tag {what.lower()} <{shown}>: only alphanumeric ASCII, '_' and '-' are allowed."
                )
