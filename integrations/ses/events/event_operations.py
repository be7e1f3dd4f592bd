"""The operations of configuration sets, notifications and the suppression list, by version."""

from collections.abc import Mapping

from integrations.ses.errors import Function
from integrations.ses.events import configuration_sets as sets
from integrations.ses.events import configuration_sets_v2 as sets_v2
from integrations.ses.events import notifications, suppression, tracking_options

READING: Mapping[str, Function] = {
    "DescribeConfigurationSet": sets.describe_configuration_set,
    "GetIdentityNotificationAttributes": notifications.get_identity_notification_attributes,
    "ListConfigurationSets": sets.list_configuration_sets,
}
WRITING: Mapping[str, Function] = {
    "CreateConfigurationSet": sets.create_configuration_set,
    "CreateConfigurationSetEventDestination": sets.create_configuration_set_event_destination,
    "CreateConfigurationSetTrackingOptions": tracking_options.create,
    "DeleteConfigurationSet": sets.delete_configuration_set,
    "DeleteConfigurationSetEventDestination": sets.delete_configuration_set_event_destination,
    "DeleteConfigurationSetTrackingOptions": tracking_options.delete,
    "PutConfigurationSetDeliveryOptions": sets.put_configuration_set_delivery_options,
    "SetIdentityFeedbackForwardingEnabled": notifications.set_identity_feedback_forwarding_enabled,
    "SetIdentityHeadersInNotificationsEnabled": notifications.set_identity_headers_in_notifications_enabled,
    "SetIdentityNotificationTopic": notifications.set_identity_notification_topic,
    "UpdateConfigurationSetEventDestination": sets.update_configuration_set_event_destination,
    "UpdateConfigurationSetReputationMetricsEnabled": sets.update_configuration_set_reputation_metrics_enabled,
    "UpdateConfigurationSetSendingEnabled": sets.update_configuration_set_sending_enabled,
    "UpdateConfigurationSetTrackingOptions": tracking_options.update,
}
READING_V2: Mapping[str, Function] = {
    "GetConfigurationSet": sets_v2.get_configuration_set,
    "GetConfigurationSetEventDestinations": sets_v2.get_configuration_set_event_destinations,
    "GetSuppressedDestination": suppression.get_suppressed_destination,
    "ListConfigurationSets": sets_v2.list_configuration_sets,
    "ListSuppressedDestinations": suppression.list_suppressed_destinations,
}
WRITING_V2: Mapping[str, Function] = {
    "CreateConfigurationSet": sets_v2.create_configuration_set,
    "CreateConfigurationSetEventDestination": sets_v2.create_configuration_set_event_destination,
    "DeleteConfigurationSet": sets.delete_configuration_set,
    "DeleteConfigurationSetEventDestination": sets.delete_configuration_set_event_destination,
    "DeleteSuppressedDestination": suppression.delete_suppressed_destination,
    "PutAccountSuppressionAttributes": suppression.put_account_suppression_attributes,
    "PutConfigurationSetDeliveryOptions": sets_v2.put_configuration_set_delivery_options,
    "PutConfigurationSetReputationOptions": sets_v2.put_configuration_set_reputation_options,
    "PutConfigurationSetSendingOptions": sets_v2.put_configuration_set_sending_options,
    "PutConfigurationSetSuppressionOptions": sets_v2.put_configuration_set_suppression_options,
    "PutConfigurationSetTrackingOptions": tracking_options.put,
    "PutEmailIdentityFeedbackAttributes": notifications.put_email_identity_feedback_attributes,
    "PutSuppressedDestination": suppression.put_suppressed_destination,
    "UpdateConfigurationSetEventDestination": sets_v2.update_configuration_set_event_destination,
}
