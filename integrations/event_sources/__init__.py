"""Queues that feed functions or start executions: `[[event_sources]]` of the settings.

| file | what |
|---|---|
| records | the events that targets get, and what a function's answer says about them: rules |
| source | one event source, by its settings |
| taking | what happens in a transaction: messages are received, executions started, messages deleted |
| feeding | the workers: for a function several side by side, for a state machine one |
"""

from engine.contract import Integration
from integrations.event_sources.feeding import workers

integration = Integration(service="event-sources", workers=workers)
