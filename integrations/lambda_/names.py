"""The names of functions: a plain name, a partial ARN or a whole one, with or without a version or alias.

Functions are found by their plain name: the account, region and version of an ARN are taken as they are, because a
definition written for AWS names those of AWS.
"""

import re
from dataclasses import dataclass

# The pattern of FunctionName in Lambda's API, as its errors print it.
NAME_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
_NAME = re.compile(
    r"(arn:(?P<partition>aws[a-zA-Z-]*)?:lambda:)?"
    r"((?P<region>(eusc-)?[a-z]{2}((-gov)|(-iso[a-z]?))?-[a-z]+-\d):)?((?P<account>\d{12}):)?(function:)?"
    r"(?P<name>[a-zA-Z0-9-_.]+)(:(?P<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
    re.ASCII,
)
LATEST = "$LATEST"


@dataclass(frozen=True, slots=True)
class FunctionName:
    """`arn` has the qualifier at its end, if there is one."""

    name: str
    arn: str
    qualifier: str | None

    @property
    def version(self) -> str:
        """What runs: the version asked for; there are no aliases, so one of those stands for the newest."""
        return self.qualifier if self.qualifier is not None and self.qualifier.isdigit() else LATEST


def parse_name(text: str, account: str, region: str, qualifier: str | None = None) -> FunctionName | None:
    """The function that `text` names; `account` and `region` fill what it leaves out. None where it names none."""
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    place = f"{found['region'] or region}:{found['account'] or account}"
    arn = f"arn:{found['partition'] or 'aws'}:lambda:{place}:function:{found['name']}"
    chosen = found["qualifier"] or qualifier
    return FunctionName(found["name"], arn if chosen is None else f"{arn}:{chosen}", chosen)
