"""Who receives mail: accounts with a rule set, the port that mail comes in by, a function that rules call."""

import contextlib
import itertools
import json
import smtplib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

from tests.integrations.ses.mail_server import connected
from tests.integrations.ses.users import User

_accounts = itertools.count(520_000_000_000)
MAIL = (
    b'From: "Doe, Ann" <ann@other.org>, bob@other.org\r\nTo: help@example.com\r\n'
    b"Subject: =?utf-8?q?H=C3=A4llo?=\r\nMessage-ID: <1@other.org>\r\n\r\nPlease help\r\n"
)


@dataclass
class Function:
    """A function at a URL: what it was given, and what it is to answer. An Exception: it fails."""

    given: "Queue[dict[str, Any]]" = field(default_factory=Queue)
    answers: "Queue[Any]" = field(default_factory=Queue)


@dataclass(frozen=True)
class Place:
    endpoint: str
    port: int
    folder: Path
    function: Function

    def user(self, *domains: str) -> "Receiver":
        found = Receiver(self.endpoint, str(next(_accounts)), self.folder)
        found.verify(*(domains or (f"d{found.account}.com",)))
        object.__setattr__(found, "place", self)
        ses = found.client("ses")
        ses.create_receipt_rule_set(RuleSetName="main")
        ses.set_active_receipt_rule_set(RuleSetName="main")
        return found

    def send(self, to: list[str], mail: bytes = MAIL, source: str = "ann@other.org", tls: bool = False) -> Any:
        connected(self.port).close()
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as client:
            if tls:
                client.starttls()
            client.ehlo()
            client.docmd("MAIL", f"FROM:<{source}>")
            for one in to:
                code, said = client.docmd("RCPT", f"TO:<{one}>")
                if code != 250:
                    return code, said.decode()
            code, said = client.data(mail)
            return code, said.decode()


@dataclass(frozen=True)
class Receiver(User):
    """An account with a domain of its own, and an active rule set without rules."""

    @property
    def domain(self) -> str:
        return f"d{self.account}.com"

    def rule(self, *actions: dict[str, Any], **members: Any) -> None:
        """Behind the rules that are there."""
        ses = self.client("ses")
        names = [one["Name"] for one in ses.describe_receipt_rule_set(RuleSetName="main")["Rules"]]
        made = {"Name": f"rule{len(names)}", "Enabled": True, "ScanEnabled": True, "Actions": list(actions), **members}
        where = {"After": names[-1]} if names else {}
        ses.create_receipt_rule(RuleSetName="main", Rule=made, **where)

    def topic(self, name: str = "mails") -> tuple[str, str]:
        """A topic, and the queue that gets what is published there."""
        topic = self.client("sns").create_topic(Name=name)["TopicArn"]
        url = self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        queue = topic.replace(":sns:", ":sqs:")
        attributes = {"RawMessageDelivery": "true"}
        self.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)
        return topic, url

    def told(self, queue: str) -> dict[str, Any]:
        """The next notification in the queue."""
        sqs = self.client("sqs")
        (got,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=got["ReceiptHandle"])
        found: dict[str, Any] = json.loads(got["Body"])
        return found

    def nothing_more(self, queue: str) -> bool:
        return "Messages" not in self.client("sqs").receive_message(QueueUrl=queue)

    def function(self) -> str:
        return f"arn:aws:lambda:us-east-1:{self.account}:function:handle"


@contextlib.contextmanager
def answering() -> Iterator[tuple[str, Function]]:
    """A function at a URL, and what it is to answer."""
    told = Function()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.given.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = told.answers.get(timeout=20)
            failed = isinstance(answer, Exception)
            body = json.dumps({"errorMessage": str(answer), "errorType": "Bad"} if failed else answer).encode()
            self.send_response(200)
            if failed:
                self.send_header("X-Amz-Function-Error", "Unhandled")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", told
    finally:
        server.shutdown()
        server.server_close()
