"""Collects what is wrong with a definition, in the order in which it is found.

Invariant: never more than `limits.DIAGNOSTICS_MAX` errors and as many warnings are kept, however bad the definition,
and `failed` is true as soon as one error was reported, kept or not.

Locations are AWS's: `/States/Pick/Choices[0]/Next`, names as they are.
"""

from engine import limits
from engine.errors import Diagnostic

SCHEMA = "SCHEMA_VALIDATION_FAILED"
UNSUPPORTED_FEATURE = "UNSUPPORTED_FEATURE"
UNSUPPORTED_INTEGRATION = "UNSUPPORTED_INTEGRATION"


class Findings:
    """The diagnostics of one definition."""

    __slots__ = ("_errors", "_seen", "_warnings", "failed")

    def __init__(self) -> None:
        self._errors: list[Diagnostic] = []
        self._warnings: list[Diagnostic] = []
        self._seen: set[Diagnostic] = set()
        self.failed = False

    def error(self, code: str, message: str, location: str | None) -> None:
        self.failed = True
        self._keep(self._errors, Diagnostic(code, message, location))

    def schema(self, message: str, location: str) -> None:
        """SCHEMA_VALIDATION_FAILED, which most findings are."""
        self.error(SCHEMA, message, location)

    def unsupported(self, message: str, location: str) -> None:
        """AWS accepts it and this engine does not yet run it."""
        self.error(UNSUPPORTED_FEATURE, message, location)

    def warn(self, code: str, message: str, location: str) -> None:
        self._keep(self._warnings, Diagnostic(code, message, location, "WARNING"))

    def diagnostics(self) -> list[Diagnostic]:
        """Errors first, then warnings."""
        return [*self._errors, *self._warnings][: limits.DIAGNOSTICS_MAX]

    def _keep(self, kept: list[Diagnostic], found: Diagnostic) -> None:
        if len(kept) < limits.DIAGNOSTICS_MAX and found not in self._seen:
            self._seen.add(found)
            kept.append(found)


def invalid_definition_message(diagnostics: list[Diagnostic]) -> str:
    """The message of InvalidDefinition in Create and Update: every error with its place, `null` without one."""
    parts = [
        f"{found.code}: {found.message} at {found.location or 'null'}"
        for found in diagnostics
        if found.severity == "ERROR"
    ]
    return f"Invalid State Machine Definition: '{', '.join(parts)}'"
