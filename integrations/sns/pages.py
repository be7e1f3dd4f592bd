"""HTTP paths beside the API: the certificate of the signatures, and what went out by mail, SMS and push."""

from engine import jsontext
from engine.contract import Caller, Page, PageAnswer, PageRequest, Transaction
from engine.errors import ServiceError
from engine.moment import iso_time
from integrations.sns import records, signing


def certificate(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """GET of a SigningCertURL: anybody may have it."""
    found = signing.certificate(tx.connection, f"SimpleNotificationService-{request.parts['name']}")
    if found is None:
        raise ServiceError("NotFound", "There is no such certificate", 404)
    return PageAnswer(found.encode(), content_type="application/x-pem-file")


def outgoing(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """GET /_aws/sns/outgoing?kind=sms: what was to be sent and is kept, with --test-controls."""
    kind, after = request.query.get("kind", "sms"), request.query.get("after", "0")
    if kind not in ("sms", "application") or not after.isdecimal():
        raise ServiceError("InvalidParameter", "kind is sms or application; after is a number")
    found = records.listed(tx, caller.account, caller.region, kind, int(after))
    messages = [
        {
            "id": one.id,
            "address": one.address,
            "messageId": one.message_id,
            "time": iso_time(one.time_ms),
            **one.content,
        }
        for one in found
    ]
    return PageAnswer(jsontext.dumps({"messages": messages}).encode())


PAGES = (
    Page("GET", "/SimpleNotificationService-{name}", certificate, reads=True),
    Page("GET", "/_aws/sns/outgoing", outgoing, reads=True, test_controls=True),
)
