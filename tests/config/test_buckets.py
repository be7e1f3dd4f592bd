"""`[buckets]`: what is read, and what is refused with which words."""

from pathlib import Path

import pytest

from engine.config import BucketSettings, SettingsError, load_settings


def load(folder: Path, text: str) -> BucketSettings | None:
    file = folder / "statewright.toml"
    file.write_text(text)
    return load_settings({}, {}, file).buckets


def test_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert load(tmp_path, "") is None
    assert load(tmp_path, '[buckets]\nroot = "data"') == BucketSettings((tmp_path / "data").resolve())
    assert load(tmp_path, f'[buckets]\nroot = "{tmp_path}"') == BucketSettings(tmp_path.resolve())


REFUSED = [
    ("buckets = 1", 'expected a table with root = "a folder"'),
    ("[buckets]", "buckets: root is missing"),
    ("[buckets]\nroot = 1", "buckets.root: expected the path of a folder, not 1"),
    ('[buckets]\nroot = "nowhere"', "buckets.root: there is no folder"),
    ('[buckets]\nroot = "."\nendpoint = "x"', "buckets.endpoint: unknown key"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=[problem[:40] for _, problem in REFUSED])
def test_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text)
    assert any(problem in said for said in error.value.problems), error.value.problems
