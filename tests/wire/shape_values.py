"""Hypothesis strategies for values of a service model's shapes, as an SDK's user writes them."""

from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies as st

_PATTERNS = {
    r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$": st.from_regex(r"[a-z_.\-][a-zA-Z0-9_.\-]{0,9}", fullmatch=True),
    "[!-~]+": st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=10),
    r"\p{ASCII}*": st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=10),
}


def values(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that keep every constraint of the shape; deep optional members are left out."""
    if isinstance(shape, StructureShape):
        return _structure(shape, depth)
    if isinstance(shape, ListShape):
        low = shape.metadata.get("min", 0)
        return st.lists(values(shape.member, depth + 1), min_size=low, max_size=min(shape.metadata.get("max", 2), 2))
    if isinstance(shape, MapShape):
        return st.dictionaries(values(shape.key, depth + 1), values(shape.value, depth + 1), max_size=2)
    return _scalar(shape)


def _structure(shape: StructureShape, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: values(member, depth + 1) for name, member in shape.members.items() if depth < 5}
    required = {name: members[name] for name in shape.required_members}
    optional = {name: member for name, member in members.items() if name not in required}
    if shape.name != "HistoryEvent":
        return st.fixed_dictionaries(required, optional=optional)
    # An event has one of its 40 kinds of details, and they are slow to draw all at once.
    some = st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True)
    return some.flatmap(lambda names: st.fixed_dictionaries({**required, **{name: optional[name] for name in names}}))


def _scalar(shape: Shape) -> st.SearchStrategy[Any]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    match shape.type_name:
        case "string" if "enum" in shape.metadata:
            return st.sampled_from(shape.metadata["enum"])
        case "string" if "pattern" in shape.metadata:
            return _PATTERNS[shape.metadata["pattern"]]
        case "string":
            return st.text(st.characters(codec="utf-8"), min_size=low or 0, max_size=min(high or 8, 8))
        case "integer":
            return st.integers(low if low is not None else -(2**31), high if high is not None else 2**31 - 1)
        case "long":
            return st.integers(low if low is not None else -(2**53), high if high is not None else 2**53)
        case "boolean":
            return st.booleans()
        case "timestamp":
            return st.integers(0, 4_102_444_800_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))
        case "float" | "double":
            return st.floats(low or 0, high if high is not None else 1e9, width=32)
    raise AssertionError(f"no strategy for {shape.type_name}")
