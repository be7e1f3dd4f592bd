"""What an expression may see while it is evaluated: the data (`$`), the context object (`$$`) and the moment.

A Scope is made for each evaluation; what it holds never changes. The context object is built at most once, and only
when an expression looks at it: most states never do.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine import jsontext, limits
from engine.errors import StateError
from engine.moment import Moment

Context = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


class Scope:
    """`data` is what `$` is; `context` what `$$` is, given as a value or as a function that builds it."""

    __slots__ = ("_bytes_left", "_context", "_found", "data", "moment")

    def __init__(self, data: Any, context: Context, moment: Moment):
        self.data = data
        self.moment = moment
        self._context = context
        self._found = 0
        self._bytes_left = limits.EXPRESSION_BYTES_MAX

    @property
    def context(self) -> Mapping[str, Any]:
        if callable(self._context):
            self._context = self._context()
        return self._context

    def charge(self, value: Any) -> Any:
        """Counts a value that becomes part of a result, and gives it back.

        One small template can name a large input very often, and what it renders would only show its size when it is
        written. A few values cannot do harm; from then on they are measured. Raises StateError.
        """
        self._found += 1
        if self._found > limits.EXPRESSION_VALUES_UNMEASURED and isinstance(value, str | list | dict):
            self._bytes_left -= _size(value)
            if self._bytes_left < 0:
                raise StateError(
                    "States.DataLimitExceeded",
                    f"The expressions of the state give more than {limits.EXPRESSION_BYTES_MAX} bytes.",
                )
        return value

    def shown(self, root: str) -> str:
        """What `$` or `$$` is, as a cause quotes it."""
        try:
            return jsontext.dumps(self.data if root == "$" else self.context)
        except jsontext.JsonError as error:
            return str(error)

    def over(self, data: Any) -> "Scope":
        """The same context and moment over other data (a result instead of the input, say)."""
        return Scope(data, self._context, self.moment)


def _size(value: Any) -> int:
    try:
        return len(jsontext.dumps(value))
    except jsontext.JsonError as error:
        raise StateError("States.Runtime", str(error)) from None
