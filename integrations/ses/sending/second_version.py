"""v2's operations: v1's functions in v2's shapes. Their refusals get v2's names in the table of operations."""

from dataclasses import replace
from typing import Any

from engine import jsontext, limits
from engine.contract import Caller, Transaction
from integrations.ses.errors import invalid, refuse
from integrations.ses.identities.authorization import Arns
from integrations.ses.records import tagging
from integrations.ses.sending import sending, templates
from integrations.ses.sending.list_management import VARIABLE, managed
from integrations.ses.sending.sending import Outgoing
from integrations.ses.sending.template_store import Template

_RAW_ORIGIN = "AWS_SES"
_UNREAD_DATA = "Unable to parse template data (invalid JSON)."
_INLINE = ""  # the name of a template that stands in the request


# ---- templates ----


def create_email_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    pairs = tagging.tags_given(request.get("Tags"))
    templates.create_template(tx, caller, {"Template": _first_version(request)})
    tagging.put_new(tx, templates.arn_of(caller, request["TemplateName"]), pairs)
    return {}


def update_email_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return templates.update_template(tx, caller, {"Template": _first_version(request)})


def _first_version(request: dict[str, Any]) -> dict[str, Any]:
    content = request["TemplateContent"]
    parts = {"SubjectPart": "Subject", "TextPart": "Text", "HtmlPart": "Html"}
    return {"TemplateName": request["TemplateName"], **{old: content.get(new) for old, new in parts.items()}}


def get_email_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = templates.named(tx, caller, request["TemplateName"])
    parts = {"Subject": found.subject, "Text": found.text, "Html": found.html}
    given = {name: part for name, part in parts.items() if part is not None}
    return {
        "TemplateName": found.name,
        "TemplateContent": given,
        "Tags": tagging.shown(tx, templates.arn_of(caller, found.name)),
    }


def list_email_templates(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    asked = {"MaxItems": request.get("PageSize"), "NextToken": request.get("NextToken")}
    answer = templates.list_templates(tx, caller, asked)
    shown = [
        {"TemplateName": one["Name"], "CreatedTimestamp": one["CreatedTimestamp"]}
        for one in answer["TemplatesMetadata"]
    ]
    return {**answer, "TemplatesMetadata": shown}


def delete_email_template(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    templates.named(tx, caller, request["TemplateName"])
    return templates.delete_template(tx, caller, request)


# ---- sending ----


def send_email(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse_unbuilt(request)
    content = request["Content"]
    given = [name for name in ("Simple", "Raw", "Template") if content.get(name) is not None]
    if len(given) != 1:
        raise invalid("The content must be one of Simple, Raw and Template")
    options = request.get("ListManagementOptions")
    if given == ["Raw"]:
        refuse(request, "ListManagementOptions")  # its link would stand in a part that is encoded
        return _send_raw(tx, caller, request, bytes(content["Raw"]["Data"]))
    inner = content[given[0]]
    refuse(inner, "Attachments", "TemplateArn")
    out = outgoing(request, inner)
    link = None if options is None else managed(tx, caller, options, out.recipients)
    if link is not None:
        out = replace(out, headers=link.headers(list(out.headers)), unsubscribed=not link.wanted)
        out = replace(out, message_id=link.message_id)
    if given == ["Simple"]:
        parts = sending.message_parts(out, inner)
        if link is not None:
            parts = replace(parts, text=link.filled(parts.text), html=link.filled(parts.html))
        return sending.send_parts(tx, caller, out, parts, {})
    out, data = replace(out, action="SendTemplatedEmail"), inner.get("TemplateData")
    if link is not None:
        data = jsontext.dumps({**templates.template_data(data, _UNREAD_DATA), VARIABLE: link.url})
    return sending.send_template(tx, caller, out, template_of(tx, caller, inner), data)


def refuse_unbuilt(request: dict[str, Any]) -> None:
    """Members of SendEmail and SendBulkEmail that are not built."""
    refuse(request, "EndpointId", "TenantName", "ConfigurationOverrides")


def outgoing(request: dict[str, Any], inner: dict[str, Any]) -> Outgoing:
    """Of a request of SendEmail or SendBulkEmail, and its content."""
    if not request.get("FromEmailAddress"):
        raise invalid("FromEmailAddress is required")
    return Outgoing(
        source=request["FromEmailAddress"],
        destination=request.get("Destination") or {},
        reply_to=request.get("ReplyToAddresses") or (),
        return_path=request.get("FeedbackForwardingEmailAddress") or None,
        configuration_set=request.get("ConfigurationSetName"),
        tags=request.get("EmailTags") or (),
        headers=[(one["Name"], one["Value"]) for one in inner.get("Headers") or ()],
        bytes_max=limits.SES_V2_MESSAGE_BYTES_MAX,
        arns=_arns(request),
        unread_data=_UNREAD_DATA,
    )


def _arns(request: dict[str, Any]) -> Arns:
    feedback = request.get("FeedbackForwardingEmailAddressIdentityArn")
    return Arns(source=request.get("FromEmailAddressIdentityArn"), return_path=feedback)


def _send_raw(tx: Transaction, caller: Caller, request: dict[str, Any], raw: bytes) -> dict[str, Any]:
    refuse(request, "FeedbackForwardingEmailAddress", "ReplyToAddresses")
    out, subject = sending.raw_outgoing(
        raw,
        request.get("FromEmailAddress"),
        request.get("Destination"),
        request.get("ConfigurationSetName"),
        request.get("EmailTags") or (),
        limits.SES_V2_MESSAGE_BYTES_MAX,
        _arns(request),
    )
    return sending.send_raw(tx, caller, out, raw, subject)


def template_of(tx: Transaction, caller: Caller, inner: dict[str, Any]) -> Template:
    """The template of that name, or the one that stands in the request."""
    name, content = inner.get("TemplateName"), inner.get("TemplateContent")
    if (name is None) == (content is None):
        raise invalid("The template must be given by one of TemplateName and TemplateContent")
    if content is None:
        return templates.named(tx, caller, str(name))
    found = Template(_INLINE, content.get("Subject"), content.get("Text"), content.get("Html"), 0)
    templates.check(found)
    return found
