"""Lists in pages: a token names the row that the next page begins after. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from engine import limits
from integrations.ses.errors import invalid

Row = TypeVar("Row")


def page_size(asked: int | None, default: int, most: int) -> int:
    """Of a MaxItems or PageSize. Raises ServiceError."""
    if asked is None or asked == 0:
        return default
    if not 0 < asked <= limits.SES_PAGE_MAX:
        raise invalid(f"The size of a page must be between 1 and {limits.SES_PAGE_MAX}")
    return min(asked, most)


def after_id(token: str | None) -> int:
    """The row's id that a token names. Raises ServiceError."""
    if not token:
        return 0
    if not (token.isascii() and token.isdecimal() and len(token) < 18):
        raise invalid("Invalid NextToken")
    return int(token)


def cut(rows: Sequence[Row], limit: int, token: Callable[[Row], Any]) -> tuple[Sequence[Row], dict[str, str]]:
    """Of one row more than a page: the page, and NextToken where more come."""
    if len(rows) <= limit:
        return rows, {}
    return rows[:limit], {"NextToken": str(token(rows[limit - 1]))}
