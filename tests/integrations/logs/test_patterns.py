"""Filter patterns: tables of what matches what. The messages and most patterns are those of AWS's user guide."""

import pytest

from engine import limits
from engine.errors import ServiceError
from integrations.logs.patterns import compile_pattern

PLAIN = ["[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST", "[WARN] slow_request: 3 s", "all is well"]
USER = (
    '{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"], '
    '"objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true, '
    '"latency": 500.5, "errorCode": 400, "a-b": "dash", "odd key": "x", "nested": {"user": {"id": 1}}, "text": "400"}'
)

TERMS = [
    ("", [0, 1, 2, 3]),
    ("  ", [0, 1, 2, 3]),
    ("ERROR", [0, 1]),
    ("error", []),
    ("REQUEST UNAUTHORIZED", [1]),
    ('"BAD REQUEST"', [0]),
    ('"[ERROR 401]" REQUEST', [1]),
    ("ERROR -BAD", [1]),
    ('ERROR -"BAD REQUEST"', [1]),
    ("-ERROR", [2, 3]),
    ("?BAD ?WARN", [0, 2]),
    ('?"BAD REQUEST" ?well', [0, 3]),
    ("?BAD ?WARN well", [3]),
    ("slow_request", [2]),
    (r'"\"quoted\""', []),
]


@pytest.mark.parametrize(("pattern", "wanted"), TERMS, ids=[pattern for pattern, _ in TERMS])
def test_terms(pattern: str, wanted: list[int]) -> None:
    matches = compile_pattern(pattern)
    assert [number for number, message in enumerate(PLAIN) if matches(message)] == wanted


CONDITIONS = [
    ('{ $.eventType = "UpdateTrail" }', True),
    ("{ $.eventType = UpdateTrail }", True),
    ("{$.eventType=UpdateTrail}", True),
    ('{ $.eventType = "updatetrail" }', False),
    ("{ $.eventType = *Trail }", True),
    ("{ $.eventType = Update* }", True),
    ("{ $.eventType = *dateT* }", True),
    ('{ $.eventType = "*dateT*" }', True),
    ("{ $.eventType = Up*Trail }", False),
    ("{ $.eventType = * }", True),
    ("{ $.eventType != * }", False),
    ("{ $.sourceIPAddress != 123.123.* }", True),
    ("{ $.sourceIPAddress = 111.111.* }", True),
    ('{ $.arrayKey[0] = "value" }', True),
    ('{ $.arrayKey[1] = "value" }', False),
    ('{ $.arrayKey[9] = "value" }', False),
    ('{ $.arrayKey[*] = "another value" }', True),
    ("{ $.objectList[1].id = 2 }", True),
    ("{ $.objectList[*].id = 2 }", True),
    ("{ $.objectList[*].id = 3 }", False),
    ("{ $.arrayKey = 1 }", False),
    ("{ $.arrayKey != 1 }", False),
    ("{ $.missing = 1 }", False),
    ("{ $.missing != 1 }", False),
    ("{ $.SomeObject IS NULL }", True),
    ("{ $.eventType IS NULL }", False),
    ("{ $.missing IS NULL }", False),
    ("{ $.ThisFlag IS TRUE }", True),
    ("{ $.ThisFlag IS FALSE }", False),
    ("{ $.errorCode IS TRUE }", False),
    ("{ $.SomeOtherObject NOT EXISTS }", True),
    ("{ $.SomeObject NOT EXISTS }", False),
    ("{ $.SomeObject EXISTS }", True),
    ("{ $.latency >= 500 }", True),
    ("{ $.latency > +500.5 }", False),
    ("{ $.latency < 10e3 }", True),
    ("{ $.latency < 10e-3 }", False),
    ("{ $.latency = * }", True),
    ("{ $.errorCode = 400 }", True),
    ("{ $.errorCode = 400.0 }", True),
    ("{ $.errorCode != 500 }", True),
    ("{ $.text = 400 }", True),
    ("{ $.errorCode > 399 && $.errorCode < 500 }", True),
    ('{ $.a-b = "dash" }', True),
    ("{ $['odd key'] = x }", True),
    ("{ $.nested.user.id = 1 }", True),
    ("{ $.nested.*.id = 1 }", True),
    ("{ ($.errorCode = 400) && ($.objectList[0].name = a) }", True),
    ("{ ($.errorCode = 1 && $.ThisFlag IS TRUE) || $.latency = 1 }", False),
    # || binds less than &&
    ("{ $.errorCode = 400 || $.latency = 1 && $.latency = 2 }", True),
    ("{ ($.errorCode = 400 || $.latency = 1) && $.latency = 2 }", False),
]


@pytest.mark.parametrize(("pattern", "wanted"), CONDITIONS, ids=[pattern for pattern, _ in CONDITIONS])
def test_conditions(pattern: str, wanted: bool) -> None:
    assert compile_pattern(pattern)(USER) is wanted


@pytest.mark.parametrize("message", ["plain text", "{ not JSON", "", "12", '"text"'])
def test_what_is_not_json_meets_no_condition(message: str) -> None:
    assert not compile_pattern("{ $.a NOT EXISTS }")(message)


REFUSED = [
    ("{ $.a = }", "Invalid filter pattern"),
    ("{ $.a = 1", "Invalid filter pattern"),
    ("{ $.a = 1 } x", "Invalid filter pattern"),
    ("{ a = 1 }", "Invalid filter pattern"),
    ("{ $.a > text }", "Invalid filter pattern"),
    ("{ $.a IS MAYBE }", "Invalid filter pattern"),
    ("{ $.a[*].b[*] = 1 }", "more than one wildcard"),
    ("{ $.a = %x% }", "regular expressions"),
    ("{}", "Invalid filter pattern"),
    ("{ " + "(" * 60 + "$.a = 1" + ")" * 60 + " }", "nested too deeply"),
    ("[ip, user]", "space-delimited patterns"),
    ("%ERROR%", "regular expressions"),
    ("a:b", "Invalid filter pattern"),
    ('"open', "Invalid filter pattern"),
    ("- ", "Invalid filter pattern"),
    ("a " * (limits.LOG_PATTERN_TERMS_MAX + 1), "more than"),
]


@pytest.mark.parametrize(("pattern", "message"), REFUSED, ids=[pattern[:30] for pattern, _ in REFUSED])
def test_refused(pattern: str, message: str) -> None:
    with pytest.raises(ServiceError) as error:
        compile_pattern(pattern)
    assert error.value.code == "InvalidParameterException"
    assert message in error.value.message
