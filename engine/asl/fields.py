"""Reads the fields of one JSON object of a definition into compiled values, and reports those that are not well formed.

The object has passed its schema, so the JSON types are right and the fields are those of its query language; here
strings become paths, templates, expressions and timestamps. A value that cannot be compiled is reported and answered
with a stand-in: the machine is thrown away in the end.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.asl.findings import Findings
from engine.asl.model import Number
from engine.query.jsonata_template import (
    Expected,
    JsonataTemplateError,
    compile_jsonata_template,
    compile_jsonata_value,
    is_expression,
)
from engine.query.path import WHOLE, Path, PathSyntaxError, compile_path, is_variable_name
from engine.query.template import Template, TemplateSyntaxError, compile_template, compile_value
from engine.query.timestamp import parse_timestamp

NOT_A_PATH = "Value must be a valid JSONPath."
NOT_A_REFERENCE = "Value is not a Reference Path"
_NAME = "'{}' is not a valid variable name: a name is a Unicode identifier of at most 80 characters, and not 'states'"
RESERVED_VARIABLE = "states"
# What a field that takes an expression is without one.
_TYPES: Mapping[str, str] = {
    "number": "Integer",
    "string": "String",
    "boolean": "Boolean",
    "array": "Array",
    "array or object": "Array",
}


class Fields:
    """One object: `value` is its JSON, `location` where it stands in the definition, `place` where in its state
    (`Catch[0]/`). `references` gathers the variables that the whole state refers to.
    """

    __slots__ = ("findings", "jsonata", "location", "place", "references", "value")

    def __init__(
        self,
        value: Mapping[str, Any],
        location: str,
        findings: Findings,
        *,
        jsonata: bool = False,
        place: str = "",
        references: set[str] | None = None,
    ):
        self.value = value
        self.location = location
        self.findings = findings
        self.jsonata = jsonata
        self.place = place
        self.references: set[str] = set() if references is None else references

    def at(self, name: str) -> str:
        return f"{self.location}/{name}"

    def inner(self, place: str, value: Mapping[str, Any]) -> "Fields":
        """An object within this one, `Catch[0]` or `And[1]`."""
        return Fields(
            value,
            self.at(place),
            self.findings,
            jsonata=self.jsonata,
            place=f"{self.place}{place}/",
            references=self.references,
        )

    def __contains__(self, name: str) -> bool:
        return name in self.value

    # ---- paths ----

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

    def refers(self, path: Path) -> None:
        """Note the variable that a path begins at."""
        if path.variable is not None:
            self.references.add(path.variable)

    # ---- templates ----

    def template(self, name: str, *, knows: frozenset[str] = frozenset()) -> Template | None:
        """A payload template; None where the field is absent. `knows`: what `$states` has beside input and context."""
        if name not in self.value:
            return None
        value = self.value[name]
        if self.jsonata:
            return self._compiled(name, lambda: compile_jsonata_template(value, self.place + name, knows=knows))
        try:
            return self._noted(compile_template(value))
        except TemplateSyntaxError as error:
            for problem in error.problems:
                self.findings.schema(problem.message, self.at(name) + _inner_location(value, problem.pointer))
            return None

    def assign(self, *, knows: frozenset[str] = frozenset()) -> Template | None:
        """The template of an Assign, whose members are variables; None where there is none."""
        for key in self.value.get("Assign", ()):
            name = key if self.jsonata else key.removesuffix(".$")
            if not is_variable_name(name) or name == RESERVED_VARIABLE:
                self.findings.schema(_NAME.format(name), f"{self.at('Assign')}/{key}")
        return self.template("Assign", knows=knows)

    def path_or_intrinsic(self, name: str) -> Template | None:
        try:
            return self._noted(compile_value(self.value[name], name))
        except TemplateSyntaxError as error:
            for problem in error.problems:
                self.findings.schema(problem.message, self.at(name))
            return None

    def expression(self, name: str, expects: Expected) -> Template | None:
        """A field that is one expression of JSONata and gives a value of one type; None after a finding."""
        text = self.value[name]
        if not is_expression(text):
            self.findings.schema(f"Expected value of type {_TYPES[expects]}", self.at(name))
            return None
        return self._compiled(name, lambda: compile_jsonata_value(text, self.place + name, expects, knows=frozenset()))

    def _compiled(self, name: str, compile_field: Callable[[], Template]) -> Template | None:
        """What `compile_field` gives of JSONata; None after it has found something to report."""
        try:
            return self._noted(compile_field())
        except JsonataTemplateError as error:
            for problem in error.problems:
                self.findings.error(problem.code, problem.message, self.at(name) + problem.place)
            return None

    def _noted(self, template: Template | None) -> Template | None:
        if template is not None:
            self.references |= template.variables
        return template

    # ---- numbers, times and texts ----

    def number(self, name: str, *, context: bool = True) -> Number | None:
        """`TimeoutSeconds` or `TimeoutSecondsPath`, whichever there is; in JSONata a constant or an expression."""
        if name in self.value:
            value: int | str = self.value[name]
            return self.expression(name, "number") if isinstance(value, str) else value
        return self.reference(name + "Path", context=context) if name + "Path" in self.value else None

    def time(self, name: str) -> Number | None:
        """`Timestamp` or `TimestampPath`: epoch milliseconds, a path or an expression."""
        if name not in self.value:
            return self.reference(name + "Path") if name + "Path" in self.value else None
        if self.jsonata and is_expression(self.value[name]):
            return self.expression(name, "string")
        return self.timestamp(name)

    def timestamp(self, name: str) -> int:
        """Epoch milliseconds."""
        try:
            return parse_timestamp(self.value[name])
        except ValueError:
            self.findings.schema("String does not match RFC3339 timestamp", self.at(name))
            return 0

    def text(self, name: str) -> str | Template | None:
        """`Error` or `ErrorPath`: a constant, what a path or an intrinsic function gives, or an expression."""
        if name not in self.value:
            return self.path_or_intrinsic(name + "Path") if name + "Path" in self.value else None
        text: str = self.value[name]
        return self.expression(name, "string") if self.jsonata and is_expression(text) else text

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
            path = compile_path(text)
        except PathSyntaxError:
            self.findings.schema(NOT_A_PATH, self.at(name))
            return None
        self.refers(path)
        return path


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
