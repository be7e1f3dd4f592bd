"""Page tokens: they lead where they say, only for their own query, and damaged ones are refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.paging import read_page
from engine.errors import ServiceError

QUERY = ("ListThings", "123456789012", "us-east-1", None)
_CURSORS = st.one_of(
    st.integers(0, 2**63 - 1), st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=300)
)


@given(_CURSORS)
def test_a_token_leads_to_its_cursor(cursor: Any) -> None:
    token = read_page({}, *QUERY).token(cursor)
    page = read_page({"nextToken": token, "maxResults": 7}, *QUERY)
    assert (page.cursor, page.size) == (cursor, 7)


def test_the_longest_token_fits_the_model() -> None:
    assert len(read_page({}, *QUERY).token("x" * 256)) <= 1024


# request, page size
SIZES = [({}, 100), ({"maxResults": 0}, 100), ({"maxResults": 1}, 1), ({"maxResults": 1000}, 1000)]


@pytest.mark.parametrize(("request_", "size"), SIZES)
def test_sizes(request_: dict[str, Any], size: int) -> None:
    assert read_page(request_, *QUERY).size == size


def _refused(token: str, *query: Any) -> bool:
    try:
        read_page({"nextToken": token}, *query)
    except ServiceError as error:
        assert (error.code, error.message) == ("InvalidToken", "Invalid Token: 'Invalid token'")
        return True
    return False


@pytest.mark.parametrize("token", ["x", "xxxx", "ä", "=" * 9, "-_-_", "A" * 1024, "\ud800", " ", "a.b.c"])
def test_nonsense_is_refused(token: str) -> None:
    assert _refused(token, *QUERY)


@given(_CURSORS, st.text(max_size=5))
def test_a_token_of_another_query_is_refused(cursor: Any, other: str) -> None:
    token = read_page({}, *QUERY).token(cursor)
    assert _refused(token, *QUERY[:3], other)
    assert _refused(token, *QUERY, None)


@given(st.integers(0, 2**40), st.data())
def test_a_damaged_token_is_refused(cursor: int, data: st.DataObject) -> None:
    token = read_page({}, *QUERY).token(cursor)
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("ABCabc019").filter(lambda letter: letter != token[place]))
    assert _refused(token[:place] + other + token[place + 1 :], *QUERY)
    assert _refused(token[:place], *QUERY)


@given(st.text())
def test_any_text_is_a_token_or_invalid(token: str) -> None:
    assert _refused(token, *QUERY)
