"""What TestState sees of the one state that it runs: a recorder on the execution, None on every other execution.

The handlers of the states tell it what they have in hand as the data flows through them (afterInputPath, result, ...),
and ask it for what a test lays down: the answer of a mock, the retries that were made, the context object. It decides
nothing else, so that a state under test is run by the very code that runs it elsewhere.

Invariant: an inspected execution ends with its first state: it leaves it, fails in it, or would try it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Mock:
    """What the work of a Task, Map or Parallel comes to. `error` None: `result` is its result."""

    result: Any = None
    error: str | None = None
    cause: str | None = None


@dataclass(slots=True)
class Inspection:
    """`data`: what the data was at each step, by the member of InspectionData; `numbers`: those of a Map.

    `role_arn`: the caller's, if one was given. `context`: the context object that takes the place of the execution's.
    `map_item`: the item of the Map that the state is within. `reader_data`: what a Map's ItemReader reads, as text.
    `retries_made`: of the retrier that takes the error. `iterations_failed`: of a Map whose result is mocked;
    `iterations`: how many it has, where that is known.
    """

    role_arn: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] | None = None
    map_item: Mapping[str, Any] | None = None
    mock: Mock | None = None
    retries_made: int = 0
    iterations_failed: int = 0
    iterations: int | None = None
    reader_data: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, int | float] = field(default_factory=dict)
    error: str | None = None
    cause: str | None = None
    retry_index: int | None = None
    backoff_ms: int | None = None
    catch_index: int | None = None
    next_state: str | None = None

    def saw(self, member: str, value: Any) -> None:
        self.data[member] = value

    def saw_pass(self, has_result: bool, result: Any) -> None:
        """A Pass state of JSONPath: with a Result, InputPath and Parameters have no say, and AWS shows neither."""
        if has_result:
            self.data.pop("afterInputPath", None)
        self.saw("result" if has_result else "afterParameters", result)

    def saw_numbers(self, **numbers: int | float | None) -> None:
        self.numbers.update((name, value) for name, value in numbers.items() if value is not None)

    def failed(self, error: str | None, cause: str | None) -> None:
        self.error, self.cause = error, cause

    def left(self, next_state: str | None, variables: Mapping[str, Any]) -> None:
        self.next_state = next_state
        self.variables = dict(variables)

    def context_of(self, context: dict[str, Any]) -> dict[str, Any]:
        """The context object that the state sees, from the one that it would see elsewhere.

        A Task that waits for its token has one, even where the given context names none.
        """
        if self.context is not None:
            return {**{name: context[name] for name in ("Task",) if name in context}, **self.context}
        context["Execution"]["RoleArn"] = self.role_arn
        if self.map_item is not None:
            context["Map"] = {"Item": dict(self.map_item)}
        if "RetryCount" in context["State"]:
            context["State"]["RetryCount"] = self.retries_made
        return context

    def exceeds(self, count: int | None, percentage: float | None, items: Sequence[Any]) -> bool:
        """Whether the iterations that failed are more than a Map tolerates. One that says nothing accepts its mock."""
        failed = self.iterations_failed
        if count is not None and failed > count:
            return True
        return percentage is not None and failed * 100 > percentage * len(items)
