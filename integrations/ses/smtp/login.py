"""Who logs in by SMTP: an access key's id, and the password that is derived from its secret key for one region.

One port stands for the endpoints of all regions, so the password says which region is meant: it is the one for which
it is right.
"""

import hmac

from engine.config import AccessKey, Settings
from engine.config.smtp_password import smtp_password
from engine.contract import Caller, Transaction, Workplace
from engine.errors import ServiceError

_ACCOUNT_DIGITS = 12
_ARN_PARTS = 7  # arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME
# Where AWS has an SMTP endpoint.
REGIONS = (
    "us-east-1 us-east-2 us-west-1 us-west-2 af-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 "
    "ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 ca-central-1 ca-west-1 eu-central-1 "
    "eu-central-2 eu-north-1 eu-south-1 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 sa-east-1 "
    "us-gov-east-1 us-gov-west-1"
).split()


class Logins:
    """Calls are (user, password) -> the caller that these are; None: nobody's. Raises ServiceError where a secret
    cannot be read."""

    def __init__(self, settings: Settings, place: Workplace):
        self._settings = settings
        self._place = place
        self._regions = dict.fromkeys([settings.region, *REGIONS])

    async def __call__(self, user: str, password: str) -> Caller | None:
        key = self._settings.access_keys.get(user)
        if key is None:
            return None
        account = key.account or (user if user.isdecimal() and len(user) == _ACCOUNT_DIGITS else self._settings.account)
        secret_key = await self._secret_key(key, account)
        given = password.encode()
        for region in self._regions:
            if hmac.compare_digest(smtp_password(secret_key, region).encode(), given):
                return Caller(account, region, "aws-us-gov" if region.startswith("us-gov-") else "aws")
        return None

    async def _secret_key(self, key: AccessKey, account: str) -> str:
        if key.secret is None:
            return key.secret_key or ""
        name, owner = key.secret, _owner(key.secret, account, self._settings.region)

        def read(tx: Transaction) -> str:
            found = tx.call(owner, "secretsmanager", "GetSecretValue", {"SecretId": name}).get("SecretString")
            if not isinstance(found, str):
                raise ServiceError("InvalidParameterException", f"The secret {name} holds binary data and no text.")
            return found.strip()

        found: str = await self._place.write(read)
        return found


def _owner(secret: str, account: str, region: str) -> Caller:
    """A name means a secret of the key's account in the configured region, an ARN just that one."""
    parts = secret.split(":", _ARN_PARTS - 1)
    if len(parts) == _ARN_PARTS and parts[0] == "arn":
        return Caller(parts[4], parts[3], parts[1])
    return Caller(account, region)
