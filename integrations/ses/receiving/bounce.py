"""The answer of a BounceAction: a delivery status notification (RFC 3464) to who sent the mail. Pure."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from integrations.ses.receiving.plan import Plan, Step

SUBJECT = "Delivery Status Notification (Failure)"
_HEAD_BYTES_MAX = 10_240


def compose(plan: Plan, step: Step, mail: bytes, message_id: str, region: str, now_ms: int) -> bytes:
    """Raises ValueError for addresses that cannot stand in a header."""
    made = EmailMessage(policy=SMTP)
    made["Date"] = formatdate(now_ms / 1000, usegmt=True)
    made["From"] = step.action["Sender"]
    made["To"] = plan.source
    made["Subject"] = SUBJECT
    made["Message-ID"] = f"<{message_id}@{region}.amazonses.com>"
    made["Auto-Submitted"] = "auto-replied"
    made["MIME-Version"] = "1.0"
    made["Content-Type"] = "multipart/report; report-type=delivery-status"
    said = "An error occurred while trying to deliver the mail to the following recipients:"
    made.attach(_part("text/plain; charset=UTF-8", "\n".join([said, *step.recipients, "", step.action["Message"], ""])))
    made.attach(_part("message/delivery-status", _status(step, region)))
    made.attach(_part("text/rfc822-headers", _head(mail)))
    return made.as_bytes()


def _status(step: Step, region: str) -> str:
    code, message = step.action["SmtpReplyCode"], step.action["Message"]
    status = step.action.get("StatusCode") or f"{code[0]}.0.0"
    blocks = [f"Reporting-MTA: dns; inbound-smtp.{region}.amazonaws.com\n"]
    for recipient in step.recipients:
        lines = (
            f"Final-Recipient: rfc822; {recipient}",
            "Action: failed",
            f"Status: {status}",
            f"Diagnostic-Code: smtp; {code} {status} {message}",
        )
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _head(mail: bytes) -> str:
    end = mail.find(b"\r\n\r\n")
    head = mail[: min(end if end >= 0 else len(mail), _HEAD_BYTES_MAX)]
    return head.decode("ascii", "replace").replace("\r\n", "\n") + "\n"


def _part(kind: str, text: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = kind
    if text.isascii():
        part["Content-Transfer-Encoding"] = "7bit"
        part.set_payload(text)
    else:
        part["Content-Transfer-Encoding"] = "8bit"
        part.set_payload(text.encode("utf-8", "replace").decode("ascii", "surrogateescape"))
    return part
