"""AWS Secrets Manager: secrets with versions, labels, rotation, deletion, replicas and policies; sealed at rest.

| file | what |
|---|---|
| names, texts, staging, policy_rules, structures, filters, cron, schedule, paging, errors | what needs no store |
| secrets, versions, listing, rotation, replication, policies, tagging, passwords | the operations |
| values, finding, views, destruction, windows | what operations share |
| rotating, alarms, due | the steps of a rotation, and what becomes due by itself |
| store, version_store, rotation_store, tables | the database |
"""

from engine.contract import Integration, Operation
from integrations.secretsmanager import (
    listing,
    passwords,
    policies,
    replication,
    rotation,
    secrets,
    tagging,
    versions,
)
from integrations.secretsmanager.alarms import ALARM
from integrations.secretsmanager.due import ALARM_KIND
from integrations.secretsmanager.rotating import STEP, STEP_KIND
from integrations.secretsmanager.tables import MIGRATIONS, metadata
from integrations.secretsmanager.texts import checked

# Reading a value notes the day of it: once a day it writes, as the last thing that it does.
integration = Integration(
    service="secretsmanager",
    operations={
        "BatchGetSecretValue": Operation(checked(listing.batch_get_secret_value)),
        "CancelRotateSecret": Operation(checked(rotation.cancel_rotate_secret), checks_first=True),
        "CreateSecret": Operation(checked(secrets.create_secret)),
        "DeleteResourcePolicy": Operation(checked(policies.delete_resource_policy), checks_first=True),
        "DeleteSecret": Operation(checked(secrets.delete_secret)),
        "DescribeSecret": Operation(checked(secrets.describe_secret), reads=True),
        "GetRandomPassword": Operation(checked(passwords.get_random_password), reads=True),
        "GetResourcePolicy": Operation(checked(policies.get_resource_policy), reads=True),
        "GetSecretValue": Operation(checked(versions.get_secret_value), checks_first=True),
        "ListResourcePolicies": Operation(checked(policies.list_resource_policies), reads=True),
        "ListSecretVersionIds": Operation(checked(versions.list_secret_version_ids), reads=True),
        "ListSecrets": Operation(checked(listing.list_secrets), reads=True),
        "PutResourcePolicy": Operation(checked(policies.put_resource_policy), checks_first=True),
        "PutSecretValue": Operation(checked(versions.put_secret_value)),
        "RemoveRegionsFromReplication": Operation(checked(replication.remove_regions_from_replication)),
        "ReplicateSecretToRegions": Operation(checked(replication.replicate_secret_to_regions)),
        "RestoreSecret": Operation(checked(secrets.restore_secret), checks_first=True),
        "RotateSecret": Operation(checked(rotation.rotate_secret)),
        "StopReplicationToReplica": Operation(checked(replication.stop_replication_to_replica)),
        "TagResource": Operation(checked(tagging.tag_resource), checks_first=True),
        "UntagResource": Operation(checked(tagging.untag_resource), checks_first=True),
        "UpdateSecret": Operation(checked(secrets.update_secret)),
        "UpdateSecretVersionStage": Operation(checked(versions.update_secret_version_stage)),
        "ValidateResourcePolicy": Operation(checked(policies.validate_resource_policy), reads=True),
    },
    tables=metadata,
    migrations=MIGRATIONS,
    outbox={ALARM: ALARM_KIND, STEP: STEP_KIND},
)
