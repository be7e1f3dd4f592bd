"""The log group that a machine's executions are to be logged to: it must be there when the machine names it.

AWS finds that out with the role of the machine, and words it so. A group that is deleted later takes nothing more.
"""

from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.log_settings import log_settings
from engine.runtime.protocol import EngineTransaction


def check_log_destination(tx: EngineTransaction, caller: Caller, logging: str) -> None:
    """`logging`: as the store keeps it. Raises ServiceError AccessDeniedException."""
    settings = log_settings(logging)
    if settings is None:
        return
    own = settings.log_group_arn.split(":")[3:5] == [caller.region, caller.account]
    if not own or not tx.takes_logs(settings.log_group_arn):
        text = "The state machine IAM Role is not authorized to access the Log Destination"
        raise ServiceError("AccessDeniedException", text)
