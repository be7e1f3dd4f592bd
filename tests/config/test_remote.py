"""`[endpoints]` and `[connections]`: what is read, and what is refused with which words."""

from pathlib import Path

import pytest

from engine.config import (
    AWS,
    ApiKeyAuth,
    BasicAuth,
    ConnectionSettings,
    Endpoints,
    HttpParameters,
    OAuthAuth,
    SettingsError,
    load_settings,
)

ENVIRONMENT = {"BILLING_PASSWORD": "s3cret", "TEAM": "orders"}


def test_endpoints_are_kept_by_botocores_names(tmp_path: Path) -> None:
    found = load_settings(
        {},
        {},
        _file(
            tmp_path,
            '[endpoints]\ndefault = "http://127.0.0.1:1"\nregion = "eu-west-1"\nsfn = "http://a:2/x"\n'
            'elasticmapreduce = "aws"\ndynamodb = "https://b"\n',
        ),
    ).endpoints
    assert found == Endpoints(
        default="http://127.0.0.1:1",
        region="eu-west-1",
        services={"stepfunctions": "http://a:2/x", "emr": AWS, "dynamodb": "https://b"},
    )
    assert found.of("emr") == AWS
    assert found.of("s3") == "http://127.0.0.1:1"
    assert Endpoints().of("s3") is None


def test_connections(tmp_path: Path) -> None:
    text = """
[connections.billing]
headers = {X-Team = {env = "TEAM"}}
query = {v = "2"}
basic = {username = "me", password = {env = "BILLING_PASSWORD"}}

[connections.search.api_key]
name = "X-Api-Key"
value = {env = "BILLING_PASSWORD"}

[connections.crm.oauth]
endpoint = "https://id.example/token"
client_id = "c"
client_secret = {env = "BILLING_PASSWORD"}
body = {scope = "all"}
"""
    assert load_settings({}, ENVIRONMENT, _file(tmp_path, text)).connections == {
        "billing": ConnectionSettings(
            BasicAuth("me", "s3cret"), HttpParameters(headers={"X-Team": "orders"}, query={"v": "2"})
        ),
        "search": ConnectionSettings(ApiKeyAuth("X-Api-Key", "s3cret")),
        "crm": ConnectionSettings(
            OAuthAuth("https://id.example/token", "POST", "c", "s3cret", HttpParameters(body={"scope": "all"}))
        ),
    }


def test_secrets_are_in_no_representation(tmp_path: Path) -> None:
    text = '[connections.b.basic]\nusername = "me"\npassword = {env = "BILLING_PASSWORD"}'
    assert "s3cret" not in repr(load_settings({}, ENVIRONMENT, _file(tmp_path, text)))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('endpoints = "x"', 'endpoints: expected a table of SERVICE = "http://..."'),
        ('[endpoints]\ndynamo = "http://a"', "endpoints.dynamo: unknown service; did you mean dynamodb?"),
        ('[endpoints]\ns3 = "ftp://a"', """endpoints.s3: expected "http://host:port", or "aws", not 'ftp://a'"""),
        ("[endpoints]\ns3 = 1", 'endpoints.s3: expected "http://host:port", or "aws", not 1'),
        ('[endpoints]\ns3 = "http://a?b=c"', 'endpoints.s3: expected "http://host:port", or "aws"'),
        (
            '[endpoints]\nsfn = "aws"\nstates = "aws"',
            "endpoints.states: the service has an endpoint already, by another of its names",
        ),
        ('[endpoints]\nregion = "here"', "endpoints.region: expected a region such as us-east-1"),
        ("connections = 1", "connections: expected tables [connections.NAME], not 1"),
        ("[connections]\nx = 1", "connections.x: expected a table"),
        ('[connections."a/b"]', "connections.a/b: a connection's name has"),
        ("[connections.a]", "connections.a: expected exactly one of basic, api_key, oauth"),
        ("[connections.a]\nbasik = {}", "connections.a.basik: unknown key; did you mean basic?"),
        (
            "[connections.a]\nbasic = {}\napi_key = {}",
            "connections.a: expected exactly one of basic, api_key, oauth",
        ),
        ("[connections.a.basic]\nusername = 'x'", "connections.a.basic.password: missing"),
        (
            "[connections.a.basic]\nusername = 'x'\npassword = 'y'",
            'connections.a.basic.password: expected {env = "VARIABLE"} with a variable that is set',
        ),
        (
            "[connections.a.basic]\nusername = 'x'\npassword = {env = 'NONE'}",
            'connections.a.basic.password: expected {env = "VARIABLE"} with a variable that is set',
        ),
        (
            "[connections.a]\nheaders = {'a b' = 'x'}\nbasic = {username = 'x', password = {env = 'TEAM'}}",
            "connections.a.headers: expected a table of texts",
        ),
        (
            "[connections.a.api_key]\nname = 'a b'\nvalue = {env = 'TEAM'}",
            "connections.a.api_key.name: expected the name of a header, not 'a b'",
        ),
        (
            "[connections.a.oauth]\nendpoint = 'x'\nclient_id = 'c'\nclient_secret = {env = 'TEAM'}\nmethod = 'PATCH'",
            "connections.a.oauth.endpoint: expected \"https://...\", not 'x'",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({}, ENVIRONMENT, _file(tmp_path, text))
    assert any(problem in found for found in refused.value.problems), refused.value.problems


def test_a_given_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({}, {}, _file(tmp_path, "[connections.a.basic]\nusername = 'x'\npassword = 'hunter2'"))
    assert "hunter2" not in str(refused.value)


def _file(folder: Path, text: str) -> Path:
    file = folder / "statewright.toml"
    file.write_text(text)
    return file
