"""SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat: answers to a task token, for activities and callbacks.

The token itself says which attempt of which state it belongs to; the runtime reads it and raises InvalidToken,
TaskDoesNotExist or TaskTimedOut.
"""

from engine.api.payload import read_output
from engine.api.resources import Request, Response
from engine.contract import Caller
from engine.runtime.protocol import EngineTransaction


def send_task_success(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """SendTaskSuccess. `output` must be JSON: InvalidOutput; the token is looked at first, as recorded."""
    tx.check_token(request["taskToken"])
    tx.task_succeeded(request["taskToken"], read_output(request["output"]))
    return {}


def send_task_failure(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """SendTaskFailure. Without `error` the Task fails all the same."""
    tx.task_failed(request["taskToken"], request.get("error"), request.get("cause"))
    return {}


def send_task_heartbeat(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """SendTaskHeartbeat: the task is alive; its HeartbeatSeconds begin anew."""
    tx.task_heartbeat(request["taskToken"])
    return {}
