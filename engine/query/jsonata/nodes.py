"""The tree of an expression, as the parser builds it and the compiler reads it.

A path is a list of steps. What follows a value hangs on its node: predicates (`[...]`), grouping (`{...}`), `[]`, and
in a path the names that `@`, `#` and `%` bind.
"""

from dataclasses import dataclass, field
from typing import Any

from engine.query.jsonata.signature import Signature


@dataclass(slots=True, eq=False)
class Slot:
    """An ancestor that a `%` asks for: the steps still to go up, and the name that it is bound by."""

    label: str
    level: int = 1


@dataclass(slots=True, eq=False)
class Stage:
    """What happens to the result of a step: a filter, or the naming of its index."""

    filter: "Node | None"
    index: str | None = None


@dataclass(slots=True, eq=False)
class Term:
    """One key of `^(...)`."""

    key: "Node"
    descending: bool


Pairs = list[tuple["Node", "Node"]]


@dataclass(slots=True, eq=False)
class Node:
    """`kind` says what it is; `value` is a literal, a name or an operator; `size` the number of nodes in it."""

    kind: str
    value: Any = None
    position: int = 0
    left: "Node | None" = None  # operand, condition, pattern, body
    right: "Node | None" = None  # operand, what holds if, update
    other: "Node | None" = None  # what holds otherwise, deletion
    items: list["Node"] = field(default_factory=list)  # steps, arguments, expressions
    pairs: Pairs = field(default_factory=list)  # of an object
    terms: list[Term] = field(default_factory=list)  # of a sort
    params: tuple[str, ...] = ()
    signature: Signature | None = None
    predicates: list[Stage] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    group: Pairs | None = None
    keep_array: bool = False
    keep_singleton: bool = False  # of a path: one item stays an array
    unflattened: bool = False  # an array constructor whose arrays a path leaves as they are
    focus: str | None = None
    index: str | None = None
    ancestor: Slot | None = None
    binds: bool = False  # the step gives tuples
    binds_names: bool = False  # of a block: it has a `:=` of its own
    slot: Slot | None = None  # of a `%`
    seeking: list[Slot] = field(default_factory=list)  # ancestors that are to be found to the left
    size: int = 1
