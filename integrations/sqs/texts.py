"""Which characters a text may have: those of XML 1.0, which SQS speaks and every database holds. Pure."""

import re

# Neither control characters, but tab and line ends, nor halves of surrogate pairs [API page of SendMessage].
_FORBIDDEN = re.compile("[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_text(text: str) -> bool:
    return _FORBIDDEN.search(text) is None


def forbidden_character(text: str) -> str | None:
    """The first character that it may not have."""
    found = _FORBIDDEN.search(text)
    return None if found is None else found[0]
