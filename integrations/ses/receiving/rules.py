"""Receipt rules as data: what a rule may be, and whom it takes mail for. Pure; rules are in the API's shape."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine import limits
from engine.errors import ServiceError
from integrations.ses.addresses import is_domain
from integrations.ses.errors import invalid

Rule = Mapping[str, Any]

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,50}")
_HEADER_VALUE = re.compile(r"[^\r\n\x00]{1,2047}")
_REPLY_CODE = re.compile(r"[45][0-9]{2}")
_STATUS_CODE = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX_CHARS_MAX = 900
_MESSAGE_CHARS_MAX = 2_048
# What AWS has and this server has not.
_UNBUILT = {"WorkmailAction": "Amazon WorkMail", "ConnectAction": "Amazon Connect"}
ACTIONS = ("S3Action", "BounceAction", "LambdaAction", "StopAction", "AddHeaderAction", "SNSAction")


def checked_name(name: str, what: str) -> str:
    """Raises ServiceError."""
    if _NAME.fullmatch(name) is None:
        shown = name[: limits.SES_SHOWN_CHARS]
        text = "It has up to 63 letters, digits, '_', '-' and '.', and begins and ends with a letter or digit"
        raise invalid(f"Invalid {what} name: {shown}. {text}")
    return name


def checked(rule: Rule) -> dict[str, Any]:
    """The rule as it is kept, with its defaults. Raises ServiceError; what its actions name is checked elsewhere."""
    checked_name(rule["Name"], "rule")
    recipients, actions = list(rule.get("Recipients") or ()), list(rule.get("Actions") or ())
    if len(recipients) > limits.SES_RULE_RECIPIENTS_MAX:
        raise _too_many(f"A rule has at most {limits.SES_RULE_RECIPIENTS_MAX} recipients.")
    if len(actions) > limits.SES_RULE_ACTIONS_MAX:
        raise _too_many(f"A rule has at most {limits.SES_RULE_ACTIONS_MAX} actions.")
    for recipient in recipients:
        _check_recipient(recipient)
    for action in actions:
        _check_action(action)
    return {
        "Name": rule["Name"],
        "Enabled": bool(rule.get("Enabled", False)),
        "TlsPolicy": rule.get("TlsPolicy") or "Optional",
        "Recipients": recipients,
        "Actions": actions,
        "ScanEnabled": bool(rule.get("ScanEnabled", False)),
    }


def _too_many(text: str) -> ServiceError:
    return ServiceError("LimitExceededException", text)


def _check_recipient(text: str) -> None:
    local, at, domain = text.rpartition("@")
    fit = text.isascii() and text.isprintable() and len(text) <= limits.SES_ADDRESS_CHARS_MAX and (local or not at)
    if not fit or not is_domain(domain if at else domain.removeprefix(".")):
        shown = text[: limits.SES_SHOWN_CHARS]
        raise invalid(f"Invalid recipient: {shown}. A recipient is an address, a domain, or a domain behind a dot")


def _check_action(action: Mapping[str, Any]) -> None:
    given = [name for name, value in action.items() if value is not None]
    if len(given) != 1:
        raise invalid("An action of a rule is exactly one of " + ", ".join(ACTIONS))
    (name,) = given
    if name in _UNBUILT:
        raise invalid(f"The action {name} is not supported by this server, which has no {_UNBUILT[name]}.")
    check = _CHECKS.get(name)
    if check is not None:
        check(action[name])


def _check_s3(action: Mapping[str, Any]) -> None:
    for member in ("KmsKeyArn", "IamRoleArn"):
        if action.get(member):
            raise invalid(f"The parameter {member} of an S3Action is not supported by this server.")
    if _BUCKET.fullmatch(action["BucketName"]) is None:
        raise invalid(f"Invalid bucket name: {action['BucketName'][: limits.SES_SHOWN_CHARS]}")
    prefix = action.get("ObjectKeyPrefix") or ""
    if len(prefix) > _PREFIX_CHARS_MAX or not prefix.isprintable():
        raise invalid(f"An ObjectKeyPrefix has at most {_PREFIX_CHARS_MAX} printable characters")


def _check_bounce(action: Mapping[str, Any]) -> None:
    if _REPLY_CODE.fullmatch(action["SmtpReplyCode"]) is None:
        raise invalid(f"Invalid SMTP reply code: {action['SmtpReplyCode'][:10]}. It has three digits, the first 4 or 5")
    if action.get("StatusCode") and _STATUS_CODE.fullmatch(action["StatusCode"]) is None:
        raise invalid(f"Invalid status code: {action['StatusCode'][:10]}. It is as 5.1.1")
    if len(action["Message"]) > _MESSAGE_CHARS_MAX or not action["Message"].isprintable():
        raise invalid(f"The message of a bounce is one line of at most {_MESSAGE_CHARS_MAX} characters")


def _check_header(action: Mapping[str, Any]) -> None:
    if _HEADER_NAME.fullmatch(action["HeaderName"]) is None:
        raise invalid("The name of a header has 1 to 50 letters, digits and '-'")
    if _HEADER_VALUE.fullmatch(action["HeaderValue"]) is None or not action["HeaderValue"].isascii():
        raise invalid("The value of a header is one line of less than 2048 ASCII characters")


_CHECKS = {"S3Action": _check_s3, "BounceAction": _check_bounce, "AddHeaderAction": _check_header}


def takes(rule: Rule, address: str) -> bool:
    """Whether an enabled rule is for mail to this address. Without recipients it is for all verified ones."""
    if not rule["Enabled"]:
        return False
    local, _, domain = address.rpartition("@")
    plain, domain = local.partition("+")[0].lower(), domain.lower()
    wanted = [recipient.lower() for recipient in rule["Recipients"]]
    return not wanted or any(_is_for(one, plain, local.lower(), domain) for one in wanted)


def _is_for(recipient: str, plain: str, local: str, domain: str) -> bool:
    """`.example.com` is for its subdomains and not for itself; `ann@` is for `ann+label@`, too."""
    if recipient.startswith("."):
        return domain.endswith(recipient)
    wanted, at, there = recipient.rpartition("@")
    return there == domain and (not at or wanted in (local, plain))


def matching(rules: Sequence[Rule], addresses: Sequence[str]) -> list[tuple[Rule, list[str]]]:
    """The rules that take the mail, in order, each with the recipients it takes it for."""
    found = [(rule, [address for address in addresses if takes(rule, address)]) for rule in rules]
    return [(rule, taken) for rule, taken in found if taken]
