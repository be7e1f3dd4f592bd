"""From the interpreter's CallService to the contract's Call, and a Call as the text that the store keeps of it."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from typing import Any, Protocol

from engine.asl.model import FunctionResource, Pattern
from engine.contract import Actions, Call, Caller, Calls, LocalAction, RemoteAction, RemoteCaller, Transaction
from engine.core.effects import CallService
from engine.core.execution import Execution
from engine.errors import StateError
from engine.jsontext import dumps, loads_own
from engine.runtime.after import Job

FUNCTION_SERVICE = "lambda"
FUNCTION_ACTION = "function"  # a function's own ARN as Resource: the payload in, the result out


def call_of(effect: CallService, execution: Execution) -> Call:
    resource = effect.resource
    if isinstance(resource, FunctionResource):
        service, action, pattern, sdk = FUNCTION_SERVICE, FUNCTION_ACTION, Pattern.REQUEST_RESPONSE, False
    else:
        service, action, pattern, sdk = resource.service, resource.action, resource.pattern, resource.sdk
    return Call(
        resource=resource.arn,
        service=service,
        action=action,
        pattern=pattern,
        sdk=sdk,
        parameters=effect.parameters,
        account=execution.account,
        region=execution.region,
        execution_arn=execution.arn,
        state_name=effect.state_name,
        idempotency_key=f"{execution.arn}/{effect.branch}/{effect.attempt}",
        task_token=effect.task_token,
        timeout_ms=effect.timeout_ms,
        credentials=effect.credentials,
    )


def with_time_left(call: Call, now_ms: int) -> Call:
    """The call as it is sent: the store has when the Task times out, the target is told how long it has."""
    if call.timeout_ms is None:
        return call
    return replace(call, timeout_ms=max(call.timeout_ms - now_ms, 0))


_MEMBERS = [member.name for member in fields(Call)]


def call_text(call: Call, job: Job | None = None) -> str:
    values: dict[str, Any] = {name: getattr(call, name) for name in _MEMBERS}
    values["pattern"] = call.pattern.value
    if job is not None:
        values["submitted"] = job.submitted
    return dumps(values)


def read_call(text: str) -> Call:
    return read_job(text)[0]


def read_job(text: str) -> tuple[Call, Job | None]:
    """A stored call, and the job that it has started, if it has."""
    values = loads_own(text)
    values["pattern"] = Pattern(values["pattern"])
    job = Job(values.pop("submitted")) if "submitted" in values else None
    return Call(**values), job


_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):role/.+")


def principal(call: Call) -> Caller:
    """Who makes a call: the execution, or the role of its Task's Credentials, in the account of that role.

    Raises StateError for what is no role.
    """
    if call.credentials is None:
        return Caller(call.account, call.region, call.execution_arn.split(":")[1])
    arn = call.credentials.get("RoleArn") if isinstance(call.credentials, dict) else None
    found = _ROLE.fullmatch(arn) if isinstance(arn, str) else None
    if found is None:
        text = f"The RoleArn of the field 'Credentials' must be the ARN of an IAM role but was: {dumps(arn)}"
        raise StateError("States.Runtime", text)
    return Caller(found[2], call.region, found[1])


class WithSavepoints(Transaction, Protocol):
    def savepoint(self) -> AbstractContextManager[None]:
        """What the block changes is taken back when it raises StateError."""


def perform(tx: WithSavepoints, action: LocalAction, call: Call) -> Any:
    """Call a built-in service, in a savepoint: what it changed before it failed is undone. Raises StateError.

    NotYet: there is nothing to answer yet.
    """
    caller = principal(call)
    if action.checks_first:
        return action.call(tx, caller, call)
    with tx.savepoint():
        return action.call(tx, caller, call)


def remote_calls(actions: Actions, callers: Mapping[str, RemoteCaller]) -> Calls:
    """What performs the remote actions of any integration for those who are not Tasks."""

    async def perform_remote(call: Call) -> Any:
        return await caller_of(call, actions, callers).call(call)

    return perform_remote


JOB_PATTERNS = frozenset({Pattern.SYNC, Pattern.SYNC_2})


def caller_of(call: Call, actions: Actions, callers: Mapping[str, RemoteCaller]) -> RemoteCaller:
    """What performs a remote call. Raises StateError where nothing does, by today's settings, and for a role of
    Credentials that is none: targets that need no role would take it without a word."""
    principal(call)
    action = actions.find(call.service, call.action, call.sdk)
    caller = callers.get(action.caller) if isinstance(action, RemoteAction) else None
    if caller is None:
        raise StateError("States.Runtime", f"No target for the resource '{call.resource}' is configured.")
    return caller
