"""One object that items are read from, and its bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine.items.request import Format, ReadError, ReadRequest
from engine.objects import Bucket, ObjectError, ObjectStore


@dataclass(frozen=True, slots=True)
class Part:
    """An object to be read. `place` leads to it (engine.items.objects). `packed`: it may be, by gzip."""

    place: str
    bucket: Bucket
    key: str
    format: Format
    version_id: str | None = None
    packed: bool = False

    @property
    def source(self) -> str:
        return f"S3://{self.bucket.name}/{self.key}"


class PartContent:
    """The bytes of an object, which must not change while they are read. Implements engine.items.chunks.Content."""

    def __init__(self, store: ObjectStore, part: Part, etag: str):
        """`etag`: what the object's was when the reading of it began, "" where it begins now. Raises ReadError."""
        self._store = store
        self._part = part
        with refused(part.source):
            info = store.head(part.bucket, part.key, part.version_id)
        if etag and info.etag != etag:
            raise ReadError(f"The object {part.source} has changed while it was read.")
        self.etag = info.etag
        self.size = info.size_bytes

    def get(self, start: int, length: int) -> bytes:
        part = self._part
        with refused(part.source):
            return self._store.get(part.bucket, part.key, start, length, self.etag, part.version_id)


@contextmanager
def refused(source: str) -> Iterator[None]:
    """Turns what the store refuses into a ReadError that names the object."""
    try:
        yield
    except ObjectError as error:
        raise ReadError(f"{error.code}: {error} ({source})", error.passing) from None


def bucket_of(request: ReadRequest) -> Bucket:
    return Bucket(request.bucket, request.account, request.region)
