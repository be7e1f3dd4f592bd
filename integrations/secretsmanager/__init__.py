"""AWS Secrets Manager: secrets with versions, labels, rotation, deletion, replicas and policies; sealed at rest.

| file | what |
|---|---|
| names, staging, policy_rules, structures, filters, cron, schedule, paging, errors | what needs no store |
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

# Reading a value notes the day of it: once a day it writes, as the last thing that it does.
integration = Integration(
    service="secretsmanager",
    operations={
        "BatchGetSecretValue": Operation(listing.batch_get_secret_value),
        "CancelRotateSecret": Operation(rotation.cancel_rotate_secret, checks_first=True),
        "CreateSecret": Operation(secrets.create_secret),
        "DeleteResourcePolicy": Operation(policies.delete_resource_policy, checks_first=True),
        "DeleteSecret": Operation(secrets.delete_secret),
        "DescribeSecret": Operation(secrets.describe_secret, reads=True),
        "GetRandomPassword": Operation(passwords.get_random_password, reads=True),
        "GetResourcePolicy": Operation(policies.get_resource_policy, reads=True),
        "GetSecretValue": Operation(versions.get_secret_value, checks_first=True),
        "ListResourcePolicies": Operation(policies.list_resource_policies, reads=True),
        "ListSecretVersionIds": Operation(versions.list_secret_version_ids, reads=True),
        "ListSecrets": Operation(listing.list_secrets, reads=True),
        "PutResourcePolicy": Operation(policies.put_resource_policy, checks_first=True),
        "PutSecretValue": Operation(versions.put_secret_value),
        "RemoveRegionsFromReplication": Operation(replication.remove_regions_from_replication),
        "ReplicateSecretToRegions": Operation(replication.replicate_secret_to_regions),
        "RestoreSecret": Operation(secrets.restore_secret, checks_first=True),
        "RotateSecret": Operation(rotation.rotate_secret),
        "StopReplicationToReplica": Operation(replication.stop_replication_to_replica),
        "TagResource": Operation(tagging.tag_resource, checks_first=True),
        "UntagResource": Operation(tagging.untag_resource, checks_first=True),
        "UpdateSecret": Operation(secrets.update_secret),
        "UpdateSecretVersionStage": Operation(versions.update_secret_version_stage),
        "ValidateResourcePolicy": Operation(policies.validate_resource_policy, reads=True),
    },
    tables=metadata,
    migrations=MIGRATIONS,
    outbox={ALARM: ALARM_KIND, STEP: STEP_KIND},
)
