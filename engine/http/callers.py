"""Who calls: the account, region and partition of a request, from its credential scope and the server's settings.

The account is the access key id where that is 12 digits, else the configured one; the region is the scope's, else the
configured one. A request without credentials is the account's and region's that its URL names, where it is a queue's:
browsers and curl call those. Both isolate state, so nothing odd may pass: what does not look like a region is not one.
"""

import re
from functools import lru_cache

from engine import limits
from engine.auth.scope import Scope
from engine.contract import Caller

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z][a-z0-9-]{1,31}")
_REGION_LABEL = re.compile(r"[a-z]{2,4}(-[a-z]{2,9}){1,2}-[0-9]")
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
# A queue's URL: `/000000000000/name`, and `/queue/eu-west-1/000000000000/name` of hosts that say no region.
QUEUE_PATH = re.compile(
    r"(?:/queue)?(?:/(?P<region>[a-z]{2,4}(?:-[a-z]{2,9}){1,2}-[0-9]))?/(?P<account>[0-9]{12})/[\w.-]{1,80}/?"
)

# The partition of a region, by how its name begins.
_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eu-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


class Callers:
    """Makes the Caller of a scope, host, path (where there is no scope) and scheme; the usual few are remembered."""

    def __init__(self, account: str, region: str):
        self._account = account
        self._region = region
        self.caller = lru_cache(limits.SCOPES_CACHED_MAX)(self._caller)

    def _caller(self, scope: Scope | None, host: str = "", path: str = "/", scheme: str = "http") -> Caller:
        account, region = self._account, self._region
        if scope is not None:
            account = scope.access_key if _ACCOUNT.fullmatch(scope.access_key) else account
            region = scope.region if _REGION.fullmatch(scope.region) else region
        else:
            region = region_in_host(host) or region
            if (url := QUEUE_PATH.fullmatch(path)) is not None:
                account, region = url["account"], url["region"] or region
        base_url = f"{scheme}://{host}" if _HOST.fullmatch(host) else ""
        return Caller(account, region, partition_of(region), base_url, scope is None)


def region_in_host(host: str) -> str | None:
    """`eu-west-1` in `sqs.eu-west-1.localhost:4566` and `eu-west-1.queue.localhost`."""
    labels = host.partition(":")[0].split(".")[:-1]
    return next((label for label in labels[:2] if _REGION_LABEL.fullmatch(label)), None)


def partition_of(region: str) -> str:
    """`aws-cn` for `cn-north-1`; `aws` for what is nowhere else."""
    return next((found for start, found in _PARTITIONS.items() if region.startswith(start)), "aws")
