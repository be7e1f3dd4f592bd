"""Objects at an S3 endpoint: what is asked of it, and what its answers mean."""

from collections.abc import Iterator

import pytest

from engine.config import Endpoints, Settings
from engine.objects import Bucket, ObjectError, ObjectStore
from integrations.forward.objects import endpoint_store
from tests.integrations.scripted import Reply, Scripted, scripted

BUCKET = Bucket("sales", "000000000000", "eu-west-1")
STAMP = {"ETag": '"e1"', "Last-Modified": "Sun, 22 Nov 2026 16:00:00 GMT"}
STAMP_MS = 1_795_363_200_000
LISTED = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult><Name>sales</Name><IsTruncated>true</IsTruncated><Contents><Key>in/a</Key><Size>5</Size>
<LastModified>2026-11-22T16:00:00.000Z</LastModified><ETag>"e1"</ETag><StorageClass>GLACIER</StorageClass></Contents>
</ListBucketResult>"""


@pytest.fixture(scope="module")
def aws() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture
def store(aws: Scripted) -> ObjectStore:
    aws.reset()
    found = endpoint_store(Settings(endpoints=Endpoints(services={"s3": aws.url})))
    assert found is not None
    return found


def test_none_without_an_endpoint() -> None:
    assert endpoint_store(Settings()) is None
    assert endpoint_store(Settings(endpoints=Endpoints(default="http://127.0.0.1:1"))) is not None


def test_head(aws: Scripted, store: ObjectStore) -> None:
    aws.replies["HEAD /sales/in/a%20b"] = Reply(b"", headers={**STAMP, "Content-Length": "12"})
    info = store.head(BUCKET, "in/a b", "v2")
    assert (info.key, info.etag, info.modified_ms, info.storage_class) == ("in/a b", '"e1"', STAMP_MS, "STANDARD")
    (asked,) = aws.asked
    assert (asked.method, asked.path) == ("HEAD", "/sales/in/a%20b?versionId=v2")
    assert "/eu-west-1/s3/" in asked.headers["authorization"]


def test_a_range(aws: Scripted, store: ObjectStore) -> None:
    aws.replies["GET /sales/a"] = Reply(b"two", 206, {**STAMP, "Content-Range": "bytes 4-6/7"})
    assert store.get(BUCKET, "a", 4, 100, '"e1"') == b"two"
    (asked,) = aws.asked
    assert (asked.headers["range"], asked.headers["if-match"]) == ("bytes=4-103", '"e1"')


def test_an_endpoint_without_ranges_is_refused(aws: Scripted, store: ObjectStore) -> None:
    aws.replies["GET /sales/a"] = Reply(b"one,two", headers=STAMP)
    assert store.get(BUCKET, "a", 0, 3, '"e1"') == b"one"
    with pytest.raises(ObjectError, match="range"):
        store.get(BUCKET, "a", 4, 3, '"e1"')


def test_a_list(aws: Scripted, store: ObjectStore) -> None:
    aws.replies["GET /sales"] = Reply(LISTED)
    page = store.list(BUCKET, "in/", "in/0", 7)
    (found,) = page.objects
    assert page.more and (found.key, found.size_bytes, found.storage_class) == ("in/a", 5, "GLACIER")
    assert found.modified_ms == STAMP_MS
    (asked,) = aws.asked
    query = {"list-type": ["2"], "prefix": ["in/"], "start-after": ["in/0"], "max-keys": ["7"]}
    assert asked.query.items() >= query.items()


def test_put(aws: Scripted, store: ObjectStore) -> None:
    aws.replies["PUT /sales/out/a"] = Reply(b"", headers=STAMP)
    store.put(BUCKET, "out/a", b"content")
    (asked,) = aws.asked
    assert (asked.method, asked.path) == ("PUT", "/sales/out/a") and b"content" in asked.body


def _error(code: str, status: int) -> Reply:
    return Reply(f"<Error><Code>{code}</Code><Message>said so</Message></Error>", status)


@pytest.mark.parametrize(
    ("reply", "code", "passing"),
    [
        (_error("NoSuchKey", 404), "NoSuchKey", False),
        (_error("AccessDenied", 403), "AccessDenied", False),
        (_error("PreconditionFailed", 412), "PreconditionFailed", False),
        (_error("SlowDown", 503), "SlowDown", True),
        (_error("InternalError", 500), "InternalError", True),
    ],
)
def test_refusals(aws: Scripted, store: ObjectStore, reply: Reply, code: str, passing: bool) -> None:
    aws.replies["GET /sales/a"] = reply
    with pytest.raises(ObjectError) as error:
        store.get(BUCKET, "a", 0, 1, '"e1"')
    assert (error.value.code, error.value.passing) == (code, passing)


@pytest.mark.parametrize(("status", "code"), [(404, "NoSuchKey"), (403, "AccessDenied"), (503, "503")])
def test_a_head_has_no_body_to_say_why(aws: Scripted, store: ObjectStore, status: int, code: str) -> None:
    aws.replies["HEAD /sales/a"] = Reply(b"", status)
    with pytest.raises(ObjectError) as error:
        store.head(BUCKET, "a")
    assert (error.value.code, error.value.passing) == (code, status >= 500)


def test_nobody_there() -> None:
    store = endpoint_store(Settings(endpoints=Endpoints(services={"s3": "http://127.0.0.1:9"})))
    assert store is not None
    with pytest.raises(ObjectError) as error:
        store.head(BUCKET, "a")
    assert error.value.passing
