"""The password of SES's SMTP interface, as AWS derives it from a secret access key.

One secret key has another password in each region (SES, Developer Guide, "Obtaining SES SMTP credentials"):

    key = "AWS4" + secret; for each of 11111111, REGION, ses, aws4_request, SendRawEmail: key = HMAC-SHA256(key, it)
    password = base64(0x04, key)
"""

import base64
import hashlib
import hmac

_VERSION = b"\x04"
_DATE = "11111111"


def smtp_password(secret_key: str, region: str) -> str:
    """The password with which the key's owner sends in the region."""
    key = f"AWS4{secret_key}".encode()
    for part in (_DATE, region, "ses", "aws4_request", "SendRawEmail"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(_VERSION + key).decode()
