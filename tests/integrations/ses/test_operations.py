"""Every operation of both models is served, or stands here with the reason why it is not."""

from collections.abc import Mapping
from pathlib import Path

import botocore.session  # type: ignore[import-untyped]
import pytest

from integrations.ses import integration, integration_v2

DASHBOARD = "there is no deliverability dashboard"
JOBS = "there are no import and export jobs"
REGIONS = "there is one region"
TENANTS = "there are no tenants"
CERTIFICATES = "mail is not signed with certificates"
NEWS = "there is no Virtual Deliverability Manager"
WARM_UP = "there are no leased addresses to warm up"
REPUTATION = "nobody reviews what the accounts of one server send"

V1: Mapping[str, str] = {}
V2: Mapping[str, str] = {
    "AssociateEmailIdentityCertificate": CERTIFICATES,
    "BatchGetMetricData": NEWS,
    "CancelExportJob": JOBS,
    "CreateDeliverabilityTestReport": DASHBOARD,
    "CreateExportJob": JOBS,
    "CreateImportJob": JOBS,
    "CreateMultiRegionEndpoint": REGIONS,
    "CreateTenant": TENANTS,
    "CreateTenantResourceAssociation": TENANTS,
    "DeleteMultiRegionEndpoint": REGIONS,
    "DeleteTenant": TENANTS,
    "DeleteTenantResourceAssociation": TENANTS,
    "DisassociateEmailIdentityCertificate": CERTIFICATES,
    "GetBlacklistReports": DASHBOARD,
    "GetDeliverabilityDashboardOptions": DASHBOARD,
    "GetDeliverabilityTestReport": DASHBOARD,
    "GetDomainDeliverabilityCampaign": DASHBOARD,
    "GetDomainStatisticsReport": DASHBOARD,
    "GetEmailAddressInsights": NEWS,
    "GetExportJob": JOBS,
    "GetImportJob": JOBS,
    "GetMessageInsights": NEWS,
    "GetMultiRegionEndpoint": REGIONS,
    "GetReputationEntity": REPUTATION,
    "GetTenant": TENANTS,
    "ListDeliverabilityTestReports": DASHBOARD,
    "ListDomainDeliverabilityCampaigns": DASHBOARD,
    "ListEmailIdentityCertificates": CERTIFICATES,
    "ListExportJobs": JOBS,
    "ListImportJobs": JOBS,
    "ListMultiRegionEndpoints": REGIONS,
    "ListRecommendations": NEWS,
    "ListReputationEntities": REPUTATION,
    "ListResourceTenants": TENANTS,
    "ListTenantResources": TENANTS,
    "ListTenants": TENANTS,
    "PutAccountDedicatedIpWarmupAttributes": WARM_UP,
    "PutAccountPricingAttributes": "there are no plans to pay for",
    "PutAccountVdmAttributes": NEWS,
    "PutConfigurationSetArchivingOptions": "mails are not archived, beyond the inbox",
    "PutConfigurationSetVdmOptions": NEWS,
    "PutDedicatedIpWarmupAttributes": WARM_UP,
    "PutDeliverabilityDashboardOption": DASHBOARD,
    "PutTenantSuppressionAttributes": TENANTS,
    "UpdateConfigurationSet": "each of a set's options has an operation of its own",
    "UpdateReputationEntityCustomerManagedStatus": REPUTATION,
    "UpdateReputationEntityPolicy": REPUTATION,
}
BOTH = [("ses", integration, V1), ("sesv2", integration_v2, V2)]
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "ses.md"


@pytest.mark.parametrize(("service", "built", "refused"), BOTH, ids=["v1", "v2"])
def test_every_operation_is_served_or_refused_for_a_reason(
    service: str, built: object, refused: Mapping[str, str]
) -> None:
    served = set(built.operations)  # type: ignore[attr-defined]
    model = botocore.session.get_session().get_service_model(service)
    assert served | set(refused) == set(model.operation_names)
    assert not served & set(refused)


@pytest.mark.parametrize(("service", "built", "refused"), BOTH, ids=["v1", "v2"])
def test_the_documentation_names_what_is_refused(service: str, built: object, refused: Mapping[str, str]) -> None:
    text = DOCUMENT.read_text()
    assert not [name for name, reason in refused.items() if name not in text or reason not in text]
