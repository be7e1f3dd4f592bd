"""Random requests in the shapes of the model: each is answered, or refused with an error of AWS's; none is our bug."""

from random import Random
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine.contract import NotYet
from engine.errors import ServiceError
from engine.wire.service import load_service
from engine.wire.validation import compile_validator
from tests.integrations.sqs.calls import ACCOUNT
from tests.integrations.sqs.world import Json, World

REQUESTS = 600
ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:random"
TEXTS = [
    *("", "random", "random.fifo", "x" * 200, "é", "\ud800", "\x00", "😀", "All", "a.*", "true", "5", "{}", "[]", ARN),
    *("DelaySeconds", "Policy", "RedrivePolicy", "FifoQueue", "String", "Binary", "Number", "1e5", "AWSTraceHeader"),
    *(ACCOUNT, f'{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": 1}}'),
    '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": 5}, "Action": {"a": 1}, "Resource": [1]}]}',
    '{"Statement": [{"Effect": "Deny", "Principal": null, "Action": null}]}',
]
NUMBERS = [-(2**31), -1, 0, 1, 5, 10, 11, 30, 43_200, 2**31 - 1]
BLOBS = [b"", b"x", b"\xff" * 10]


class Requests:
    """`urls` and `handles` are of what there is."""

    def __init__(self, source: Random, urls: list[str]):
        self.source = source
        self.urls = urls
        self.handles = ["junk"]

    def value(self, shape: Shape) -> Any:
        choice = self.source.choice
        if isinstance(shape, StructureShape):
            return self.structure(shape)
        if isinstance(shape, ListShape):
            return [self.value(shape.member) for _ in range(choice([0, 1, 2, 11]))]
        if isinstance(shape, MapShape):
            return {self.value(shape.key): self.value(shape.value) for _ in range(choice([0, 1, 2]))}
        if shape.type_name == "string":
            return choice([*TEXTS, *self.urls, *self.handles])
        return choice({"blob": BLOBS, "boolean": [True, False]}.get(shape.type_name, NUMBERS))

    def structure(self, shape: StructureShape) -> Json:
        wanted = [name for name in shape.members if name in shape.required_members or self.source.random() < 0.4]
        made = {name: self.value(shape.members[name]) for name in wanted}
        if "QueueUrl" in made and self.source.random() < 0.8:
            made["QueueUrl"] = self.source.choice(self.urls)
        return made

    def learn(self, name: str, answer: Json) -> None:
        found = [message["ReceiptHandle"] for message in answer.get("Messages", [])]
        found += [answer["TaskHandle"]] if "TaskHandle" in answer else []
        self.handles = (self.handles + found)[-20:]


def test_random_requests(world: World) -> None:
    service, source = load_service("sqs"), Random(REQUESTS)
    requests = Requests(source, [world.queue("random"), world.queue("random.fifo")])
    names = sorted(service.operation_names - {"DeleteQueue"})
    validators = {name: compile_validator(service.operation(name)) for name in names}
    codes: set[str] = set()
    for number in range(REQUESTS):
        name = source.choice(names)
        shape = service.operation(name).input_shape
        assert shape is not None
        given = requests.structure(shape)
        try:
            validators[name](given)
        except ServiceError:
            continue
        [answer] = world.do((name, given))
        if isinstance(answer, ServiceError):
            codes.add(answer.code)
            assert answer.status < 500, (name, given, answer)
            continue
        assert not isinstance(answer, Exception), (name, given, answer)
        requests.learn(name, answer.answer if isinstance(answer, NotYet) else answer)
        if number % 50 == 0:
            world.forward(source.choice([0.1, 31, 400]))
            world.keep()
    assert {"InvalidParameterValue", "QueueDoesNotExist", "InvalidAttributeName", "ReceiptHandleIsInvalid"} <= codes
