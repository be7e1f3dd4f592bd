"""Verification mails of one's own making, in both versions: their templates, and where their link leads.

The link is valid for a day. It leads on to one of the template's two URLs: to the one for success where it has
verified the address, to the other where it came too late.
"""

import html
from typing import Any
from urllib.parse import urlsplit

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from engine.store.freetext import stored
from integrations.ses import account_store
from integrations.ses.addresses import address_of, identity_name, speakers
from integrations.ses.errors import invalid, no_configuration_set, paused, refuse
from integrations.ses.events import configuration_set_store
from integrations.ses.identities import identities, identity_store, trait_store
from integrations.ses.identities.trait_store import Traits
from integrations.ses.paging import page_size
from integrations.ses.records import record_store, tagging
from integrations.ses.records.record_store import VERIFICATION_TEMPLATE, Record
from integrations.ses.sending import own_mail

_MEMBERS = ("FromEmailAddress", "TemplateSubject", "TemplateContent", "SuccessRedirectionURL", "FailureRedirectionURL")
_LISTED = tuple(name for name in _MEMBERS if name != "TemplateContent")
_NAME_CHARS_MAX = 64
_PAGE_MAX = 50


def create(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    name, pairs = request["TemplateName"], tagging.tags_given(request.get("Tags"))
    if not 0 < len(name) <= _NAME_CHARS_MAX:
        raise invalid(f"The name of a template has between 1 and {_NAME_CHARS_MAX} characters")
    content = {member: request[member] for member in _MEMBERS}
    _check(tx, caller, content)
    shown = name[: limits.SES_SHOWN_CHARS]
    if record_store.find(tx.connection, caller, VERIFICATION_TEMPLATE, name) is not None:
        text = f"Custom verification email template <{shown}> already exists."
        raise ServiceError("CustomVerificationEmailTemplateAlreadyExistsException", text)
    if record_store.count(tx.connection, caller, VERIFICATION_TEMPLATE) >= limits.SES_VERIFICATION_TEMPLATES_MAX:
        text = f"At most {limits.SES_VERIFICATION_TEMPLATES_MAX} custom verification email templates can be kept."
        raise ServiceError("LimitExceededException", text)
    now_ms = tx.moment.epoch_ms
    record_store.put(tx.connection, caller, VERIFICATION_TEMPLATE, Record(name, content, now_ms, now_ms))
    tagging.put_new(tx, _arn(caller, name), pairs)
    return {}


def _arn(caller: Caller, name: str) -> str:
    return caller.arn("ses", f"custom-verification-email-template/{stored(name)}")


def _check(tx: Transaction, caller: Caller, content: dict[str, str]) -> None:
    """Raises ServiceError."""
    for member in ("SuccessRedirectionURL", "FailureRedirectionURL"):
        url = urlsplit(content[member])
        if url.scheme not in ("http", "https") or not url.hostname or not content[member].isprintable():
            raise invalid(f"{member} must be an http or https URL")
    if len(content["TemplateContent"].encode("utf-8", "replace")) > limits.SES_TEMPLATE_BYTES_MAX:
        text = f"The content is larger than {limits.SES_TEMPLATE_BYTES_MAX} bytes."
        raise ServiceError("CustomVerificationEmailInvalidContentException", text)
    _check_sender(tx, caller, content["FromEmailAddress"])


def _check_sender(tx: Transaction, caller: Caller, source: str) -> None:
    found = identity_store.named(tx.connection, caller, speakers(address_of(source)))
    if not any(identity.verified for identity in found.values()):
        text = f"The from address {source[: limits.SES_SHOWN_CHARS]} is not verified."
        raise ServiceError("FromEmailAddressNotVerifiedException", text)


def _named(tx: Transaction, caller: Caller, name: str) -> Record:
    """Raises ServiceError."""
    found = record_store.find(tx.connection, caller, VERIFICATION_TEMPLATE, name)
    if found is None:
        text = f"Custom verification email template <{name[: limits.SES_SHOWN_CHARS]}> does not exist."
        raise ServiceError("CustomVerificationEmailTemplateDoesNotExistException", text)
    return found


def update(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """What is not given stays."""
    found = _named(tx, caller, request["TemplateName"])
    given = {member: request[member] for member in _MEMBERS if request.get(member) is not None}
    content = {**found.content, **given}
    _check(tx, caller, content)
    changed = Record(found.name, content, found.created_ms, tx.moment.epoch_ms)
    record_store.put(tx.connection, caller, VERIFICATION_TEMPLATE, changed)
    return {}


def get(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = _named(tx, caller, request["TemplateName"])
    return {"TemplateName": found.name, **found.content}


def get_in_v2(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return {**get(tx, caller, request), "Tags": tagging.shown(tx, _arn(caller, request["TemplateName"]))}


def list_in_v1(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return _list(tx, caller, request.get("MaxResults"), request.get("NextToken"))


def list_in_v2(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return _list(tx, caller, request.get("PageSize"), request.get("NextToken"))


def _list(tx: Transaction, caller: Caller, size: int | None, token: str | None) -> dict[str, Any]:
    limit = page_size(size, _PAGE_MAX, _PAGE_MAX)
    rows = record_store.page(tx.connection, caller, VERIFICATION_TEMPLATE, token or "", limit + 1)
    shown = [{"TemplateName": row.name, **{name: row.content[name] for name in _LISTED}} for row in rows[:limit]]
    more = {"NextToken": rows[limit - 1].name} if len(rows) > limit else {}
    return {"CustomVerificationEmailTemplates": shown, **more}


def delete(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """One that is not there is no error."""
    record_store.remove(tx.connection, caller, VERIFICATION_TEMPLATE, request["TemplateName"])
    tags.delete_resource(tx.connection, _arn(caller, request["TemplateName"]))
    return {}


def delete_in_v2(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    _named(tx, caller, request["TemplateName"])
    return delete(tx, caller, request)


# ---- sending, and the link ----


def send(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """The address becomes an identity that is pending, as by VerifyEmailIdentity."""
    found = _named(tx, caller, request["TemplateName"])
    name = request.get("ConfigurationSetName")
    if name and configuration_set_store.find(tx.connection, caller, name) is None:
        raise no_configuration_set(name[: limits.SES_SHOWN_CHARS])
    refuse(request, "ConfigurationSetName")  # there are no events of the service's own mails
    state = account_store.find(tx, caller)
    if state.paused:
        raise paused(caller.account)
    if state.in_sandbox:
        text = "The account has not been granted production access."
        raise ServiceError("ProductionAccessNotGrantedException", text)
    _check_sender(tx, caller, found.content["FromEmailAddress"])
    address = identity_name(request["EmailAddress"])
    if "@" not in address:
        raise invalid("EmailAddress must be an address")
    identity = identities.create(tx, caller, address, dkim=False, quiet=True)
    traits = trait_store.of_identity(tx.connection, identity.id)
    ways = {"success": found.content["SuccessRedirectionURL"], "failure": found.content["FailureRedirectionURL"]}
    link = {**ways, "sent_ms": tx.moment.epoch_ms}
    trait_store.put(tx.connection, Traits(identity.id, {**traits.content, "link": link}, traits.check_ms))
    url = html.escape(identities.link_of(tx, caller, identity))
    body = f'{found.content["TemplateContent"]}\n<p><a href="{url}">{url}</a></p>\n'
    source, subject = found.content["FromEmailAddress"], found.content["TemplateSubject"]
    return {"MessageId": own_mail.send(tx, caller, source, address, subject, body, body)}


def follow_link(tx: Transaction, token: str) -> str | None:
    """Where the link of such a mail leads, once it has verified its address; None: it is not one of these."""
    found = identity_store.by_token(tx.connection, token)
    link = None if found is None else trait_store.of_identity(tx.connection, found.id).content.get("link")
    if link is None:
        return None
    if tx.moment.epoch_ms - link["sent_ms"] > limits.SES_VERIFICATION_LINK_MS:
        return str(link["failure"])
    identities.confirm_by_link(tx, token)
    return str(link["success"])
