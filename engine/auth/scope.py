"""Who a request says it comes from: the credential scope of AWS Signature Version 4.

    Authorization: AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/states/aws4_request, SignedHeaders=..., ...
    ?X-Amz-Credential=AKID%2F20261122%2Fus-east-1%2Fstates%2Faws4_request&...            (presigned)

Reads, never verifies, and never fails: what does not look like a scope is no scope.
"""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs

from engine import limits

_FIELD = "Credential="
_TERMINATOR = "aws4_request"
_SCOPE_CHARS_MAX = 512


@dataclass(frozen=True, slots=True)
class Scope:
    """`region` is empty for SigV4A, which signs for several."""

    access_key: str
    date: str
    region: str
    service: str


def from_authorization(header: str) -> Scope | None:
    """The scope in an Authorization header."""
    _, found, rest = header.partition(_FIELD)
    return _parse(rest.partition(",")[0].strip()) if found else None


def from_query(query: bytes) -> Scope | None:
    """The scope in a presigned request's query string."""
    if b"X-Amz-Credential" not in query:
        return None
    try:
        values = parse_qs(query.decode("latin-1"), max_num_fields=100).get("X-Amz-Credential", [""])
    except ValueError:  # more fields than anyone sends
        return None
    return _parse(values[0])


@lru_cache(limits.SCOPES_CACHED_MAX)
def _parse(credential: str) -> Scope | None:
    parts = credential.split("/")
    if len(credential) > _SCOPE_CHARS_MAX or len(parts) < 4 or parts[-1] != _TERMINATOR:
        return None
    if len(parts) == 4:  # SigV4A: access key, date, service, terminator
        access_key, date, service, _ = parts
        return Scope(access_key, date, "", service)
    *access_key_parts, date, region, service, _ = parts
    return Scope("/".join(access_key_parts), date, region, service)
