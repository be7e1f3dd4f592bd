"""How Step Functions spells the names of a service's model: as its own client, the AWS SDK for Java, does.

| in the model | in Java 2, and so in `aws-sdk:` Tasks | in optimised integrations |
|---|---|---|
| member `executionArn` | `ExecutionArn` | `ExecutionArn` |
| member `DBInstanceIdentifier` | `DbInstanceIdentifier` | `DBInstanceIdentifier` |
| member `equals` | `EqualsValue`, as every object of Java has an `equals` | `Equals` |
| error `InvalidToken` | `InvalidTokenException` | `InvalidTokenException` |
| service id `SFN`, `DynamoDB` | `Sfn`, `DynamoDb` | by a table of their own |

The rules are those by which the SDK's classes get their names: words are found at case changes, acronyms and digits.
"""

import re
from functools import lru_cache

_NOT_A_WORD = re.compile(r"[^A-Za-z0-9]+")
_SMALL_VERSION = re.compile(r"([^a-z]{2,})v([0-9]+)")
_CAPITAL_VERSION = re.compile(r"([^A-Z]{2,})V([0-9]+)")
_CASE_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])")
_AFTER_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_AFTER_DIGIT = re.compile(r"([0-9])([a-zA-Z])")


@lru_cache(maxsize=4_096)
def java_name(name: str) -> str:
    """A name of the model in Pascal case, word by word: `DBInstanceArn` is `DbInstanceArn`, `SESv2` is `SesV2`."""
    text = _NOT_A_WORD.sub(" ", name)
    text = _CAPITAL_VERSION.sub(r"\1 V\2 ", _SMALL_VERSION.sub(r"\1 v\2 ", text))
    text = _AFTER_ACRONYM.sub(r"\1 \2", _CASE_CHANGE.sub(" ", text))
    return "".join(word.capitalize() for word in _AFTER_DIGIT.sub(r"\1 \2", text).split())


def member_name(name: str) -> str:
    """A member as `aws-sdk:` Tasks spell it. Source: AWS Step Functions, "API naming conventions"."""
    return "EqualsValue" if name in ("equals", "Equals") else java_name(name)


def capitalised(name: str) -> str:
    """The model's own name with a capital at its start: what optimised integrations use."""
    return name[:1].upper() + name[1:]


def service_word(service_id: str) -> str:
    """The word for a service in names of errors and in causes: `Database Migration Service` is `DatabaseMigration`."""
    return java_name(service_id).removesuffix("Service")


def exception_name(error: str) -> str:
    """The class of an error shape: always an Exception."""
    if error.endswith("Fault"):
        error = error.removesuffix("Fault")
    elif error.endswith("Exception"):
        error = error.removesuffix("Exception")
    return f"{java_name(error)}Exception"


def operation_name(action: str) -> str:
    """The operation of an action: `describeDBInstances` is `DescribeDBInstances`."""
    return capitalised(action)
