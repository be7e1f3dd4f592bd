"""The Mermaid text of a machine."""

import json
from pathlib import Path

import pytest

from engine.asl.graph import describe_rule, mermaid

VALID = sorted((Path(__file__).parent / "valid").glob("*.asl.json"))

SAGA = {
    "StartAt": "Try",
    "States": {
        "Try": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}],
            "Catch": [{"ErrorEquals": ["A", "B"], "Next": "Sorry"}],
            "Next": "Pick",
        },
        "Pick": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.total", "NumericGreaterThan": 5, "Next": "Each"}],
            "Default": "Sorry",
        },
        "Each": {"Type": "Map", "Iterator": {"StartAt": "W", "States": {"W": {"Type": "Wait"}}}, "End": True},
        'Sorry "you"': {"Type": "Fail"},
        "Sorry": {"Type": "Fail"},
    },
}

DRAWN = """\
flowchart TD
    subgraph s1["Try"]
        subgraph s8["branch 1"]
            s9["One"]
            s10(("start")) --> s9
            s9 --> s11(("end"))
        end
    end
    s2{"Pick"}
    subgraph s3["Each"]
        subgraph s12["for each item"]
            s13(["W"])
            s14(("start")) --> s13
        end
    end
    s4(["Sorry #quot;you#quot;"])
    s5(["Sorry"])
    s6(("start")) --> s1
    s1 --> s2
    s1 -.->|"A, B"| s5
    s2 -->|"$.total NumericGreaterThan 5"| s3
    s2 -->|"default"| s5
    s3 --> s7(("end"))
    s4 --> s7(("end"))
    s5 --> s7(("end"))
"""


def test_drawing() -> None:
    assert mermaid(SAGA) == DRAWN


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_every_state_and_subgraph_is_drawn(file: Path) -> None:
    text = mermaid(json.loads(file.read_text()))
    assert text.count("subgraph ") == sum(line.strip() == "end" for line in text.splitlines())
    assert "start" in text


def test_rules_in_words() -> None:
    inner = {"Variable": "$.a", "IsPresent": True}
    other = {"Variable": "$.b", "StringEqualsPath": "$.c"}
    rule = {"And": [inner, {"Not": {"Or": [other, inner]}}], "Next": "X", "Comment": "c"}
    assert describe_rule(rule) == (
        '($.a IsPresent true) and (not (($.b StringEqualsPath "$.c") or ($.a IsPresent true)))'
    )
    assert describe_rule({"Condition": "{% $x > 1 %}", "Assign": {"y": 1}, "Next": "X"}) == "$x > 1"
    assert describe_rule({"Condition": False, "Next": "X"}) == "false"
