"""StartSyncExecution: an Express execution, run to its end while the caller waits.

It answers 200 however the run ended; only what keeps it from starting is an error.
"""

from engine.api import arns, routing
from engine.api.names import check_name
from engine.api.payload import read_input
from engine.api.resources import Request, Response
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import ReadTransaction, Runtime, SyncResult
from engine.store.rows import MachineRow

# AWS bills in steps of 100 ms and, for memory, of 64 MB.
_BILLED_STEP_MS = 100
_BILLED_MEMORY_MB = 64


async def start_sync_execution(runtime: Runtime, caller: Caller, request: Request) -> Response:
    """StartSyncExecution."""
    name = request.get("name")
    if name is not None:
        check_name(name)
    input_text = read_input(request.get("input")).text

    def find(tx: ReadTransaction) -> tuple[MachineRow, str, str]:
        machine = routing.startable(tx, caller, request["stateMachineArn"])
        if machine.type != "EXPRESS":
            raise ServiceError(
                "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
            )
        return machine, name or tx.moment.uuid(), tx.moment.uuid()

    machine, name, unique = await runtime.read(find)
    arn = arns.express_arn(machine.arn, name, unique)
    result = await runtime.run_express(machine, arn, name, input_text)
    return _answer(machine, result, request.get("traceHeader"), included=request.get("includedData") != "METADATA_ONLY")


def _answer(machine: MachineRow, result: SyncResult, trace_header: str | None, included: bool) -> Response:
    duration_ms = result.stop_ms - result.start_ms
    answer: Response = {
        "executionArn": result.arn,
        "stateMachineArn": machine.arn,
        "name": result.name,
        "startDate": seconds(result.start_ms),
        "stopDate": seconds(result.stop_ms),
        "status": result.status,
        "inputDetails": {"included": included},
        "outputDetails": {"included": included},
        "billingDetails": {
            "billedMemoryUsedInMB": _BILLED_MEMORY_MB,
            "billedDurationInMilliseconds": max(-(-duration_ms // _BILLED_STEP_MS), 1) * _BILLED_STEP_MS,
        },
    }
    data = {"input": result.input, "output": result.output, "error": result.error, "cause": result.cause}
    if included:
        answer.update({name: value for name, value in data.items() if value is not None})
    if trace_header is not None:
        answer["traceHeader"] = trace_header
    return answer
