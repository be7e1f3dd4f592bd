"""Amazon SNS: topics, subscriptions, messages and their deliveries.

| file | what |
|---|---|
| names, errors, tokens | ARNs and endpoints, refusals, pages and confirmations |
| topics, topic_attributes, access, policy_document | topics, and who may use them |
| subscriptions, subscription_attributes, handshake | subscriptions, and how they are confirmed |
| filter_policy, filter_operators, filter_conditions, filter_texts, filter_numbers | who gets which messages |
| publishing, messages, deduplication, fan_out, directory | from Publish to the subscribers |
| letters, envelope, signing, packing | what they get, signed |
| queues, mail, devices, phones | by which way |
| deliveries, http_sender, call_sender, outcomes, steps | what leaves the process, by the outbox |
| delivery_policy, retry_schedule | when it is tried again |
| archive, replays | messages of FIFO topics, once more |
| applications, device_store, number_store, records | mobile push, SMS, what is kept of both |
| data_protection, protection_policy, protection_shape, audit_destinations | policies of data protection |
| protecting, audits, data_identifiers | what they do, what they find |
| status_log, upkeep, pages, task | logs, housekeeping, certificates, Tasks |
| store, protection_store, tables, migrations | the database |
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from engine.config import Settings
from engine.contract import Calls, Deliver, Integration, LocalAction, Operation, OutboxKind, Upkeep
from integrations.sns import (
    applications,
    call_sender,
    data_protection,
    fan_out,
    handshake,
    http_sender,
    outcomes,
    phones,
    publishing,
    replays,
    subscriptions,
    topics,
)
from integrations.sns.access import signed
from integrations.sns.deliveries import delay_ms
from integrations.sns.migrations import MIGRATIONS
from integrations.sns.pages import PAGES
from integrations.sns.steps import steps
from integrations.sns.tables import metadata
from integrations.sns.task import PATTERNS, publish_task
from integrations.sns.upkeep import sweep

SWEEP_SECONDS = 60


def _kind(open_sender: Callable[[Settings, Calls], AbstractAsyncContextManager[Deliver]]) -> OutboxKind:
    return OutboxKind(open_sender, given_up=outcomes.given_up, delivered=outcomes.made, delay_ms=delay_ms, private=True)


integration = Integration(
    service="sns",
    actions={"publish": LocalAction(publish_task, PATTERNS, checks_first=True)},
    operations={
        "AddPermission": Operation(topics.add_permission, checks_first=True),
        "CheckIfPhoneNumberIsOptedOut": Operation(signed(phones.check_if_phone_number_is_opted_out), reads=True),
        "ConfirmSubscription": Operation(handshake.confirm_subscription),
        "CreatePlatformApplication": Operation(signed(applications.create_platform_application)),
        "CreatePlatformEndpoint": Operation(signed(applications.create_platform_endpoint)),
        "CreateSMSSandboxPhoneNumber": Operation(signed(phones.create_sms_sandbox_phone_number)),
        "CreateTopic": Operation(signed(topics.create_topic)),
        "DeleteEndpoint": Operation(signed(applications.delete_endpoint)),
        "DeletePlatformApplication": Operation(signed(applications.delete_platform_application)),
        "DeleteSMSSandboxPhoneNumber": Operation(signed(phones.delete_sms_sandbox_phone_number)),
        "DeleteTopic": Operation(topics.delete_topic),
        "GetDataProtectionPolicy": Operation(data_protection.get_data_protection_policy, reads=True),
        "GetEndpointAttributes": Operation(signed(applications.get_endpoint_attributes), reads=True),
        "GetPlatformApplicationAttributes": Operation(
            signed(applications.get_platform_application_attributes), reads=True
        ),
        "GetSMSAttributes": Operation(signed(phones.get_sms_attributes), reads=True),
        "GetSMSSandboxAccountStatus": Operation(signed(phones.get_sms_sandbox_account_status), reads=True),
        "GetSubscriptionAttributes": Operation(signed(subscriptions.get_subscription_attributes), reads=True),
        "GetTopicAttributes": Operation(topics.get_topic_attributes, reads=True),
        "ListEndpointsByPlatformApplication": Operation(
            signed(applications.list_endpoints_by_platform_application), reads=True
        ),
        "ListOriginationNumbers": Operation(signed(phones.list_origination_numbers), reads=True),
        "ListPhoneNumbersOptedOut": Operation(signed(phones.list_phone_numbers_opted_out), reads=True),
        "ListPlatformApplications": Operation(signed(applications.list_platform_applications), reads=True),
        "ListSMSSandboxPhoneNumbers": Operation(signed(phones.list_sms_sandbox_phone_numbers), reads=True),
        "ListSubscriptions": Operation(signed(subscriptions.list_subscriptions), reads=True),
        "ListSubscriptionsByTopic": Operation(subscriptions.list_subscriptions_by_topic, reads=True),
        "ListTagsForResource": Operation(topics.list_tags_for_resource, reads=True),
        "ListTopics": Operation(signed(topics.list_topics), reads=True),
        "OptInPhoneNumber": Operation(signed(phones.opt_in_phone_number)),
        "Publish": Operation(publishing.publish, checks_first=True, size_bytes=publishing.publish_bytes),
        "PublishBatch": Operation(publishing.publish_batch, checks_first=True, size_bytes=publishing.batch_bytes),
        "PutDataProtectionPolicy": Operation(data_protection.put_data_protection_policy, checks_first=True),
        "RemovePermission": Operation(topics.remove_permission, checks_first=True),
        "SetEndpointAttributes": Operation(signed(applications.set_endpoint_attributes)),
        "SetPlatformApplicationAttributes": Operation(signed(applications.set_platform_application_attributes)),
        "SetSMSAttributes": Operation(signed(phones.set_sms_attributes)),
        "SetSubscriptionAttributes": Operation(signed(subscriptions.set_subscription_attributes)),
        "SetTopicAttributes": Operation(topics.set_topic_attributes),
        "Subscribe": Operation(subscriptions.subscribe),
        "TagResource": Operation(topics.tag_resource),
        "Unsubscribe": Operation(subscriptions.unsubscribe),
        "UntagResource": Operation(topics.untag_resource),
        "VerifySMSSandboxPhoneNumber": Operation(signed(phones.verify_sms_sandbox_phone_number)),
    },
    tables=metadata,
    migrations=MIGRATIONS,
    outbox={
        "sns:http": _kind(http_sender.open_http),
        "sns:sms": _kind(http_sender.open_sms),
        "sns:application": _kind(http_sender.open_push),
        "sns:lambda": _kind(call_sender.open_functions),
        "sns:firehose": _kind(call_sender.open_streams),
        "sns:s3": _kind(call_sender.open_objects),
        fan_out.REST: steps(fan_out.go_on),
        replays.KIND: steps(replays.step),
    },
    upkeep=[Upkeep(SWEEP_SECONDS, sweep)],
    pages=PAGES,
)
