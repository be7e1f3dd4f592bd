"""The text of a secret, for settings that name one: of functions and of connections. Read each time that it is used."""

from engine.contract import Call, Caller, Perform
from engine.errors import ServiceError

_ARN_PARTS = 7  # arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME


class SecretUnavailable(Exception):
    """Why there is no text; never a part of it."""


async def secret_text(perform: Perform | None, call: Call, secret_id: str) -> str:
    """The SecretString of a secret's AWSCURRENT version. Raises SecretUnavailable.

    A name means the secret in the call's account and region, an ARN just that one. `perform` None: nothing is bound,
    as in a run without a server.
    """
    if perform is None:
        raise SecretUnavailable("secrets are kept by a server (statewright serve), and there is none")
    try:
        answer = await perform(_owner(call, secret_id), "secretsmanager", "GetSecretValue", {"SecretId": secret_id})
    except ServiceError as error:
        raise SecretUnavailable(f"{error.code}: {error.message}") from None
    text = answer.get("SecretString")
    if not isinstance(text, str):
        raise SecretUnavailable("it holds binary data and no text")
    return text


def _owner(call: Call, secret_id: str) -> Caller:
    parts = secret_id.split(":", _ARN_PARTS - 1)
    if len(parts) == _ARN_PARTS and parts[0] == "arn":
        return Caller(parts[4], parts[3], parts[1])
    return Caller(call.account, call.region)
