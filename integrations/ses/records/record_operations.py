"""The operations about identities and records, by their names in botocore's models."""

from collections.abc import Mapping

from integrations.ses import account_details
from integrations.ses.errors import Function
from integrations.ses.identities import dkim, identities, identities_v2, mail_from, policies, verification_templates
from integrations.ses.records import contact_lists, contacts, pools, tagging

READING: Mapping[str, Function] = {
    "GetCustomVerificationEmailTemplate": verification_templates.get,
    "GetIdentityDkimAttributes": dkim.get_identity_dkim_attributes,
    "GetIdentityMailFromDomainAttributes": mail_from.get_identity_mail_from_domain_attributes,
    "GetIdentityPolicies": policies.get_identity_policies,
    "GetIdentityVerificationAttributes": identities.get_identity_verification_attributes,
    "ListCustomVerificationEmailTemplates": verification_templates.list_in_v1,
    "ListIdentities": identities.list_identities,
    "ListIdentityPolicies": policies.list_identity_policies,
    "ListVerifiedEmailAddresses": identities.list_verified_email_addresses,
}
WRITING: Mapping[str, Function] = {
    "CreateCustomVerificationEmailTemplate": verification_templates.create,
    "DeleteCustomVerificationEmailTemplate": verification_templates.delete,
    "DeleteIdentity": identities.delete_identity,
    "DeleteIdentityPolicy": policies.delete_identity_policy,
    "DeleteVerifiedEmailAddress": identities.delete_identity,
    "PutIdentityPolicy": policies.put_identity_policy,
    "SendCustomVerificationEmail": verification_templates.send,
    "SetIdentityDkimEnabled": dkim.set_identity_dkim_enabled,
    "SetIdentityMailFromDomain": mail_from.set_identity_mail_from_domain,
    "UpdateCustomVerificationEmailTemplate": verification_templates.update,
    "VerifyDomainDkim": identities.verify_domain_dkim,
    "VerifyDomainIdentity": identities.verify_domain_identity,
    "VerifyEmailAddress": identities.verify_email_identity,
    "VerifyEmailIdentity": identities.verify_email_identity,
}
READING_V2: Mapping[str, Function] = {
    "GetContact": contacts.get_contact,
    "GetContactList": contact_lists.get_contact_list,
    "GetCustomVerificationEmailTemplate": verification_templates.get_in_v2,
    "GetDedicatedIp": pools.no_dedicated_ip,
    "GetDedicatedIpPool": pools.get_dedicated_ip_pool,
    "GetDedicatedIps": pools.get_dedicated_ips,
    "GetEmailIdentity": identities_v2.get_email_identity,
    "GetEmailIdentityPolicies": policies.get_email_identity_policies,
    "ListContactLists": contact_lists.list_contact_lists,
    "ListContacts": contacts.list_contacts,
    "ListCustomVerificationEmailTemplates": verification_templates.list_in_v2,
    "ListDedicatedIpPools": pools.list_dedicated_ip_pools,
    "ListEmailIdentities": identities_v2.list_email_identities,
    "ListTagsForResource": tagging.list_tags_for_resource,
}
WRITING_V2: Mapping[str, Function] = {
    "CreateContact": contacts.create_contact,
    "CreateContactList": contact_lists.create_contact_list,
    "CreateCustomVerificationEmailTemplate": verification_templates.create,
    "CreateDedicatedIpPool": pools.create_dedicated_ip_pool,
    "CreateEmailIdentity": identities_v2.create_email_identity,
    "CreateEmailIdentityPolicy": policies.create_email_identity_policy,
    "DeleteContact": contacts.delete_contact,
    "DeleteContactList": contact_lists.delete_contact_list,
    "DeleteCustomVerificationEmailTemplate": verification_templates.delete_in_v2,
    "DeleteDedicatedIpPool": pools.delete_dedicated_ip_pool,
    "DeleteEmailIdentity": identities_v2.delete_email_identity,
    "DeleteEmailIdentityPolicy": policies.delete_email_identity_policy,
    "PutAccountDetails": account_details.put_account_details,
    "PutDedicatedIpInPool": pools.no_dedicated_ip,
    "PutDedicatedIpPoolScalingAttributes": pools.put_dedicated_ip_pool_scaling_attributes,
    "PutEmailIdentityConfigurationSetAttributes": identities_v2.put_email_identity_configuration_set_attributes,
    "PutEmailIdentityDkimAttributes": dkim.put_email_identity_dkim_attributes,
    "PutEmailIdentityDkimSigningAttributes": dkim.put_email_identity_dkim_signing_attributes,
    "PutEmailIdentityMailFromAttributes": mail_from.put_email_identity_mail_from_attributes,
    "SendCustomVerificationEmail": verification_templates.send,
    "TagResource": tagging.tag_resource,
    "UntagResource": tagging.untag_resource,
    "UpdateContact": contacts.update_contact,
    "UpdateContactList": contact_lists.update_contact_list,
    "UpdateCustomVerificationEmailTemplate": verification_templates.update,
    "UpdateEmailIdentityPolicy": policies.update_email_identity_policy,
}
