"""The settings of [[event_sources]]."""

from pathlib import Path

import pytest

from engine.config import EventSourceSettings, SettingsError, load_settings

FUNCTION = '[functions.charge]\nhandler = "a:b"\n'


def load(folder: Path, text: str) -> tuple[EventSourceSettings, ...]:
    file = folder / "statewright.toml"
    file.write_text(FUNCTION + text)
    return load_settings({}, {}, file).event_sources


def source(*lines: str) -> str:
    return "\n".join(["[[event_sources]]", *lines, ""])


def test_none_is_the_default(tmp_path: Path) -> None:
    assert load(tmp_path, "") == ()


@pytest.mark.parametrize(
    ("target", "function"),
    [
        ("charge", True),
        ("arn:aws:lambda:us-east-1:000000000000:function:other", True),
        ("arn:aws:lambda:us-east-1:000000000000:function:other:LIVE", True),
        ("a-machine", False),
        ("arn:aws:states:us-east-1:000000000000:stateMachine:charge", False),
        ("arn:aws:states:us-east-1:000000000000:stateMachine:m:LIVE", False),
    ],
)
def test_what_a_target_is(tmp_path: Path, target: str, function: bool) -> None:
    (found,) = load(tmp_path, source('queue = "orders"', f'target = "{target}"'))
    assert (found.queue, found.target, found.function) == ("orders", target, function)
    assert (found.batch_size, found.enabled, found.maximum_concurrency) == (10, True, 5)


def test_all_that_can_be_set(tmp_path: Path) -> None:
    lines = [
        'queue = "arn:aws:sqs:eu-west-1:111111111111:orders"',
        'target = "charge"',
        "batch_size = 500",
        "batching_window_seconds = 3",
        "report_batch_item_failures = true",
        "maximum_concurrency = 2",
        "enabled = false",
    ]
    (found,) = load(tmp_path, source(*lines))
    assert found == EventSourceSettings(
        "arn:aws:sqs:eu-west-1:111111111111:orders", "charge", True, 500, 3, True, 2, False
    )


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (['target = "charge"'], "queue is missing"),
        (['queue = "q"'], "target is missing"),
        (['queue = "q q"', 'target = "charge"'], "expected the name or ARN of an SQS queue"),
        (['queue = "q"', 'target = "arn:aws:sns:us-east-1:000000000000:t"'], "expected a function or a state machine"),
        (['queue = "q"', 'target = "charge"', "batch_size = 0"], "expected a whole number from 1 to 10000"),
        (['queue = "q"', 'target = "charge"', "batch_size = 11"], "over 10 only with batching_window_seconds"),
        (['queue = "q.fifo"', 'target = "charge"', "batching_window_seconds = 1"], "means nothing for a FIFO queue"),
        (['queue = "q"', 'target = "charge"', "batching_window_seconds = 301"], "from 0 to 300"),
        (['queue = "q"', 'target = "m"', "maximum_concurrency = 2"], "means nothing for a state machine"),
        (['queue = "q"', 'target = "m"', "report_batch_item_failures = false"], "means nothing for a state machine"),
        (['queue = "q"', 'target = "charge"', "maximum_concurrency = 0"], "from 1 to 1000"),
        (['queue = "q"', 'target = "charge"', 'enabled = "no"'], "expected true or false"),
        (['queue = "q"', 'target = "charge"', "batchsize = 1"], "unknown key; did you mean batch_size?"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, lines: list[str], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, source('queue = "fine"', 'target = "charge"') + source(*lines))
    (said,) = refused.value.problems
    assert problem in said and "event_sources[2]" in said


@pytest.mark.parametrize("text", ['event_sources = "q"', "event_sources = [1]", "[event_sources]\nqueue = 'q'"])
def test_it_is_an_array_of_tables(tmp_path: Path, text: str) -> None:
    file = tmp_path / "statewright.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"expected tables \[\[event_sources\]\]"):
        load_settings({}, {}, file)


def test_so_many_batches_at_once_and_no_more(tmp_path: Path) -> None:
    greedy = source('queue = "q"', 'target = "charge"', "maximum_concurrency = 1000")
    assert len(load(tmp_path, greedy * 5)) == 5
    with pytest.raises(SettingsError, match="of all together is over 5000"):
        load(tmp_path, greedy * 5 + source('queue = "q"', 'target = "charge"', "maximum_concurrency = 1"))


def test_so_many_and_no_more(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="more than 100"):
        load(tmp_path, source('queue = "q"', 'target = "charge"') * 101)
