"""Feedback by mail: bounces, complaints and automatic answers, forwarded to who sent the mail.

As AWS has it: unless the identity turned forwarding off, to the mail's Return-Path, else to its source. Reports are
those of RFC 3464 (bounces) and RFC 5965 (complaints).
"""

from email.utils import formatdate
from typing import Any

from engine.contract import Transaction
from integrations.ses.events import notification_store
from integrations.ses.events.events import REPORTER
from integrations.ses.events.facts import Facts
from integrations.ses.sending import own_mail
from integrations.ses.sending.mime import host_of

_BOUNCES = "MAILER-DAEMON@amazonses.com"
_COMPLAINTS = "complaints@email-abuse.amazonses.com"


def forward_bounce(tx: Transaction, facts: Facts, detail: dict[str, Any]) -> None:
    """`detail`: the bounce as events show it."""
    if not _wanted(tx, facts):
        return
    lines = [f"{one['emailAddress']}: {one.get('diagnosticCode', '')}" for one in detail["bouncedRecipients"]]
    text = "An error occurred while trying to deliver the mail to the following recipients:\n" + "\n".join(lines)
    blocks = [f"Reporting-MTA: dns; {REPORTER}\n"]
    for one in detail["bouncedRecipients"]:
        status, said = one.get("status", "5.0.0"), one.get("diagnosticCode", "")
        blocks.append(
            f"Final-Recipient: rfc822; {one['emailAddress']}\nAction: failed\nStatus: {status}\n"
            f"Diagnostic-Code: {said if said.startswith('smtp;') else f'smtp; {said}'}\n"
        )
    _send(tx, facts, _BOUNCES, "Delivery Status Notification (Failure)", text, ("delivery-status", "\n".join(blocks)))


def forward_complaint(tx: Transaction, facts: Facts, detail: dict[str, Any]) -> None:
    if not _wanted(tx, facts):
        return
    listed = [one["emailAddress"] for one in detail["complainedRecipients"]]
    text = "This is an email abuse report for a mail that was sent to:\n" + "\n".join(listed)
    recipients = "".join(f"Original-Rcpt-To: {address}\n" for address in listed)
    report = (
        f"Feedback-Type: {detail['complaintFeedbackType']}\nUser-Agent: {detail['userAgent']}\nVersion: 1\n"
        f"Original-Mail-From: {facts.return_path}\n{recipients}"
    )
    _send(tx, facts, _COMPLAINTS, "complaint about message", text, ("feedback-report", report))


def forward_answer(tx: Transaction, facts: Facts, address: str) -> None:
    """An automatic answer (RFC 3834) is sent to whom it answers, not forwarded: nobody can turn it off."""
    subject = f"Auto: {facts.common.get('subject', '')}"[:500]
    text = f"The owner of {address} is out of the office."
    own_mail.send(tx, facts.caller, address, facts.return_path, subject, text, sender="")


def _wanted(tx: Transaction, facts: Facts) -> bool:
    return not facts.quiet and notification_store.find(tx.connection, facts.caller, facts.identity).forwarding


def _send(tx: Transaction, facts: Facts, source: str, subject: str, text: str, report: tuple[str, str]) -> None:
    message_id, kind = own_mail.new_message_id(tx), report[0]
    boundary = f"report-{message_id}"
    head = {
        "Date": formatdate(tx.moment.epoch_ms / 1000, usegmt=True),
        "From": source,
        "To": facts.return_path,
        "Subject": subject,
        "Message-ID": f"<{message_id}@{host_of(facts.region)}>",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/report; report-type="{kind}"; boundary="{boundary}"',
    }
    parts = {
        "text/plain; charset=us-ascii": text,
        f"message/{kind}": report[1],
        "text/rfc822-headers": "".join(f"{name}: {value}\n" for name, value in facts.headers),
    }
    lines = "".join(f"{name}: {value}\n" for name, value in head.items())
    for content_type, content in parts.items():
        lines += f"\n--{boundary}\nContent-Type: {content_type}\n\n{content}"
    made = f"{lines}\n--{boundary}--\n".replace("\n", "\r\n").encode("ascii", "replace")
    shown = {"Subject": subject, "Body": {"text_part": text, "html_part": None}}
    own_mail.post(tx, facts.caller, message_id, source, [facts.return_path], made, shown, sender="")
