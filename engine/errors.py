"""The four errors of the project, never confused.

| error | who meets it |
|---|---|
| DefinitionError | the author of a state machine: collected diagnostics, each with its place |
| StateError | the running state: ASL's Retry and Catch see its name and cause |
| ServiceError | the caller of an API operation: rendered by the wire, renamed by a Task |
| InvariantError | us: a bug, which stops the work at hand and is never swallowed |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["ERROR", "WARNING"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding in a definition, in the shape of ValidateStateMachineDefinition's diagnostics.

    `location` is a JSON pointer into the definition (`/States/A/Next`) or None where there is none.
    """

    code: str
    message: str
    location: str | None = None
    severity: Severity = "ERROR"


class DefinitionError(Exception):
    """A definition that cannot be accepted; `diagnostics` says everything that is wrong with it."""

    def __init__(self, diagnostics: Sequence[Diagnostic]):
        super().__init__("; ".join(f"{d.code}: {d.message} at {d.location}" for d in diagnostics))
        self.diagnostics = list(diagnostics)


class StateError(Exception):
    """A state failed with an ASL error name (`States.Runtime`, `Lambda.Unknown`, ...) and a cause.

    Either may be None: a Fail state without Error, a timeout without Cause.
    """

    def __init__(self, name: str | None, cause: str | None = None):
        super().__init__(f"{name}: {cause}")
        self.name = name
        self.cause = cause


class PlainStateError(StateError):
    """A failure whose cause AWS gives as it is, without naming the state that was executing."""


class QueryEvaluationError(StateError):
    """A JSONata state could not evaluate a field; the history says so with an EvaluationFailed event.

    `location` is the field, as AWS writes it (`Output/a/b[0]`, `Choices[1]/Condition`), None where there is none.
    """

    def __init__(self, cause: str, location: str | None = None):
        super().__init__("States.QueryEvaluationError", cause)
        self.location = location


class ServiceError(Exception):
    """An API operation refused or failed; `code` is the shape's name in the service's model.

    `fields` are further members of the error shape (`resourceName`, `reason`).
    """

    def __init__(self, code: str, message: str, status: int = 400, fields: Mapping[str, Any] | None = None):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})


class InvariantError(Exception):
    """Something that cannot be happened: our bug."""
