"""Amazon SES, v1 and v2: who may send, mails on their way in and out, and who is told of them.

| where | what |
|---|---|
| account, account_details, account_store | the sandbox, quotas, statistics, the pause |
| identities/ | addresses and domains: verification, policies, MAIL FROM, DKIM |
| sending/ | from a request to a mail in the inbox, and on to the relay; templates |
| events/ | what became of mails: configuration sets, their destinations, notifications, suppression |
| records/ | contact lists and contacts, pools of addresses, tags |
| smtp/ | the SMTP interface |
| receiving/ | mails that come in, and receipt rules |
| verdicts/ | who they are really from: SPF, DKIM, DMARC |
| tables, *_tables, *_migrations | the database |
| pages | the inbox, links in mails, the operator's commands |

A module that ends in `_v2` has the operations in v2's shapes; `_store`, the statements.
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
from integrations.ses import account, account_store
from integrations.ses.errors import Function, in_v2
from integrations.ses.events import event_operations, streams
from integrations.ses.identities import identity_checks
from integrations.ses.pages import PAGES
from integrations.ses.receiving import bounceable_store, functions
from integrations.ses.receiving import operations as receiving
from integrations.ses.receiving.performing import EVENT_KIND
from integrations.ses.receiving.tables import certificates
from integrations.ses.record_tables import records
from integrations.ses.records import record_operations
from integrations.ses.sending import (
    bulk,
    mail_store,
    outbound,
    own_mail,
    relaying,
    sending,
    templates,
    tracked_store,
)
from integrations.ses.sending import second_version as v2
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
    now_ms = tx.moment.epoch_ms
    swept = (bounceable_store.sweep(tx.connection, now_ms), tracked_store.sweep(tx.connection, now_ms))
    return mail_store.sweep(tx.connection) or any(swept)


def _workers(settings: Settings) -> Sequence[Worker]:
    """What they need is loaded where there is a port to listen on, or a resolver to ask."""
    ses, asking = settings.ses, identity_checks.workers(settings)
    if ses.smtp_port is None and ses.smtps_port is None and ses.inbound_port is None:
        return asking
    from integrations.ses.smtp.listener import workers

    return [*asking, *workers(settings)]


def _certificate(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    from integrations.ses.smtp.certificate import page

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
