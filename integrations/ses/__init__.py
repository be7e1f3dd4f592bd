"""Amazon SES, v1 and v2, as far as it is built: identities, the sandbox, templates, mails, an inbox.

| file | what |
|---|---|
| addresses, templating, mime, paging, errors | what needs no store |
| identities, account, templates, sending, bulk | the operations, in v1's shapes |
| second_version | the same in v2's |
| identity_store, template_store, account_store, mail_store, tables | the database |
| pages | the inbox, links in mails, the operator's commands |

Mail stays in the inbox: nothing leaves this server.
"""

from collections.abc import Mapping

from engine.contract import Integration, Operation, Transaction, Upkeep
from integrations.ses import account, account_store, bulk, identities, mail_store, sending, templates
from integrations.ses import second_version as v2
from integrations.ses.errors import Function, in_v2
from integrations.ses.pages import PAGES
from integrations.ses.tables import MIGRATIONS, metadata

SWEEP_SECONDS = 60

_READING: Mapping[str, Function] = {
    "GetAccountSendingEnabled": account.get_account_sending_enabled,
    "GetIdentityDkimAttributes": identities.get_identity_dkim_attributes,
    "GetIdentityVerificationAttributes": identities.get_identity_verification_attributes,
    "GetSendQuota": account.get_send_quota,
    "GetSendStatistics": account.get_send_statistics,
    "GetTemplate": templates.get_template,
    "ListIdentities": identities.list_identities,
    "ListTemplates": templates.list_templates,
    "ListVerifiedEmailAddresses": identities.list_verified_email_addresses,
    "TestRenderTemplate": templates.test_render_template,
}
_WRITING: Mapping[str, Function] = {
    "CreateTemplate": templates.create_template,
    "DeleteIdentity": identities.delete_identity,
    "DeleteTemplate": templates.delete_template,
    "DeleteVerifiedEmailAddress": identities.delete_identity,
    "SendBulkTemplatedEmail": bulk.send_bulk_templated_email,
    "SendEmail": sending.send_email,
    "SendRawEmail": sending.send_raw_email,
    "SendTemplatedEmail": sending.send_templated_email,
    "UpdateAccountSendingEnabled": account.update_account_sending_enabled,
    "UpdateTemplate": templates.update_template,
    "VerifyDomainDkim": identities.verify_domain_dkim,
    "VerifyDomainIdentity": identities.verify_domain_identity,
    "VerifyEmailAddress": identities.verify_email_identity,
    "VerifyEmailIdentity": identities.verify_email_identity,
}
_READING_V2: Mapping[str, Function] = {
    "GetAccount": account.get_account,
    "GetEmailIdentity": v2.get_email_identity,
    "GetEmailTemplate": v2.get_email_template,
    "ListEmailIdentities": v2.list_email_identities,
    "ListEmailTemplates": v2.list_email_templates,
    "TestRenderEmailTemplate": templates.test_render_template,
}
_WRITING_V2: Mapping[str, Function] = {
    "CreateEmailIdentity": v2.create_email_identity,
    "CreateEmailTemplate": v2.create_email_template,
    "DeleteEmailIdentity": v2.delete_email_identity,
    "DeleteEmailTemplate": v2.delete_email_template,
    "PutAccountSendingAttributes": account.put_account_sending_attributes,
    "SendBulkEmail": bulk.send_bulk_email,
    "SendEmail": v2.send_email,
    "UpdateEmailTemplate": v2.update_email_template,
}


def _operations(reading: Mapping[str, Function], writing: Mapping[str, Function]) -> dict[str, Operation]:
    read = {name: Operation(function, reads=True) for name, function in reading.items()}
    return read | {name: Operation(function) for name, function in writing.items()}


def _renamed(functions: Mapping[str, Function]) -> dict[str, Function]:
    return {name: in_v2(function) for name, function in functions.items()}


def _sweep(tx: Transaction) -> bool:
    account_store.forget(tx.connection, tx.moment.epoch_ms)
    return mail_store.sweep(tx.connection)


integration = Integration(
    service="ses",
    operations=_operations(_READING, _WRITING),
    tables=metadata,
    migrations=MIGRATIONS,
    upkeep=[Upkeep(SWEEP_SECONDS, _sweep)],
    pages=PAGES,
)
integration_v2 = Integration(service="sesv2", operations=_operations(_renamed(_READING_V2), _renamed(_WRITING_V2)))
