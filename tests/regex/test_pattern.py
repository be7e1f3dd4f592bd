"""Regular expressions: what they find, against Python's own, and what is refused. Mostly in SNS's dialect."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.regex.pattern import Pattern, Spans
from engine.regex.syntax import Dialect, PatternError
from integrations.sns.protection_policy import CUSTOM_IDENTIFIERS


def by_trying(expression: str, text: str) -> Spans:
    """The characters that are part of any match, found by asking `re` of each stretch of the text."""
    compiled = re.compile(expression)
    inside = [False] * len(text)
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            if matches(compiled, text, start, end):
                inside[start:end] = [True] * (end - start)
    runs = re.finditer("1+", "".join("1" if found else "0" for found in inside))
    return [run.span() for run in runs]


def matches(compiled: re.Pattern[str], text: str, start: int, end: int) -> bool:
    """Whether a match stands exactly there. Each alternative by itself: an anchored one needs the text's own end."""
    return any(
        re.fullmatch(one.removeprefix("^").removesuffix("$"), text[start:end]) is not None
        and (not one.startswith("^") or start == 0)
        and (not one.endswith("$") or end == len(text))
        for one in compiled.pattern.split("|")
    )


def compiled(expression: str) -> Pattern:
    return Pattern(expression, CUSTOM_IDENTIFIERS)


def anywhere(expression: str, text: str) -> bool:
    """Whether it matches; `$` is the very end of the text, and not before its last line end."""
    return re.search(expression.replace("$", "\\Z"), text) is not None


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "[0-9b]", "\\w", "-"])
QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,1}"])
ALTERNATIVES = st.builds(
    lambda start, items, end: start + "".join(atom + often for atom, often in items) + end,
    st.sampled_from(["", "", "^"]),
    st.lists(st.tuples(ATOMS, QUANTIFIERS), min_size=1, max_size=4),
    st.sampled_from(["", "", "$"]),
)


@given(st.lists(ALTERNATIVES, min_size=1, max_size=3).map("|".join), st.text("ab1- \n", max_size=9))
def test_a_character_is_found_where_it_is_part_of_a_match(expression: str, text: str) -> None:
    pattern = compiled(expression)
    assert pattern.spans(text) == by_trying(expression, text)
    assert pattern.matches(text) is anywhere(expression, text)


def test_what_awss_page_shows() -> None:
    assert compiled(r"EID-\d{9}-US").spans("ids EID-123456789-US, EID-12345678-US") == [(4, 20)]


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        (r"a\.b", "a.b axb", [(0, 3)]),
        (r"[a\-z]+", "m a-z", [(2, 5)]),
        (r"[\d_]+", "x_12", [(1, 4)]),
        (r"[]]", "a]", [(1, 2)]),
        (r"\t+", "a\t\tb", [(1, 3)]),
        (r".+", "a\nb", [(0, 1), (2, 3)]),
        (r"^id", "id id", [(0, 2)]),
        (r"id$", "id id", [(3, 5)]),
        (r"x", "", []),
    ],
)
def test_forms(expression: str, text: str, found: Spans) -> None:
    assert compiled(expression).spans(text) == found


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "must have 1 to 200 characters"),
        ("a" * 201, "must have 1 to 200 characters"),
        ("(a)", "has characters other than"),
        ("a&b", "has characters other than"),
        ("*a", "has a * with nothing before it"),
        ("a^b", "has a ^ with nothing before it"),
        ("a|", "has an alternative that is empty"),
        ("a$b", "has a $ before its end"),
        ("a+?", "has two quantifiers in a row"),
        ("a{2", "has a { that begins no quantifier"),
        ("a{3,2}", "has the quantifier {3,2}, which nothing can match"),
        ("[ab", "has a [ without its ]"),
        ("[a[b]]", "has a [ within [ ]"),
        ("[z-a]", "has the range z-a"),
        ("\\", "ends with a backslash"),
        ("\\bid", "uses \\b, which is not supported"),
        ("a{501}", "is too complicated"),
        ("[a-z]{300}[a-z]{300}", "is too complicated"),
    ],
)
def test_what_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(PatternError, match=re.escape(reason)):
        compiled(expression)


def test_an_automaton_that_grows_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """And finds the same; it never remembers more than its limit."""
    text = "ab1-b2a-" * 40
    expected = compiled("a[^a]{1,3}b|\\d-").spans(text)
    monkeypatch.setattr(limits, "REGEX_TRANSITIONS_MAX", 3)
    pattern = compiled("a[^a]{1,3}b|\\d-")
    assert expected and pattern.spans(text) == expected
    assert sum(len(state.row) for state in pattern._forwards._states.values()) <= 3


HEXADECIMAL = Dialect(symbols=":-", chars_max=20, hexadecimal=True)


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        (r"\x20\x2f", "a /b", True),
        (r"[\x30-\x39:]{3}$", "at 1:2", True),
        (r"[^\x61]", "aaa", False),
        (r"a*", "", True),
        (r"^a*$", "", True),
        (r"^a*$", "ab", False),
        (r"^a*", "ba", True),
    ],
)
def test_what_matches_anywhere(expression: str, text: str, found: bool) -> None:
    assert Pattern(expression, HEXADECIMAL).matches(text) is found


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (r"\x2", "has a \\x without its two hexadecimal digits"),
        ("a b", "has characters other than letters, digits, :-, ^$?[]{}|"),
        ("é", "has characters other than"),
        (r"[a-\d]", "has a range up to \\d"),
    ],
)
def test_what_a_dialect_refuses(expression: str, reason: str) -> None:
    with pytest.raises(PatternError, match=re.escape(reason)):
        Pattern(expression, HEXADECIMAL)
    with pytest.raises(PatternError, match="which is not supported"):
        compiled(r"\x20")
