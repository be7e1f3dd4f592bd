"""The rule for the names of machines, executions and activities.

1 to 80 characters; no white space, brackets, wildcards, the special characters below, control characters, lone
surrogates or noncharacters. Letters of any script are welcome. AWS: CreateStateMachine, parameter `name`.
"""

import re

from engine import limits
from engine.errors import ServiceError

_BARRED = r"\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U0010ffff"
_NAME = re.compile(rf"[^{_BARRED}]{{1,{limits.NAME_CHARS_MAX}}}")


def check_name(name: str) -> None:
    """Raise ServiceError InvalidName for a name that AWS refuses."""
    if _NAME.fullmatch(name) is None:
        raise ServiceError("InvalidName", f"Invalid Name: '{name}'")
