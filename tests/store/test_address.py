"""URLs of databases: what is read of them, what is shown of them, and what is refused."""

import pytest

from engine.store import address
from engine.store.errors import StoreError

GOOD = [
    # URL, back end, path of the file, what people see
    ("sqlite:///sw.db", "sqlite", "sw.db", "sqlite:///sw.db"),
    ("sqlite:////var/lib/100%25.db", "sqlite", "/var/lib/100%.db", "sqlite:////var/lib/100%.db"),
    ("sqlite:///:memory:", "sqlite", None, "sqlite:///:memory:"),
    ("sqlite://", "sqlite", None, "sqlite:///:memory:"),
    ("postgresql://u:pw@h:5433/d", "postgresql", None, "postgresql://u:***@h:5433/d"),
    ("postgres://u@h/d", "postgresql", None, "postgresql://u@h/d"),
    ("postgresql+psycopg://u:pw@h/d", "postgresql", None, "postgresql://u:***@h/d"),
    ("postgresql:///d?password=pw&sslmode=require", "postgresql", None, "postgresql:///d?password=***&sslmode=require"),
]


@pytest.mark.parametrize(("url", "backend", "path", "shown"), GOOD)
def test_a_url_is_read_and_shown_without_its_password(url: str, backend: str, path: str | None, shown: str) -> None:
    found = address.parse(url)
    assert (found.backend, found.path, found.shown) == (backend, path, shown)


BAD = [
    # URL, what the message says
    ("", "cannot be read"),
    ("sw.db", "cannot be read"),
    ("postgresql//u:hunter2@h/d", "cannot be read"),
    ("postgresql://u:hunter2@h:port/d", "cannot be read"),
    ("postgresql+asyncpg://u:hunter2@h/d", "'postgresql+asyncpg:'"),
    ("mysql://u:hunter2@h/d", "'mysql:'"),
    ("postgresql://u:hunter2@h", "names no database"),
    ("sqlite://sw.db", "three slashes"),
    ("sqlite://u:hunter2@h/sw.db", "three slashes"),
    ("sqlite:///sw.db?mode=ro", "'mode'"),
]


@pytest.mark.parametrize(("url", "words"), BAD)
def test_a_bad_url_is_refused_without_its_password(url: str, words: str) -> None:
    with pytest.raises(StoreError) as refused:
        address.parse(url)
    assert words in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_secrets_are_taken_out_of_what_a_driver_says() -> None:
    found = address.parse("postgresql://u:a%2Fb@h/d?sslpassword=zz9")
    assert found.without_secrets("no a/b, no a%2Fb, no zz9, but u") == "no ***, no ***, no ***, but u"
