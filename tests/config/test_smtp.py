"""`[access_keys]`, the ports and the certificate of `[ses]`, and the password that AWS derives."""

import base64
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.credentials import Credentials

from engine.config import AccessKey, SettingsError, load_settings
from engine.config.smtp_password import smtp_password


def load(folder: Path, text: str) -> Any:
    file = folder / "statewright.toml"
    file.write_text(text)
    return load_settings({}, {}, file)


def test_the_keys(tmp_path: Path) -> None:
    text = '[access_keys]\nAKIA1 = "s3cr/et+"\nAKIA2 = { secret = "smtp/key", account = "111122223333" }'
    expected = {"AKIA1": AccessKey(secret_key="s3cr/et+"), "AKIA2": AccessKey(None, "smtp/key", "111122223333")}
    found = load(tmp_path, text).access_keys
    assert found == expected
    assert "s3cr/et+" not in repr(found)


def test_the_ports_and_the_certificate(tmp_path: Path) -> None:
    (tmp_path / "c.pem").touch()
    (tmp_path / "k.pem").touch()
    lines = ["[ses]", "smtp_port = 2587", "smtps_port = 2465", "inbound_port = 2525"]
    lines += ['certificate = "c.pem"', 'key = "k.pem"']
    ses = load(tmp_path, "\n".join(lines)).ses
    assert (ses.smtp_port, ses.smtps_port, ses.inbound_port) == (2587, 2465, 2525)
    assert (ses.certificate, ses.key) == (tmp_path / "c.pem", tmp_path / "k.pem")


KEY = '[access_keys]\nAKIA1 = "s3cr/et+"\n'


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("", (None, None)),  # nobody could log in
        (KEY, (2587, 2465)),
        (KEY + "[ses]\nsmtp_port = 587", (587, 2465)),
        (KEY + "[ses]\nsmtp_port = false\nsmtps_port = false", (None, None)),
        ("[ses]\nsmtps_port = 465", (None, 465)),
    ],
)
def test_who_has_keys_may_send_by_smtp(tmp_path: Path, text: str, ports: tuple[int | None, int | None]) -> None:
    ses = load(tmp_path, text).ses
    assert (ses.smtp_port, ses.smtps_port) == ports


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("access_keys = 1", "access_keys: expected lines"),
        ('[access_keys]\n"a b" = "x"', "access_keys: an access key's id has"),
        ("[access_keys]\nA = 1", "access_keys.A.secret_key: expected a text"),
        ('[access_keys]\nA = "top secret"', "access_keys.A.secret_key: expected a text"),
        ("[access_keys]\nA = {}", "access_keys.A: expected exactly one of secret_key and secret"),
        ('[access_keys]\nA = {secret = "n", secret_key = "k"}', "access_keys.A: expected exactly one of"),
        ('[access_keys]\nA = {secret = "n", account = "1"}', "access_keys.A.account: expected 12 digits"),
        ('[access_keys]\nA = {sekret = "n"}', "access_keys.A.sekret: unknown key; did you mean secret?"),
        ("[ses]\nsmtp_port = 0", "ses.smtp_port: expected a whole number"),
        ("[ses]\nsmtp_port = 25\ninbound_port = 25", "ses: expected another port for each of smtp_port"),
        ('[ses]\ncertificate = "c.pem"', "ses: expected both of certificate and key"),
        ('[ses]\ncertificate = "c.pem"\nkey = "k.pem"', "ses.key: there is no file"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, text)
    assert problem in str(refused.value)
    assert "top secret" not in str(refused.value)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_the_password_is_the_signature_that_botocore_makes(region: str) -> None:
    """Signature Version 4 of "SendRawEmail" at a fixed date, behind one byte that says which version this is."""
    signer: Any = SigV4Auth(Credentials("AKIA1", "a secret key"), "ses", region)
    request = type("Request", (), {"context": {"timestamp": "11111111T000000Z"}})()
    signature = bytes.fromhex(signer.signature("SendRawEmail", request))
    assert base64.b64decode(smtp_password("a secret key", region)) == b"\x04" + signature
