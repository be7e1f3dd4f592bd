"""What an expression may see while it is evaluated: the data (`$`), the context object (`$$`), the workflow's variables
(`$name`), in JSONata `$states`, and the moment.

A Scope is made for each evaluation; what it holds never changes. What takes work to build (the context object, the
variables of outer scopes, `$states`) is built at most once, and only when an expression looks at it: most never do.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from engine import jsontext, limits
from engine.errors import StateError
from engine.moment import Moment

Given = Mapping[str, Any] | Callable[[], Mapping[str, Any]]

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Scope:
    """`data` is what `$` is; `context` what `$$` is, `variables` what `$name` is for each name, `states` what `$states`
    is: each of the three given as a value or as a function that builds it. Without a `context` member of its own,
    `$states.context` is the context. `text`: the JSON text of the data, where it is at hand, for causes to quote.
    """

    __slots__ = ("_context", "_found", "_measured", "_states", "_text", "_variables", "data", "moment")

    def __init__(
        self,
        data: Any,
        context: Given,
        moment: Moment,
        variables: Given = NOTHING,
        states: Given = NOTHING,
        text: str | None = None,
    ):
        self.data = data
        self._text = text
        self.moment = moment
        self._context = context
        self._variables = variables
        self._states = states
        self._found = 0

    @property
    def context(self) -> Mapping[str, Any]:
        if callable(self._context):
            self._context = self._context()
        return self._context

    @property
    def variables(self) -> Mapping[str, Any]:
        if callable(self._variables):
            self._variables = self._variables()
        return self._variables

    @property
    def states(self) -> Mapping[str, Any]:
        """`$states` of a JSONata state: `input`, `context` and, where there is one, `result` or `errorOutput`."""
        given = self.stated
        if "input" in given and "context" not in given:
            self._states = given = {"input": given["input"], "context": self.context, **given}
        return given

    def charge(self, value: Any) -> Any:
        """Counts a value that becomes part of a result, and gives it back.

        One small template can name a large input very often, and what it renders would only show its size when it is
        written. A few values cannot do harm; from then on they are measured. Raises StateError.
        """
        self._found += 1
        if self._found > limits.EXPRESSION_VALUES_UNMEASURED and isinstance(value, str | list | dict):
            self._measured = getattr(self, "_measured", 0) + _size(value)
            if self._measured > limits.EXPRESSION_BYTES_MAX:
                raise StateError(
                    "States.DataLimitExceeded",
                    f"The expressions of the state give more than {limits.EXPRESSION_BYTES_MAX} bytes.",
                )
        return value

    def shown(self, root: str) -> str:
        """What `$` or `$$` is, as a cause quotes it; for a variable it quotes `$`.

        An input is quoted as it was written: users of AWS show causes with the blanks and line ends of their inputs.
        """
        if root != "$$" and self._text is not None:
            return self._text
        try:
            return jsontext.dumps(self.context if root == "$$" else self.data)
        except jsontext.JsonError as error:
            return str(error)

    def over(self, data: Any) -> "Scope":
        """The same but for other data (a result instead of the input, say)."""
        return Scope(data, self._context, self.moment, self._variables, self._states)

    def stating(self, name: str, value: Any) -> "Scope":
        """The same with one more member of `$states` (`result`, `errorOutput`)."""
        states = {**self.stated, name: value}
        return Scope(self.data, self._context, self.moment, self._variables, states, self._text)

    def at(self, moment: Moment) -> "Scope":
        """The same at another moment."""
        return Scope(self.data, self._context, moment, self._variables, self._states, self._text)

    def within(self, context: Mapping[str, Any]) -> "Scope":
        """The same in another context, `$states.context` included."""
        states = {name: value for name, value in self.stated.items() if name != "context"}
        return Scope(self.data, context, self.moment, self._variables, states, self._text)

    @property
    def stated(self) -> Mapping[str, Any]:
        """`$states` as far as it is known without the context object, which takes longer to build than the rest."""
        if callable(self._states):
            self._states = self._states()
        return self._states


def _size(value: Any) -> int:
    try:
        return len(jsontext.dumps(value))
    except jsontext.JsonError as error:
        raise StateError("States.Runtime", str(error)) from None
