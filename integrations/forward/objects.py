"""Objects of S3 at the endpoint that `[endpoints]` has for s3. Implements engine.objects.ObjectStore."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from engine.config import Settings
from engine.errors import StateError
from engine.objects import Bucket, ObjectError, ObjectInfo, ObjectPage, ObjectStore
from integrations.forward.clients import ClientKey, Clients, method

_THROTTLED = frozenset({"SlowDown", "Throttling", "ThrottlingException", "RequestTimeout", "RequestLimitExceeded"})
_NO_BODY = {"404": "NoSuchKey", "403": "AccessDenied", "412": "PreconditionFailed"}  # HEAD has a status only


def endpoint_store(settings: Settings) -> ObjectStore | None:
    """None where objects are files in a folder, or s3 has no endpoint."""
    if settings.buckets is not None or settings.endpoints.of("s3") is None:
        return None
    return EndpointStore(Clients(settings.endpoints))


class EndpointStore:
    def __init__(self, clients: Clients):
        self._clients = clients

    def head(self, bucket: Bucket, key: str, version_id: str | None = None) -> ObjectInfo:
        found = self._ask(bucket, "HeadObject", Key=key, **_version(version_id))
        return _info(key, found, found["ContentLength"])

    def get(self, bucket: Bucket, key: str, start: int, length: int, etag: str, version_id: str | None = None) -> bytes:
        given = {"Key": key, "Range": f"bytes={start}-{start + length - 1}", "IfMatch": etag, **_version(version_id)}
        found = self._ask(bucket, "GetObject", **given)
        if start and "ContentRange" not in found:
            raise ObjectError("NotImplemented", "The endpoint of s3 does not answer with a range of an object.")
        with _failing():
            body: bytes = found["Body"].read(length)
        return body

    def list(self, bucket: Bucket, prefix: str, after: str, limit: int) -> ObjectPage:
        given = {"Prefix": prefix, "MaxKeys": limit, **({"StartAfter": after} if after else {})}
        found = self._ask(bucket, "ListObjectsV2", **given)
        objects = [_info(one["Key"], one, one["Size"]) for one in found.get("Contents", [])]
        return ObjectPage(objects, bool(found.get("IsTruncated")))

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        self._ask(bucket, "PutObject", Key=key, Body=body)

    def _ask(self, bucket: Bucket, operation: str, **given: Any) -> dict[str, Any]:
        with _failing():
            client = self._clients.get(ClientKey("s3", bucket.account, bucket.region))
            return method(client, operation)(Bucket=bucket.name, **given)


def _version(version_id: str | None) -> dict[str, str]:
    return {} if version_id is None else {"VersionId": version_id}


def _info(key: str, found: dict[str, Any], size_bytes: int) -> ObjectInfo:
    modified_ms = round(found["LastModified"].timestamp() * 1000)
    return ObjectInfo(key, size_bytes, found["ETag"], modified_ms, found.get("StorageClass", "STANDARD"))


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = _NO_BODY.get(str(said.get("Code")), str(said.get("Code")))
        raise ObjectError(code, str(said.get("Message") or code), status >= 500 or code in _THROTTLED) from None
    except (ConnectionError, HTTPClientError, ResponseParserError) as error:
        raise ObjectError("SdkClientException", str(error), passing=True) from None
    except (BotoCoreError, StateError) as error:
        raise ObjectError("SdkClientException", str(error)) from None
