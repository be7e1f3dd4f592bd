"""The constraints of a service model, checked the way AWS checks them: all failures collected, in AWS's words.

    2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; ...

Works on requests whose types are right already (the protocols see to that), so one validator serves every protocol. A
validator is a closure compiled once from the operation's input shape; a valid request costs a few dictionary look-ups
and comparisons. Members that the model does not know never reach it.

Where things stand in a failure's path, as AWS writes it: `tags.1.member.key` for a structure in a list, the list's own
path (`tagKeys`) for its plain members, whose constraints are then listed together. Sensitive values are not shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from engine import limits
from engine.errors import ServiceError
from engine.wire import java
from engine.wire.form_values import Ec2Names, QueryNames
from engine.wire.missing import compile_missing
from engine.wire.sqs_query import sqs_query_service

Validator = Callable[[dict[str, Any]], None]
Test = tuple[Callable[[Any], bool], str]  # holds?, and the constraint in AWS's words


@dataclass(slots=True)
class Failure:
    """One violated constraint; `path` grows outwards while the checks return."""

    path: str
    shown: str  # what follows the word Value: ` null`, ` 'x'`, or nothing for sensitive values
    constraint: str

    def __str__(self) -> str:
        return f"Value{self.shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


Check = Callable[[Any, list[Failure]], None]


# Services that refuse such a request with an error of their own; the text is the same everywhere.
CODES = {"logs": "InvalidParameterException", "sesv2": "BadRequestException"}
_NOT_NULL = "Member must not be null"
_CODES_BY_PROTOCOL = {"query": "ValidationError"}


def compile_validator(operation: OperationModel) -> Validator:
    """What raises ServiceError ValidationException (or the service's own) for a request that breaks the operation's
    constraints. SQS and EC2 have ways of their own (engine.wire.missing)."""
    service = operation.service_model
    if service.service_name == "sqs":
        return compile_missing(sqs_query_service().operation(operation.name).input_shape, QueryNames())
    if service.metadata["protocol"] == "ec2":
        return _ec2(operation)
    by_protocol = _CODES_BY_PROTOCOL.get(service.metadata["protocol"], "ValidationException")
    code = CODES.get(service.service_name, by_protocol)
    check = None if operation.input_shape is None else _Compiler().check(operation.input_shape)
    if check is None:
        return lambda request: None

    def validate(request: dict[str, Any]) -> None:
        failures: list[Failure] = []
        check(request, failures)
        if failures:
            raise ServiceError(code, describe(failures))

    return validate


def _ec2(operation: OperationModel) -> Validator:
    """As EC2 does: what is missing, then one wrong value; of enums in any case, as in AWS's own examples (`TCP`)."""
    missing = compile_missing(operation.input_shape, Ec2Names(), end="")
    check = None if operation.input_shape is None else _Compiler().check(operation.input_shape)

    def validate(request: dict[str, Any]) -> None:
        missing(request)
        failures: list[Failure] = []
        if check is not None:
            check(request, failures)
        for failure in failures:
            value = failure.shown.strip().strip("'")[: limits.FORM_NAME_SHOWN_CHARS]
            path = failure.path.replace(".member", "")
            _, enum, allowed = failure.constraint.lower().partition("enum value set: ")
            other_case = bool(enum) and value.lower() in allowed.strip("[]").split(", ")
            if failure.constraint != _NOT_NULL and not other_case:
                raise ServiceError("InvalidParameterValue", _ec2_text(value, path, failure.constraint))

    return validate


def _ec2_text(value: str, path: str, constraint: str) -> str:
    """Numbers that are too small in AWS's words; of other values we know none."""
    _, small, least = constraint.partition("must have value greater than or equal to ")
    if small:
        return f"Value ( {value} ) for parameter {path} is invalid. Expecting a value greater than {least}."
    return f"Value ({value}) for parameter {path} is invalid. {constraint}."


def describe(failures: list[Failure]) -> str:
    """The message of a ValidationException."""
    noun = "error" if len(failures) == 1 else "errors"
    return f"{len(failures)} validation {noun} detected: {'; '.join(map(str, failures))}"


class _Compiler:
    """Compiles shapes to checks; a shape that contains itself is looked up when it is checked."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()
        self._recursive: dict[str, Check | None] = {}

    def check(self, shape: Shape) -> Check | None:
        """The check of a shape, None where nothing in it is constrained."""
        if shape.name in self._under_way:
            return self._later(shape.name)
        self._under_way.add(shape.name)
        compiled = self._compile(shape)
        self._under_way.discard(shape.name)
        if shape.name in self._recursive:
            self._recursive[shape.name] = compiled
        return compiled

    def _later(self, name: str) -> Check:
        self._recursive.setdefault(name, None)

        def run(value: Any, failures: list[Failure]) -> None:
            if (check := self._recursive[name]) is not None:
                check(value, failures)

        return run

    def _compile(self, shape: Shape) -> Check | None:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return _both(_scalar(shape), self._members(shape))
        if isinstance(shape, MapShape):
            return _both(_scalar(shape), _keys(shape), self._values(shape))
        return _scalar(shape)

    def _structure(self, shape: StructureShape) -> Check | None:
        required = set(shape.required_members)
        found = [(name, name in required, self.check(member), member) for name, member in shape.members.items()]
        members = [
            (name, _path_name(name), must, check, "" if _sensitive(member) else " null")
            for name, must, check, member in found
            if must or check is not None
        ]
        if not members:
            return None

        def run(value: Any, failures: list[Failure]) -> None:
            for name, path, must, check, null in members:
                item = value.get(name)
                if item is None:
                    if must:
                        failures.append(Failure(path, null, _NOT_NULL))
                elif check is not None:
                    before = len(failures)
                    check(item, failures)
                    if len(failures) != before:
                        _prefix(failures, before, path)

        return run

    def _members(self, shape: ListShape) -> Check | None:
        member = shape.member
        if (tests := _tests(member)) and not isinstance(member, ListShape | MapShape):
            return _each(list, tests, "Member", _sensitive(shape) or _sensitive(member))
        check = self.check(member)
        if check is None:
            return None

        def run(value: Any, failures: list[Failure]) -> None:
            for number, item in enumerate(value, 1):
                before = len(failures)
                check(item, failures)
                _prefix(failures, before, f"{number}.member")
                if len(failures) >= limits.VALIDATION_FAILURES_MAX:
                    return

        return run

    def _values(self, shape: MapShape) -> Check | None:
        if (tests := _tests(shape.value)) and not isinstance(shape.value, ListShape | MapShape):
            return _each(dict.values, tests, "Map value", _sensitive(shape) or _sensitive(shape.value))
        check = self.check(shape.value)
        if check is None:
            return None

        def run(value: Any, failures: list[Failure]) -> None:
            for key, item in value.items():
                before = len(failures)
                check(item, failures)
                _prefix(failures, before, f"{key}.member")
                if len(failures) >= limits.VALIDATION_FAILURES_MAX:
                    return

        return run


def _keys(shape: MapShape) -> Check | None:
    tests = _tests(shape.key)
    return _each(dict.keys, tests, "Map keys", _sensitive(shape) or _sensitive(shape.key)) if tests else None


def _each(parts: Callable[[Any], Any], tests: list[Test], noun: str, sensitive: bool) -> Check:
    """Tests of the plain parts of a collection: one failure for all, shown with the whole collection."""
    constraint = f"{noun} must satisfy constraint: [{', '.join(text for _, text in tests)}]"

    def run(value: Any, failures: list[Failure]) -> None:
        if not all(holds(part) for part in parts(value) for holds, _ in tests):
            failures.append(Failure("", _shown(value, sensitive), constraint))

    return run


def _scalar(shape: Shape) -> Check | None:
    """The check of a value's own constraints."""
    tests = _tests(shape)
    if not tests:
        return None
    sensitive = _sensitive(shape)

    def run(value: Any, failures: list[Failure]) -> None:
        for holds, text in tests:
            if not holds(value):
                failures.append(Failure("", _shown(value, sensitive), text))

    return run


def _tests(shape: Shape) -> list[Test]:
    """The constraints of a value itself, in the order in which AWS lists them."""
    metadata = shape.metadata
    low, high = metadata.get("min"), metadata.get("max")
    measured = shape.type_name in ("string", "list", "map", "blob")
    tests: list[Test] = []
    if measured:
        if high is not None:
            tests.append((lambda value: len(value) <= high, f"Member must have length less than or equal to {high}"))
        if low:  # a length is never below 0
            tests.append((lambda value: len(value) >= low, f"Member must have length greater than or equal to {low}"))
    elif shape.type_name in ("integer", "long", "float", "double"):
        if high is not None:
            tests.append((lambda value: value <= high, f"Member must have value less than or equal to {high}"))
        if low is not None:
            tests.append((lambda value: value >= low, f"Member must have value greater than or equal to {low}"))
    if "pattern" in metadata:
        matches = java.pattern(metadata["pattern"]).fullmatch
        text = f"Member must satisfy regular expression pattern: {metadata['pattern']}"
        tests.append((lambda value: matches(value) is not None, text))
    if "enum" in metadata:
        allowed = frozenset(metadata["enum"])
        text = f"Member must satisfy enum value set: [{', '.join(java.set_order(metadata['enum']))}]"
        tests.append((allowed.__contains__, text))
    return tests


def _both(*checks: Check | None) -> Check | None:
    """All of the checks, one after the other."""
    present = [check for check in checks if check is not None]
    if len(present) <= 1:
        return present[0] if present else None

    def run(value: Any, failures: list[Failure]) -> None:
        for check in present:
            check(value, failures)

    return run


def _prefix(failures: list[Failure], start: int, name: str) -> None:
    for failure in failures[start:]:
        failure.path = f"{name}.{failure.path}" if failure.path else name


def _path_name(member: str) -> str:
    return member[:1].lower() + member[1:]


def _sensitive(shape: Shape) -> bool:
    """Whether a value of this shape is, or holds, what must not be shown."""
    return _holds_sensitive(shape, frozenset())


def _holds_sensitive(shape: Shape, above: frozenset[str]) -> bool:
    if shape.metadata.get("sensitive"):
        return True
    if shape.name in above:
        return False
    above |= {shape.name}
    if isinstance(shape, StructureShape):
        return any(_holds_sensitive(member, above) for member in shape.members.values())
    if isinstance(shape, ListShape):
        return _holds_sensitive(shape.member, above)
    if isinstance(shape, MapShape):
        return _holds_sensitive(shape.key, above) or _holds_sensitive(shape.value, above)
    return False


def _shown(value: Any, sensitive: bool) -> str:
    return "" if sensitive else f" '{java.text_of(value)}'"
