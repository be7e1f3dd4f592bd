"""The names that one AWS service goes by, and the one that botocore has for it.

| who says it | EventBridge | Step Functions |
|---|---|---|
| botocore, and this project | `events` | `stepfunctions` |
| `aws-sdk:` Tasks: the service id, in lower case, letters and digits only | `eventbridge` | `sfn` |
| optimised integrations: the name in the service's ARNs | `events` | `states` |
"""

from collections.abc import Mapping
from functools import cache

from engine.wire.service import models

# The services whose id is not botocore's name without hyphens.
_BY_SERVICE_ID: Mapping[str, str] = {
    "applicationdiscoveryservice": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "costandusagereportservice": "cur",
    "costexplorer": "ce",
    "databasemigrationservice": "dms",
    "directoryservice": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearchservice": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuildingservice": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimeservice": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlementservice": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}
_BY_OPTIMISED_NAME: Mapping[str, str] = {"elasticmapreduce": "emr", "states": "stepfunctions"}


def sdk_service(name: str) -> str | None:
    """botocore's name of the service in `aws-sdk:NAME:action`; None where botocore has none."""
    if name in _BY_SERVICE_ID:
        return _BY_SERVICE_ID[name]
    found = _by_plain_name().get(name)
    return found if found not in _BY_SERVICE_ID.values() else None


def any_service(name: str) -> str | None:
    """botocore's name of a service by any of its names."""
    if name in service_names():
        return name
    return _BY_OPTIMISED_NAME.get(name) or sdk_service(name)


@cache
def service_names() -> frozenset[str]:
    """Every service that botocore has a model of."""
    return frozenset(models().list_available_services("service-2"))


@cache
def _by_plain_name() -> Mapping[str, str]:
    return {name.replace("-", ""): name for name in service_names()}
