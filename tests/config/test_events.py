"""`[events]`: what is read, and what is refused with which words."""

from pathlib import Path

import pytest

from engine.config import EventSettings, SettingsError, load_settings


def load(folder: Path, text: str) -> EventSettings | None:
    file = folder / "statewright.toml"
    file.write_text(text)
    return load_settings({}, {}, file).events


QUEUE = "arn:aws:sqs:us-east-1:000000000000:changes"
READ = [
    ("", None),
    ('[events]\ntarget = "http://127.0.0.1:9000/changes"', EventSettings("http://127.0.0.1:9000/changes")),
    ('[events]\ntarget = "events"\n[endpoints]\nevents = "http://127.0.0.1:1"', EventSettings(None)),
    (f'[events]\ntarget = "{QUEUE}"', EventSettings(None, queue_arn=QUEUE)),
    (f'[events]\ntarget = "{QUEUE}.fifo"', EventSettings(None, queue_arn=f"{QUEUE}.fifo")),
    ('[events]\ntarget = "events"\nbus = "orders"\n[endpoints]\ndefault = "aws"', EventSettings(None, "orders")),
]


@pytest.mark.parametrize(("text", "wanted"), READ)
def test_read(tmp_path: Path, text: str, wanted: EventSettings | None) -> None:
    assert load(tmp_path, text) == wanted


REFUSED = [
    ("events = 1", 'expected a table with target = "http://..."'),
    ("[events]", "events: target is missing"),
    (
        '[events]\ntarget = "ftp://a"',
        """expected "http://host:port/path", "events", or the ARN of an SQS queue, not 'ftp://a'""",
    ),
    (f'[events]\ntarget = "{QUEUE}"\nbus = "b"', 'events.bus: means nothing without target = "events"'),
    (f'[events]\ntarget = "{QUEUE}:x"', "not '" + QUEUE),
    ('[events]\ntarget = "events"', 'events.target: "events" needs an endpoint: [endpoints] events = "http://..."'),
    ('[events]\ntarget = "http://a"\nbus = "b"', 'events.bus: means nothing without target = "events"'),
    ('[events]\ntarget = "http://a"\nrule = "x"', "events.rule: unknown key"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=[problem[:40] for _, problem in REFUSED])
def test_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text)
    assert any(problem in said for said in error.value.problems), error.value.problems
