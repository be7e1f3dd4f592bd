"""Looking into queues without receiving, over the pages of a server with test controls and by `statewright queues`."""

import json
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import httpx
import pytest
from click.testing import CliRunner

from engine.cli.main import cli
from tests.integrations.serving import Served, served

PEEK, LOOK = "/_aws/sqs/messages", "/_statewright/queues/messages"
SENT = {"text": {"DataType": "String", "StringValue": "v"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\0"}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("peeking")
    with served(folder, "test_controls = true\n", {"PATH": str(Path(sys.executable).parent)}) as found:
        found.start()
        yield found


@pytest.fixture(scope="module")
def url(server: Served) -> str:
    """Of a queue of another account, with two messages to receive, one in flight and one delayed."""
    sqs = client(server)
    queue = str(sqs.create_queue(QueueName="orders")["QueueUrl"])
    sqs.send_message(QueueUrl=queue, MessageBody="taken")
    sqs.receive_message(QueueUrl=queue)
    sqs.send_message(QueueUrl=queue, MessageBody="first <one>", MessageAttributes=SENT)
    sqs.send_message(QueueUrl=queue, MessageBody="second", MessageGroupId="tenant")
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=60)
    return queue


def client(server: Served) -> Any:
    return boto3.client(
        "sqs",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="111111111111",
        aws_secret_access_key="x",
    )


def peek(server: Served, url: str, **more: str) -> list[dict[str, Any]]:
    answer = httpx.get(server.url + PEEK, params={"QueueUrl": url, **more}, headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    found: list[dict[str, Any]] = answer.json()["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]
    return found


def test_what_can_be_received_is_listed_and_stays(server: Served, url: str) -> None:
    for _ in range(2):
        first, second = peek(server, url)
        assert (first["Body"], second["Body"]) == ("first <one>", "second")
        system = {one["Name"]: one["Value"] for one in second["Attribute"]}
        assert (system["ApproximateReceiveCount"], system["MessageGroupId"]) == ("0", "tenant")
        assert {one["Name"]: one["Value"] for one in first["MessageAttribute"]} == {
            "text": {"StringValue": "v", "DataType": "String"},
            "bytes": {"BinaryValue": "AA==", "DataType": "Binary"},
        }


@pytest.mark.parametrize(
    ("more", "bodies"),
    [
        ({"ShowInvisible": "true"}, ["taken", "first <one>", "second"]),
        ({"ShowDelayed": "true"}, ["first <one>", "second", "later"]),
        ({"ShowInvisible": "true", "ShowDelayed": "true"}, ["taken", "first <one>", "second", "later"]),
    ],
)
def test_what_is_not_there_yet_or_in_flight_is_listed_on_demand(
    server: Served, url: str, more: dict[str, str], bodies: list[str]
) -> None:
    assert [one["Body"] for one in peek(server, url, **more)] == bodies


def test_it_is_the_xml_of_receive_message(server: Served, url: str) -> None:
    answer = httpx.get(server.url + PEEK, params={"QueueUrl": url})
    assert answer.headers["content-type"].startswith("text/xml")
    space = {"sqs": "http://queue.amazonaws.com/doc/2012-11-05/"}
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{{{space['sqs']}}}ReceiveMessageResponse"
    bodies = [one.text for one in root.findall("sqs:ReceiveMessageResult/sqs:Message/sqs:Body", space)]
    assert bodies == ["first <one>", "second"]


@pytest.mark.parametrize(
    ("params", "status", "text"),
    [
        ({}, 400, "QueueUrl"),
        ({"QueueUrl": "http://localhost/111111111111/nothing"}, 400, "does not exist"),
        ({"QueueUrl": "http://localhost/111111111111/orders", "ShowDelayed": "yes"}, 400, "ShowDelayed"),
    ],
)
def test_what_is_wrong_is_said(server: Served, url: str, params: dict[str, str], status: int, text: str) -> None:
    answer = httpx.get(server.url + PEEK, params=params)
    assert (answer.status_code, text in answer.text) == (status, True), answer.text


def run(server: Served, *arguments: str, account: str = "111111111111") -> str:
    result = CliRunner().invoke(cli, ["queues", *arguments, "--endpoint", server.url, "--account", account])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_lists_queues_with_their_counts(server: Served, url: str) -> None:
    (found,) = json.loads(run(server, "--json"))
    assert found == {"name": "orders", "url": url, "visible": 2, "inFlight": 1, "delayed": 1}
    assert run(server).splitlines()[1].split() == ["orders", "2", "1", "1"]
    assert run(server, account="222222222222") == ""


def test_the_command_shows_the_messages_of_a_queue(server: Served, url: str) -> None:
    found = json.loads(run(server, "orders", "--json"))
    assert [(one["body"], one["state"], one["receiveCount"], one["groupId"]) for one in found] == [
        ("taken", "in flight", 1, None),
        ("first <one>", "visible", 0, None),
        ("second", "visible", 0, "tenant"),
        ("later", "delayed", 0, None),
    ]
    assert found[1]["attributes"] == {"text": "v", "bytes": "(binary)"}
    lines = run(server, url).splitlines()
    assert len(lines) == 5 and "first <one>" in lines[2]


def test_the_command_says_that_a_queue_does_not_exist(server: Served) -> None:
    result = CliRunner().invoke(cli, ["queues", "nothing", "--endpoint", server.url])
    assert (result.exit_code, "does not exist" in result.output) == (1, True)


def test_without_test_controls_only_the_operator_looks(tmp_path: Path) -> None:
    with served(tmp_path, "", {"PATH": str(Path(sys.executable).parent)}) as plain:
        plain.start()
        client(plain).create_queue(QueueName="q")
        assert httpx.get(plain.url + PEEK, params={"QueueUrl": "q"}).status_code == 404
        run(plain, "q")
