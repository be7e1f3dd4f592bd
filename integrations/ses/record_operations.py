"""The operations about identities and records, by their names in botocore's models."""

from collections.abc import Mapping

from integrations.ses import (
    contact_lists,
    contacts,
    dkim,
    identities,
    identities_v2,
    mail_from,
    policies,
    pools,
    tagging,
)
from integrations.ses.errors import Function

READING: Mapping[str, Function] = {
    "GetIdentityDkimAttributes": dkim.get_identity_dkim_attributes,
    "GetIdentityMailFromDomainAttributes": mail_from.get_identity_mail_from_domain_attributes,
    "GetIdentityPolicies": policies.get_identity_policies,
    "GetIdentityVerificationAttributes": identities.get_identity_verification_attributes,
    "ListIdentities": identities.list_identities,
    "ListIdentityPolicies": policies.list_identity_policies,
    "ListVerifiedEmailAddresses": identities.list_verified_email_addresses,
}
WRITING: Mapping[str, Function] = {
    "DeleteIdentity": identities.delete_identity,
    "DeleteIdentityPolicy": policies.delete_identity_policy,
    "DeleteVerifiedEmailAddress": identities.delete_identity,
    "PutIdentityPolicy": policies.put_identity_policy,
    "SetIdentityDkimEnabled": dkim.set_identity_dkim_enabled,
    "SetIdentityMailFromDomain": mail_from.set_identity_mail_from_domain,
    "VerifyDomainDkim": identities.verify_domain_dkim,
    "VerifyDomainIdentity": identities.verify_domain_identity,
    "VerifyEmailAddress": identities.verify_email_identity,
    "VerifyEmailIdentity": identities.verify_email_identity,
}
READING_V2: Mapping[str, Function] = {
    "GetContact": contacts.get_contact,
    "GetContactList": contact_lists.get_contact_list,
    "GetDedicatedIp": pools.no_dedicated_ip,
    "GetDedicatedIpPool": pools.get_dedicated_ip_pool,
    "GetDedicatedIps": pools.get_dedicated_ips,
    "GetEmailIdentity": identities_v2.get_email_identity,
    "GetEmailIdentityPolicies": policies.get_email_identity_policies,
    "ListContactLists": contact_lists.list_contact_lists,
    "ListContacts": contacts.list_contacts,
    "ListDedicatedIpPools": pools.list_dedicated_ip_pools,
    "ListEmailIdentities": identities_v2.list_email_identities,
    "ListTagsForResource": tagging.list_tags_for_resource,
}
WRITING_V2: Mapping[str, Function] = {
    "CreateContact": contacts.create_contact,
    "CreateContactList": contact_lists.create_contact_list,
    "CreateDedicatedIpPool": pools.create_dedicated_ip_pool,
    "CreateEmailIdentity": identities_v2.create_email_identity,
    "CreateEmailIdentityPolicy": policies.create_email_identity_policy,
    "DeleteContact": contacts.delete_contact,
    "DeleteContactList": contact_lists.delete_contact_list,
    "DeleteDedicatedIpPool": pools.delete_dedicated_ip_pool,
    "DeleteEmailIdentity": identities_v2.delete_email_identity,
    "DeleteEmailIdentityPolicy": policies.delete_email_identity_policy,
    "PutDedicatedIpInPool": pools.no_dedicated_ip,
    "PutDedicatedIpPoolScalingAttributes": pools.put_dedicated_ip_pool_scaling_attributes,
    "PutEmailIdentityConfigurationSetAttributes": identities_v2.put_email_identity_configuration_set_attributes,
    "PutEmailIdentityDkimAttributes": dkim.put_email_identity_dkim_attributes,
    "PutEmailIdentityDkimSigningAttributes": dkim.put_email_identity_dkim_signing_attributes,
    "PutEmailIdentityMailFromAttributes": mail_from.put_email_identity_mail_from_attributes,
    "TagResource": tagging.tag_resource,
    "UntagResource": tagging.untag_resource,
    "UpdateContact": contacts.update_contact,
    "UpdateContactList": contact_lists.update_contact_list,
    "UpdateEmailIdentityPolicy": policies.update_email_identity_policy,
}
