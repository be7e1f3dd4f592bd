"""`[endpoints]`: where the calls of services that are not built in go.

[endpoints]
default = "http://127.0.0.1:4500"     every service that is not named
dynamodb = "http://127.0.0.1:8000"    by botocore's name, the aws-sdk one (`sfn`) or the optimised one (`states`)
s3 = "aws"                            AWS itself, in the call's region
region = "eu-west-1"                  of the calls; else that of the execution
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.config.values import Kind, hint, read_value, refuse_unless, text

AWS = "aws"  # in place of a URL


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`services` is keyed by botocore's names. A URL may hold a path and no query; AWS stands for AWS itself."""

    default: str | None = None
    region: str | None = None
    services: Mapping[str, str] = field(default_factory=dict)

    def of(self, service: str) -> str | None:
        """Where the calls of a service (botocore's name) go; None: nowhere."""
        return self.services.get(service, self.default)


def read_endpoints(
    table: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> "Endpoints | None":
    if not isinstance(table, dict):
        problems.append(f'{where}: expected a table of SERVICE = "http://..."')
        return None
    from engine.wire.service_names import any_service, service_names  # loads botocore: only who forwards pays for it

    values: dict[str, Any] = {}
    services: dict[str, Any] = {}
    for key, value in table.items():
        place = f"{where}.{key}"
        if key in _KEYS:
            read_value(_KEYS[key], value, place, values, key, problems)
        elif (name := any_service(key)) is None:
            problems.append(f"{place}: unknown service{hint(key, [*_KEYS, *service_names()])}")
        elif name in services:
            problems.append(f"{place}: the service has an endpoint already, by another of its names")
        else:
            read_value(_ENDPOINT, value, place, services, name, problems)
    return Endpoints(services=services, **values)


def _read_endpoint(value: Any) -> str:
    refuse_unless(isinstance(value, str))
    if value != AWS:
        parts = urlsplit(value)
        refuse_unless(parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
        refuse_unless(not parts.query and not parts.fragment and re.search(r"\s", value) is None)
    return str(value)


_ENDPOINT = Kind('"http://host:port", or "aws"', _read_endpoint)
_KEYS: dict[str, Kind] = {
    "default": _ENDPOINT,
    "region": Kind("a region such as us-east-1", text(r"[a-z]{2,}(-[a-z0-9]+)+")),
}
