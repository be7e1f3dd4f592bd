"""The certificate of the SMTP ports: that of the settings, else one of the database's own, made when first needed.

The one that is made signs itself, so clients must be told to trust it: it is served at PATH. Its key is sealed in the
database when a master key is configured. On disk a key is only ever encrypted, for the moment in which OpenSSL reads
it.
"""

import ipaddress
import secrets
import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from sqlalchemy import insert, select

from engine.config import Settings
from engine.contract import Caller, PageAnswer, PageRequest, Transaction
from engine.errors import ServiceError
from integrations.ses.receiving.tables import certificates

PATH = "/_statewright/ses/certificate.pem"
_YEARS = 30
_NAME = "smtp"
_BOUND_TO = b"ses smtp certificate"

_FIND = select(certificates).where(certificates.c.name == _NAME)
_ADD = insert(certificates)


@dataclass(frozen=True, slots=True)
class Identity:
    """PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


def identity(tx: Transaction) -> Identity:
    """What the ports show, in an operation that writes."""
    if tx.settings.ses.certificate is not None and tx.settings.ses.key is not None:
        return Identity(tx.settings.ses.certificate.read_bytes(), tx.settings.ses.key.read_bytes())
    return _kept(tx) or _make(tx)


def context(shown: Identity) -> ssl.SSLContext:
    """Raises ValueError or ssl.SSLError where certificate and key are none, or not each other's."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    password = secrets.token_bytes(32).hex()
    key = load_pem_private_key(shown.key, password=None)
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        files[0].write_bytes(shown.certificate)
        files[1].write_bytes(sealed)
        made.load_cert_chain(*files, password=password)
    return made


def page(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """The certificate that clients have to trust."""
    row = tx.connection.execute(_FIND).one_or_none()
    if row is None:
        raise ServiceError(
            "NotFoundException",
            "This server has made no certificate, or was reset since: it makes one when it starts.",
            404,
        )
    return PageAnswer(row.certificate.encode(), content_type="application/x-pem-file")


def _kept(tx: Transaction) -> Identity | None:
    row = tx.connection.execute(_FIND).one_or_none()
    if row is None:
        return None
    key = tx.keys.open(row.private_key, _BOUND_TO) if row.sealed else bytes(row.private_key)
    return Identity(row.certificate.encode(), key)


def _make(tx: Transaction) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    made = _self_signed(key, _names(tx.settings), datetime.fromtimestamp(tx.moment.epoch_ms // 1000, UTC))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    found = Identity(made.public_bytes(Encoding.PEM), pem)
    sealed = tx.keys.configured
    row = {
        "name": _NAME,
        "certificate": found.certificate.decode(),
        "private_key": tx.keys.seal_alone(pem, _BOUND_TO) if sealed else pem,
        "sealed": int(sealed),
    }
    tx.connection.execute(_ADD, row)
    return found


def _names(settings: Settings) -> list[str]:
    """By which clients may reach the ports, as far as the settings tell."""
    public = urlsplit(settings.public_url or "").hostname
    hosts = ["localhost", "127.0.0.1", "::1", settings.host, *([public] if public else [])]
    return list(dict.fromkeys(hosts))


def _self_signed(key: ec.EllipticCurvePrivateKey, hosts: list[str], now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Statewright SES")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
