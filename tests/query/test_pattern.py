"""Regular expressions: the same matches as a backtracking matcher gives, in bounded time."""

import re
import time

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine import limits
from engine.errors import StateError
from engine.query.path import compile_path
from engine.query.pattern import Pattern, PatternSyntaxError
from tests.query import given

CASES: list[tuple[str, str, str, bool]] = [
    ("", "", "", True),
    ("", "", "a", False),
    ("a", "", "a", True),
    ("a", "", "ab", False),
    ("a|b|", "", "", True),
    ("a(b|c)d", "", "acd", True),
    ("(?:ab)+", "", "abab", True),
    ("(ab)*c?", "", "ababc", True),
    ("a{2}", "", "aa", True),
    ("a{2}", "", "a", False),
    ("a{2,}", "", "aaaa", True),
    ("a{1,3}", "", "aaaa", False),
    ("a{0,2}b", "", "b", True),
    ("a+?b??", "", "aa", True),
    (".*", "", "a\nb", False),
    (".*", "s", "a\nb", True),
    ("[a-c]+", "", "abc", True),
    ("[^a-c]+", "", "abc", False),
    ("[]a]+", "", "]a", True),
    ("[a-]+", "", "a-", True),
    ("[\\d\\-x]+", "", "1-x", True),
    ("[\\w.]+@[a-z]+\\.com", "", "a.b_1@mail.com", True),
    ("\\d{4}-\\d{2}", "", "2024-01", True),
    ("\\D\\W\\S", "", "a.b", True),
    ("\\t\\x41\\u0042", "", "\tAB", True),
    ("HELLO[a-z]", "i", "helloX", True),
    ("É", "iu", "é", True),
    ("^a$", "", "a", True),
    ("a^b", "", "ab", False),
    ("a$\\nb", "m", "a\nb", True),
    ("\\Aab\\z", "", "ab", True),
    ("\\bab\\b \\bc", "", "ab c", True),
    ("a\\Bb", "", "ab", True),
    ("a\\bb", "", "ab", False),
    ("(a*)*b", "", "aab", True),
    ("(|a)+", "", "aaa", True),
]


@pytest.mark.parametrize(("pattern", "flags", "text", "matches"), CASES)
def test_matches(pattern: str, flags: str, text: str, matches: bool) -> None:
    assert Pattern(pattern, flags).matches(text) is matches


@pytest.mark.parametrize(
    ("pattern", "flags", "message"),
    [
        ("(", "", "unclosed group"),
        (")", "", "unmatched"),
        ("[a", "", "ends too early"),
        ("a\\", "", "ends too early"),
        ("*a", "", "dangling"),
        ("a**", "", "dangling"),
        ("a*+", "", "possessive"),
        ("a{x}", "", "begins no quantifier"),
        ("a{3,2}", "", "end is before its start"),
        ("[b-a]", "", "end is before its start"),
        ("(?=a)", "", "not supported"),
        ("(?i)a", "", "not supported"),
        ("(a)\\1", "", "not supported"),
        ("[a&&b]", "", "not supported"),
        ("[[a]]", "", "not supported"),
        ("\\p{L}", "", "not supported"),
        ("\\u12", "", "hexadecimal"),
        ("a", "x", "flag 'x'"),
        ("a{9999}", "", "too large"),
        ("(" * 60 + ")" * 60, "", "nested too deeply"),
        ("(((a{90}){90}){90}){90}", "", "too large"),
    ],
)
def test_refuses(pattern: str, flags: str, message: str) -> None:
    with pytest.raises(PatternSyntaxError, match=re.escape(message)):
        Pattern(pattern, flags)


def test_a_pattern_that_backtracks_without_end_elsewhere_is_quick() -> None:
    started = time.process_time()
    assert not Pattern("(a+)+b").matches("a" * 2_000)
    assert not Pattern("(a|a)*(a|aa)*b").matches("a" * 2_000)
    assert time.process_time() - started < 5


def test_the_work_of_a_path_is_bounded() -> None:
    document = {"items": ["a" * 10_000] * 100}
    path = compile_path("$.items[?(@ =~ /(a|b)*c/)]")
    with pytest.raises(StateError) as caught:
        path.find(given.scope(document))
    assert caught.value.name == "States.Runtime"
    assert limits.PATH_WORK_MAX < 100 * 10_000 * 5


patterns = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\w", "\\b", "^", "$", ""]),
    lambda inner: (
        st.builds("{}{}".format, inner, inner)
        | st.builds("({}|{})".format, inner, inner)
        | st.builds("({}){}".format, inner, st.sampled_from(["*", "+", "?", "{1,2}", "*?"]))
    ),
    max_leaves=6,
)


@for_all(patterns, st.text("ab c", max_size=8))
def test_matches_what_a_backtracking_matcher_matches(pattern: str, text: str) -> None:
    assert Pattern(pattern).matches(text) is (re.fullmatch(pattern, text) is not None)


@for_all(st.text(st.sampled_from("ab()[]{}|*+?^$\\.,-1&dpuA"), max_size=12))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = Pattern(text)
    except PatternSyntaxError:
        return
    pattern.matches("ab1")
