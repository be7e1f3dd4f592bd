"""Reads the fields of one JSON object of a definition into compiled values, and reports those that are not well formed.

The object has passed its schema, so the JSON types are right; here strings become paths, templates and timestamps.
A value that cannot be compiled is reported and answered with a stand-in: the machine is thrown away in the end.
"""

import re
from collections.abc import Mapping
from typing import Any

from engine.asl.findings import Findings
from engine.query.path import WHOLE, Path, PathSyntaxError, compile_path
from engine.query.template import Template, TemplateSyntaxError, compile_template, compile_value
from engine.query.timestamp import parse_timestamp

NOT_A_PATH = "Value must be a valid JSONPath."
NOT_A_REFERENCE = "Value is not a Reference Path"
_VARIABLE = re.compile(r"\$[A-Za-z_]")
_VARIABLE_DETAIL = "refers to a variable"  # in the words of engine.query
VARIABLES = "Workflow variables (Assign, $name) are not built yet; carry the value in the state's data instead"


def names_variable(text: str) -> bool:
    """Whether a path begins at a workflow variable, as `$order.id`."""
    return _VARIABLE.match(text) is not None


class Fields:
    """One object: `value` is its JSON, `location` where it stands."""

    __slots__ = ("findings", "location", "value")

    def __init__(self, value: Mapping[str, Any], location: str, findings: Findings):
        self.value = value
        self.location = location
        self.findings = findings

    def at(self, name: str) -> str:
        return f"{self.location}/{name}"

    def __contains__(self, name: str) -> bool:
        return name in self.value

    def path(self, name: str) -> Path | None:
        """InputPath, OutputPath: any path. Absent is `$`, null is None."""
        return self._path_or_null(name, reference=False)

    def result_path(self) -> Path | None:
        """ResultPath: a reference path into the data. Absent is `$`, null is None."""
        return self._path_or_null("ResultPath", reference=True)

    def reference(self, name: str, *, context: bool = True) -> Path:
        """A reference path, into the context object too where `context` says so."""
        path = self._compile(self.value[name], name)
        if path is None:
            return WHOLE
        if not path.reference or (path.root == "$$" and not context):
            self.findings.schema(NOT_A_REFERENCE, self.at(name))
        return path

    def template(self, name: str) -> Template | None:
        """A payload template; None where the field is absent."""
        if name not in self.value:
            return None
        value = self.value[name]
        try:
            return compile_template(value)
        except TemplateSyntaxError as error:
            for problem in error.problems:
                place = self.at(name) + _inner_location(value, problem.pointer)
                self._report_expression(problem.message, problem.detail, place)
            return None

    def path_or_intrinsic(self, name: str) -> Template | None:
        try:
            return compile_value(self.value[name], name)
        except TemplateSyntaxError as error:
            for problem in error.problems:
                self._report_expression(problem.message, problem.detail, self.at(name))
            return None

    def _report_expression(self, message: str, detail: str, place: str) -> None:
        if _VARIABLE_DETAIL in detail:
            self.findings.unsupported(VARIABLES, place)
        else:
            self.findings.schema(message, place)

    def timestamp(self, name: str) -> int:
        """Epoch milliseconds."""
        try:
            return parse_timestamp(self.value[name])
        except ValueError:
            self.findings.schema("String does not match RFC3339 timestamp", self.at(name))
            return 0

    def number_or_path(self, name: str) -> int | Path | None:
        """`TimeoutSeconds` or `TimeoutSecondsPath`, whichever there is."""
        if name in self.value:
            number: int = self.value[name]
            return number
        return self.reference(name + "Path") if name + "Path" in self.value else None

    def _path_or_null(self, name: str, *, reference: bool) -> Path | None:
        if name not in self.value:
            return WHOLE
        text = self.value[name]
        if text is None:
            return None
        path = self._compile(text, name)
        if path is not None and reference and (not path.reference or path.root != "$"):
            self.findings.schema(NOT_A_REFERENCE, self.at(name))
        return path

    def _compile(self, text: str, name: str) -> Path | None:
        try:
            return compile_path(text)
        except PathSyntaxError:
            if names_variable(text):
                self.findings.unsupported(VARIABLES, self.at(name))
            else:
                self.findings.schema(NOT_A_PATH, self.at(name))
            return None


def _inner_location(value: Any, pointer: str) -> str:
    """A JSON pointer within a template as AWS writes locations: `/Entries/0` is `/Entries[0]`."""
    location = ""
    for step in pointer.split("/")[1:]:
        if isinstance(value, list):
            location += f"[{step}]"
            value = value[int(step)]
        else:
            name = step.replace("~1", "/").replace("~0", "~")
            location += f"/{name}"
            value = value.get(name) if isinstance(value, dict) else None
    return location
