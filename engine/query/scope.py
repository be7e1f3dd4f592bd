"""What an expression may see while it is evaluated: the data (`$`), the context object (`$$`) and the moment.

A Scope is made for each evaluation and never changed. The context object is built at most once, and only when an
expression looks at it: most states never do.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.moment import Moment

Context = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


class Scope:
    """`data` is what `$` is; `context` what `$$` is, given as a value or as a function that builds it."""

    __slots__ = ("_context", "data", "moment")

    def __init__(self, data: Any, context: Context, moment: Moment):
        self.data = data
        self.moment = moment
        self._context = context

    @property
    def context(self) -> Mapping[str, Any]:
        if callable(self._context):
            self._context = self._context()
        return self._context

    def over(self, data: Any) -> "Scope":
        """The same context and moment over other data (a result instead of the input, say)."""
        return Scope(data, self._context, self.moment)
