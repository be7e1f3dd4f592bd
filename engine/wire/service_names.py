"""The names that one AWS service goes by, and the one that botocore has for it.

| who says it | EventBridge | Step Functions |
|---|---|---|
| botocore, and this project | `events` | `stepfunctions` |
| `aws-sdk:` Tasks: the service id without `Service` at its end, in lower case | `eventbridge` | `sfn` |
| optimised integrations: the name in the service's ARNs | `events` | `states` |

Source of the second: AWS Step Functions, "Learning to use AWS service SDK integrations", the list of services.
"""

from collections.abc import Mapping
from functools import cache

from engine.wire.service import models

# The services whose `aws-sdk:` name is not botocore's without hyphens.
_BY_SDK_NAME: Mapping[str, str] = {
    "applicationdiscovery": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "config": "config",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntime": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlement": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}
_BY_OPTIMISED_NAME: Mapping[str, str] = {"elasticmapreduce": "emr", "states": "stepfunctions"}


def sdk_service(name: str) -> str | None:
    """botocore's name of the service in `aws-sdk:NAME:action`; None where botocore has none."""
    if name in _BY_SDK_NAME:
        return _BY_SDK_NAME[name]
    found = _by_plain_name().get(name)
    return found if found not in _BY_SDK_NAME.values() else None


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
