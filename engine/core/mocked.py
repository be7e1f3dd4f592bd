"""Parallel and Map under TestState: what they make of their input, then the mock in place of their children; and the
item that a state within a Map sees.

No child ever begins, so that neither state runs without a mock (the operation refuses it).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.asl.model import MapState, ParallelState
from engine.core import children, result_writer
from engine.core.batches import batched
from engine.core.context import STATE_DATA, dataset, with_item
from engine.core.dataflow import parameters_text
from engine.core.execution import Branch
from engine.core.inspection import Inspection, Mock
from engine.core.item_reader import evaluated
from engine.core.reader_data import TEXT_TYPES, as_items, pointed_at, read_content
from engine.core.run import Run
from engine.errors import InvariantError, PlainStateError
from engine.items.page import Item
from engine.query.scope import Scope

THRESHOLD_ERROR = "States.ExceedToleratedFailureThreshold"
THRESHOLD_CAUSE = "The specified tolerated failure threshold was exceeded"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a Map's fields came to: as many at a time (0: no limit), and as many failures tolerated (None: not said)."""

    concurrency: int
    failures: int | None
    failures_percentage: float | None


def parallel_state(run: Run, branch: Branch, state: ParallelState) -> None:
    value, _ = children.branches_input(run, branch, state)
    inspection = _inspection(run)
    if not state.jsonata:  # recorded: in JSONata the Arguments of a Parallel are not shown
        inspection.saw("afterParameters", value)
    _answer(run, branch, state, inspection)


def map_state(run: Run, branch: Branch, state: MapState, scope: Scope, limits: Limits) -> None:
    inspection = _inspection(run)
    inspection.saw_numbers(
        maxConcurrency=limits.concurrency,
        toleratedFailureCount=limits.failures,
        toleratedFailurePercentage=limits.failures_percentage,
    )
    items = _items(run, branch, state, scope, inspection)
    if state.result_writer is not None:
        result_writer.evaluated(state.result_writer, scope)  # which may fail the state
    if _items_known(state, scope, inspection):
        inspection.iterations = len(items)
        _prepare(state, scope, items, inspection)
    if _mock(inspection).error is None and inspection.exceeds(limits.failures, limits.failures_percentage, items):
        raise PlainStateError(THRESHOLD_ERROR, THRESHOLD_CAUSE)
    _answer(run, branch, state, inspection)


def _items(run: Run, branch: Branch, state: MapState, scope: Scope, inspection: Inspection) -> Sequence[Item]:
    """What the Map iterates over. What a reader reads is the test's data for it, or the input where that is an array
    (AWS: "as if it had already been read from S3"); where neither says, there are as many items as the mock has.
    """
    reader = state.item_reader
    if reader is None:
        items = dataset(run.execution, branch, state, scope)
        if not state.jsonata:
            inspection.saw("afterItemsPath", items)
        return as_items(items, STATE_DATA)
    request = evaluated(reader, run.execution, scope)
    source = f"S3://{request.bucket}" if reader.lists else f"S3://{request.bucket}/{request.key}"
    if inspection.reader_data is None and isinstance(scope.data, list):
        return as_items(scope.data, source)[: request.most]
    if inspection.reader_data is None:
        mocked = _mock(inspection).result
        return [Item(None, STATE_DATA)] * len(mocked) if isinstance(mocked, list) else []
    if reader.format is None or reader.format.input_type not in TEXT_TYPES:
        raise InvariantError("the data of a reader was given, which is no text")
    content = read_content(reader.format, inspection.reader_data)
    if reader.format.pointer is not None:
        content = pointed_at(content, reader.format.pointer)
        if not state.jsonata:  # documented: not for JSONata
            inspection.saw("afterItemsPointer", content)
    return as_items(content, source)[: request.most]


def _items_known(state: MapState, scope: Scope, inspection: Inspection) -> bool:
    return state.item_reader is None or inspection.reader_data is not None or isinstance(scope.data, list)


def first_item(state: MapState, value: Any) -> dict[str, Any]:
    """`Map.Item` of the context object of a state within a Map: the first one, which is the state's input.

    An item that a reader reads is of an object that a test does not know: it has no Source. Source of the rest: AWS
    Step Functions, "Testing state machines with TestState API", "Automatic Context population".
    """
    source = {} if state.item_reader else {"Source": STATE_DATA}
    return {"Index": 0, "Value": value, **source}


def _prepare(state: MapState, scope: Scope, items: Sequence[Item], inspection: Inspection) -> None:
    """Each iteration's input, as the ItemSelector and the ItemBatcher make it."""
    values = [item.value for item in items]
    if state.item_selector is not None:
        values = []
        for index, item in enumerate(items):
            context = with_item(scope.context, index, item.value, item.source, item.key)
            values.append(state.item_selector.render(scope.within(context)))
            parameters_text(values[-1], state.name)
        inspection.saw("afterItemSelector", values)
    if state.item_batcher is not None:
        inspection.saw("afterItemBatcher", batched(state.item_batcher, values, scope))


def _answer(run: Run, branch: Branch, state: ParallelState | MapState, inspection: Inspection) -> None:
    mock = _mock(inspection)
    if mock.error is not None:
        raise PlainStateError(mock.error, mock.cause)
    if not state.jsonata:  # recorded: in JSONata neither shows its result
        inspection.saw("result", mock.result)
    children.finish(run, branch, state, mock.result)


def _inspection(run: Run) -> Inspection:
    if run.execution.inspection is None:
        raise InvariantError(f"{run.execution.arn} is no test")
    return run.execution.inspection


def _mock(inspection: Inspection) -> Mock:
    if inspection.mock is None:
        raise InvariantError("a Map or Parallel is tested without a mock")
    return inspection.mock
