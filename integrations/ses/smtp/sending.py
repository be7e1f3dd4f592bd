"""Mails that come by SMTP to be sent: v2's SendEmail with a raw mail, and what it refuses in SMTP's words."""

from typing import Any

from engine import limits
from engine.contract import Transaction, Workplace
from engine.errors import ServiceError
from integrations.ses.addresses import address_of
from integrations.ses.smtp.headers import taken
from integrations.ses.smtp.session import SmtpSession

_TOO_MANY = f"554 Transaction failed: Recipient count exceeds {limits.SES_RECIPIENTS_MAX}."
_FAILED = "451 Temporary service failure"
_SERVER_ERROR = 500
# v2's refusals -> how AWS says them in SMTP; every other one is a failed transaction.
_REPLIES = {
    "AccessDeniedException": "554 Access denied: ",
    "LimitExceededException": "454 Throttling failure: ",
    "MessageRejected": "554 Message rejected: ",
    "TooManyRequestsException": "454 Throttling failure: ",
    "ThrottlingException": "454 Throttling failure: ",
}


class SendingHandler:
    """What aiosmtpd asks about each mail of a session that has logged in."""

    def __init__(self, place: Workplace):
        self._place = place

    async def handle_MAIL(self, server: SmtpSession, session: Any, envelope: Any, address: str, options: Any) -> str:
        try:
            envelope.mail_from = address_of(address)
        except ServiceError:
            return "501 Invalid MAIL FROM address provided"
        envelope.too_many = False
        return "250 Ok"

    async def handle_RCPT(self, server: SmtpSession, session: Any, envelope: Any, address: str, options: Any) -> str:
        if len(envelope.rcpt_tos) >= limits.SES_RECIPIENTS_MAX:
            envelope.too_many = True  # nobody gets a mail that not all may get
            return _TOO_MANY
        try:
            envelope.rcpt_tos.append(address_of(address))
        except ServiceError:
            return "501 Invalid RCPT TO address provided"
        return "250 Ok"

    async def handle_DATA(self, server: SmtpSession, session: Any, envelope: Any) -> str:
        if envelope.too_many:
            return _TOO_MANY
        server.idle.clear()
        try:
            return f"250 Ok {await self._send(server, envelope)}"
        except ServiceError as error:
            return reply_of(error)
        finally:
            server.idle.set()

    async def _send(self, server: SmtpSession, envelope: Any) -> str:
        raw, members = taken(bytes(envelope.content))
        request = {
            "FromEmailAddress": envelope.mail_from,
            "Destination": {"ToAddresses": list(envelope.rcpt_tos)},
            "Content": {"Raw": {"Data": raw}},
            **members,
        }

        def send(tx: Transaction) -> str:
            assert server.caller is not None  # the session takes no MAIL without
            return str(tx.call(server.caller, "sesv2", "SendEmail", request)["MessageId"])

        message_id: str = await self._place.write(send)
        return message_id


def reply_of(error: ServiceError) -> str:
    """One line of ASCII."""
    if error.status >= _SERVER_ERROR:
        return _FAILED
    text = " ".join(error.message.split()).encode("ascii", "replace").decode()
    return (_REPLIES.get(error.code, "554 Transaction failed: ") + text)[: limits.SES_SMTP_REPLY_CHARS_MAX]
