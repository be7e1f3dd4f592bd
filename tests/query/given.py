"""What the tests of the query language start from."""

import random
from typing import Any

from hypothesis import strategies as st

from engine.moment import Moment
from engine.query.scope import Given, Scope

CONTEXT = {"Execution": {"Id": "arn:e", "Input": {"a": 1}}, "StateMachine": {"Name": "orders-eu-1"}}


def scope(data: Any, context: Given = CONTEXT, seed: int = 0) -> Scope:
    return Scope(data, context, Moment(1_000, random.Random(seed)))


names = st.text(alphabet="abxyZ_0- é'\"\\.[", min_size=1, max_size=4)
scalars = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2, allow_nan=False) | st.text("ab1 ", max_size=3)
)
documents: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=15
)
objects: st.SearchStrategy[dict[str, Any]] = st.dictionaries(names, documents, max_size=4)


def quoted(name: str) -> str:
    """A name as a bracket step."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"
