"""Regular expressions: what JavaScript matches; against Python's own where the two agree."""

import re

import pytest
from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine.query.jsonata import JsonataSyntaxError
from engine.query.jsonata.errors import JsonataError, timeout
from engine.query.jsonata.regex import Regex

CASES: list[tuple[str, str, str, tuple[str, int, list[str | None]] | None]] = [
    ("a", "", "bab", ("a", 1, [])),
    ("^a", "", "ba", None),
    ("a$", "", "ab\na", ("a", 3, [])),
    ("^b", "m", "a\nb", ("b", 2, [])),
    ("a$", "m", "a\nb", ("a", 0, [])),
    (".", "", "\n\r\u2028x", ("x", 3, [])),
    ("[^]", "", "\n", ("\n", 0, [])),
    ("[]", "", "a", None),
    ("[]a", "", "]a", None),
    ("[a\\]b]+", "", "xb]a", ("b]a", 1, [])),
    ("[\\w-]+", "", "!a-b", ("a-b", 1, [])),
    ("[a-\\d]+", "", "-5a", ("-5a", 0, [])),
    ("[^\\d\\s]+", "", "1 ab2", ("ab", 2, [])),
    ("[\\D]", "", "1a", ("a", 1, [])),
    ("[\\s\\S]", "", "\n", ("\n", 0, [])),
    ("[\\b]", "", "\b", ("\b", 0, [])),
    ("\\d", "", "\u0663", None),
    ("\\w", "", "é", None),
    ("\\s", "", "\ufeff", ("\ufeff", 0, [])),
    ("\\bfoo\\b", "", "a foo.", ("foo", 2, [])),
    ("\\Bo", "", "o oo", ("o", 3, [])),
    ("hello\\ world", "", "hello world", ("hello world", 0, [])),
    ("a\\/b\\-c", "", "a/b-c", ("a/b-c", 0, [])),
    ("\\x41\\u0042\\cA\\0", "", "AB\x01\0", ("AB\x01\0", 0, [])),
    ("A", "i", "a", ("a", 0, [])),
    ("[a-z]+", "i", "ABC", ("ABC", 0, [])),
    ("[^a]", "i", "Ab", ("b", 1, [])),
    ("É", "i", "é", ("é", 0, [])),
    ("(a)|(b)", "", "b", ("b", 0, [None, "b"])),
    ("(?:a|ab)(?:c|bcd)(d*)", "", "abcd", ("abcd", 0, [""])),
    ("(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", ("zaacbbbcac", 0, ["z", "ac", "a", None, "c"])),
    ("(a*)*", "", "b", ("", 0, [None])),
    ("(?:a*)*b", "", "aab", ("aab", 0, [])),
    ("(a?)*?b", "", "ab", ("ab", 0, ["a"])),
    ("a+?", "", "aaa", ("a", 0, [])),
    ("a+?b", "", "aab", ("aab", 0, [])),
    ("a*?", "", "aa", ("", 0, [])),
    ("a{2}", "", "aaa", ("aa", 0, [])),
    ("a{2,}", "", "aaa", ("aaa", 0, [])),
    ("a{1,2}?", "", "aa", ("a", 0, [])),
    ("a{,2}", "", "a{,2}", ("a{,2}", 0, [])),
    ("a{0}b", "", "ab", ("b", 1, [])),
    ("(ab){2,3}", "", "ababab", ("ababab", 0, ["ab"])),
    ("x{", "", "x{", ("x{", 0, [])),
    ("(a)\\1", "", "aab", ("aa", 0, ["a"])),
    ("(?<q>['\"]).*?\\k<q>", "", "say 'hi'", ("'hi'", 4, ["'"])),
    ("\\1(a)", "", "a", ("a", 0, ["a"])),
    ("(a)\\1", "i", "aA", ("aA", 0, ["a"])),
    ("a(?=b)", "", "ac ab", ("a", 3, [])),
    ("a(?!b)", "", "ab ac", ("a", 3, [])),
    ("(?<=\\$)\\d+", "", "5 $42", ("42", 3, [])),
    ("(?<!\\$)\\b\\d+", "", "$5 42", ("42", 3, [])),
    ("(?=(a))a\\1", "", "aa", ("aa", 0, ["a"])),
    ("(?=a)*b", "", "b", ("b", 0, [])),
    ("^(?=.*\\d)(?=.*[a-z]).{4,8}$", "", "abc1", ("abc1", 0, [])),
    ("^[\\w.+-]+@[\\w-]+\\.[\\w.]+$", "", "a.b+c@d-e.co.uk", ("a.b+c@d-e.co.uk", 0, [])),
    ("(\\d{4})-(\\d\\d)", "", "on 2024-05", ("2024-05", 3, ["2024", "05"])),
    ("", "", "", ("", 0, [])),
    ("a||b", "", "b", ("", 0, [])),
    ("\\(\\)\\[\\]\\{\\}\\.\\*\\+\\?\\^\\$\\|\\\\", "", "()[]{}.*+?^$|\\", ("()[]{}.*+?^$|\\", 0, [])),
]


def free(work: int) -> None:
    """Nobody counts."""


@pytest.mark.parametrize(("pattern", "flags", "text", "expected"), CASES, ids=lambda value: repr(value)[:40])
def test_what_a_pattern_finds(
    pattern: str, flags: str, text: str, expected: tuple[str, int, list[str | None]] | None
) -> None:
    found = Regex(pattern, flags).search(text, 0, free)
    assert (None if found is None else (found.match, found.start, found.groups)) == expected


REFUSED = ["(", ")", "a)", "[a", "*", "a**", "(?a)", "a{2,1}", "\\", "[b-a]", "(?<a>x)(?<a>y)", "\\k<q>", "^*", "+a"]


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(JsonataSyntaxError) as raised:
        Regex(pattern, "")
    assert raised.value.code == "S0303"


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "x", "^", "$", "\\b", "(?=a)", "(?!b)"])
plain = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "x"])
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        inner.map("({})".format),
        inner.map("(?:{})".format),
        st.tuples(plain, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?", "+?", "??"])).map("".join),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@for_all(patterns, st.text("abx1 \n", max_size=8))
def test_it_finds_what_python_finds(pattern: str, text: str) -> None:
    """Where both mean the same: no group within a loop, `$` without Python's last line end."""
    expected = re.search(pattern.replace("$", "\\Z"), text, re.ASCII)
    found = Regex(pattern, "").search(text, 0, free)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert (found.start, found.end, found.groups) == (expected.start(), expected.end(), list(expected.groups()))


looped = st.tuples(
    st.sampled_from(["(?:a|b)", "(?:ab?)", "(?:[ab]x)", "(?:a|ab)"]), st.sampled_from(["*", "+", "{1,3}"])
)


@settings(max_examples=200, deadline=None)
@for_all(st.lists(looped.map("".join), min_size=1, max_size=3), st.text("abx", max_size=10))
def test_loops_over_more_than_a_character_find_what_python_finds(parts: list[str], text: str) -> None:
    pattern = "".join(parts)
    expected = re.search(pattern, text)
    found = Regex(pattern, "").search(text, 0, free)
    assert (None if found is None else found.match) == (None if expected is None else expected.group())


@settings(max_examples=300, deadline=None)
@for_all(st.text("ab()[]{}?*+.^$|\\-,1:=!<>kd", max_size=12), st.text("ab-1", max_size=12))
def test_no_pattern_takes_more_than_its_bound(pattern: str, text: str) -> None:
    left = 20_000

    def spend(work: int) -> None:
        nonlocal left
        left -= work
        if left < 0:
            raise timeout()

    try:
        Regex(pattern, "").search(text, 0, spend)
    except JsonataSyntaxError:
        assume(False)
    except JsonataError as error:
        assert error.code is None
