"""The environment of a function's process: the server's own, Lambda's variables, then what its settings say.

The server's settings (STATEWRIGHT_*, a database password among them) are not passed on.
"""

import os

from engine.config import FunctionSettings
from integrations.lambda_.names import LATEST

MEMORY_MB = "128"  # Lambda's default; nothing is limited by it


def process_environment(name: str, function: FunctionSettings, region: str) -> dict[str, str]:
    """Variables for a process of the function `name`."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("STATEWRIGHT_")}
    return inherited | _lambda_variables(name, function, region) | dict(function.environment)


def _lambda_variables(name: str, function: FunctionSettings, region: str) -> dict[str, str]:
    return {
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": MEMORY_MB,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": LATEST,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "LAMBDA_TASK_ROOT": str(function.directory),
    }
