"""What an integration is: the API operations of a service, its Task resources, its tables and how it is called.

An integration package exposes one `Integration` through the `statewright.integrations` entry point; the composition
root (engine.http.app) finds it there. Nothing in engine/ names one.

A Task that calls a service names an action (`sqs:sendMessage`, `lambda:invoke`). Two kinds of action exist:

* `LocalAction` runs inside the transaction of the execution: its changes, the Task's result and the history are
  committed together, exactly once. Synchronous, on the writer's connection.
* `RemoteAction` leaves the process. The call is written down in the commit that schedules the Task and sent after it;
  a call without an answer when the process died is sent again with the same idempotency key (or failed, where the
  target is marked at most once). Asynchronous, at least once.

Both return the Task's result as a JSON value, or raise StateError with the error name and cause that AWS would give.

Beside that an integration may bring operations of its own API, tables with their migrations, a `HistorySink` that is
shown what a batch writes of histories, deliveries that leave the process after the commit (`outbox`), and periodic
housekeeping.

A remote call that waits for a job (`.sync`) has two halves, with a commit between them:

    call: the job is started -> commit, TaskSubmitted -> follow: the job is watched until it ends -> the Task's result

Only the second half is taken up again after a crash once the first is committed, so a job is not started twice.
"""

from engine.contract.actions import (
    Action,
    Actions,
    Call,
    EndedExecution,
    FindAction,
    LocalAction,
    LocalCall,
    RemoteAction,
    Targets,
)
from engine.contract.deliveries import Calls, Deliver, DeliveryError, OutboxKind, RetryPolicy
from engine.contract.histories import HistorySink, LogSettings, Recorded
from engine.contract.integration import Integration, Migration, Upkeep, Worker, Workplace
from engine.contract.operations import Operation, OperationFunction, Page, PageAnswer, PageRequest
from engine.contract.remote import (
    FunctionMock,
    HttpTrace,
    JobCaller,
    MockableCaller,
    Perform,
    RemoteCaller,
    ServiceUser,
    TracedCaller,
)
from engine.contract.transaction import Caller, Keys, NotYet, Transaction

__all__ = [
    "Action",
    "Actions",
    "Call",
    "Caller",
    "Calls",
    "Deliver",
    "DeliveryError",
    "EndedExecution",
    "FindAction",
    "FunctionMock",
    "HistorySink",
    "HttpTrace",
    "Integration",
    "JobCaller",
    "Keys",
    "LocalAction",
    "LocalCall",
    "LogSettings",
    "Migration",
    "MockableCaller",
    "NotYet",
    "Operation",
    "OperationFunction",
    "OutboxKind",
    "Page",
    "PageAnswer",
    "PageRequest",
    "Perform",
    "Recorded",
    "RemoteAction",
    "RemoteCaller",
    "RetryPolicy",
    "ServiceUser",
    "Targets",
    "TracedCaller",
    "Transaction",
    "Upkeep",
    "Worker",
    "Workplace",
]
