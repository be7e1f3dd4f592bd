"""Locations lead to lines and columns, and to what surrounds them where the text has none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.asl.source_map import SourceMap

TEXT = """{
  "StartAt": "a/b [0]",
  "States": {
    "a/b [0]": {"Type": "Choice",
      "Choices": [
        {"Next": "x"}, {
          "Next": "y"}]}, "\\u00fc": 1
  }
}"""


@pytest.mark.parametrize(
    ("location", "line", "column"),
    [
        (None, 1, 1),
        ("/", 1, 1),
        ("", 1, 1),
        ("/StartAt", 2, 3),
        ("/States/a/b [0]", 4, 5),
        ("/States/a/b [0]/Type", 4, 17),
        ("/States/a/b [0]/Choices[0]", 6, 9),
        ("/States/a/b [0]/Choices[1]/Next", 7, 11),
        ("/States/a/b [0]/Choices/1/Next", 7, 11),
        ("/States/a/b [0]/Choices[1]/Variable", 6, 24),
        ("/States/a/b [0]/Choices[7]/And[1]/Not", 5, 7),
        ("/States/ü", 7, 27),
        ("/States/nowhere/at/all", 3, 3),
        ('[Source: (String)"x"; line: 1, column: 4]', 1, 1),
    ],
)
def test_find(location: str | None, line: int, column: int) -> None:
    assert SourceMap(TEXT).find(location) == (line, column)


def test_duplicates() -> None:
    found = SourceMap('{"a": 1, "b": [{"c": 1, "c": {"c": 2}}], "a": {"a": 3}}')
    assert found.duplicates == [("/b[0]", "c"), ("", "a")]


def test_empty_containers_and_elements() -> None:
    found = SourceMap('[[], {},\n [1, {"a": []}], "x"]')
    assert [found.find(place) for place in ("[0]", "[1]", "[2][0]", "[2][1]/a", "[3]")] == [
        (1, 2),
        (1, 6),
        (2, 3),
        (2, 7),
        (2, 18),
    ]


NAMES = st.text('aü"\\ \n', min_size=1)


@given(st.recursive(st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(NAMES, x), max_leaves=15))
def test_each_member_is_found_at_its_name(value: object) -> None:
    text = json.dumps(value, indent=1)
    lines = text.splitlines()
    found = SourceMap(text)
    assert found.duplicates == []
    waiting = [("", value)]
    while waiting:
        place, current = waiting.pop()
        if isinstance(current, dict):
            for name, item in current.items():
                line, column = found.find(f"{place}/{name}")
                assert lines[line - 1][column - 1 :].startswith(json.dumps(name))
                waiting.append((f"{place}/{name}", item))
        elif isinstance(current, list):
            waiting.extend((f"{place}[{index}]", item) for index, item in enumerate(current))


@given(st.text('{}[]":,a\\ \n'))
def test_any_text(text: str) -> None:
    assert SourceMap(text).find("/a/b[3]") >= (1, 1)
