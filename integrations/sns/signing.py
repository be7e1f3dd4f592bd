"""The signatures of messages: a key and a certificate of the database's own, made when they are first needed.

Signature version 1 signs with SHA1, version 2 with SHA256, both RSA with PKCS #1 v1.5, as AWS does. The certificate is
served by Statewright under the name that SigningCertURL says. The private key is sealed in the database when a master
key is configured, from the first use after that.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection, bindparam, insert, select, update

from engine.contract import Transaction
from engine.errors import InvariantError
from integrations.sns.envelope import Signature, signed, text_to_sign
from integrations.sns.tables import signing

_KEY_BITS = 2_048
_YEARS = 30
_BOUND_TO = b"sns signing key"
_MEMORY = "signer"
_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}

_KEY = select(signing)
_CERTIFICATE = select(signing.c.certificate).where(signing.c.name == bindparam("name"))
_ADD = insert(signing)
_RESEAL = update(signing).where(signing.c.name == bindparam("file")).values(private_key=bindparam("content"), sealed=1)


@dataclass(frozen=True, slots=True)
class Signer:
    """`file`: the certificate's name in URLs."""

    file: str
    key: rsa.RSAPrivateKey = field(repr=False)

    def sign(self, document: Mapping[str, Any], version: str) -> str:
        """The signature of a document with its Type, in base64."""
        made = self.key.sign(text_to_sign(document).encode(), padding.PKCS1v15(), _HASHES[version])
        return base64.b64encode(made).decode()

    def signed(self, document: Mapping[str, Any], version: str, base_url: str) -> dict[str, Any]:
        """The document with its signature, whose certificate is at that URL of this server."""
        return signed(document, self.signature(self.sign(document, version), version, base_url))

    def signature(self, value: str, version: str, base_url: str) -> Signature:
        return Signature(version, value, f"{base_url}/{self.file}")


def signer(tx: Transaction) -> Signer:
    """The database's signer, in an operation that writes."""
    memory = tx.memory("sns")
    if _MEMORY not in memory:
        memory[_MEMORY] = _load(tx) or _make(tx)
    found: Signer = memory[_MEMORY]
    return found


def certificate(connection: Connection, name: str) -> str | None:
    """The certificate of that name, as PEM."""
    found: str | None = connection.execute(_CERTIFICATE, {"name": name}).scalar_one_or_none()
    return found


def _load(tx: Transaction) -> Signer | None:
    row = tx.connection.execute(_KEY).one_or_none()
    if row is None:
        return None
    content: bytes = tx.keys.open(row.private_key, _BOUND_TO) if row.sealed else row.private_key
    if tx.keys.configured and not row.sealed:
        tx.connection.execute(_RESEAL, {"file": row.name, "content": tx.keys.seal_alone(content, _BOUND_TO)})
    key = serialization.load_pem_private_key(content, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise InvariantError("the signing key of SNS is no RSA key")
    return Signer(row.name, key)


def _make(tx: Transaction) -> Signer:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=_KEY_BITS)
    made = _self_signed(key, datetime.fromtimestamp(tx.moment.epoch_ms // 1000, UTC))
    file = f"SimpleNotificationService-{made.fingerprint(hashes.SHA256()).hex()[:32]}.pem"
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    sealed = tx.keys.configured
    row = {
        "name": file,
        "private_key": tx.keys.seal_alone(content, _BOUND_TO) if sealed else content,
        "sealed": int(sealed),
        "certificate": made.public_bytes(serialization.Encoding.PEM).decode(),
    }
    tx.connection.execute(_ADD, row)
    return Signer(file, key)


def _self_signed(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
