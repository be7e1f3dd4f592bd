"""Which buckets and keys have a place in a folder: each part of a path is a plain name.

A key that S3 would take and a file system cannot (`a//b`, `..`, a part of more than 255 bytes) is refused by name; such
an object is none that a folder holds.
"""

import re

from engine.objects import ObjectError

TEMPORARY = ".statewright-"  # how the names of files begin that are still being written
KEY_BYTES_MAX = 1_024  # S3's
_PART_BYTES_MAX = 255
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")


def bucket_part(name: str) -> str:
    """The folder of a bucket. Raises ObjectError."""
    if not _BUCKET.fullmatch(name) or ".." in name:
        raise ObjectError("InvalidBucketName", f"The specified bucket is not valid: {name}")
    return name


def key_parts(key: str) -> list[str]:
    """The names on the way to an object, its own the last. Raises ObjectError."""
    if len(key.encode("utf-8", "surrogatepass")) > KEY_BYTES_MAX:
        raise ObjectError("KeyTooLongError", "Your key is too long")
    parts = key.split("/")
    if not all(map(is_name, parts)):
        raise ObjectError("InvalidArgument", f"The key cannot be that of a file in the folder of the bucket: {key}")
    return parts


def is_name(part: str) -> bool:
    """Whether a part of a key can be the name of a file that is an object."""
    if part in ("", ".", "..") or "\0" in part or part.startswith(TEMPORARY):
        return False
    try:
        return len(part.encode()) <= _PART_BYTES_MAX
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
