"""Page tokens: they lead where they say, only for their own query and a day, and all others are refused."""

import base64
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.api.paging import Seal
from engine.errors import ServiceError
from tests.api.machines import ROLE

KEY, NOW = b"k" * 32, 1_800_000_000_000
QUERY = ("ListThings", "123456789012", "us-east-1", None)
_CURSORS = st.one_of(
    st.integers(0, 2**63 - 1), st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=300)
)


def _seal(*query: Any, key: bytes = KEY, now_ms: int = NOW) -> Seal:
    return Seal(key, orjson.dumps(query or QUERY), now_ms)


@given(_CURSORS)
def test_a_token_leads_to_its_cursor(cursor: Any) -> None:
    assert _seal().cursor(_seal().token(cursor)) == cursor


def test_the_longest_token_fits_the_model() -> None:
    assert len(_seal().token("x" * 256)) <= 1024


def _refused(token: str, seal: Seal) -> bool:
    try:
        seal.cursor(token)
    except ServiceError as error:
        assert (error.code, error.message) == ("InvalidToken", "Invalid Token: 'Invalid token'")
        return True
    return False


@pytest.mark.parametrize("token", ["x", "xxxx", "ä", "=" * 9, "-_-_", "A" * 1024, "\ud800", " ", "a.b.c", ""])
def test_nonsense_is_refused(token: str) -> None:
    assert _refused(token, _seal())


@given(_CURSORS, st.text(max_size=5))
def test_a_token_of_another_query_is_refused(cursor: Any, other: str) -> None:
    token = _seal().token(cursor)
    assert _refused(token, _seal(*QUERY[:3], other))
    assert _refused(token, _seal(*QUERY, None))


def test_a_token_holds_for_a_day() -> None:
    token = _seal().token(7)
    assert _seal(now_ms=NOW + limits.PAGE_TOKEN_SECONDS * 1000).cursor(token) == 7
    assert _refused(token, _seal(now_ms=NOW + limits.PAGE_TOKEN_SECONDS * 1000 + 1))


def test_a_token_of_another_database_is_refused() -> None:
    assert _refused(_seal(key=b"l" * 32).token(7), _seal())


@given(st.integers(0, 2**40), st.data())
def test_a_damaged_token_is_refused(cursor: int, data: st.DataObject) -> None:
    token = _seal().token(cursor)
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("ABCabc019").filter(lambda letter: letter != token[place]))
    assert _refused(token[:place] + other + token[place + 1 :], _seal())
    assert _refused(token[:place], _seal())


@given(st.text())
def test_any_text_is_a_token_or_invalid(token: str) -> None:
    assert _refused(token, _seal())


def test_pages_of_a_server(lonely: Any) -> None:
    for number in range(3):
        definition = '{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}'
        lonely.create_state_machine(name=f"paged-{number}", definition=definition, roleArn=ROLE)
    for size in ({}, {"maxResults": 0}, {"maxResults": 1000}):
        assert len(lonely.list_state_machines(**size)["stateMachines"]) == 3
    page = lonely.list_state_machines(maxResults=2)
    rest = lonely.list_state_machines(nextToken=page["nextToken"])
    names = [found["name"] for found in page["stateMachines"] + rest["stateMachines"]]
    assert names == ["paged-0", "paged-1", "paged-2"] and "nextToken" not in rest
    raw = base64.urlsafe_b64decode(page["nextToken"] + "==")
    invented = base64.urlsafe_b64encode(raw[:16] + b"{").decode()
    for call, token in [
        (lonely.list_activities, page["nextToken"]),
        (lonely.list_state_machines, invented),
    ]:
        with pytest.raises(ClientError) as refused:
            call(nextToken=token)
        assert refused.value.response["Error"] == {"Code": "InvalidToken", "Message": "Invalid Token: 'Invalid token'"}
