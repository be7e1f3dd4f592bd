"""Objects as files below a root that nothing leaves: no part of a path is followed where it is a symbolic link.

Every step of a path is opened from the one before it, with O_NOFOLLOW, so that a link that takes a folder's place in
between leads nowhere either. The root itself may be a link: it is the operator's.

An object is written to a temporary file beside it, synced, and renamed; then the folder is synced. Its etag is made
of the file's number, size and time of change: a rename gives another.
"""

import bisect
import errno
import os
import secrets
import stat
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from engine import limits
from engine.objects import Bucket, ObjectError, ObjectInfo, ObjectPage
from integrations.buckets.keys import TEMPORARY, bucket_part, is_name, key_parts

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_UNVERSIONED = "null"  # the version of an object in a bucket without versions


class FolderStore:
    """Implements engine.objects.ObjectStore."""

    def __init__(self, root: Path):
        self._root = root

    def head(self, bucket: Bucket, key: str, version_id: str | None = None) -> ObjectInfo:
        with self._opened(bucket, key, version_id) as (_, found):
            return _info(key, found)

    def get(self, bucket: Bucket, key: str, start: int, length: int, etag: str, version_id: str | None = None) -> bytes:
        with self._opened(bucket, key, version_id) as (descriptor, found):
            if _etag(found) != etag:
                raise ObjectError("PreconditionFailed", f"The object {key} has changed while it was read.")
            return os.pread(descriptor, length, start)

    def list(self, bucket: Bucket, prefix: str, after: str, limit: int) -> ObjectPage:
        objects: list[ObjectInfo] = []
        with _failing(prefix), self._bucket(bucket) as folder, closing(_walk(folder, "", prefix, after)) as found:
            for info in found:
                if len(objects) == limit:
                    return ObjectPage(objects, more=True)
                objects.append(info)
        return ObjectPage(objects, more=False)

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        *folders, name = key_parts(key)
        with _failing(key), self._bucket(bucket) as top, _inner(top, folders, make=True) as folder:
            _write(folder, name, body)

    @contextmanager
    def _bucket(self, bucket: Bucket) -> Iterator[int]:
        name = bucket_part(bucket.name)
        root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            folder = os.open(name, _FOLDER, dir_fd=root)
        except OSError as error:
            if error.errno in _NOT_THERE:
                raise ObjectError("NoSuchBucket", f"The specified bucket does not exist: {name}") from None
            raise
        finally:
            os.close(root)
        try:
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def _opened(self, bucket: Bucket, key: str, version_id: str | None) -> Iterator[tuple[int, os.stat_result]]:
        if version_id not in (None, _UNVERSIONED):
            raise ObjectError("NoSuchVersion", f"Objects in a folder have no versions: {version_id}")
        *folders, name = key_parts(key)
        with _failing(key), self._bucket(bucket) as top, _inner(top, folders) as folder:
            descriptor = os.open(name, _FILE, dir_fd=folder)
            try:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    raise _no_such_key(key)
                yield descriptor, found
            finally:
                os.close(descriptor)


@contextmanager
def _failing(key: str) -> Iterator[None]:
    """What the file system refuses, in S3's words."""
    try:
        yield
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise _no_such_key(key) from None
        if error.errno in (errno.EACCES, errno.EPERM):
            raise ObjectError("AccessDenied", f"Access Denied: {key}") from None
        raise ObjectError("InternalError", f"{key}: {error.strerror}", passing=True) from None


def _no_such_key(key: str) -> ObjectError:
    return ObjectError("NoSuchKey", f"The specified key does not exist: {key}")


@contextmanager
def _inner(top: int, folders: list[str], *, make: bool = False) -> Iterator[int]:
    """The folder at the end of a path. `make`: folders that are missing are made, for good."""
    current = os.dup(top)
    try:
        for name in folders:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=current)
                    os.fsync(current)
            inner = os.open(name, _FOLDER, dir_fd=current)
            os.close(current)
            current = inner
        yield current
    finally:
        os.close(current)


def _write(folder: int, name: str, body: bytes) -> None:
    temporary = TEMPORARY + secrets.token_hex(8)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o666, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)


def _walk(folder: int, path: str, prefix: str, after: str) -> Generator[ObjectInfo, None, None]:
    """The objects below an open folder, in the order of their keys; what cannot be any of them is not looked at.

    A folder sorts with the slash that follows its name, as its objects do.
    """
    names = _names(folder)
    start = bisect.bisect_left(names, after.removeprefix(path).encode()) if after.startswith(path) else 0
    for name in names[max(start - 1, 0) :]:
        text = name.decode()
        key = path + text
        if text.endswith("/"):
            if (key.startswith(prefix) or prefix.startswith(key)) and not _all_before(key, after):
                with _gone_meanwhile(), _inner(folder, [text[:-1]]) as inner:
                    yield from _walk(inner, key, prefix, after)
        elif key.startswith(prefix) and key.encode() > after.encode():
            with _gone_meanwhile():
                yield _info(key, os.stat(text, dir_fd=folder, follow_symlinks=False))


@contextmanager
def _gone_meanwhile() -> Iterator[None]:
    """What was removed since its name was read is not there."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NOT_THERE:
            raise


def _all_before(key: str, after: str) -> bool:
    """Whether every key that begins with this one is before `after`."""
    return key.encode() < after.encode() and not after.startswith(key)


def _names(folder: int) -> list[bytes]:
    """Files, and folders with a slash behind them, in the order of their bytes. Links and the like are no objects."""
    found: list[bytes] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if len(found) == limits.BUCKET_FOLDER_ENTRIES_MAX:
                text = f"A folder of the bucket has more than {limits.BUCKET_FOLDER_ENTRIES_MAX} entries"
                raise ObjectError("InternalError", text)
            if not is_name(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                found.append(f"{entry.name}/".encode())
            elif entry.is_file(follow_symlinks=False):
                found.append(entry.name.encode())
    found.sort()
    return found


def _info(key: str, found: os.stat_result) -> ObjectInfo:
    return ObjectInfo(key, found.st_size, _etag(found), found.st_mtime_ns // 1_000_000)


def _etag(found: os.stat_result) -> str:
    return f'"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"'
