"""What is to be done with a mail: its actions in order, as they were when it came in, and how far it is. Pure.

A rule that is changed later changes nothing about mails that are here already. Each action is done for the recipients
that its rule took.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from integrations.ses.receiving.rules import Rule, matching

CONTINUE, STOP_RULE, STOP_RULE_SET = "CONTINUE", "STOP_RULE", "STOP_RULE_SET"
DISPOSITIONS = (CONTINUE, STOP_RULE, STOP_RULE_SET)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a mail came. `source`: of the envelope, empty for the null sender; `secure`: by TLS."""

    source: str
    peer: str
    helo: str
    secure: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One action: `kind` is the member of a ReceiptAction, `action` what it holds."""

    rule: str
    scanned: bool
    recipients: list[str]
    kind: str
    action: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """`recipients`: all of the mail in this account. `at`: the step that is next; `added`: headers, the last first.
    `verdicts`: of SPF, DKIM and DMARC, as verdicts.judging has them; empty where nobody judged."""

    message_id: str
    source: str
    recipients: list[str]
    steps: list[Step]
    at: int = 0
    added: tuple[tuple[str, str], ...] = ()
    verdicts: dict[str, str] = field(default_factory=dict)

    @property
    def current(self) -> Step | None:
        return self.steps[self.at] if self.at < len(self.steps) else None

    def after(self, disposition: str) -> "Plan":
        """The current step is done."""
        if disposition == STOP_RULE_SET:
            return replace(self, at=len(self.steps))
        at = self.at + 1
        if disposition == STOP_RULE:
            rule = self.steps[self.at].rule
            while at < len(self.steps) and self.steps[at].rule == rule:
                at += 1
        return replace(self, at=at)

    def with_header(self, name: str, value: str) -> "Plan":
        return replace(self, added=((name, value), *self.added))

    def text(self) -> str:
        return orjson.dumps(asdict(self)).decode()


def read(text: str) -> Plan:
    values = orjson.loads(text)
    steps = [Step(**step) for step in values.pop("steps")]
    added = tuple((name, value) for name, value in values.pop("added"))
    return Plan(**values, steps=steps, added=added)


def steps_of(rules: Sequence[Rule], recipients: Sequence[str]) -> list[Step]:
    """The actions of all rules that take the mail."""
    return [
        Step(rule["Name"], rule["ScanEnabled"], taken, *_only(action))
        for rule, taken in matching(rules, recipients)
        for action in rule["Actions"]
    ]


def _only(action: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    ((kind, members),) = ((name, value) for name, value in action.items() if value is not None)
    return kind, dict(members)
