"""The Task state: scheduling an attempt, and what its answers and timers do.

Three families of events, by the kind of resource:

| resource | scheduled | started | ended |
|---|---|---|---|
| a service | TaskScheduled | TaskStarted | TaskSubmitted (callback), Task{Succeeded, Failed, TimedOut} |
| a function's ARN | LambdaFunctionScheduled | LambdaFunctionStarted | LambdaFunction{Succeeded, Failed, TimedOut} |
| an activity's ARN | ActivityScheduled | ActivityStarted, by the worker | Activity{Succeeded, Failed, TimedOut} |

Every attempt has a number of its own; an answer that names an older one is stale and changes nothing.
"""

from typing import Any

from engine.asl.model import ActivityResource, FunctionResource, Pattern, ServiceResource, TaskState
from engine.core import history, variables
from engine.core.context import result_scope
from engine.core.dataflow import output_text, parameters_text, result_text, state_output
from engine.core.effects import CallService, OfferActivity
from engine.core.execution import Branch, Phase
from engine.core.failure import fail_state
from engine.core.run import Run
from engine.core.signals import ActivityStarted, Heartbeat, TaskFailed, TaskSubmitted, TaskSucceeded
from engine.core.transition import leave
from engine.core.values import seconds_field
from engine.errors import PlainStateError, StateError
from engine.query.scope import Scope

FAMILIES: dict[type[Any], str] = {
    ServiceResource: "Task",
    FunctionResource: "LambdaFunction",
    ActivityResource: "Activity",
}


def attempt(run: Run, branch: Branch, state: TaskState) -> None:
    """Schedule the next attempt of the Task."""
    branch.attempt += 1
    token = _callback_token(run, branch, state)
    scope = run.scope(branch, state, token)
    parameters = state.parameters.render(scope) if state.parameters is not None else scope.data
    if run.execution.inspection is not None:
        run.execution.inspection.saw("afterArguments" if state.jsonata else "afterParameters", parameters)
    timeout = seconds_field(state.timeout_seconds, scope, "TimeoutSeconds")
    heartbeat = seconds_field(state.heartbeat_seconds, scope, "HeartbeatSeconds")
    credentials = state.credentials.render(scope) if state.credentials is not None else None
    text = branch.input_text if parameters is branch.input else parameters_text(parameters, state.resource.arn)
    _check_activity(run, state)
    branch.timeout_seconds, branch.heartbeat_seconds = timeout, heartbeat
    branch.timeout_ms = branch.heartbeat_ms = None
    branch.started = not isinstance(state.resource, ActivityResource)
    if branch.started:
        _begin_to_count(run, branch)
    _say_scheduled(run, branch, state, text, timeout, heartbeat, credentials)
    run.rest(branch, Phase.TASK, _next_timer(branch))
    if isinstance(state.resource, ActivityResource):
        run.effects.append(OfferActivity(branch.id, branch.attempt, state.resource.arn, text))
        return
    run.effects.append(
        CallService(
            branch.id,
            branch.attempt,
            state.name,
            state.resource,
            parameters,
            token,
            branch.timeout_ms,
            branch.retry_count,
            credentials,
        )
    )


def _callback_token(run: Run, branch: Branch, state: TaskState) -> str | None:
    """A Task that waits has a token, one that waits for a job too: whoever has it may answer for the job (recorded)."""
    if isinstance(state.resource, ServiceResource) and state.resource.pattern is not Pattern.REQUEST_RESPONSE:
        return run.world.task_token(branch.id, branch.attempt)
    return None


def _check_activity(run: Run, state: TaskState) -> None:
    if isinstance(state.resource, ActivityResource) and not run.world.activity_exists(state.resource.arn):
        raise StateError("States.Runtime", f"The activity {state.resource.arn} does not exist.")


def _say_scheduled(
    run: Run,
    branch: Branch,
    state: TaskState,
    text: str,
    timeout: int | None,
    heartbeat: int | None,
    credentials: Any,
) -> None:
    details: dict[str, Any]
    if isinstance(state.resource, ServiceResource):
        details = {
            "resourceType": state.resource.resource_type,
            "resource": state.resource.resource,
            "region": run.execution.region,
            "parameters": text,
        }
    else:
        details = {"resource": state.resource.arn, "input": text, "inputDetails": history.NOT_TRUNCATED}
    if timeout is not None:
        details["timeoutInSeconds"] = timeout
    if heartbeat is not None and not isinstance(state.resource, FunctionResource):
        details["heartbeatInSeconds"] = heartbeat
    if credentials is not None and not isinstance(state.resource, ActivityResource):
        details["taskCredentials"] = {"roleArn": credentials.get("RoleArn")}
    run.emit(branch, f"{FAMILIES[type(state.resource)]}Scheduled", details)
    if isinstance(state.resource, ServiceResource):
        run.emit(branch, "TaskStarted", _named(state.resource))
    elif isinstance(state.resource, FunctionResource):
        run.emit(branch, "LambdaFunctionStarted")


def _named(resource: Any) -> dict[str, Any]:
    """What the events of a service call say first: which service, which action. The other families say nothing."""
    if isinstance(resource, ServiceResource):
        return {"resourceType": resource.resource_type, "resource": resource.resource}
    return {}


def _begin_to_count(run: Run, branch: Branch) -> None:
    """The timeout and the heartbeat count from the event that says that the Task has started (AWS Step Functions, "Task
    state fields"): an activity that nobody takes waits.
    """
    timeout, heartbeat = branch.timeout_seconds, branch.heartbeat_seconds
    branch.timeout_ms = branch.timeout_ms if timeout is None else run.now_ms + timeout * 1000
    branch.heartbeat_ms = None if heartbeat is None else run.now_ms + heartbeat * 1000
    branch.timeout_seconds = None


def _next_timer(branch: Branch) -> int | None:
    return min((at for at in (branch.timeout_ms, branch.heartbeat_ms) if at is not None), default=None)


def submitted(run: Run, branch: Branch, state: TaskState, signal: TaskSubmitted) -> None:
    text = result_text(signal.output, state.resource.arn)
    details = {**_named(state.resource), "output": text, "outputDetails": history.NOT_TRUNCATED}
    run.emit(branch, "TaskSubmitted", details)
    run.touched.add(branch.id)


def succeeded(run: Run, branch: Branch, state: TaskState, signal: TaskSucceeded) -> None:
    family = FAMILIES[type(state.resource)]
    try:
        text = result_text(signal.output, state.resource.arn)
    except PlainStateError as error:
        failed(run, branch, state, TaskFailed(branch.id, branch.attempt, error.name, error.cause))
        return
    details = {**_named(state.resource), "output": text, "outputDetails": history.NOT_TRUNCATED}
    run.emit(branch, f"{family}Succeeded", details)
    scope: Scope = run.scope(branch, state, _callback_token(run, branch, state))
    seen = result_scope(state, scope, signal.output) if state.jsonata or state.assign is not None else scope
    inspection = run.execution.inspection
    if inspection is not None:
        inspection.saw("result", signal.output)
    own = seen if state.jsonata else scope
    output = state_output(state, branch.input, own, signal.output, state.result_selector, inspection)
    assigned = None if state.assign is None else variables.evaluate(state.assign, seen, state.name)
    out_text = text if output is signal.output else output_text(branch, output, state.name)
    leave(run, branch, state, output, out_text, state.next, assigned)


def failed(run: Run, branch: Branch, state: TaskState, signal: TaskFailed) -> None:
    if signal.error == "States.Runtime":
        # Not the service's failure but ours to make the call: AWS says where it happened, and no TaskFailed.
        raise StateError(signal.error, signal.cause)
    details = {**_named(state.resource), **history.failure(signal.error, signal.cause)}
    run.emit(branch, f"{FAMILIES[type(state.resource)]}Failed", details)
    fail_state(run, branch, signal.error, signal.cause)


def activity_started(run: Run, branch: Branch, state: TaskState, signal: ActivityStarted) -> None:
    """A worker has the task: its bounds count from here."""
    branch.started = True
    _begin_to_count(run, branch)
    run.emit(branch, "ActivityStarted", {} if signal.worker_name is None else {"workerName": signal.worker_name})
    run.rest(branch, Phase.TASK, _next_timer(branch))


def heartbeat(run: Run, branch: Branch, state: TaskState, signal: Heartbeat) -> None:
    if branch.heartbeat_seconds is not None:
        branch.heartbeat_ms = run.now_ms + branch.heartbeat_seconds * 1000
        run.rest(branch, Phase.TASK, _next_timer(branch))


def timer_fired(run: Run, branch: Branch, state: TaskState) -> None:
    """The Task's own timeout, or its heartbeat's: the attempt is over, whoever still works at it.

    The one that was due first, however late it is noticed: after a restart both may be overdue.
    """
    timeout_ms, heartbeat_ms = branch.timeout_ms, branch.heartbeat_ms
    timed_out = timeout_ms is not None and (heartbeat_ms is None or timeout_ms <= heartbeat_ms)
    error = "States.Timeout" if timed_out else "States.HeartbeatTimeout"
    run.cancel_task(branch)
    run.emit(branch, f"{FAMILIES[type(state.resource)]}TimedOut", {**_named(state.resource), "error": error})
    fail_state(run, branch, error, None)
