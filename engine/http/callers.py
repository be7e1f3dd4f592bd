"""Who calls: the account, region and partition of a request, from its credential scope and the server's settings.

The account is the access key id where that is 12 digits, else the configured one; the region is the scope's, else the
configured one. Both isolate state, so nothing odd may pass: what does not look like a region is not one.
"""

import re
from functools import lru_cache

from engine import limits
from engine.auth.scope import Scope
from engine.contract import Caller

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z][a-z0-9-]{1,31}")

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
    """Makes the Caller of a scope; the usual few are remembered."""

    def __init__(self, account: str, region: str):
        self._account = account
        self._region = region
        self.caller = lru_cache(limits.SCOPES_CACHED_MAX)(self._caller)

    def _caller(self, scope: Scope | None) -> Caller:
        account, region = self._account, self._region
        if scope is not None:
            account = scope.access_key if _ACCOUNT.fullmatch(scope.access_key) else account
            region = scope.region if _REGION.fullmatch(scope.region) else region
        return Caller(account, region, partition_of(region))


def partition_of(region: str) -> str:
    """`aws-cn` for `cn-north-1`; `aws` for what is nowhere else."""
    return next((found for start, found in _PARTITIONS.items() if region.startswith(start)), "aws")
