"""Labels of Map states: what is refused, and in which words."""

import json
from typing import Any

import pytest

from engine.asl.compiler import validate
from engine.asl.labels import label_complaint


def machine(label: str) -> str:
    return json.dumps({"StartAt": "M", "States": {"M": {"Type": "Map", "Label": label}}})


@pytest.mark.parametrize(
    ("label", "wrong"),
    [
        ("", "['Label cannot be empty']"),
        ("a\n", "[\"Label contains invalid character: '\\\\n'\"]"),
        ("a\x7f", "[\"Label contains invalid character: '\\\\x7f'\"]"),
        ("a b", "[\"Label contains invalid character: ' '\"]"),
        ("a/b", "[\"Label contains invalid character: '/'\"]"),
        ("a" * 41, "['Label cannot be longer than 40 characters']"),
    ],
)
def test_a_bad_label_is_refused(label: str, wrong: str) -> None:
    assert label_complaint(machine(label)) == f"Error=ValueError Args={wrong} in definition '{machine(label)}'."


@pytest.mark.parametrize("label", ["a", "a" * 40, "orders_2026-11.x", "zażółć"])
def test_a_good_label_passes(label: str) -> None:
    assert label_complaint(machine(label)) is None


@pytest.mark.parametrize("text", ['{"Label": ""}', '"Label"', '{"Label"', "[" * 100_000 + '"Label"', "{}"])
def test_what_is_no_map_is_not_its_business(text: str) -> None:
    assert label_complaint(text) is None


def of_maps(*labels: str | None) -> str:
    """A machine of distributed Maps, each within the one before it."""
    flow: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    for place, label in reversed(list(enumerate(labels))):
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **flow}
        named = {} if label is None else {"Label": label}
        flow = {
            "StartAt": f"M{place}",
            "States": {f"M{place}": {"Type": "Map", **named, "ItemProcessor": processor, "End": True}},
        }
    return json.dumps(flow)


def test_a_label_belongs_to_one_map() -> None:
    assert validate(of_maps("a", "b", None, None)) == []
    (found,) = validate(of_maps("a", "b", "a"))
    assert (found.code, found.message) == ("DUPLICATE_LABEL_NAME", "Duplicate Label: a")
    assert found.location == "/States/M0/ItemProcessor/States/M1/ItemProcessor/States/M2/Label"


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("", "Label cannot be empty"),
        ("a/b", "Label contains invalid character: '/'"),
        ("a" * 41, "Label cannot be longer than 40 characters"),
    ],
)
def test_a_bad_label_is_among_the_diagnostics(label: str, message: str) -> None:
    (found,) = validate(of_maps("good", label))
    assert (found.code, found.message) == ("INVALID_LABEL_NAME", message)
    assert found.location == "/States/M0/ItemProcessor/States/M1/Label"
