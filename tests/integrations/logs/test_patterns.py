"""Filter patterns: tables of what matches what. The messages and most patterns are those of AWS's user guide."""

import time

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
    # regular expressions: the user guide's, and what they may hold
    ("%AUTHORIZED%", [1]),
    (r"%\[ERROR 40[01]\]%".replace(" ", r"\s"), [0, 1]),
    ("%^all|REQUEST$%", [0, 1, 3]),
    (r"%\d\x20s%", [2]),
    ("%gr[ae]y%", []),
    ("%slow_?request:%", [2]),
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
    ("{ $.eventType = %Trail% }", True),
    ("{ $.eventType = %^Trail% }", False),
    ("{ $.eventType != %^Trail% }", True),
    ("{ $.missing != %Trail% }", False),
    ("{ $.errorCode = %4[0-9]{2}% && $.eventType = %^U% }", True),
    ('{ $.text = "%4%" }', False),
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


# The events of the user guide's "Using Metric Filters to Extract Values from Space-Delimited Log Events".
REQUESTS = [
    '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534',
    '127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /apache_pb.gif HTTP/1.0" 500 5324',
    '127.0.0.1 - frank [10/Oct/2000:13:50:35 -0700] "GET /index.html HTTP/1.0" 404 99',
    "ERROR WARN message",
    "ERROR message",
    "WARN message",
    "",
]
COLUMNS = [
    ("[ip, user, username, timestamp, request, status_code, bytes]", [0, 1, 2]),
    ("[..., status_code, bytes]", [0, 1, 2, 3, 4, 5]),
    ("[ip, user, ..., status_code, bytes]", [0, 1, 2]),
    ("[ip, user, ...]", [0, 1, 2, 3, 4, 5]),
    ("[...]", [0, 1, 2, 3, 4, 5, 6]),
    ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", [0, 1]),
    ("[ip, user, username, timestamp, request, status_code = 200, bytes]", [0]),
    ("[ip, user, username, timestamp, request, status_code = 4*, bytes]", [2]),
    ("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", [2]),
    ("[..., request=*.html*, status_code=4*,]", [2]),
    ("[..., status_code = 5* && status_code != 403, bytes]", [1]),
    ("[..., status_code = 404 || status_code = 500, bytes]", [1, 2]),
    ("[..., status_code = 404 || status_code >= 500 && status_code < 500, bytes]", [2]),
    ("[..., timestamp = 10/Oct/2000:13:25*, request, status_code, bytes]", [0]),
    ('[..., request = "GET /index.html HTTP/1.0", status_code, bytes]', [2]),
    ("[..., bytes = 1534.0]", [0]),
    ('[..., bytes = "1534.0"]', []),
    ("[..., bytes < 100]", [2]),
    ("[..., word != 1]", [0, 1, 2, 3, 4, 5]),
    # "Matching Terms in Log Events": [w1=ERROR, w2] is an event of two words
    ("[w1=ERROR, w2]", [4]),
    ("[w1=ERROR || w1=WARN, w2]", [4, 5]),
    ("[w1!=ERROR && w1!=WARN, w2]", []),
    ("[w1=ERROR, w2=WARN, ...]", [3]),
    ("[w1, w2, ..., w3, w4]", [0, 1, 2]),
    (r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", [2]),
    (r"[..., status_code != %[45]\d\d%, bytes]", [0, 3, 4, 5]),
]


@pytest.mark.parametrize(("pattern", "wanted"), COLUMNS, ids=[pattern for pattern, _ in COLUMNS])
def test_columns(pattern: str, wanted: list[int]) -> None:
    matches = compile_pattern(pattern)
    assert [number for number, message in enumerate(REQUESTS) if matches(message)] == wanted


FIELDS = [
    ('"a b', ['"a', "b"]),
    ("[a b] c]", ["a b", "c]"]),
    ('x="a b" "" []', ['x="a', 'b"', "", ""]),
    ('"[a" b]', ["[a", "b]"]),
    ('[a "b] c" d', ['a "b', 'c"', "d"]),
    (" tab\tand\nline ", ["tab", "and", "line"]),
]


@pytest.mark.parametrize(("message", "fields"), FIELDS)
def test_the_fields_of_an_event(message: str, fields: list[str]) -> None:
    quoted = [field.replace("\\", "\\\\").replace('"', '\\"') for field in fields]
    columns = [f'field="{field}"' for field in quoted]
    assert compile_pattern(f"[{', '.join(columns)}]")(message)
    assert not compile_pattern(f"[{', '.join([*columns, 'one-more'])}]")(message)


def test_the_time_of_columns_is_linear_in_the_event() -> None:
    event = '[ " ' * 100_000  # of which none is closed by what follows
    began = time.process_time()
    assert not compile_pattern("[..., a = x]")(event)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("message", ["plain text", "{ not JSON", "", "12", '"text"'])
def test_what_is_not_json_meets_no_condition(message: str) -> None:
    assert not compile_pattern("{ $.a NOT EXISTS }")(message)


REFUSED = [
    ("{ $.a = }", "Invalid filter pattern"),
    ("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"),
    ("{ $.a = 1 } x", "If a filter pattern starts with '{' it must end with '}'"),
    ("{ $.a = 1 } }", "Invalid filter pattern"),
    ("{ a = 1 }", "Invalid filter pattern"),
    ("{ $.a > text }", "Invalid filter pattern"),
    ("{ $.a IS MAYBE }", "Invalid filter pattern"),
    ("{ $.a[*].b[*] = 1 }", "more than one wildcard"),
    (
        "{ $.a = %(x)% }",
        "Invalid character(s) in term '%(x)%': the regular expression has characters other than letters, digits, :_#",
    ),
    ("{ $.a > %x% }", "Invalid filter pattern"),
    ("{ $.a = %x }", "Invalid filter pattern"),
    ("{ $.a = %x% || $.b = %x% || $.c = %x% }", "more than 2 regular expressions"),
    ("{}", "Invalid filter pattern"),
    ("{ " + "(" * 60 + "$.a = 1" + ")" * 60 + " }", "nested too deeply"),
    ("[ip, user", "Invalid filter pattern"),
    ("[ip, user] x", "Invalid filter pattern"),
    ("[ip user]", "Invalid filter pattern"),
    # the guide's own example, which AWS refuses too: awsdocs/amazon-cloudwatch-logs-user-guide#21
    ("[ip, user, status_code = 4* && bytes > 1000]", "the conditions of the column status_code must name it"),
    ("[ip, other = 1 && ip = 2]", "the conditions of the column other must name it"),
    ("[ip = 1 & ip = 2]", "Invalid filter pattern"),
    ("[ip > text]", "Invalid filter pattern"),
    ("[ip = ]", "Invalid filter pattern"),
    ('["ip"]', "Invalid filter pattern"),
    ("[..., ip, ...]", "more than one ellipsis"),
    ("[ip > %x%]", "Invalid filter pattern"),
    ("[ip = %x!%]", "Invalid character(s) in term '%x!%'"),
    ("[a = %x%, b = %x%, c = %x%]", "more than 2 regular expressions"),
    ("[" + "a," * limits.LOG_PATTERN_TERMS_MAX + "a]", "more than"),
    ("%", "Invalid filter pattern"),
    ("%%", "Invalid character(s) in term '%%': the regular expression must have 1 to"),
    ("%ERROR% x", "Invalid filter pattern"),
    ("%a%b%", "Invalid character(s) in term '%a%b%'"),
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
