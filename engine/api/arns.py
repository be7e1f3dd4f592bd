"""The ARNs of Step Functions, read and written.

| kind | form after `arn:PARTITION:states:REGION:ACCOUNT:` |
|---|---|
| stateMachine | `stateMachine:NAME`; qualified `stateMachine:NAME:VERSION_OR_ALIAS`; labelled `stateMachine:NAME/MAP` |
| execution | `execution:MACHINE:NAME` (Standard) |
| express | `express:MACHINE:NAME:UUID` |
| activity | `activity:NAME` |
| mapRun | `mapRun:MACHINE/LABEL:UUID`; children: `execution:MACHINE/LABEL:NAME`, `express:MACHINE/LABEL:NAME:UUID` |

Only the form is judged here; whether the thing exists, and for whom, is the business of `resources`. Names hold no
colon, so splitting at colons is exact.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.contract import Caller
from engine.errors import ServiceError

STATE_MACHINE: Final = "stateMachine"
EXECUTION: Final = "execution"
EXPRESS: Final = "express"
ACTIVITY: Final = "activity"
MAP_RUN: Final = "mapRun"

# How many names stand after the kind: least and most.
_NAMES: Final = {STATE_MACHINE: (1, 2), EXECUTION: (2, 2), EXPRESS: (3, 3), ACTIVITY: (1, 1), MAP_RUN: (2, 2)}

_VERSION = re.compile(r"[1-9][0-9]{0,18}")
_ALIAS = re.compile(r"(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]{1,80}")
_ROLE = re.compile(r"arn:aws[a-z0-9-]*:iam::\d{12}:role/[!-~]+")
_BARRED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Arn:
    """`names`: what stands after the kind, split at its colons."""

    text: str
    partition: str
    region: str
    account: str
    kind: str
    names: tuple[str, ...]

    @property
    def qualified(self) -> bool:
        """Whether it names a version or an alias of a machine."""
        return self.kind == STATE_MACHINE and len(self.names) == 2

    @property
    def unqualified(self) -> str:
        """The ARN of the machine that a version or an alias is of."""
        return self.text.rpartition(":")[0] if self.qualified else self.text

    @property
    def version(self) -> int | None:
        """The number, where it names a version of a machine."""
        return int(self.names[1]) if self.qualified and _VERSION.fullmatch(self.names[1]) else None

    @property
    def alias(self) -> str | None:
        """The name, where it names an alias of a machine."""
        return self.names[1] if self.qualified and _ALIAS.fullmatch(self.names[1]) else None

    @property
    def labelled(self) -> bool:
        """Whether it names a distributed Map state of a machine."""
        return self.kind == STATE_MACHINE and "/" in self.names[0]

    def belongs_to(self, caller: Caller) -> bool:
        return self.account == caller.account and self.region == caller.region and self.partition == caller.partition


@lru_cache(maxsize=4_096)  # the same machine is named again and again
def parse(text: str, *kinds: str) -> Arn:
    """The ARN, which must be of one of these kinds. Raises ServiceError InvalidArn in AWS's words."""
    parts = text.split(":")
    if parts[0] != "arn" or len(parts) < 2 or not parts[1].startswith("aws"):
        raise invalid(f"Invalid ARN prefix: {text}")
    if len(parts) < 7 or parts[2] != "states" or not all(parts[3:]) or _BARRED.search(text):
        raise invalid(f"Invalid ARN: {text}")
    _, partition, _, region, account, kind, *names = parts
    if kind not in kinds:
        raise invalid(f"Resource type not valid in this context: {kind}")
    least, most = _NAMES[kind]
    if not least <= len(names) <= most:
        raise invalid(f"Invalid ARN: {text}")
    return Arn(text, partition, region, account, kind, tuple(names))


def check_role(text: str) -> None:
    """Refuse what is not the ARN of an IAM role; whether the role exists is nobody's business here."""
    if _ROLE.fullmatch(text) is None:
        raise ServiceError("InvalidArn", f"Invalid Role Arn: '{text}'")


def invalid(detail: str) -> ServiceError:
    return ServiceError("InvalidArn", f"Invalid Arn: '{detail}'")


def machine_arn(caller: Caller, name: str) -> str:
    return caller.arn("states", f"{STATE_MACHINE}:{name}")


def qualified_arn(machine: str, qualifier: int | str) -> str:
    """The ARN of a version or an alias of the machine with this ARN."""
    return f"{machine}:{qualifier}"


def activity_arn(caller: Caller, name: str) -> str:
    return caller.arn("states", f"{ACTIVITY}:{name}")


def execution_arn(machine: str, name: str) -> str:
    """The ARN of a Standard execution of the machine with this ARN."""
    return f"{machine.replace(f':{STATE_MACHINE}:', f':{EXECUTION}:', 1)}:{name}"


def express_arn(machine: str, name: str, unique: str) -> str:
    """The ARN of an Express execution; `unique` is a UUID, as names repeat."""
    return f"{machine.replace(f':{STATE_MACHINE}:', f':{EXPRESS}:', 1)}:{name}:{unique}"


_EXPRESS_CHILD = re.compile(r"(?:[^:]*:){5}express:[^:/]+/")


def is_express_child(execution: str) -> bool:
    """Whether it is written as the ARN of a distributed Map's Express child."""
    return _EXPRESS_CHILD.match(execution) is not None


def machine_of(execution: str) -> str:
    """The ARN of the machine that a Standard or Express execution is of; of the Map state for a Map Run's child."""
    *head, kind, machine = execution.split(":")[:7]
    assert kind in (EXECUTION, EXPRESS), execution
    return ":".join([*head, STATE_MACHINE, machine])


def labelled_machine_of(map_run: str) -> str:
    """The ARN of the distributed Map state that a Map Run is of: `stateMachine:MACHINE/LABEL`."""
    return map_run.rpartition(":")[0].replace(f":{MAP_RUN}:", f":{STATE_MACHINE}:", 1)


def without_label(machine: str) -> str:
    """The ARN of the machine itself."""
    return machine.partition("/")[0]
