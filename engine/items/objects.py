"""The objects that an ItemReader reads, one after the other: a single one, those of a list, those of a manifest.

| reader | a place in the order | the objects |
|---|---|---|
| s3:getObject | "" | the one |
| s3:listObjectsV2 | the key before it | all with the prefix, in the order of their keys |
| a manifest | how many are before it, and the manifest's etag | the data files that it names, in its order |

An object whose name ends in `.gz` may be packed by gzip; one in `.zst` or `.zstd` is refused. Source: AWS Step
Functions, "ItemReader (Map)", InputType.
"""

from collections.abc import Iterator

from engine import limits
from engine.errors import InvariantError
from engine.items.manifest import named_in_manifest
from engine.items.part import Part, bucket_of, refused
from engine.items.request import ReadError, ReadRequest
from engine.objects import ObjectInfo, ObjectStore


def listed(store: ObjectStore, request: ReadRequest, after: str) -> Iterator[ObjectInfo]:
    """The objects with the prefix behind the key `after`."""
    bucket = bucket_of(request)
    more = True
    while more:
        with refused(f"S3://{bucket.name}/{request.prefix}"):
            page = store.list(bucket, request.prefix, after, limits.READER_LIST_OBJECTS)
        yield from page.objects
        more = page.more and bool(page.objects)
        after = page.objects[-1].key if page.objects else after


def parts(store: ObjectStore, request: ReadRequest, place: str) -> Iterator[Part]:
    """The objects from a place on. Raises ReadError."""
    if request.manifest is not None:
        yield from named_in_manifest(store, request, place)
    elif request.format is None:
        raise InvariantError("nothing says how the objects hold their items")
    elif request.key is not None:
        packed = is_packed(request.key)
        yield Part("", bucket_of(request), request.key, request.format, request.version_id, packed)
    else:
        before = place
        for info in listed(store, request, place):
            if info.size_bytes:  # an empty one may stand for a folder
                yield Part(before, bucket_of(request), info.key, request.format, packed=is_packed(info.key))
            before = info.key


def is_packed(key: str) -> bool:
    """Whether an object may be packed, by its name. Raises ReadError for what cannot be unpacked here."""
    if key.endswith((".zst", ".zstd")):
        raise ReadError(f"The object {key} is packed by Zstandard, which is not supported here; pack it by gzip.")
    return key.endswith(".gz")
