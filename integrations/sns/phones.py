"""SMS: Publish to a telephone number, SMS attributes, opted-out numbers, the sandbox's numbers.

Messages go to the configured webhook, or are kept as records. This server sends to every number (no account is in the
sandbox); the numbers of the sandbox are kept, and their one-time passwords are sent and checked.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sns import envelope, number_store
from integrations.sns.deliveries import Delivery, post
from integrations.sns.errors import invalid, unsupported
from integrations.sns.messages import content
from integrations.sns.names import phone_number
from integrations.sns.number_store import OPTED_OUT, SANDBOX, Number, Owner
from integrations.sns.retry_schedule import CUSTOMER
from integrations.sns.tokens import page_token, read_page_token
from integrations.sns.topic_attributes import check_role

Request = dict[str, Any]
Response = dict[str, Any]

_OPT_IN_DAYS = 30  # a number may be opted in once in so many
_DAY_MS = 86_400_000
_CODE_MINUTES = 15
_SMS_TYPES = ("Promotional", "Transactional")


def publish(tx: Transaction, caller: Caller, request: Request) -> Response:
    """Publish to a telephone number."""
    number = phone_number(request["PhoneNumber"])
    if number is None:
        raise invalid(f"PhoneNumber Reason: {request['PhoneNumber']} is not valid to publish to")
    message_id = tx.moment.uuid()
    views = envelope.attribute_views(request.get("MessageAttributes") or {})
    send(tx, caller.account, caller.region, number, message_id, content(request).of("sms"), views)
    return {"MessageId": message_id}


def send(
    tx: Transaction, account: str, region: str, number: str, message_id: str, text: str, views: dict[str, Any]
) -> None:
    delivery = Delivery(
        "sms",
        number,
        account,
        region,
        "",
        "",
        message_id,
        tx.moment.epoch_ms,
        text,
        {"attributes": views, **facts(tx, (account, region))},
        CUSTOMER.packed(),
    )
    if not is_opted_out(tx, (account, region), number):
        post(tx, delivery)


def facts(tx: Transaction, owner: Owner) -> dict[str, Any]:
    """What the account's SMS attributes say for its messages."""
    attributes = number_store.attributes(tx.connection, owner)
    return {
        "sender": attributes.get("DefaultSenderID"),
        "type": attributes.get("DefaultSMSType", "Promotional"),
    }


def is_opted_out(tx: Transaction, owner: Owner, number: str) -> bool:
    found = number_store.find(tx.connection, owner, OPTED_OUT, number)
    return found is not None and found.status == OPTED_OUT


def opt_out(tx: Transaction, owner: Owner, number: str) -> None:
    """Its holder wants no messages any more."""
    found = number_store.find(tx.connection, owner, OPTED_OUT, number)
    opted_in_at = "" if found is None else found.code
    number_store.put(tx.connection, owner, OPTED_OUT, Number(number, OPTED_OUT, opted_in_at, tx.moment.epoch_ms))


# ---- SMS attributes ----


def set_sms_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """SetSMSAttributes."""
    given: dict[str, str] = request["attributes"]
    for name, value in given.items():
        if name not in _ATTRIBUTES:
            raise invalid(f"{name} is not a valid attribute")
        if value:
            _ATTRIBUTES[name](name, value)
    for name, value in given.items():
        number_store.put_attribute(tx.connection, _owner(caller), name, value)
    return {}


def get_sms_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetSMSAttributes."""
    found = number_store.attributes(tx.connection, _owner(caller))
    wanted = request.get("attributes")
    for name in wanted or []:
        if name not in _ATTRIBUTES:
            raise invalid(f"{name} is not a valid attribute")
    return {"attributes": {name: value for name, value in found.items() if not wanted or name in wanted}}


def _sender(name: str, value: str) -> None:
    if not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9\-]{1,11}", value):
        raise invalid(f"{name} is not a valid sender ID")


def _type(name: str, value: str) -> None:
    if value not in _SMS_TYPES:
        raise invalid(f"{name} must be one of: {', '.join(_SMS_TYPES)}")


def _rate(name: str, value: str) -> None:
    if not value.isdecimal() or int(value) > 100:
        raise invalid(f"{name} must be an integer from 0 to 100")


def _role(name: str, value: str) -> None:
    if (error := check_role(name, value)) is not None:
        raise error


def _no_money(name: str, value: str) -> None:
    raise unsupported(name, "it knows no prices and writes no usage reports")


_ATTRIBUTES: dict[str, Callable[[str, str], None]] = {
    "MonthlySpendLimit": _no_money,
    "UsageReportS3Bucket": _no_money,
    "DefaultSenderID": _sender,
    "DefaultSMSType": _type,
    "DeliveryStatusIAMRole": _role,
    "DeliveryStatusSuccessSamplingRate": _rate,
}


# ---- opted-out numbers ----


def check_if_phone_number_is_opted_out(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CheckIfPhoneNumberIsOptedOut."""
    return {"isOptedOut": is_opted_out(tx, _owner(caller), _number(request["phoneNumber"], "phoneNumber"))}


def list_phone_numbers_opted_out(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListPhoneNumbersOptedOut."""
    query = ("opted out", caller.account, caller.region)
    after = read_page_token(request.get("nextToken"), "", *query)
    found = number_store.listed(tx.connection, _owner(caller), OPTED_OUT, after, limits.SNS_PAGE_MAX + 1)
    page = found[: limits.SNS_PAGE_MAX]
    response: Response = {"phoneNumbers": [one.number for one in page if one.status == OPTED_OUT]}
    if len(found) > len(page):
        response["nextToken"] = page_token(page[-1].number, *query)
    return response


def opt_in_phone_number(tx: Transaction, caller: Caller, request: Request) -> Response:
    """OptInPhoneNumber: once in thirty days."""
    number = _number(request["phoneNumber"], "phoneNumber")
    found = number_store.find(tx.connection, _owner(caller), OPTED_OUT, number)
    if found is None or found.status != OPTED_OUT:
        return {}
    if found.code and tx.moment.epoch_ms - int(found.code) < _OPT_IN_DAYS * _DAY_MS:
        raise invalid(f"PhoneNumber Reason: {number} was opted in within the last {_OPT_IN_DAYS} days")
    opted = Number(number, "opted-in", str(tx.moment.epoch_ms), found.time_ms)
    number_store.put(tx.connection, _owner(caller), OPTED_OUT, opted)
    return {}


# ---- the sandbox ----


def get_sms_sandbox_account_status(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetSMSSandboxAccountStatus: no account of this server is in the sandbox."""
    return {"IsInSandbox": False}


def create_sms_sandbox_phone_number(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CreateSMSSandboxPhoneNumber: sends a one-time password."""
    owner, number = _owner(caller), _number(request["PhoneNumber"], "PhoneNumber")
    if request.get("LanguageCode", "en-US") not in ("en-US", "en-GB"):
        raise unsupported("LanguageCode", "it writes verification messages in English only")
    if is_opted_out(tx, owner, number):
        raise ServiceError("OptedOut", f"{number} has opted out of receiving messages")
    found = number_store.find(tx.connection, owner, SANDBOX, number)
    if found is None and number_store.count(tx.connection, owner, SANDBOX) >= limits.SNS_SANDBOX_NUMBERS_MAX:
        raise ServiceError("UserError", f"An account can have {limits.SNS_SANDBOX_NUMBERS_MAX} sandbox phone numbers")
    code = f"{secrets.randbelow(1_000_000):06d}"
    number_store.put(
        tx.connection, owner, SANDBOX, Number(number, "Pending", _digest(number, code), tx.moment.epoch_ms)
    )
    send(tx, caller.account, caller.region, number, tx.moment.uuid(), f"Your verification code is {code}", {})
    return {}


def verify_sms_sandbox_phone_number(tx: Transaction, caller: Caller, request: Request) -> Response:
    """VerifySMSSandboxPhoneNumber."""
    owner, number = _owner(caller), _number(request["PhoneNumber"], "PhoneNumber")
    found = _sandboxed(tx, owner, number)
    age_ms = tx.moment.epoch_ms - found.time_ms
    right = secrets.compare_digest(found.code, _digest(number, request["OneTimePassword"]))
    if found.status != "Verified" and (not right or age_ms > _CODE_MINUTES * 60_000):
        raise ServiceError("VerificationException", "Verification code is invalid or has expired")
    number_store.put(tx.connection, owner, SANDBOX, Number(number, "Verified", "", found.time_ms))
    return {}


def delete_sms_sandbox_phone_number(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteSMSSandboxPhoneNumber."""
    owner, number = _owner(caller), _number(request["PhoneNumber"], "PhoneNumber")
    number_store.remove(tx.connection, owner, SANDBOX, _sandboxed(tx, owner, number).number)
    return {}


def list_sms_sandbox_phone_numbers(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListSMSSandboxPhoneNumbers."""
    query = ("sandbox", caller.account, caller.region)
    size = request.get("MaxResults") or limits.SNS_PAGE_MAX
    after = read_page_token(request.get("NextToken"), "", *query)
    found = number_store.listed(tx.connection, _owner(caller), SANDBOX, after, size + 1)
    response: Response = {"PhoneNumbers": [{"PhoneNumber": one.number, "Status": one.status} for one in found[:size]]}
    if len(found) > size:
        response["NextToken"] = page_token(found[size - 1].number, *query)
    return response


def list_origination_numbers(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListOriginationNumbers: this server owns none."""
    read_page_token(request.get("NextToken"), "", "origination numbers")
    return {"PhoneNumbers": []}


def _sandboxed(tx: Transaction, owner: Owner, number: str) -> Number:
    found = number_store.find(tx.connection, owner, SANDBOX, number)
    if found is None:
        raise ServiceError("ResourceNotFound", f"The phone number {number} is not in the sandbox", 404)
    return found


def _owner(caller: Caller) -> Owner:
    return caller.account, caller.region


def _number(text: str, parameter: str) -> str:
    number = phone_number(text)
    if number is None:
        raise invalid(f"{parameter} Reason: input incorrectly formatted")
    return number


def _digest(number: str, code: str) -> str:
    return hashlib.sha256(f"{number} {code}".encode()).hexdigest()
