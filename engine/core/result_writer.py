"""The ResultWriter of a distributed Map: where results go, in which form, and what a child's result looks like.

    {Prefix}/{UUID of the Map Run}/manifest.json         names the others
                                   SUCCEEDED_0.json      children that succeeded
                                   FAILED_0.json         children that failed, timed out or were aborted
                                   PENDING_0.json        children that never began

Keys depend on the Map Run alone, so that results which are written twice, after a crash, take the place of themselves.
Source: AWS Step Functions, "ResultWriter (Map)".
"""

from dataclasses import asdict, dataclass
from typing import Any

from engine.asl.model import ResultWriter
from engine.errors import StateError
from engine.jsontext import dumps, loads_own
from engine.moment import iso_time
from engine.query.scope import Scope

RESULT_WRITER_FAILED = "States.ResultWriterFailed"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Writing:
    """What a ResultWriter comes to for one Map Run whose results go to S3."""

    bucket: str
    prefix: str
    output_type: str
    transformation: str

    @property
    def text(self) -> str:
        """As the store keeps it."""
        return dumps(asdict(self))

    def key(self, map_run_arn: str, name: str) -> str:
        """The key of one of the run's objects."""
        folder = self.prefix.removesuffix("/")
        unique = map_run_arn.rpartition(":")[2]
        return "/".join([*([folder] if folder else []), unique, name])

    def output(self, map_run_arn: str) -> dict[str, Any]:
        """The state's result."""
        details = {"Bucket": self.bucket, "Key": self.key(map_run_arn, MANIFEST)}
        return {"MapRunArn": map_run_arn, "ResultWriterDetails": details}


def read_writing(text: str) -> Writing:
    return Writing(**loads_own(text))


def evaluated(writer: ResultWriter, scope: Scope) -> Writing | None:
    """Where the results of a Map go; None: they are the state's output. Raises StateError."""
    if writer.arguments is None:
        return None
    given = writer.arguments.render(scope)
    given = given if isinstance(given, dict) else {}
    bucket, prefix = given.get("Bucket"), given.get("Prefix", "")
    for name, value in (("Bucket", bucket), ("Prefix", prefix)):
        if not isinstance(value, str) or (name == "Bucket" and not value):
            text = f"The field '{name}' of the ResultWriter must be a string but was: {dumps(value)}"
            raise StateError(RESULT_WRITER_FAILED, text)
    return Writing(str(bucket), str(prefix), writer.output_type, writer.transformation)


@dataclass(frozen=True, slots=True)
class ChildResult:
    """A child of a Map Run that has ended. Texts are JSON, as the store has them."""

    arn: str
    machine_arn: str
    name: str
    status: str
    input_text: str
    output_text: str | None
    error: str | None
    cause: str | None
    start_ms: int
    stop_ms: int
    redrive_count: int = 0

    @property
    def record(self) -> dict[str, Any]:
        """What Transformation NONE shows, in AWS's members and their order."""
        succeeded = self.status == "SUCCEEDED"
        shown: dict[str, Any] = {
            "Cause": self.cause,
            "Error": self.error,
            "ExecutionArn": self.arn,
            "Input": self.input_text,
            "InputDetails": _INCLUDED,
            "Name": self.name,
            "Output": self.output_text,
            "OutputDetails": _INCLUDED if succeeded else None,
            "RedriveCount": self.redrive_count,
            "RedriveStatus": "NOT_REDRIVABLE" if succeeded else "REDRIVABLE_BY_MAP_RUN",
            "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven" if succeeded else None,
            "StartDate": iso_time(self.start_ms),
            "StateMachineArn": self.machine_arn,
            "Status": self.status,
            "StopDate": iso_time(self.stop_ms),
        }
        return {name: value for name, value in shown.items() if value is not None}


_INCLUDED = {"Included": True}


def pending_record(machine_arn: str, input_text: str) -> dict[str, Any]:
    """A child that never began: it has no name, and no time."""
    return {
        "Input": input_text,
        "InputDetails": _INCLUDED,
        "StateMachineArn": machine_arn,
        "Status": "PENDING",
    }


def result_texts(child: ChildResult, transformation: str) -> list[str]:
    """What a child adds to the results, as JSON texts. One without success is shown as it is, whatever the form."""
    if child.output_text is None or transformation == "NONE":
        return [dumps(child.record)]
    if transformation == "COMPACT":
        return [child.output_text]
    value = loads_own(child.output_text)
    return [dumps(element) for element in value] if isinstance(value, list) else [child.output_text]
