"""HTTP paths beside the API: the link of a verification mail, the inbox, and what the operator's commands ask for.

| path | who asks |
|---|---|
| `GET /ses/verify/TOKEN` | who opens the link |
| `GET`, `POST /ses/unsubscribe/TOKEN` | who opens that link, or whose mail program does |
| `GET /_aws/ses/open/TOKEN`, `/_aws/ses/click/TOKEN` | who opens a mail, or follows its links |
| `GET`, `DELETE /_aws/ses[?id=..]` | tests, with --test-controls: the shape that users of local stacks know |
| `GET /_statewright/ses/mail[?id=..]` | `statewright mail` |
| `POST /_statewright/ses/confirm?identity=..` | `statewright ses confirm` |
| `POST /_statewright/ses/sandbox?by=..` | `statewright ses production-access`; without `by` back into it |
"""

from typing import Any

from engine import jsontext, limits
from engine.contract import Caller, Page, PageAnswer, PageRequest, Transaction
from engine.errors import ServiceError
from engine.moment import iso_time
from integrations.ses import account
from integrations.ses.identities import identities, verification_templates
from integrations.ses.sending import list_management, mail_store, tracking_pages
from integrations.ses.sending.mail_store import Mail

_BY_CHARS_MAX = 256


def verify(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    leads_on = verification_templates.follow_link(tx, request.parts["token"])
    if leads_on is not None:
        return PageAnswer(b"", 302, headers={"location": leads_on})
    found = identities.confirm_by_link(tx, request.parts["token"])
    text = f"Congratulations! You have verified the email address {found.name} in region {found.region}.\n"
    return PageAnswer(text.encode(), content_type="text/plain; charset=utf-8")


def inbox(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """`after`: the Sequence of the last mail that was read, for the next page."""
    wanted, after = request.query.get("id"), request.query.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 18):
        raise ServiceError("InvalidParameterValue", "after is the Sequence of a mail")
    found = _asked(tx, caller, wanted, lambda: mail_store.page(tx, caller, int(after), limits.SES_PAGE_MAX))
    return _json({"messages": [_shown(one) for one in found]})


def _asked(tx: Transaction, caller: Caller, wanted: str | None, all_of_them: Any) -> list[Mail]:
    if wanted is None:
        listed: list[Mail] = all_of_them()
        return listed
    one = mail_store.find(tx, caller, wanted)
    return [] if one is None else [one]


def _shown(mail: Mail) -> dict[str, Any]:
    content = {name: value for name, value in mail.content.items() if name not in ("Mime", "Raw")}
    if mail.content.get("Raw"):
        content["RawData"] = mail.content["Mime"].encode("latin-1").decode("utf-8", "replace")
    time = iso_time(mail.time_ms)
    head = {"Id": mail.message_id, "Sequence": mail.id, "Region": mail.region, "Timestamp": time}
    return {**head, **content, "State": mail.states}


def empty(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    mail_store.remove(tx.connection, caller, request.query.get("id"))
    return _json({})


def mail(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """The newest first; of one the mail as it would be sent, too."""
    wanted = request.query.get("id")
    found = _asked(tx, caller, wanted, lambda: mail_store.newest(tx, caller, limits.SES_PAGE_MAX))
    if wanted is not None and not found:
        raise ServiceError("NotFoundException", f"There is no mail {wanted[: limits.SES_SHOWN_CHARS]}.", 404)
    if wanted is None:
        return _json({"messages": [_shown(one) for one in found]})
    mime = found[0].content["Mime"].encode("latin-1").decode("utf-8", "replace")
    return _json({"messages": [_shown(found[0])], "mime": mime})


def confirm(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    found = identities.confirm(tx, caller, request.query.get("identity", ""))
    return _json({"identity": found.name, "status": "Success"})


def sandbox(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    by = request.query.get("by")
    if by is not None and not 0 < len(by) <= _BY_CHARS_MAX:
        raise ServiceError("InvalidParameterValue", f"by has between 1 and {_BY_CHARS_MAX} characters")
    found = account.set_sandbox(tx, caller, by)
    granted = None if found.granted_ms is None else iso_time(found.granted_ms)
    return _json({"sandbox": found.in_sandbox, "grantedBy": found.granted_by, "grantedAt": granted})


def _json(value: dict[str, Any]) -> PageAnswer:
    return PageAnswer(jsontext.dumps(value).encode())


PAGES = (
    *tracking_pages.PAGES,
    Page("GET", identities.VERIFY_PATH + "{token}", verify),
    Page("GET", list_management.PATH + "{token}", list_management.ask, reads=True),
    Page("POST", list_management.PATH + "{token}", list_management.unsubscribe),
    Page("GET", "/_aws/ses", inbox, reads=True, test_controls=True),
    Page("DELETE", "/_aws/ses", empty, test_controls=True),
    Page("GET", "/_statewright/ses/mail", mail, reads=True),
    Page("POST", "/_statewright/ses/confirm", confirm),
    Page("POST", "/_statewright/ses/sandbox", sandbox),
)
