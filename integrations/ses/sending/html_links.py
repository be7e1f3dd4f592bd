"""The links of an HTML part, and the image that tells that it was opened. Pure.

| in the HTML | |
|---|---|
| `<a href="https://...">`, `<area ...>` | leads over `follow`; the first `limits.SES_TRACKED_LINKS_MAX` of them |
| `ses:no-track` | is left alone |
| `ses:tags="key:value;key:value"` | goes with the link to its event |
| `{{ses:openTracker}}` | where the image is; else it is at the end of the body |

Read once, from the beginning to the end, whatever it holds.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from engine import limits

PLACEHOLDER = "{{ses:openTracker}}"
Follow = Callable[[str, Mapping[str, list[str]]], str]  # (URL, tags) -> the URL that leads there

_START = re.compile(r"<(?:a|area)(?=[\s/])", re.I)
_REST = re.compile(r"(?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]++))?+""")
_URL = re.compile(r"https?://[!-~]+", re.I)
_BODY_END = re.compile(r"</body\s*>", re.I)
_NO_TRACK, _TAGS = "ses:no-track", "ses:tags"


def with_image(text: str, url: str) -> str:
    """The image as AWS writes it."""
    image = f'<img alt="" src="{url}" style="display: none; width: 1px; height: 1px;">'
    if PLACEHOLDER in text:
        return text.replace(PLACEHOLDER, image, 1).replace(PLACEHOLDER, "")
    ends = [found.start() for found in _BODY_END.finditer(text)]
    at = ends[-1] if ends else len(text)
    return text[:at] + image + text[at:]


def with_links(text: str, follow: Follow) -> str:
    done, at, count = [], 0, 0
    while count < limits.SES_TRACKED_LINKS_MAX and (start := _START.search(text, at)) is not None:
        rest = _REST.match(text, start.end())
        if rest is None:
            break  # a tag that never ends
        tag = _followed(rest[0], follow)
        count += tag is not None
        done.append(text[at : start.end()] + (rest[0] if tag is None else tag))
        at = rest.end()
    return "".join([*done, text[at:]])


def _followed(rest: str, follow: Follow) -> str | None:
    """The rest of a tag, with another href; None: it is no link to follow."""
    found = {one[1].lower(): one for one in _ATTRIBUTE.finditer(rest)}
    href = found.get("href")
    if href is None or href[2] is None or _NO_TRACK in found:
        return None
    url, tags = html.unescape(_value(href)).strip(), found.get(_TAGS)
    said = "" if tags is None else html.unescape(_value(tags))
    if _URL.fullmatch(url) is None or max(len(url), len(said)) > limits.SES_TRACKED_URL_CHARS_MAX:
        return None
    leading = f'href="{follow(url, _tags(said))}"'
    changes = [(href, leading), *([(tags, "")] if tags is not None else [])]
    for one, new in sorted(changes, key=lambda change: -change[0].start()):
        rest = rest[: one.start()] + new + rest[one.end() :]
    return rest


def _value(found: "re.Match[str]") -> str:
    text: Any = found[2] or ""
    return str(text[1:-1] if text[:1] in ("'", '"') else text)


def _tags(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in text.split(";"):
        name, colon, value = pair.partition(":")
        if colon and name.strip() and len(found) < limits.SES_LINK_TAGS_MAX:
            found.setdefault(name.strip(), []).append(value.strip())
    return found
