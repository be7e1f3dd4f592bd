"""Amazon CloudWatch Logs: log groups, streams and events, and the logs of executions.

| file | what |
|---|---|
| rules, tokens, errors | what needs no store |
| patterns, selectors | filter patterns |
| groups, streams, events | the operations |
| store, event_store, tables | the database |
| execution_log, sink | execution histories as log events |
| upkeep | retention, and the remains of what was deleted |
"""

from engine.contract import Integration, Operation, Upkeep
from integrations.logs import events, groups, rules, streams
from integrations.logs.sink import ExecutionLogs
from integrations.logs.tables import MIGRATIONS, metadata
from integrations.logs.upkeep import sweep

SWEEP_SECONDS = 60

integration = Integration(
    service="logs",
    operations={
        "CreateLogGroup": Operation(groups.create_log_group),
        "CreateLogStream": Operation(streams.create_log_stream),
        "DeleteLogGroup": Operation(groups.delete_log_group),
        "DeleteLogStream": Operation(streams.delete_log_stream),
        "DeleteRetentionPolicy": Operation(groups.delete_retention_policy),
        "DescribeLogGroups": Operation(groups.describe_log_groups, reads=True),
        "DescribeLogStreams": Operation(streams.describe_log_streams, reads=True),
        "FilterLogEvents": Operation(events.filter_log_events, reads=True),
        "GetLogEvents": Operation(events.get_log_events, reads=True),
        "ListTagsForResource": Operation(groups.list_tags_for_resource, reads=True),
        "ListTagsLogGroup": Operation(groups.list_tags_log_group, reads=True),
        "PutLogEvents": Operation(events.put_log_events, size_bytes=rules.batch_bytes),
        "PutLogGroupDeletionProtection": Operation(groups.put_log_group_deletion_protection),
        "PutRetentionPolicy": Operation(groups.put_retention_policy),
        "TagLogGroup": Operation(groups.tag_log_group),
        "TagResource": Operation(groups.tag_resource),
        "UntagLogGroup": Operation(groups.untag_log_group),
        "UntagResource": Operation(groups.untag_resource),
    },
    tables=metadata,
    migrations=MIGRATIONS,
    history=lambda settings: ExecutionLogs(),
    upkeep=[Upkeep(SWEEP_SECONDS, sweep)],
)
