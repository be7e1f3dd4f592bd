"""ItemReader over the protocol of S3: an endpoint that is asked for ranges, and that is not always there."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.client import Api
from tests.integrations.scripted import Asked, Reply, Scripted, scripted
from tests.integrations.serving import served
from tests.map_runs.test_readers import NOTHING, reading
from tests.map_runs.test_running import map_run, run

BODY = b"".join(b'{"number": %d}\n' % number for number in range(1_500))
STAMP = {"ETag": '"e1"', "Last-Modified": "Sun, 22 Nov 2026 16:00:00 GMT"}
PATH = "/data-bucket/lines.jsonl"


@pytest.fixture(scope="module")
def aws() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture(scope="module")
def api(aws: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("s3")
    with served(folder, f'[endpoints]\ns3 = "{aws.url}"\n', dict(os.environ)) as server:
        yield server.start()


def _range(asked: Asked) -> Reply:
    first, _, last = asked.headers["range"].removeprefix("bytes=").partition("-")
    part = BODY[int(first) : int(last) + 1]
    return Reply(part, 206, {**STAMP, "Content-Range": f"bytes {first}-{last}/{len(BODY)}"})


def _error(code: str, status: int) -> Reply:
    return Reply(f"<Error><Code>{code}</Code><Message>as told</Message></Error>", status)


HEAD = Reply(b"", headers={**STAMP, "Content-Length": str(len(BODY))})


def test_an_object_is_read_in_ranges(aws: Scripted, api: Api) -> None:
    aws.reset()
    answers = [_error("SlowDown", 503)]

    def get(asked: Asked) -> Reply:
        return answers.pop() if answers else _range(asked)

    aws.replies = {f"HEAD {PATH}": HEAD, f"GET {PATH}": get}
    ended = run(api, reading({"InputType": "JSONL"}, "lines.jsonl", states=NOTHING), None)
    assert ended["status"] == "SUCCEEDED"
    assert map_run(api, ended["executionArn"])["itemCounts"]["succeeded"] == 1_500
    gets = aws.of(f"GET {PATH}")
    assert len(gets) == 2 and all(asked.headers["if-match"] == '"e1"' for asked in gets)


@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("PreconditionFailed", 412)])
def test_what_is_refused(aws: Scripted, api: Api, code: str, status: int) -> None:
    aws.reset()
    aws.replies = {f"HEAD {PATH}": HEAD, f"GET {PATH}": _error(code, status)}
    ended = run(api, reading({"InputType": "JSONL"}, "lines.jsonl"), None)
    assert (ended["error"], ended["cause"]) == (
        "States.ItemReaderFailed",
        f"{code}: as told (S3://data-bucket/lines.jsonl)",
    )


def test_a_list_in_pages(aws: Scripted, api: Api) -> None:
    aws.reset()

    def listed(asked: Asked) -> Reply:
        after = parse_qs(urlsplit(asked.path).query).get("start-after", [""])[0]
        first = int(after.removeprefix("in/") or -1) + 1
        objects = "".join(
            f"<Contents><Key>in/{number}</Key><Size>1</Size><ETag>e</ETag>"
            "<LastModified>2026-11-22T16:00:00.000Z</LastModified></Contents>"
            for number in range(first, min(first + 4, 10))
        )
        more = str(first + 4 < 10).lower()
        return Reply(f"<ListBucketResult><IsTruncated>{more}</IsTruncated>{objects}</ListBucketResult>")

    aws.replies = {"GET /data-bucket": listed}
    ended = run(api, reading(None, prefix="in/", states=NOTHING), None)
    assert map_run(api, ended["executionArn"])["itemCounts"]["succeeded"] == 10
    assert len(aws.of("GET /data-bucket")) == 3
