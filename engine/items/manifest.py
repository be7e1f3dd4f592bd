"""Manifests: objects that name the data files which hold the items.

| type | the manifest | the data files |
|---|---|---|
| S3_INVENTORY | JSON: destinationBucket, fileFormat, fileSchema, files | CSV without headers, which fileSchema gives |
| ATHENA_DATA | a line for each file: its URI (of UNLOAD: `...-manifest.csv`) | as the ReaderConfig says |

Data files may be packed by gzip. A manifest is read whole, and must not change while its files are read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from engine import limits
from engine.errors import InvariantError
from engine.items.json_lines import parsed
from engine.items.part import Part, PartContent, bucket_of
from engine.items.request import Format, ReadError, ReadRequest
from engine.objects import Bucket, ObjectStore

_URI = re.compile(r"s3[an]?://(?P<bucket>[^/]+)/(?P<key>.+)", re.IGNORECASE)
_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:::(?P<bucket>[^/:]+)")
_File = tuple[str, str]  # bucket, key


def named_in_manifest(store: ObjectStore, request: ReadRequest, place: str) -> Iterator[Part]:
    """The data files from a place on. Raises ReadError."""
    number, etag = _read_place(place)
    manifest = Part("", bucket_of(request), request.key or "", Format("JSON"), request.version_id)
    content = PartContent(store, manifest, etag)
    if content.size > limits.READER_MANIFEST_BYTES_MAX:
        raise ReadError(f"The manifest is larger than {limits.READER_MANIFEST_BYTES_MAX} bytes.")
    text = content.get(0, content.size) if content.size else b""
    format, files = _athena(text, request) if request.manifest == "ATHENA_DATA" else _inventory(text, request)
    for at, (bucket, key) in enumerate(files[number:], number):
        where = Bucket(bucket, request.account, request.region)
        yield Part(f"{at} {content.etag}", where, key, format, packed=True)


def _read_place(place: str) -> tuple[int, str]:
    number, _, etag = place.partition(" ")
    return int(number or 0), etag


def _inventory(text: bytes, request: ReadRequest) -> tuple[Format, Sequence[_File]]:
    manifest: Any = parsed(text, "MANIFEST")
    try:
        arn, schema = str(manifest["destinationBucket"]), str(manifest["fileSchema"])
        kind, files = manifest["fileFormat"], [str(file["key"]) for file in manifest["files"]]
    except (TypeError, KeyError) as missing:
        raise ReadError(f"The manifest is not that of an S3 inventory: {missing} is missing.") from None
    if kind != "CSV":
        raise ReadError(f"The data files of an S3 inventory must be CSV, not {kind}.")
    found = _BUCKET_ARN.fullmatch(arn)
    bucket = arn if found is None else found["bucket"]
    headers = tuple(name.strip() for name in schema.split(","))
    given = request.format or Format("CSV")
    return replace(given, input_type="CSV", headers=headers), [(bucket, key) for key in files]


def _athena(text: bytes, request: ReadRequest) -> tuple[Format, Sequence[_File]]:
    if request.format is None:
        raise InvariantError("nothing says how the data files of a manifest hold their items")
    files = []
    for line in text.decode(errors="replace").splitlines():
        if uri := line.strip().strip('"'):
            found = _URI.fullmatch(uri)
            if found is None:
                raise ReadError(f"The manifest names something that is no object of S3: {uri[:200]}")
            files.append((found["bucket"], found["key"]))
    return request.format, files
