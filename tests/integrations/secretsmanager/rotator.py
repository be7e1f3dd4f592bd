"""A rotation function as people write them, behind the URL of a scripted server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.integrations.scripted import Asked, Reply, Scripted

Event = dict[str, Any]


@dataclass
class Rotator:
    """`failures`: step -> how often it still fails. `events`: all that it was called with, in order."""

    scripted: Scripted
    client: Any = None
    events: list[Event] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    lazy: bool = False  # it answers, and does nothing
    with_token: bool = False  # it hands the RotationToken back
    before: Callable[[Event], None] = lambda event: None  # is called when a step begins

    def __post_init__(self) -> None:
        self.scripted.replies["POST /2015-03-31/functions/function/invocations"] = self.answer

    def of(self, arn: str) -> list[Event]:
        return [event for event in self.events if event["SecretId"] == arn]

    def steps(self, arn: str) -> list[str]:
        return [event["Step"] for event in self.of(arn)]

    def answer(self, asked: Asked) -> Reply:
        event = asked.json
        self.events.append(event)
        self.before(event)
        if self.failures.get(event["Step"], 0) > 0:
            self.failures[event["Step"]] -= 1
            error = {"errorMessage": "the password is hunter2", "errorType": "Boom"}
            return Reply(error, headers={"X-Amz-Function-Error": "Unhandled"})
        if not self.lazy:
            getattr(self, event["Step"])(event)
        return Reply("null")

    def createSecret(self, event: Event) -> None:
        arn, token = event["SecretId"], event["ClientRequestToken"]
        more = {"RotationToken": event["RotationToken"]} if self.with_token else {}
        self.client.put_secret_value(
            SecretId=arn, ClientRequestToken=token, SecretString=f"new {token}", VersionStages=["AWSPENDING"], **more
        )

    def setSecret(self, event: Event) -> None:
        self.client.get_secret_value(SecretId=event["SecretId"], VersionStage="AWSPENDING")

    def testSecret(self, event: Event) -> None:
        self.client.describe_secret(SecretId=event["SecretId"])

    def finishSecret(self, event: Event) -> None:
        arn, token = event["SecretId"], event["ClientRequestToken"]
        versions = self.client.describe_secret(SecretId=arn)["VersionIdsToStages"]
        current = next((version for version, stages in versions.items() if "AWSCURRENT" in stages), None)
        if current != token:
            removed = {} if current is None else {"RemoveFromVersionId": current}
            self.client.update_secret_version_stage(
                SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, **removed
            )
