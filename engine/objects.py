"""Objects of S3, as a distributed Map reads and writes them: what a place for objects can do, and how it fails.

An integration brings such a place (`Integration.objects`): a folder, or the S3 endpoint of the settings. What is asked
of it blocks, and is done on threads of its own, never on the event loop or the writer's thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

NO_OBJECTS = (
    "This server has no place for the objects of S3; "
    "name a folder, [buckets] root, or an endpoint of s3, [endpoints], in statewright.toml"
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as an execution asks for it: `account` and `region` are those of the execution."""

    name: str
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as ListObjectsV2 shows it. `etag` is another one when the object's content is; with its quotes."""

    key: str
    size_bytes: int
    etag: str
    modified_ms: int
    storage_class: str = "STANDARD"


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Objects in the order of their keys. `more`: there are others behind the last one."""

    objects: Sequence[ObjectInfo]
    more: bool


class ObjectError(Exception):
    """What S3 answered, or would. `code`: its error code (NoSuchKey); `passing`: trying again may help."""

    def __init__(self, code: str, text: str, passing: bool = False):
        super().__init__(text)
        self.code = code
        self.passing = passing


class ObjectStore(Protocol):
    """All of it raises ObjectError. Safe to use from several threads."""

    def head(self, bucket: Bucket, key: str, version_id: str | None = None) -> ObjectInfo: ...

    def get(self, bucket: Bucket, key: str, start: int, length: int, etag: str, version_id: str | None = None) -> bytes:
        """So many bytes from `start`, less only at the end. PreconditionFailed: the object has another etag by now."""

    def list(self, bucket: Bucket, prefix: str, after: str, limit: int) -> ObjectPage:
        """At most `limit` objects whose keys begin with `prefix`, behind the key `after` ("": from the first)."""

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        """The object, whole or not at all, and for good when this returns. It takes the place of another."""
