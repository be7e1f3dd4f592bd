"""Filter policies: each operator, each refusal, and random policies against a model that asks the table's words."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sns.filter_conditions import PolicyError
from integrations.sns.filter_policy import ATTRIBUTES, BODY, attribute_values, body_value, combinations, compile_policy


def matches(policy: Any, body: Any) -> bool:
    found = body_value(json.dumps(body))
    return found is not None and compile_policy(json.dumps(policy), BODY).matches(found)


# (condition, values that match, values that do not)
OPERATORS: list[tuple[Any, list[Any], list[Any]]] = [
    ("a", ["a"], ["A", "ab", 1, None, True, ["b"]]),
    (1, [1, 1.0, [2, 1]], ["1", True, 2]),
    (True, [True], [1, "true", False]),
    (None, [None], ["null", 0, False]),
    ({"prefix": "ab"}, ["ab", "abc"], ["a", "xab", 1]),
    ({"suffix": ".png"}, ["x.png"], ["x.PNG", "png"]),
    ({"prefix": {"equals-ignore-case": "Ab"}}, ["aBc"], ["xab"]),
    ({"suffix": {"equals-ignore-case": ".PNG"}}, ["x.png"], ["x.gif"]),
    ({"equals-ignore-case": "Tennis"}, ["tennis", "TENNIS"], ["tenni", 1]),
    ({"wildcard": "a*b*c"}, ["abc", "aXbXc", "abbc", "abcbc"], ["ab", "ac", "abcd", "xabc"]),
    ({"wildcard": "*"}, ["", "anything"], [1, None]),
    ({"wildcard": "a\\*b"}, ["a*b"], ["aXb", "ab"]),
    ({"wildcard": "*aba*aba*"}, ["abaaba", "xabaxabax"], ["ababa", "aba"]),
    ({"numeric": ["=", 5]}, [5, 5.0], [4, "5"]),
    ({"numeric": ["<", 5]}, [4.99], [5, True]),
    ({"numeric": ["<=", 5]}, [5], [5.01]),
    ({"numeric": [">", 5]}, [5.1], [5]),
    ({"numeric": [">=", 5]}, [5], [4]),
    ({"numeric": [">", 0, "<=", 5]}, [1, 5], [0, 6]),
    ({"cidr": "10.0.0.0/24"}, ["10.0.0.0", "10.0.0.255"], ["10.0.1.1", "x", 10]),
    ({"cidr": "2001:db8::/64"}, ["2001:db8::1"], ["2001:db8:1::1", "10.0.0.1"]),
    ({"anything-but": "a"}, ["b", 1, ["a", "b"]], ["a", ["a"]]),
    ({"anything-but": ["a", "b"]}, ["c"], ["a", "b"]),
    ({"anything-but": 1}, [2, "1"], [1, 1.0]),
    ({"anything-but": {"prefix": "a"}}, ["b", 1], ["ab"]),
    ({"anything-but": {"suffix": ["a", "b"]}}, ["ac"], ["ca", "cb"]),
    ({"anything-but": {"wildcard": "a*c"}}, ["ab"], ["abc"]),
    ({"anything-but": {"equals-ignore-case": ["A"]}}, ["b"], ["a"]),
    ({"exists": True}, ["", 0, None, False, ["x"]], [[], {"y": 1}]),
    ({"exists": False}, [[], {"y": 1}], ["", None]),
]


@pytest.mark.parametrize(("condition", "good", "bad"), OPERATORS, ids=lambda value: json.dumps(value)[:40])
def test_an_operator(condition: Any, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert matches({"k": [condition]}, {"k": value}), value
    for value in bad:
        assert not matches({"k": [condition]}, {"k": value}), value


@pytest.mark.parametrize("condition", [row[0] for row in OPERATORS if row[0] != {"exists": False}], ids=json.dumps)
def test_a_key_that_is_not_there_matches_nothing_but_its_absence(condition: Any) -> None:
    assert not matches({"k": [condition]}, {"other": 1})
    assert matches({"k": [condition, {"exists": False}]}, {"other": 1})


# (policy, body, whether it matches)
SHAPES: list[tuple[Any, Any, bool]] = [
    ({}, {"a": 1}, True),
    ({"a": [1], "b": [2]}, {"a": 1, "b": 2}, True),
    ({"a": [1], "b": [2]}, {"a": 1, "b": 3}, False),
    ({"a": {"b": ["x"]}}, {"a": {"b": "x"}}, True),
    ({"a": {"b": ["x"]}}, {"a": "x"}, False),
    ({"a": {"b": ["x"]}}, {"a": [{"b": "y"}, {"b": "x"}]}, True),
    ({"a": {"b": ["x"], "c": [1]}}, {"a": [{"b": "x", "c": 2}, {"b": "y", "c": 1}]}, False),  # of one element
    ({"a": {"b": [{"exists": False}]}}, {}, True),
    ({"a": {"b": [{"exists": False}]}}, {"a": {"b": 1}}, False),
    ({"a": ["x"]}, {"a": [["y"], ["x"]]}, True),
    ({"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}, True),
    ({"$or": [{"a": [1]}, {"b": [2]}]}, {"a": 2, "b": 1}, False),
    ({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"a": 1}, False),
    ({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"a": 1, "c": 3}, True),
    ({"d": {"$or": [{"a": [1]}, {"b": [2]}]}}, {"d": {"b": 2}}, True),
    ({"a": [1]}, [1], False),
    ({"a": [1]}, "a", False),
]


@pytest.mark.parametrize(("policy", "body", "expected"), SHAPES, ids=lambda value: json.dumps(value)[:40])
def test_a_body(policy: Any, body: Any, expected: bool) -> None:
    assert matches(policy, body) is expected


def test_what_is_no_json_matches_nothing() -> None:
    assert body_value("{") is None


def test_attributes_by_their_types() -> None:
    seen = attribute_values(
        {
            "s": {"DataType": "String", "StringValue": "1"},
            "l": {"DataType": "String.label", "StringValue": "[1]"},
            "n": {"DataType": "Number", "StringValue": "1.50"},
            "i": {"DataType": "Number.int", "StringValue": "7"},
            "a": {"DataType": "String.Array", "StringValue": '["x", 2, null, true]'},
            "b": {"DataType": "Binary", "BinaryValue": b"x"},
        }
    )
    assert seen == {"s": "1", "l": "[1]", "n": 1.5, "i": 7, "a": ["x", 2, None, True]}
    policy = compile_policy('{"a": [2], "n": [{"numeric": ["=", 1.5]}], "b": [{"exists": false}]}', ATTRIBUTES)
    assert policy.matches(seen)


# (policy, scope, the reason)
REFUSED: list[tuple[str, str, str]] = [
    ("[]", BODY, "Filter is not an object"),
    ('{"a": "x"}', BODY, '"a" must be an object or an array'),
    ('{"a": []}', BODY, "Empty arrays are not allowed"),
    ('{"a": {}}', BODY, "Empty objects are not allowed"),
    ('{"a": [["x"]]}', BODY, "Match value must be String, number, true, false, or null"),
    ('{"a": [{"like": "x"}]}', BODY, "Unrecognized match type like"),
    ('{"a": [{"prefix": "x", "suffix": "y"}]}', BODY, "Only one key allowed in match expression"),
    ('{"a": [{"prefix": 1}]}', BODY, "prefix match pattern must be a string"),
    ('{"a": [{"prefix": {"suffix": "x"}}]}', BODY, "Unsupported prefix pattern: suffix"),
    ('{"a": [{"exists": "yes"}]}', BODY, "exists match pattern must be either true or false."),
    ('{"a": [{"numeric": 1}]}', BODY, "Value of numeric must be an array."),
    ('{"a": [{"numeric": ["=", "1"]}]}', BODY, "Value of equals must be numeric"),
    ('{"a": [{"numeric": ["<", "1"]}]}', BODY, "Value of < must be numeric"),
    ('{"a": [{"numeric": ["!=", 1]}]}', BODY, "Unrecognized numeric range operator: !="),
    ('{"a": [{"numeric": ["<", 1, ">", 0]}]}', BODY, "Too many elements in numeric expression"),
    ('{"a": [{"numeric": [">", 1, ">", 0]}]}', BODY, "Bad numeric range operator: >"),
    ('{"a": [{"numeric": [">", 5, "<", 1]}]}', BODY, "Bottom must be less than top"),
    ('{"a": [{"numeric": [">", 1, "<", 5, "<"]}]}', BODY, "Too many terms in numeric range expression"),
    ('{"a": [{"numeric": ["=", 10000000001]}]}', BODY, "Value must be between -1.0E9 and 1.0E9, inclusive"),
    ('{"a": [{"anything-but": true}]}', BODY, "Value of anything-but must be an array or single string/number value."),
    ('{"a": [{"anything-but": {"numeric": 1}}]}', BODY, "Unsupported anything-but pattern: numeric"),
    ('{"a": [{"anything-but": {"prefix": ""}}]}', BODY, "Null prefix/suffix not allowed"),
    ('{"a": [{"wildcard": "a**b"}]}', BODY, "Consecutive wildcard characters at pos 2"),
    ('{"a": [{"wildcard": "a\\\\b"}]}', BODY, "Invalid escape character at pos 2"),
    ('{"a": [{"cidr": "10.0.0.0"}]}', BODY, "Malformed CIDR, one '/' required"),
    ('{"a": [{"cidr": "10.0.0.0/x"}]}', BODY, "Malformed CIDR, mask bits must be an integer"),
    ('{"a": [{"cidr": "ten/8"}]}', BODY, "Nonstandard IP address: ten"),
    ('{"$or": [{"a": [1]}]}', BODY, "There must have at least 2 Objects in $or relationship."),
    ('{"$or": {"a": [1]}}', BODY, "It must be an Array followed with $or."),
    ('{"$or": [{"a": [1]}, 1]}', BODY, "Only JSON object is allowed in array of $or relationship."),
    ('{"$or": [{"a": [1]}, {"prefix": [1]}]}', BODY, "prefix is Ruler reserved fieldName"),
    ('{"a": {"b": [1]}}', ATTRIBUTES, "Filter policy scope MessageAttributes does not support nested filter policy"),
    ('{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}', ATTRIBUTES, "Filter policy can not have more than 5 keys"),
    (json.dumps({"a": list(range(13)), "b": list(range(12))}), ATTRIBUTES, "Filter policy is too complex"),
    ("{", BODY, "failed to parse JSON"),
    ("[" * 100_000, BODY, "failed to parse JSON"),
    ('{"a":' * 60 + "[1]" + "}" * 60, BODY, "Filter policy is nested too deeply"),
    ('{"a": ["' + "x" * 262_144 + '"]}', BODY, "Filter policy is too large"),
]


@pytest.mark.parametrize(("policy", "scope", "reason"), REFUSED, ids=lambda value: value[:40])
def test_a_refusal(policy: str, scope: str, reason: str) -> None:
    with pytest.raises(PolicyError) as error:
        compile_policy(policy, scope)
    assert str(error.value).startswith(reason)


def test_the_combinations_of_awss_example() -> None:
    policy = {"key_a": {"key_b": {"key_c": [1, 2, 3, 4]}}, "key_d": {"key_e": [1, 2, 3]}}
    assert combinations(policy) == 4 * 3 * 3 * 2
    assert combinations({"a": [1, 2, 3], "b": [1], "c": [1, 2]}) == 6


# ---- random policies against a model ----

_VALUES = st.sampled_from(["a", "ab", "b", "", 0, 1, 2.5, True, False, None])
_CONDITIONS = st.one_of(
    _VALUES,
    st.builds(lambda text: {"prefix": text}, st.sampled_from(["a", "ab"])),
    st.builds(lambda text: {"suffix": text}, st.sampled_from(["b", "ab"])),
    st.builds(lambda low: {"numeric": [">=", low]}, st.integers(-1, 3)),
    st.builds(lambda found: {"exists": found}, st.booleans()),
    st.builds(lambda found: {"anything-but": found}, st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2)),
)
_KEYS = st.sampled_from(["k", "l"])
_LEAVES = st.lists(_CONDITIONS, min_size=1, max_size=3)
_POLICIES = st.recursive(
    st.dictionaries(_KEYS, _LEAVES, min_size=1, max_size=2),
    lambda inner: st.one_of(
        st.dictionaries(_KEYS, st.one_of(_LEAVES, inner), min_size=1, max_size=2),
        st.builds(lambda one, two: {"$or": [one, two]}, inner, inner),
    ),
    max_leaves=4,
)
_BODIES = st.recursive(
    st.dictionaries(_KEYS, st.one_of(_VALUES, st.lists(_VALUES, max_size=2)), max_size=2),
    lambda inner: st.dictionaries(_KEYS, st.one_of(_VALUES, inner, st.lists(inner, max_size=2)), max_size=2),
    max_leaves=6,
)


def naive(policy: dict[str, Any], body: dict[str, Any]) -> bool:
    for key, wanted in policy.items():
        if key == "$or":
            holds = any(naive(one, body) for one in wanted)
        elif isinstance(wanted, dict):
            inside = [one for one in listed(body.get(key)) if isinstance(one, dict)]
            holds = any(naive(wanted, one) for one in inside or [{}])
        else:
            values = [one for one in listed(body[key]) if not isinstance(one, dict)] if key in body else []
            holds = any(naive_condition(one, values) for one in wanted)
        if not holds:
            return False
    return True


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def naive_condition(condition: Any, values: list[Any]) -> bool:
    if condition == {"exists": False}:
        return not values
    return any(naive_value(condition, value) for value in values)


def naive_value(condition: Any, value: Any) -> bool:
    if not isinstance(condition, dict):
        return json.dumps(condition) == json.dumps(value)
    [(operator, wanted)] = condition.items()
    if operator == "exists":
        return True
    if operator == "anything-but":
        return value not in wanted
    if operator == "numeric":
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= wanted[1]
    return isinstance(value, str) and (value.startswith(wanted) if operator == "prefix" else value.endswith(wanted))


@given(policy=_POLICIES, body=_BODIES)
@settings(max_examples=400, deadline=None)
def test_random_policies_match_as_the_model_says(policy: dict[str, Any], body: dict[str, Any]) -> None:
    if combinations(policy) <= 150 and len(json.dumps(policy)) < 2_000:
        try:
            compiled = compile_policy(json.dumps(policy), BODY)
        except PolicyError as error:
            assert "more than 5 keys" in str(error)  # alternatives within alternatives
            return
        assert compiled.matches(body) is naive(policy, body)


@given(text=st.text(alphabet="ab*", max_size=12), pattern=st.text(alphabet="ab*", max_size=8))
def test_random_wildcards_match_as_a_regular_expression_does(text: str, pattern: str) -> None:
    if "**" in pattern:
        return
    expected = re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text, re.DOTALL) is not None
    assert matches({"k": [{"wildcard": pattern}]}, {"k": text}) is expected
