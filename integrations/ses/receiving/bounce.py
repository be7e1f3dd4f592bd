"""The answer of a BounceAction: a delivery status notification (RFC 3464) to who sent the mail. Pure."""

from email.utils import formatdate

from integrations.ses.receiving.plan import Plan, Step

SUBJECT = "Delivery Status Notification (Failure)"
_HEAD_BYTES_MAX = 10_240
_SAID = "An error occurred while trying to deliver the mail to the following recipients:"


def compose(plan: Plan, step: Step, mail: bytes, message_id: str, region: str, now_ms: int) -> bytes:
    """In lines that end with CRLF: what happened in words, in fields for machines, and the header of the mail."""
    boundary = f"=_{message_id}"
    heads = (
        f"Date: {formatdate(now_ms / 1000, usegmt=True)}",
        f"From: {step.action['Sender']}",
        f"To: {plan.source}",
        f"Subject: {SUBJECT}",
        f"Message-ID: <{message_id}@{region}.amazonses.com>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
    )
    words = [_SAID, *step.recipients, "", step.action["Message"]]
    parts = (
        ("text/plain; charset=UTF-8", "\r\n".join(words).encode("utf-8", "replace")),
        ("message/delivery-status", _status(step, region).encode("ascii", "replace")),
        ("text/rfc822-headers", _head(mail)),
    )
    made = ["\r\n".join(heads).encode("ascii", "replace") + b"\r\n"]
    for kind, content in parts:
        encoding = "7bit" if content.isascii() else "8bit"
        head = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        made.append(head.encode() + content + b"\r\n")
    return b"\r\n".join([*made, f"--{boundary}--\r\n".encode()])


def _status(step: Step, region: str) -> str:
    """A block about the mail, and one about each recipient."""
    code, message = step.action["SmtpReplyCode"], step.action["Message"]
    status = step.action.get("StatusCode") or f"{code[0]}.0.0"
    blocks = [f"Reporting-MTA: dns; inbound-smtp.{region}.amazonaws.com\r\n"]
    for recipient in step.recipients:
        lines = (
            f"Final-Recipient: rfc822; {recipient}",
            "Action: failed",
            f"Status: {status}",
            f"Diagnostic-Code: smtp; {code} {status} {message}",
        )
        blocks.append("\r\n".join(lines) + "\r\n")
    return "\r\n".join(blocks)


def _head(mail: bytes) -> bytes:
    """Whole lines of it."""
    end = mail.find(b"\r\n\r\n")
    head = mail[: end if end >= 0 else len(mail)]
    if len(head) > _HEAD_BYTES_MAX:
        head = head[: head.rfind(b"\r\n", 0, _HEAD_BYTES_MAX)]
    return head
