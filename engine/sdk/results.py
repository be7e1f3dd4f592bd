"""From a service's answer to the result of a Task: names, times, blobs.

| | `aws-sdk:` Tasks | optimised integrations |
|---|---|---|
| names | Java's (`DbInstances`) | the model's, with a capital (`DBInstances`) |
| timestamps | ISO-8601 text with milliseconds | milliseconds since 1970 |
| metadata | none | SdkHttpMetadata, SdkResponseMetadata |
| blobs | their text where they are UTF-8, else base64 | the same |

An answer is in the shapes of the model: timestamps as datetime or seconds since 1970, blobs as bytes.
"""

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine.moment import iso_time
from engine.sdk.naming import capitalised, member_name


@dataclass(frozen=True, slots=True)
class Style:
    member: Callable[[str], str]
    timestamp: Callable[[int], Any]  # of epoch milliseconds


SDK = Style(member_name, iso_time)
OPTIMISED = Style(capitalised, int)


def result_of(response: Mapping[str, Any], shape: StructureShape | None, style: Style) -> dict[str, Any]:
    """The result of a Task, without metadata."""
    return {} if shape is None else _structure(response, shape, style)


def with_metadata(result: dict[str, Any], status: int, headers: Mapping[str, str], request_id: str) -> dict[str, Any]:
    """What the optimised integrations add: the HTTP answer's status and headers, and the request's id."""
    return {
        **result,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": dict(headers),
            "HttpStatusCode": status,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }


def _structure(value: Mapping[str, Any], shape: StructureShape, style: Style) -> dict[str, Any]:
    return {
        style.member(name): _value(value[name], member, style)
        for name, member in shape.members.items()
        if value.get(name) is not None
    }


def _value(value: Any, shape: Shape, style: Style) -> Any:
    if isinstance(shape, StructureShape):
        return value if shape.is_document_type else _structure(value, shape, style)
    if isinstance(shape, ListShape):
        return [_value(item, shape.member, style) for item in value]
    if isinstance(shape, MapShape):
        return {str(key): _value(item, shape.value, style) for key, item in value.items()}
    if isinstance(value, datetime):
        return style.timestamp(round(value.timestamp() * 1000))
    if shape.type_name == "timestamp" and isinstance(value, int | float):
        return style.timestamp(round(value * 1000))
    if isinstance(value, bytes | bytearray):
        return blob_text(bytes(value))
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def blob_text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()
