"""What SES tells of a mail that came in: to topics, and to functions ("Contents of notifications" in its guide). Pure.

Nothing here looks for spam and viruses: those verdicts are GRAY where a rule has scanning on and DISABLED where not.
Those of SPF, DKIM and DMARC are the plan's, and GRAY where nobody judged.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from typing import Any

from engine import limits
from engine.moment import iso_time
from integrations.ses.receiving.plan import Arrival, Plan, Step

SUBJECT = "Amazon SES Email Receipt Notification"
_GRAY, _DISABLED = "GRAY", "DISABLED"
# What the standard library raises on odd headers.
_UNFIT = (LookupError, ValueError, MessageError, AttributeError, TypeError, RecursionError)
# Of commonHeaders: header -> (member, whether it is a list).
_COMMON = {
    "From": ("from", True),
    "Sender": ("sender", False),
    "Date": ("date", False),
    "To": ("to", True),
    "Cc": ("cc", True),
    "Bcc": ("bcc", True),
    "Reply-To": ("replyTo", True),
    "Message-ID": ("messageId", False),
    "Subject": ("subject", False),
}
_TYPES = {
    "S3Action": "S3",
    "SNSAction": "SNS",
    "LambdaAction": "Lambda",
    "BounceAction": "Bounce",
    "StopAction": "Stop",
    "AddHeaderAction": "AddHeader",
}
# What an action's object shows of it: member of the action -> member of the object.
_SHOWN = {
    "TopicArn": "topicArn",
    "BucketName": "bucketName",
    "ObjectKeyPrefix": "objectKeyPrefix",
    "FunctionArn": "functionArn",
    "InvocationType": "invocationType",
    "SmtpReplyCode": "smtpReplyCode",
    "StatusCode": "statusCode",
    "Message": "message",
    "Sender": "sender",
}


def trace(
    arrival: Arrival, message_id: str, region: str, recipient: str, scanned: bool, now_ms: int, judged: str = ""
) -> bytes:
    """The headers that SES puts before those that the mail came with. `judged`: those of SPF, DKIM and DMARC, each line
    with CRLF. Without a scan AWS writes none about spam and viruses (notifications that users have shown)."""
    host = f"inbound-smtp.{region}.amazonaws.com"
    when = format_datetime(datetime.fromtimestamp(now_ms // 1000, UTC))
    lines = [
        f"Return-Path: <{arrival.source}>",
        f"Received: from {word(arrival.helo)} ([{arrival.peer}])\r\n by {host} with SMTP id {message_id}\r\n"
        f" for {recipient};\r\n {when} (UTC)",
    ]
    if scanned:
        lines += [f"X-SES-Spam-Verdict: {_GRAY}", f"X-SES-Virus-Verdict: {_GRAY}"]
    return ("".join(line + "\r\n" for line in lines) + judged).encode("ascii", "replace")


def word(helo: str) -> str:
    return "".join(one for one in helo if one.isalnum() or one in ".-_:[]")[:255] or "unknown"


def content(plan: Plan, mail: bytes) -> bytes:
    """The mail with the headers that AddHeader actions have added so far."""
    added = "".join(f"{name}: {value}\r\n" for name, value in plan.added)
    return added.encode("ascii", "replace") + mail


def described(plan: Plan, mail: bytes, received_ms: int) -> dict[str, Any]:
    """The `mail` object."""
    heads = _heads(content(plan, mail))
    shown, truncated = _within(heads)
    return {
        "timestamp": iso_time(received_ms),
        "source": plan.source,
        "messageId": plan.message_id,
        "destination": plan.recipients,
        "headersTruncated": truncated,
        "headers": shown,
        "commonHeaders": {"returnPath": plan.source, **_common(heads)},
    }


def _heads(mail: bytes) -> "Message[str, str]":
    end = mail.find(b"\r\n\r\n")
    return BytesHeaderParser().parsebytes(mail if end < 0 else mail[: end + 4])


def _within(heads: "Message[str, str]") -> tuple[list[dict[str, str]], bool]:
    shown: list[dict[str, str]] = []
    size = 0
    for name, value in heads.items():
        one = {"name": _sound(name), "value": _sound(_unfolded(value))}
        size += len(one["name"]) + len(one["value"])
        if size > limits.SES_NOTICE_HEADER_BYTES_MAX:
            return shown, True
        shown.append(one)
    return shown, False


def _common(heads: "Message[str, str]") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for header, (member, several) in _COMMON.items():
        values = heads.get_all(header)
        if values:
            text = _sound(_decoded(_unfolded(values[0])))[: limits.SES_NOTICE_HEADER_BYTES_MAX]
            found[member] = _separate(text) if several else text
    return found


def _sound(text: str) -> str:
    """Without halves of surrogate pairs, which odd bytes and charsets lead to and no JSON may hold."""
    return text.encode("utf-8", "replace").decode()


def _unfolded(value: Any) -> str:
    return "".join(part.strip() if at == 0 else " " + part.strip() for at, part in enumerate(str(value).splitlines()))


def _decoded(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except _UNFIT:
        return text


def _separate(text: str) -> list[str]:
    """Addresses with commas between; not those within quotes."""
    found, quoted = [""], False
    for one in text:
        quoted ^= one == '"'
        if one == "," and not quoted:
            found.append("")
        else:
            found[-1] += one
    return [one.strip() for one in found if one.strip()]


def receipt(plan: Plan, step: Step, received_ms: int, now_ms: int) -> dict[str, Any]:
    """The `receipt` object."""
    scan = {"status": _GRAY if step.scanned else _DISABLED}
    verdicts = plan.verdicts
    policy = {"dmarcPolicy": verdicts["policy"]} if "policy" in verdicts else {}
    return {
        "timestamp": iso_time(received_ms),
        "processingTimeMillis": max(now_ms - received_ms, 0),
        "recipients": step.recipients,
        "spamVerdict": scan,
        "virusVerdict": scan,
        "spfVerdict": {"status": verdicts.get("spf", _GRAY)},
        "dkimVerdict": {"status": verdicts.get("dkim", _GRAY)},
        "dmarcVerdict": {"status": verdicts.get("dmarc", _GRAY)},
        **policy,
        "action": {"type": _TYPES[step.kind], **_action(step, plan.message_id)},
    }


def _action(step: Step, message_id: str) -> dict[str, Any]:
    shown = {member: step.action[name] for name, member in _SHOWN.items() if step.action.get(name)}
    if step.kind == "S3Action":
        shown["objectKey"] = object_key(step.action, message_id)
    if step.kind == "SNSAction":
        shown["encoding"] = "BASE64" if step.action.get("Encoding") == "Base64" else "UTF8"
    if step.kind == "LambdaAction":
        shown.setdefault("invocationType", "Event")
    return shown


def object_key(action: Mapping[str, Any], message_id: str) -> str:
    return f"{action.get('ObjectKeyPrefix') or ''}{message_id}"


def notification(plan: Plan, step: Step, mail: bytes, received_ms: int, now_ms: int) -> dict[str, Any]:
    """For a topic; of an SNSAction with the mail itself."""
    made = {
        "notificationType": "Received",
        "mail": described(plan, mail, received_ms),
        "receipt": receipt(plan, step, received_ms, now_ms),
    }
    if step.kind == "SNSAction":
        whole = content(plan, mail)
        base64_wanted = step.action.get("Encoding") == "Base64"
        made["content"] = base64.b64encode(whole).decode() if base64_wanted else whole.decode("utf-8", "replace")
    return made


def event(plan: Plan, step: Step, mail: bytes, received_ms: int, now_ms: int) -> dict[str, Any]:
    """For a function."""
    ses = {"mail": described(plan, mail, received_ms), "receipt": receipt(plan, step, received_ms, now_ms)}
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": ses}]}
