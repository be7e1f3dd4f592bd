"""Text that users write and that is not JSON (error names, causes, tags, trace headers), made fit for both back ends.

Postgres cannot hold U+0000 in text, and neither back end half a surrogate pair: either would fail the commit of every
request in the batch. NUL is kept, escaped with U+001A (SUBSTITUTE), which then escapes itself. A lone surrogate is no
character; it becomes `?`, as in Java's encoder.
"""

_SUBSTITUTE = "\x1a"


def stored(text: str) -> str:
    """The text as the store keeps it."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    if "\0" in text or _SUBSTITUTE in text:
        return text.replace(_SUBSTITUTE, _SUBSTITUTE + "1").replace("\0", _SUBSTITUTE + "0")
    return text


def original(text: str) -> str:
    """The text as it was handed in."""
    if _SUBSTITUTE in text:
        return text.replace(_SUBSTITUTE + "0", "\0").replace(_SUBSTITUTE + "1", _SUBSTITUTE)
    return text


def stored_or_none(text: str | None) -> str | None:
    return None if text is None else stored(text)


def original_or_none(text: str | None) -> str | None:
    return None if text is None else original(text)
