"""Status changes of executions, and what other services publish, as EventBridge events to the target of `[events]`.

| file | what |
|---|---|
| change | a status change as AWS's event |
| sink | which changes a batch holds, written to the outbox in its transaction |
| targets | the deliveries |

To a queue exactly once. Else at least once: an event that was sent and not acknowledged when the process died is sent
again, with its id.
"""

from engine.contract import Integration, Operation, OutboxKind
from integrations.status_events.sink import KIND, publish_event, sink_of
from integrations.status_events.targets import open_target

integration = Integration(
    service="status-events",
    internal={"PublishEvent": Operation(publish_event)},
    history=sink_of,
    outbox={KIND: OutboxKind(open_target)},
)
