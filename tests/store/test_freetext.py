"""Texts that Postgres cannot hold as they are: stored otherwise, and read back the same."""

from hypothesis import given
from hypothesis import strategies as st

from engine.store.freetext import original, stored


@given(st.text(alphabet=st.sampled_from("\0\x1a01aÄ🚀")) | st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back_and_is_fit_for_postgres(text: str) -> None:
    assert "\0" not in stored(text)
    assert original(stored(text)) == text


@given(st.text(alphabet=st.sampled_from("\ud800\udfffaÄ\0")))
def test_half_a_surrogate_pair_becomes_a_question_mark(text: str) -> None:
    stored(text).encode()
    assert original(stored(text)) == "".join("?" if "\ud800" <= char <= "\udfff" else char for char in text)
