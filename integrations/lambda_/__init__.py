"""AWS Lambda, as far as a state machine calls it: functions of this machine, from `[functions.NAME]` of the settings.

| file | what |
|---|---|
| request, names | from a Task's call to an invocation |
| caller | finds the function, bounds the calls |
| handler, worker | Python handlers in worker processes |
| command | a process for each call |
| url | HTTP |
| mocked | a test's own, where the server has test controls |
| forwarded | functions of another place, by `[endpoints]` |
| children, guardian | processes that never outlive the server |
| result, errors | what the Task gets, in AWS's words |
"""

from engine.asl.model import Pattern
from engine.contract import Integration, RemoteAction
from integrations.lambda_.mocked import open_mockable
from integrations.lambda_.request import FUNCTION_ACTION

integration = Integration(
    service="lambda",
    actions={
        "invoke": RemoteAction(frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})),
        FUNCTION_ACTION: RemoteAction(),
    },
    remote=open_mockable,
)
