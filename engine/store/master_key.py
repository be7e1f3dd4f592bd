"""The master key: where it comes from, what its text looks like, and what it does: wrapping data keys.

    [encryption] master_key_file, STATEWRIGHT_MASTER_KEY: 32 random bytes as base64 or as 64 hexadecimal digits

It never leaves this process: no message, repr or error of this file holds any part of it. A key is known by its id, a
digest from which nobody gets back to it.
"""

import base64
import binascii
import contextlib
import hashlib
import logging
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine import limits
from engine.store.errors import StoreError

log = logging.getLogger("statewright.keys")

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
VARIABLE = "STATEWRIGHT_MASTER_KEY"
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_FORM = "a master key is 32 random bytes in base64 (openssl rand -base64 32) or 64 hexadecimal digits"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """`id`: 16 hexadecimal digits. `origin`: where it was found, in words for people."""

    id: str
    origin: str
    _cipher: AESGCM = field(repr=False)

    def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data_key, bound_to)

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes | None:
        """None: it was wrapped by another key, for another purpose, or is damaged."""
        if len(wrapped) < NONCE_BYTES + TAG_BYTES:
            return None
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to)
        except InvalidTag:
            return None


def master_key(text: str, origin: str) -> MasterKey:
    """The key that a text holds. Raises StoreError, which does not repeat the text."""
    stripped = text.strip()
    try:
        raw = bytes.fromhex(stripped) if _HEX.fullmatch(stripped) else base64.b64decode(stripped, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise StoreError(f"There is no master key in {origin}: {_FORM}.")
    key_id = hashlib.sha256(b"statewright master key id\0" + raw).digest()[:8].hex()
    return MasterKey(key_id, origin, AESGCM(raw))


def read_key_file(path: Path) -> MasterKey | None:
    """The key in a file, None where there is no such file. Raises StoreError."""
    try:
        with path.open("rb") as opened:
            content = opened.read(limits.KEY_FILE_BYTES_MAX)
            mode = os.fstat(opened.fileno()).st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"The master key file {path} cannot be read ({error.strerror}).") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO) & ~stat.S_IXGRP & ~stat.S_IXOTH:
        log.warning("the master key file %s can be read by other users: chmod 600 %s", path, path)
    return master_key(content.decode("ascii", "replace"), f"the file {path}")


def make_key_file(path: Path) -> MasterKey:
    """A new key in a new file that only this user can read, on the disk when this returns. Raises StoreError.

    Never overwrites: where somebody else was faster, that key is the one.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    try:
        _write_synced(draft, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # never a file with half a key in it
        draft.unlink()
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"The master key file {path} cannot be made ({error.strerror}). Let this user write there, or name another "
            f"place: [encryption] master_key_file in statewright.toml, or the key itself in {VARIABLE}."
        ) from None
    made = read_key_file(path)
    assert made is not None, "it was made just now"
    return made


def copy_key_file(source: Path, target: Path) -> None:
    """Make `target` hold the key of `source`, whole or not at all. Raises StoreError."""
    draft = target.with_name(f"{target.name}.{os.getpid()}.draft")
    try:
        _write_synced(draft, source.read_bytes())
        draft.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise StoreError(
            f"The master key file {target} cannot be written ({error.strerror}). The key is in {source}: run this "
            "again when it can, or put it there."
        ) from None


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
