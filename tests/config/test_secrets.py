"""`secret = "..."` of functions and connections."""

from pathlib import Path

import pytest

from engine.config import SecretAuth, SettingsError, load_settings


def file(folder: Path, text: str) -> Path:
    path = folder / "statewright.toml"
    path.write_text(text)
    return path


def test_a_secret_is_named(tmp_path: Path) -> None:
    text = """
[functions.pay]
command = ["pay"]
secret = "orders/gateway"
[connections.billing]
secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:billing-AbCdEf"
headers = {X-Team = "orders"}
"""
    settings = load_settings({}, {}, file(tmp_path, text))
    assert settings.functions["pay"].secret == "orders/gateway"
    billing = settings.connections["billing"]
    assert isinstance(billing.auth, SecretAuth) and billing.auth.secret.endswith("billing-AbCdEf")
    assert billing.parameters.headers == {"X-Team": "orders"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[functions.f]\nurl = "http://h"\nsecret = "s"', "functions.f.secret: means nothing for a url"),
        ('[functions.f]\ncommand = ["c"]\nsecret = "a b"', "functions.f.secret: expected the name or ARN of a secret"),
        ("[connections.c]\nsecret = 1", "connections.c.secret: expected the name or ARN of a secret"),
        (
            '[connections.c]\nsecret = "s"\nbasic = {username = "u", password = {env = "P"}}',
            "connections.c: expected exactly one of basic, api_key, oauth, secret",
        ),
        ("[connections.c]", "connections.c: expected exactly one of basic, api_key, oauth, secret"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({}, {"P": "p"}, file(tmp_path, text))
    assert problem in str(refused.value)
