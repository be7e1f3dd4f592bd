"""Hypothesis strategies for values of a service model's shapes, as an SDK's user writes them."""

from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies as st

from engine.wire import java

_PATTERNS = {
    r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$": st.from_regex(r"[a-z_.\-][a-zA-Z0-9_.\-]{0,9}", fullmatch=True),
    "[!-~]+": st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=10),
    r"\p{ASCII}*": st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=10),
}
TEXT = st.characters(codec="utf-8")
# What XML can carry: all but control characters and the two that are none.
XML_TEXT = st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff")


class Values:
    """`filled`: no empty list, map or structure, which the Query protocols cannot send. `characters`: of texts."""

    def __init__(self, filled: bool = False, characters: st.SearchStrategy[str] = TEXT):
        self._filled = filled
        self._characters = characters

    def of(self, shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
        """Values that keep every constraint of the shape; deep optional members are left out."""
        if isinstance(shape, StructureShape):
            return self._structure(shape, depth)
        low = max(shape.metadata.get("min", 0), int(self._filled))
        if isinstance(shape, ListShape):
            return st.lists(
                self.of(shape.member, depth + 1), min_size=low, max_size=max(low, min(shape.metadata.get("max", 2), 2))
            )
        if isinstance(shape, MapShape):
            return st.dictionaries(
                self.of(shape.key, depth + 1), self.of(shape.value, depth + 1), min_size=low, max_size=max(2, low)
            )
        return self._scalar(shape)

    def _structure(self, shape: StructureShape, depth: int) -> st.SearchStrategy[dict[str, Any]]:
        members = {
            name: self.of(member, depth + 1)
            for name, member in shape.members.items()
            if depth < 5 or name in shape.required_members
        }
        required = {name: members[name] for name in shape.required_members}
        optional = {name: member for name, member in members.items() if name not in required}
        if shape.is_tagged_union:
            return st.one_of([st.fixed_dictionaries({name: member}) for name, member in members.items()])
        low = 1 if self._filled and not required and optional else 0
        if len(optional) <= 12 and not low:
            return st.fixed_dictionaries(required, optional=optional)
        # An event has one of its 40 kinds of details, and they are slow to draw all at once.
        some = st.lists(st.sampled_from(sorted(optional)), min_size=low, max_size=4, unique=True)
        return some.flatmap(
            lambda names: st.fixed_dictionaries({**required, **{name: optional[name] for name in names}})
        )

    def _scalar(self, shape: Shape) -> st.SearchStrategy[Any]:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        match shape.type_name:
            case "string" if "enum" in shape.metadata:
                return st.sampled_from(shape.metadata["enum"])
            case "string" if "pattern" in shape.metadata:
                return self._matching(shape.metadata["pattern"], low or 0, high or 10_000)
            case "string":
                size = max(low or 0, min(high or 8, 8))
                return st.text(self._characters, min_size=low or 0, max_size=size)
            case "integer":
                return st.integers(low if low is not None else -(2**31), high if high is not None else 2**31 - 1)
            case "long":
                return st.integers(low if low is not None else -(2**53), high if high is not None else 2**53)
            case "boolean":
                return st.booleans()
            case "blob":
                return st.binary(min_size=low or 0, max_size=max(8, low or 0))
            case "timestamp":
                return st.integers(0, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
            case "float" | "double":
                return st.floats(low or 0, high if high is not None else 1e9, width=32)
        raise AssertionError(f"no strategy for {shape.type_name}")

    def _matching(self, pattern: str, low: int, high: int) -> st.SearchStrategy[str]:
        found = _PATTERNS.get(pattern)
        if found is None:
            found = st.from_regex(java.pattern(pattern), fullmatch=True, alphabet=self._characters)
        return found.filter(lambda text: low <= len(text) <= high)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Any values of the shape."""
    return Values().of(shape)
