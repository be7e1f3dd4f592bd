"""Task tokens: read back as they were made, and nothing else is read at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.runtime.tokens import TokenContent, Tokens

TOKENS = Tokens(b"s" * 32)
TOKEN_CHARS_MAX = 2_048  # of AWS's model
CONTENTS = st.builds(TokenContent, st.integers(0, 2**63 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))


def _make(content: TokenContent, tokens: Tokens = TOKENS) -> str:
    return tokens.make(content.key, content.branch, content.attempt)


@given(CONTENTS)
def test_a_token_says_what_it_was_made_of(content: TokenContent) -> None:
    token = _make(content)
    assert TOKENS.read(token) == content
    assert len(token) <= TOKEN_CHARS_MAX


@given(CONTENTS, st.integers(0, 40), st.integers(1, 255))
def test_a_token_with_any_byte_changed_is_none(content: TokenContent, place: int, change: int) -> None:
    token = _make(content)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place] ^= change
    assert TOKENS.read(base64.urlsafe_b64encode(raw).decode().rstrip("=")) is None


def test_a_part_of_a_token_is_none() -> None:
    token = _make(TokenContent(123, 4, 5))
    parts = [token[:length] for length in range(len(token))] + [token[start:] for start in range(1, len(token))]
    assert [part for part in parts if TOKENS.read(part) is not None] == []
    assert TOKENS.read(token + "AAAA") is None


def test_a_token_of_another_database_is_none() -> None:
    assert TOKENS.read(_make(TokenContent(1, 2, 3), Tokens(b"t" * 32))) is None


@pytest.mark.parametrize("text", ["", "=", "====", "ä" * 55, "\0", "A" * 55, "A" * 10_000, "A B", "\ud800", "+/" * 27])
def test_what_is_no_token_is_none(text: str) -> None:
    assert TOKENS.read(text) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert TOKENS.read(text) is None
