"""GetRandomPassword: from the operating system's randomness. Never stored, never logged."""

import secrets
import string
from typing import Any

from engine.contract import Caller, Transaction
from integrations.secretsmanager.errors import invalid_parameter

Request = dict[str, Any]

LENGTH_DEFAULT = 32
# (the member that excludes it, the type)
_TYPES = (
    ("ExcludeLowercase", string.ascii_lowercase),
    ("ExcludeUppercase", string.ascii_uppercase),
    ("ExcludeNumbers", string.digits),
    ("ExcludePunctuation", string.punctuation),
)


def get_random_password(tx: Transaction, caller: Caller, request: Request) -> dict[str, Any]:
    """GetRandomPassword."""
    return {"RandomPassword": random_password(request, secrets.SystemRandom())}


def random_password(request: Request, source: secrets.SystemRandom) -> str:
    """A password as the members of GetRandomPassword's request ask for it."""
    length = request.get("PasswordLength", LENGTH_DEFAULT)
    excluded = set(request.get("ExcludeCharacters", ""))
    kinds = [chars for member, chars in _TYPES if not request.get(member, False)]
    included = ["".join(char for char in chars if char not in excluded) for chars in kinds]
    required = [chars for chars in included if chars] if request.get("RequireEachIncludedType", True) else []
    space = " " if request.get("IncludeSpace", False) and " " not in excluded else ""
    alphabet = "".join(included) + space
    if not alphabet:
        raise invalid_parameter("Every character is excluded: no password can be made.")
    if length < len(required):
        raise invalid_parameter(
            f"A password of {length} characters is too short to have one of each of {len(required)} character types."
        )
    picked = [source.choice(chars) for chars in required]
    picked += [source.choice(alphabet) for _ in range(length - len(picked))]
    source.shuffle(picked)
    return "".join(picked)
