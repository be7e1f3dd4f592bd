"""Amazon SES, v1 and v2, as far as it is built: identities, the sandbox, templates, mails, an inbox.

| file | what |
|---|---|
| addresses, templating, mime, paging, errors | what needs no store |
| identities, account, templates, sending, bulk | the operations, in v1's shapes |
| second_version | the same in v2's |
| configuration_sets, configuration_sets_v2, event_destinations, notifications, suppression | who is told of mails |
| event_operations | the operations of these |
| posting, own_mail, outbound, relay, relaying, transport | where an accepted mail goes |
| outcomes, facts, events, publishing, streams, feedback | what became of it, and who hears of it |
| identities_v2, policies, dkim, mail_from, pools, tagging | identities in v2, what they have, and records |
| contact_lists, contacts | who wants which mails |
| identity_watch, identity_checks, dns_records, dns_client | verification by DNS |
| record_operations | the operations of these |
| identity_store, template_store, account_store, mail_store, tables | the database |
| receiving/ | receipt rules, and the mails that come in |
| smtp_listener, smtp_session, smtp_login, smtp_sending, smtp_headers, smtp_certificate | the SMTP interface |
| pages | the inbox, links in mails, the operator's commands |
"""

from collections.abc import Mapping, Sequence

from engine.config import Settings
from engine.contract import (
    Caller,
    Integration,
    Operation,
    OutboxKind,
    Page,
    PageAnswer,
    PageRequest,
    Transaction,
    Upkeep,
    Worker,
)
from integrations.ses import (
    account,
    account_store,
    bulk,
    event_operations,
    identity_checks,
    mail_store,
    outbound,
    own_mail,
    record_operations,
    relaying,
    sending,
    streams,
    templates,
)
from integrations.ses import second_version as v2
from integrations.ses.errors import Function, in_v2
from integrations.ses.pages import PAGES
from integrations.ses.receiving import functions
from integrations.ses.receiving import operations as receiving
from integrations.ses.receiving.performing import EVENT_KIND
from integrations.ses.receiving_tables import certificates
from integrations.ses.record_tables import records
from integrations.ses.sending_tables import configuration_sets
from integrations.ses.tables import MIGRATIONS, metadata

SWEEP_SECONDS = 60

_READING: Mapping[str, Function] = {
    "GetAccountSendingEnabled": account.get_account_sending_enabled,
    "GetSendQuota": account.get_send_quota,
    "GetSendStatistics": account.get_send_statistics,
    "GetTemplate": templates.get_template,
    "ListTemplates": templates.list_templates,
    "TestRenderTemplate": templates.test_render_template,
    **event_operations.READING,
    **receiving.READING,
    **record_operations.READING,
}
_WRITING: Mapping[str, Function] = {
    "CreateTemplate": templates.create_template,
    "DeleteTemplate": templates.delete_template,
    "SendBulkTemplatedEmail": bulk.send_bulk_templated_email,
    "SendEmail": sending.send_email,
    "SendRawEmail": sending.send_raw_email,
    "SendTemplatedEmail": sending.send_templated_email,
    "UpdateAccountSendingEnabled": account.update_account_sending_enabled,
    "UpdateTemplate": templates.update_template,
    **event_operations.WRITING,
    **receiving.WRITING,
    **record_operations.WRITING,
}
_READING_V2: Mapping[str, Function] = {
    "GetAccount": account.get_account,
    "GetEmailTemplate": v2.get_email_template,
    "ListEmailTemplates": v2.list_email_templates,
    "TestRenderEmailTemplate": templates.test_render_template,
    **event_operations.READING_V2,
    **record_operations.READING_V2,
}
_WRITING_V2: Mapping[str, Function] = {
    "CreateEmailTemplate": v2.create_email_template,
    "DeleteEmailTemplate": v2.delete_email_template,
    "PutAccountSendingAttributes": account.put_account_sending_attributes,
    "SendBulkEmail": bulk.send_bulk_email,
    "SendEmail": v2.send_email,
    "UpdateEmailTemplate": v2.update_email_template,
    **event_operations.WRITING_V2,
    **record_operations.WRITING_V2,
}


def _operations(reading: Mapping[str, Function], writing: Mapping[str, Function]) -> dict[str, Operation]:
    read = {name: Operation(function, reads=True) for name, function in reading.items()}
    return read | {name: Operation(function) for name, function in writing.items()}


def _renamed(functions: Mapping[str, Function]) -> dict[str, Function]:
    return {name: in_v2(function) for name, function in functions.items()}


def _sweep(tx: Transaction) -> bool:
    account_store.forget(tx.connection, tx.moment.epoch_ms)
    return mail_store.sweep(tx.connection)


def _workers(settings: Settings) -> Sequence[Worker]:
    """What they need is loaded where there is a port to listen on, or a resolver to ask."""
    ses, asking = settings.ses, identity_checks.workers(settings)
    if ses.smtp_port is None and ses.smtps_port is None and ses.inbound_port is None:
        return asking
    from integrations.ses.smtp_listener import workers

    return [*asking, *workers(settings)]


def _certificate(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    from integrations.ses.smtp_certificate import page

    return page(tx, caller, request)


assert records.metadata is metadata
assert certificates.metadata is metadata  # its tables are there
assert configuration_sets.metadata is metadata

integration = Integration(
    service="ses",
    operations=_operations(_READING, _WRITING),
    internal={"SendServiceMail": Operation(own_mail.send_mail)},
    tables=metadata,
    migrations=MIGRATIONS,
    outbox={
        outbound.KIND: OutboxKind(
            relaying.open_outbound, given_up=relaying.give_up, delivered=relaying.settle, private=True
        ),
        streams.KIND: OutboxKind(streams.open_streams, private=True),
        EVENT_KIND: OutboxKind(functions.open_events, delivered=functions.settle_event, private=True),
    },
    upkeep=[Upkeep(SWEEP_SECONDS, _sweep)],
    pages=[*PAGES, Page("GET", "/_statewright/ses/certificate.pem", _certificate, reads=True)],
    workers=_workers,
)
integration_v2 = Integration(service="sesv2", operations=_operations(_renamed(_READING_V2), _renamed(_WRITING_V2)))
