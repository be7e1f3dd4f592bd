"""Templates, v1, and what renders them."""

from functools import lru_cache
from typing import Any

from engine import jsontext, limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from engine.store.freetext import stored
from integrations.ses.errors import invalid, invalid_data, invalid_template, missing_attribute, no_template
from integrations.ses.paging import page_size
from integrations.ses.sending import template_store as store
from integrations.ses.sending.mime import Parts, compose
from integrations.ses.sending.template_store import Template
from integrations.ses.sending.templating import Node, RenderingError, TemplateError, read_template, render

_PAGE = 10
_PAGE_MAX = 100
_NAME_CHARS_MAX = 64
_read = lru_cache(maxsize=256)(read_template)


def create_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    template = _given(request["Template"], tx.moment.epoch_ms)
    if store.find(tx.connection, caller, template.name) is not None:
        raise ServiceError("AlreadyExistsException", f"Template {template.name} already exists")
    if store.count(tx.connection, caller) >= limits.SES_TEMPLATES_MAX:
        raise ServiceError("LimitExceededException", f"At most {limits.SES_TEMPLATES_MAX} templates can be kept")
    store.put(tx.connection, caller, template)
    return {}


def update_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    old = named(tx, caller, request["Template"]["TemplateName"])
    store.put(tx.connection, caller, _given(request["Template"], old.created_ms))
    return {}


def _given(shape: dict[str, Any], created_ms: int) -> Template:
    name = shape["TemplateName"]
    if not name or len(name) > _NAME_CHARS_MAX:
        raise invalid_template(f"a name has between 1 and {_NAME_CHARS_MAX} characters")
    template = Template(name, shape.get("SubjectPart"), shape.get("TextPart"), shape.get("HtmlPart"), created_ms)
    check(template)
    return template


def check(template: Template) -> None:
    """Raises ServiceError."""
    parts = [part for part in (template.subject, template.text, template.html) if part is not None]
    if not template.subject:
        raise invalid("The subject must be specified.")
    if sum(len(part.encode("utf-8", "replace")) for part in parts) > limits.SES_TEMPLATE_BYTES_MAX:
        raise invalid_template(f"it is larger than {limits.SES_TEMPLATE_BYTES_MAX} bytes")
    for part in parts:
        _nodes(part)


def _nodes(part: str) -> tuple[Node, ...]:
    try:
        return _read(part)
    except TemplateError as error:
        raise invalid_template(str(error)) from None


def get_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = named(tx, caller, request["TemplateName"])
    parts = {"SubjectPart": found.subject, "TextPart": found.text, "HtmlPart": found.html}
    given = {name: part for name, part in parts.items() if part is not None}
    return {"Template": {"TemplateName": found.name, **given}}


def list_templates(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    limit = page_size(request.get("MaxItems"), _PAGE, _PAGE_MAX)
    rows = store.page(tx.connection, caller, request.get("NextToken") or "", limit + 1)
    shown = [{"Name": name, "CreatedTimestamp": ms / 1000} for name, ms in rows[:limit]]
    more = {"NextToken": rows[limit - 1][0]} if len(rows) > limit else {}
    return {"TemplatesMetadata": shown, **more}


def delete_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """One that is not there is no error."""
    store.remove(tx.connection, caller, request["TemplateName"])
    tags.delete_resource(tx.connection, arn_of(caller, request["TemplateName"]))
    return {}


def arn_of(caller: Caller, name: str) -> str:
    return caller.arn("ses", f"template/{stored(name)}")


def test_render_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """The message as it would be sent, without addresses."""
    template, data = named(tx, caller, request["TemplateName"]), template_data(request.get("TemplateData"))
    try:
        subject, text, html = rendered(template, data)
    except RenderingError as error:
        if error.name is None:
            raise invalid(str(error)) from None
        raise missing_attribute(error.name) from None
    parts = Parts("test@example.com", [], [], [], subject, text, html)
    mime = compose(parts, tx.moment.uuid(), caller.region, tx.moment.epoch_ms).decode("utf-8", "replace")
    return {"RenderedTemplate": "\r\n".join(line for line in mime.split("\r\n") if not line.startswith("From: test@"))}


# ---- for those that send ----


def named(tx: Transaction, caller: Caller, name: str) -> Template:
    """Raises ServiceError where there is none."""
    found = store.find(tx.connection, caller, name)
    if found is None:
        raise no_template(name[: limits.SES_SHOWN_CHARS])
    return found


def template_data(text: str | None, unread: str | None = None) -> dict[str, Any]:
    """Raises ServiceError where it is no JSON object: with `unread`, how an operation that sends refuses it."""
    refusal = invalid_data() if unread is None else invalid(unread)
    if text is not None and len(text) > limits.SES_TEMPLATE_DATA_BYTES_MAX:
        raise refusal
    try:
        found = jsontext.loads(text or "{}")
    except jsontext.JsonError:
        raise refusal from None
    if not isinstance(found, dict):
        raise refusal
    return found


def rendered(template: Template, data: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """Subject, text and HTML. Raises RenderingError."""
    text, html = ((None if part is None else render(_nodes(part), data)) for part in (template.text, template.html))
    return render(_nodes(template.subject or ""), data), text, html
