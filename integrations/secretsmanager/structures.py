"""The JSON that a secret with credentials of a database has, by the secret's `Type`. Pure.

| Type | for |
|---|---|
| RDS | Amazon RDS and Aurora, one or two users |
| DocumentDB | Amazon DocumentDB |
| Redshift | Amazon Redshift |

Source: "JSON structure of Secrets Manager secrets" in the user guide. AWS itself keeps `Type` for secrets that partners
hold and checks these structures in its rotation functions only; here the type says what the value must be.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from integrations.secretsmanager.errors import invalid_parameter

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _port(value: Any) -> bool:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:6])
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65_536


def _flag(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("true", "false"))


def _arn(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("arn:") and ":secretsmanager:" in value


def _one_of(*names: str) -> Check:
    return lambda value: isinstance(value, str) and value in names


@dataclass(frozen=True, slots=True)
class Structure:
    """What members must be, and which of them may be. Others may be there too."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check]


_CREDENTIALS: dict[str, Check] = {"host": _text, "username": _text, "password": _text}
_DATABASE: dict[str, Check] = {"dbname": _text, "port": _port, "masterarn": _arn}

STRUCTURES: Mapping[str, Structure] = {
    "RDS": Structure(
        {"engine": _one_of("mysql", "mariadb", "postgres", "oracle", "sqlserver", "db2"), **_CREDENTIALS},
        {**_DATABASE, "dbInstanceIdentifier": _text, "dbClusterIdentifier": _text, "superuserARN": _arn},
    ),
    "DocumentDB": Structure(
        {"engine": _one_of("mongo"), **_CREDENTIALS},
        {**_DATABASE, "ssl": _flag, "dbClusterIdentifier": _text, "dbInstanceIdentifier": _text},
    ),
    "Redshift": Structure(
        {"engine": _one_of("redshift"), **_CREDENTIALS},
        {**_DATABASE, "dbClusterIdentifier": _text, "namespaceName": _text},
    ),
}


def check_type(secret_type: str) -> None:
    """Raises InvalidParameterException for a type that is not known here, a partner's above all."""
    if secret_type not in STRUCTURES:
        raise invalid_parameter(
            f"The Type '{secret_type}' is not supported by this server: it holds no secrets of partners, and knows "
            f"{', '.join(STRUCTURES)}."
        )


def check_structure(secret_type: str, kind: str, data: bytes) -> None:
    """Raises InvalidParameterException, naming the members that are wrong and never their values."""
    structure = STRUCTURES[secret_type]
    try:
        document = orjson.loads(data) if kind == "string" else None
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise invalid_parameter(f"The SecretString of a secret of Type '{secret_type}' must be a JSON object.")
    wrong = [name for name, check in structure.required.items() if name not in document or not check(document[name])]
    wrong += [name for name, check in structure.optional.items() if name in document and not check(document[name])]
    if wrong:
        raise invalid_parameter(
            f"The SecretString does not have the JSON structure of Type '{secret_type}': missing or wrong are "
            f"{', '.join(wrong)}."
        )
