"""Data protection policies: this server does not look into messages, so none can be set, and it says so."""

from typing import Any

from engine.contract import Caller, Transaction
from integrations.sns.access import existing
from integrations.sns.errors import unsupported

Request = dict[str, Any]
Response = dict[str, Any]


def put_data_protection_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PutDataProtectionPolicy: taking a policy away is let pass, as there is none."""
    existing(tx, caller, request["ResourceArn"], "PutDataProtectionPolicy")
    if request["DataProtectionPolicy"].strip() not in ("", "{}"):
        raise unsupported("DataProtectionPolicy", "it does not look into messages to audit, mask or deny them")
    return {}


def get_data_protection_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetDataProtectionPolicy: none is set."""
    existing(tx, caller, request["ResourceArn"], "GetDataProtectionPolicy")
    return {}
