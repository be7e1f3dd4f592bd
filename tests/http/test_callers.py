"""From a request's credentials to account, region and partition."""

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from engine.auth.scope import Scope, from_authorization, from_query
from engine.contract import Caller
from engine.http.callers import Callers, partition_of

SIGNED = "AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host;x-amz-date, Signature=abc"
HOME = Caller("000000000000", "us-east-1")
NOBODY = Caller("000000000000", "us-east-1", anonymous=True)


@pytest.mark.parametrize(
    ("credential", "scope"),
    [
        ("AKID/20261122/eu-west-1/states/aws4_request", Scope("AKID", "20261122", "eu-west-1", "states")),
        ("a/b/20261122/eu-west-1/states/aws4_request", Scope("a/b", "20261122", "eu-west-1", "states")),
        ("AKID/20261122/states/aws4_request", Scope("AKID", "20261122", "", "states")),
        ("", None),
        ("AKID", None),
        ("AKID/20261122/eu-west-1/states/other", None),
        ("x" * 1000 + "/20261122/eu-west-1/states/aws4_request", None),
    ],
)
def test_scopes(credential: str, scope: Scope | None) -> None:
    assert from_authorization(SIGNED.format(credential)) == scope
    assert from_query(f"a=b&X-Amz-Credential={credential.replace('/', '%2F')}&c".encode()) == scope


@pytest.mark.parametrize("header", ["", "Basic dXNlcg==", "Bearer x", "Credential", "AWS AKID:signature"])
def test_other_authorizations_are_no_scope(header: str) -> None:
    assert from_authorization(header) is None


def test_a_flood_of_query_fields_is_no_scope() -> None:
    assert from_query(b"X-Amz-Credential=a&" + b"a=b&" * 1_000) is None


@given(st.text(), st.binary())
def test_anything_is_a_scope_or_none(header: str, query: bytes) -> None:
    for scope in (from_authorization("Credential=" + header), from_query(b"X-Amz-Credential=" + query)):
        assert Callers("000000000000", "us-east-1").caller(scope) is not None


@pytest.mark.parametrize(
    ("scope", "caller"),
    [
        (None, NOBODY),
        (Scope("AKID", "", "", "states"), HOME),
        (Scope("AKID", "", "../x", "states"), HOME),
        (Scope("AKID", "", "EU:WEST", "states"), HOME),
        (Scope("12345678901\u0662", "", "us-east-1", "states"), HOME),
        (Scope("123456789012", "", "us-iso-east-1", "states"), Caller("123456789012", "us-iso-east-1", "aws-iso")),
        (Scope("AKID", "", "us-isob-east-1", "states"), Caller("000000000000", "us-isob-east-1", "aws-iso-b")),
    ],
)
def test_callers(scope: Scope | None, caller: Caller) -> None:
    assert Callers("000000000000", "us-east-1").caller(scope) == caller


def test_every_region_of_botocore_has_its_partition() -> None:
    for partition in Loader().load_data("partitions")["partitions"]:
        for region in partition["regions"]:
            if not region.endswith("-global"):
                assert partition_of(region) == partition["id"]


@pytest.mark.parametrize(
    ("host", "path", "account", "region", "base_url"),
    [
        ("localhost:4566", "/", "000000000000", "us-east-1", "http://localhost:4566"),
        ("[::1]:4566", "/111122223333/q", "111122223333", "us-east-1", "http://[::1]:4566"),
        ("sqs.eu-west-1.localhost", "/", "000000000000", "eu-west-1", "http://sqs.eu-west-1.localhost"),
        (
            "eu-west-1.queue.localhost",
            "/111122223333/q.fifo",
            "111122223333",
            "eu-west-1",
            "http://eu-west-1.queue.localhost",
        ),
        ("a", "/queue/eu-west-1/111122223333/q", "111122223333", "eu-west-1", "http://a"),
        ("a", "/queue/111122223333/q", "111122223333", "us-east-1", "http://a"),
        ("a", "/11112222333/q", "000000000000", "us-east-1", "http://a"),
        ("a", "/111122223333/q/more", "000000000000", "us-east-1", "http://a"),
        ("a b", "/", "000000000000", "us-east-1", ""),
        ("", "/", "000000000000", "us-east-1", ""),
        ("x" * 300, "/", "000000000000", "us-east-1", ""),
    ],
)
def test_callers_without_credentials(host: str, path: str, account: str, region: str, base_url: str) -> None:
    caller = Callers("000000000000", "us-east-1").caller(None, host, path)
    assert caller == Caller(account, region, "aws", base_url, anonymous=True)


def test_credentials_have_precedence_over_the_url() -> None:
    caller = Callers("000000000000", "us-east-1").caller(
        Scope("123456789012", "", "eu-west-1", "sqs"), "sqs.us-west-2.localhost", "/111122223333/q", "https"
    )
    assert caller == Caller("123456789012", "eu-west-1", "aws", "https://sqs.us-west-2.localhost")
