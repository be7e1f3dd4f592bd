"""Definitions of machines as the operations meet them: checked before a write is queued, and by
ValidateStateMachineDefinition.

Compiling a definition of a megabyte takes a while, so callers run this on a worker thread, never in the writer.
"""

from typing import Final

import orjson

from engine import limits
from engine.api.resources import Request, Response
from engine.asl.compiler import compile_machine, validate
from engine.asl.findings import invalid_definition_message
from engine.asl.labels import label_complaint
from engine.asl.model import MachineType
from engine.contract import Targets
from engine.errors import DefinitionError, Diagnostic, ServiceError

STANDARD: Final = "STANDARD"


def check_definition(definition: str, machine_type: MachineType, targets: Targets | None) -> str:
    """The `variableReferences` of a definition, as JSON text.

    Raises ServiceError InvalidDefinition, with all that is wrong, for what cannot run.
    """
    if (complaint := label_complaint(definition)) is not None:
        raise ServiceError("InvalidDefinition", complaint)
    try:
        machine = compile_machine(definition, machine_type, targets)
    except DefinitionError as error:
        raise ServiceError("InvalidDefinition", invalid_definition_message(error.diagnostics)) from None
    return orjson.dumps(machine.variable_references).decode()


def validate_state_machine_definition(request: Request, targets: Targets | None) -> Response:
    """ValidateStateMachineDefinition. `result` is FAIL where an ERROR was found, whatever `severity` and `maxResults`
    leave to be shown. The validator stops at DIAGNOSTICS_MAX findings: that many are taken for more."""
    found = validate(request["definition"], request.get("type", STANDARD), targets)
    errors_only = request.get("severity", "ERROR") == "ERROR"
    shown = [each for each in found if each.severity == "ERROR"] if errors_only else found
    most = request.get("maxResults") or limits.DIAGNOSTICS_MAX
    return {
        "result": "FAIL" if any(each.severity == "ERROR" for each in found) else "OK",
        "diagnostics": [_diagnostic(each) for each in shown[:most]],
        "truncated": len(shown) > most or len(found) >= limits.DIAGNOSTICS_MAX,
    }


def _diagnostic(found: Diagnostic) -> Response:
    answer = {"severity": found.severity, "code": found.code, "message": found.message}
    if found.location is not None:
        answer["location"] = found.location
    return answer
