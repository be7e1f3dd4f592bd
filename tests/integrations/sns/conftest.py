"""A real server with SNS and SQS, over SQLite and over Postgres, on a clock that tests move; boto3 clients of it; an
HTTP server in this process that is subscriber, webhook and function."""

import itertools
import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.config import Endpoints, FunctionSettings, NotificationSettings, Settings, UrlTarget
from engine.config.ses import RelaySettings, SesSettings
from tests.in_process import running_server
from tests.integrations.clients import client_of
from tests.integrations.scripted import Scripted, scripted
from tests.integrations.ses.fake_relay import FakeRelay, running
from tests.postgres import new_database

ACCOUNT, OTHER = "000000000000", "111111111111"
PUBLIC_URL = "https://statewright.test"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Served:
    endpoint: str
    web: Scripted
    folder: Path
    relay: FakeRelay

    def client(self, service: str = "sns", account: str = ACCOUNT, region: str = "us-east-1") -> Any:
        return client_of(self.endpoint, service, account, region)

    def clock(self, **move: Any) -> float:
        """Move the clock and settle; the time in seconds."""
        body = json.dumps(move or {"settle": True}).encode()
        request = urllib.request.Request(f"{self.endpoint}/_statewright/clock", body, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return float(json.load(answer)["epochSeconds"])

    def seconds(self, number: float) -> float:
        return self.clock(advanceSeconds=number)

    def outgoing(self, kind: str, account: str = ACCOUNT) -> list[dict[str, Any]]:
        """What went out by a way that the server has not, and was kept."""
        scope = f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/sns/aws4_request"
        found: list[dict[str, Any]] = []
        while True:
            url = f"{self.endpoint}/_aws/sns/outgoing?kind={kind}&after={found[-1]['id'] if found else 0}"
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": scope})) as answer:
                page = json.load(answer)["messages"]
            if not page:
                return found
            found += page

    def mails(self, address: str, account: str = ACCOUNT) -> list[dict[str, Any]]:
        """What an address got, as SES's inbox shows it."""
        scope = f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/ses/aws4_request"
        found: list[dict[str, Any]] = []
        while True:
            url = f"{self.endpoint}/_aws/ses?after={found[-1]['Sequence'] if found else 0}"
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": scope})) as answer:
                page = json.load(answer)["messages"]
            if not page:
                return [mail for mail in found if mail["Destination"]["ToAddresses"] == [address]]
            found += page


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("sns")
    db = new_database() if request.param == "postgres" else f"sqlite:///{folder / 'statewright.db'}"
    with scripted() as web, running(FakeRelay()) as relay:
        settings = Settings(
            port=0,
            db=db,
            public_url=PUBLIC_URL,
            endpoints=Endpoints(services={"s3": web.url}),
            ses=SesSettings(relay=RelaySettings("127.0.0.1", relay.port)),
            test_controls=True,
            functions={"take": FunctionSettings(UrlTarget(f"{web.url}/function"), folder)},
            sns=NotificationSettings(push_webhook=f"{web.url}/push"),
            firehose=folder / "streams",
        )

        with running_server(settings) as url:
            yield Served(url, web, folder, relay)


@pytest.fixture(scope="session")
def sns(served: Served) -> Any:
    return served.client()


@pytest.fixture(scope="session")
def sqs(served: Served) -> Any:
    return served.client("sqs")


@pytest.fixture
def web(served: Served) -> Scripted:
    served.web.reset()
    return served.web


@pytest.fixture
def alone(served: Served) -> Callable[..., Any]:
    """Makes clients of one account that nobody else uses."""
    account = f"{next(_numbers) + 400_000_000_000}"
    return lambda service="sns", region="us-east-1": served.client(service, account, region)


def new_name(suffix: str = "") -> str:
    return f"name-{next(_numbers)}{suffix}"


@pytest.fixture
def name() -> str:
    return new_name()


@pytest.fixture
def topic(sns: Any) -> str:
    """The ARN of a new topic."""
    return str(sns.create_topic(Name=new_name())["TopicArn"])


@pytest.fixture
def fifo_topic(sns: Any) -> str:
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    return str(sns.create_topic(Name=new_name(".fifo"), Attributes=attributes)["TopicArn"])


@dataclass(frozen=True)
class Queue:
    sqs: Any
    url: str
    arn: str

    def take(self) -> list[dict[str, Any]]:
        """All messages that are there, with all that they have."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
            ).get("Messages", [])
            if not page:
                return found
            for message in page:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            found += page

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.take()]

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies()]


def new_queue(sqs: Any, fifo: bool = False, **attributes: str) -> Queue:
    if fifo:
        attributes["FifoQueue"] = "true"
    url = sqs.create_queue(QueueName=new_name(".fifo" if fifo else ""), Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Queue(sqs, url, arn)


@pytest.fixture
def queue(sqs: Any) -> Queue:
    return new_queue(sqs)


@pytest.fixture
def fifo_queue(sqs: Any) -> Queue:
    return new_queue(sqs, fifo=True)
