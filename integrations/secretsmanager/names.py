"""Names and ARNs of secrets. Pure.

arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf        six random characters
arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME               a partial ARN, without them
"""

import re
import string
from dataclasses import dataclass

from engine.contract import Caller
from engine.moment import Moment
from integrations.secretsmanager.errors import invalid_name

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!\-]{1,512}")
_SUFFIX_CHARS = string.ascii_letters + string.digits
SUFFIX_LENGTH = 6


@dataclass(frozen=True, slots=True)
class SecretArn:
    """`name`: what stands behind `secret:`, with the six characters or without."""

    region: str
    account: str
    name: str


def check_name(name: str) -> None:
    """Raises ValidationException: of a new secret's name, and of a SecretId that is no ARN."""
    if not _NAME.fullmatch(name):
        raise invalid_name()


def new_suffix(moment: Moment) -> str:
    """Six characters that tell a secret from others that had its name before."""
    return "".join(_SUFFIX_CHARS[int(moment.random() * len(_SUFFIX_CHARS))] for _ in range(SUFFIX_LENGTH))


def secret_arn(caller: Caller, name: str, suffix: str) -> str:
    return caller.arn("secretsmanager", f"secret:{name}-{suffix}")


def in_region(arn: str, region: str) -> str:
    """The ARN of a secret's replica: the same but for the region."""
    parts = arn.split(":", 4)
    return ":".join([*parts[:3], region, parts[4]])


def read_arn(text: str) -> SecretArn | None:
    """None: it is no ARN of a secret."""
    parts = text.split(":", 6)
    if len(parts) != 7 or parts[0] != "arn" or parts[2] != "secretsmanager" or parts[5] != "secret" or not parts[6]:
        return None
    return SecretArn(parts[3], parts[4], parts[6])
