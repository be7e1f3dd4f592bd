"""Java's order of enum values as recorded on AWS, and its patterns."""

import re

import pytest
from botocore.loaders import Loader

from engine.wire import java

# printed by AWS, in this order; declared, in the models' order
RECORDED_ORDERS = [
    (
        "SUCCEEDED TIMED_OUT PENDING_REDRIVE ABORTED FAILED RUNNING",
        "RUNNING SUCCEEDED FAILED TIMED_OUT ABORTED PENDING_REDRIVE",
    ),
    ("ALL_NEW UPDATED_OLD ALL_OLD NONE UPDATED_NEW", "NONE ALL_OLD UPDATED_OLD ALL_NEW UPDATED_NEW"),
    ("INDEXES TOTAL NONE", "INDEXES TOTAL NONE"),
]


@pytest.mark.parametrize(("printed", "declared"), RECORDED_ORDERS)
def test_enums_print_in_hash_order(printed: str, declared: str) -> None:
    assert java.set_order(declared.split()) == printed.split()


def test_many_values_grow_the_table_and_stay_whole() -> None:
    values = [f"VALUE_{number}" for number in range(100)]
    assert sorted(java.set_order(values)) == sorted(values)


@pytest.mark.parametrize(("text", "code"), [("", 0), ("a", 97), ("hello", 99162322), ("😀", 31 * 0xD83D + 0xDE00)])
def test_hash_code(text: str, code: int) -> None:
    assert java.hash_code(text) == code


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"\p{ASCII}*", "Root=1-abc", True),
        (r"\p{ASCII}*", "Root=ü", False),
        (r"[\p{Alnum}_-]+", "a_-9", True),
        (r"[\p{Alnum}_-]+", "a b", False),
        (r"\[\p{Digit}\]", "[7]", True),
        ("[!-~]+", "a b", False),
        (r"^\w+$", "naïve", False),
        ("^a$", "a\n", False),
        (r"[a\uD800\uDC00-\uDBFF\uDFFF]+", "a😀", True),
        (r"[a\uD800\uDC00-\uDBFF\uDFFF]+", "é", False),
    ],
)
def test_patterns(pattern: str, text: str, matches: bool) -> None:
    assert (java.pattern(pattern).fullmatch(text) is not None) == matches


def test_a_class_without_equivalent_is_an_error() -> None:
    with pytest.raises(re.error):
        java.pattern(r"\p{IsGreek}")


@pytest.mark.parametrize("service", ["stepfunctions", "sqs", "sns", "ses", "sesv2", "secretsmanager"])
def test_all_patterns_of_the_services_compile(service: str) -> None:
    shapes = Loader().load_service_model(service, "service-2")["shapes"]
    for shape in shapes.values():
        if "pattern" in shape:
            java.pattern(shape["pattern"])


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (True, "true"), (1001, "1001"), (101.5, "101.5"), (["a", "b"], "[a, b]"), ({"k": 1}, "{k=1}")],
)
def test_values_as_text(value: object, text: str) -> None:
    assert java.text_of(value) == text
