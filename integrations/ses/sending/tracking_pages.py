"""Who opens a mail, or follows one of its links, comes by here: the event, and the image or the way on."""

from engine.contract import Caller, Page, PageAnswer, PageRequest, Transaction
from engine.errors import ServiceError
from integrations.ses.events import events
from integrations.ses.events.publishing import publish
from integrations.ses.sending import tracked_store, tracking

# One transparent pixel.
_GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_UNKEPT = {"cache-control": "no-cache, no-store, private, must-revalidate, max-age=0", "pragma": "no-cache"}


def opened(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    owner, message_id, _, _ = tracking.said_by(tx, request.parts["token"])
    facts = tracked_store.find(tx, owner, message_id)
    if facts is not None and request.method == "GET":
        detail = events.opened(_address(request), request.headers.get("user-agent", ""), tx.moment.epoch_ms)
        publish(tx, facts, tracking.OPEN, detail)
    return PageAnswer(_GIF, content_type="image/gif", headers=_UNKEPT)


def clicked(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """A mail whose time is over leads on, too."""
    owner, message_id, url, tags = tracking.said_by(tx, request.parts["token"])
    if url is None:
        raise ServiceError("NotFoundException", "This link leads nowhere.", 404)
    facts = tracked_store.find(tx, owner, message_id)
    if facts is not None and request.method == "GET":
        agent = request.headers.get("user-agent", "")
        publish(tx, facts, tracking.CLICK, events.clicked(_address(request), agent, url, tags, tx.moment.epoch_ms))
    return PageAnswer(b"", 302, headers={**_UNKEPT, "location": url})


def _address(request: PageRequest) -> str:
    """Of whom a proxy in front speaks for, where there is one."""
    return request.headers.get("x-forwarded-for", "").partition(",")[0].strip()[:64] or request.peer


PAGES = (
    Page("GET", tracking.OPEN_PATH + "{token}", opened),
    Page("GET", tracking.CLICK_PATH + "{token}", clicked),
)
