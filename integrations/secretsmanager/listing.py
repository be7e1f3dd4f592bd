"""ListSecrets and BatchGetSecretValue.

A page looks at a bounded number of secrets: where filters let few of them through, it may be short, or empty, and have
a NextToken all the same, as AWS's pages may.
"""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from integrations.secretsmanager import store, version_store
from integrations.secretsmanager.errors import invalid_parameter
from integrations.secretsmanager.filters import Attributes, matches, needs_tags
from integrations.secretsmanager.finding import as_shown, primary_of
from integrations.secretsmanager.paging import page_token, read_page_token
from integrations.secretsmanager.store import Secret
from integrations.secretsmanager.versions import get_secret_value
from integrations.secretsmanager.views import listed

Request = dict[str, Any]
Response = dict[str, Any]

DEFAULT_SORT = "created-date"
BATCH_SIZE_MAX = 20


def list_secrets(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListSecrets."""
    size = request.get("MaxResults") or limits.PAGE_ITEMS_DEFAULT
    found, token = _page(tx, caller, request, size, with_deleted=bool(request.get("IncludePlannedDeletion")))
    labels = version_store.labels_of_many(tx.connection, [secret.content for secret in found])
    response: Response = {"SecretList": [listed(tx, secret, labels[secret.content]) for secret in found]}
    if token is not None:
        response["NextToken"] = token
    return response


def batch_get_secret_value(tx: Transaction, caller: Caller, request: Request) -> Response:
    """BatchGetSecretValue, by SecretIdList or by Filters. What cannot be had is in Errors."""
    ids, filters = request.get("SecretIdList"), request.get("Filters")
    if bool(ids) == bool(filters):
        raise invalid_parameter("You must include either Filters or SecretIdList, but not both.")
    token = None
    if ids:
        if request.get("MaxResults") is not None or request.get("NextToken") is not None:
            raise invalid_parameter("MaxResults and NextToken can only be used with Filters.")
        wanted = list(dict.fromkeys(ids))
    else:
        size = request.get("MaxResults") or BATCH_SIZE_MAX
        found, token = _page(tx, caller, request, size, with_deleted=False)
        wanted = [secret.arn for secret in found]
    response = _values(tx, caller, wanted)
    if token is not None:
        response["NextToken"] = token
    return response


def _values(tx: Transaction, caller: Caller, wanted: list[str]) -> Response:
    values, errors = [], []
    for secret_id in wanted:
        try:
            values.append(get_secret_value(tx, caller, {"SecretId": secret_id}))
        except ServiceError as error:
            errors.append({"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message})
    return {"SecretValues": values, "Errors": errors}


def _page(
    tx: Transaction, caller: Caller, request: Request, size: int, with_deleted: bool
) -> tuple[list[Secret], str | None]:
    """At most `size` secrets that the filters let through, and the token of the next page."""
    filters = request.get("Filters") or []
    if not all(one.get("Key") and one.get("Values") for one in filters):
        raise invalid_parameter("A filter needs a Key and Values.")
    sort_by = request.get("SortBy", DEFAULT_SORT)
    descending = request.get("SortOrder", "asc") == "desc"
    query = (caller.account, caller.region, filters, sort_by, descending, with_deleted)
    after = read_page_token(request.get("NextToken"), *query)
    most = limits.SECRETS_SCANNED_MAX if filters else size
    looked_at = store.page(
        tx.connection,
        caller.account,
        caller.region,
        sort_by,
        descending,
        after,
        most + 1,
        with_deleted,
    )
    found: list[Secret] = []
    for number, secret in enumerate(looked_at, 1):
        if matches(filters, _attributes(tx, secret, needs_tags(filters))):
            found.append(secret)
        if number < len(looked_at) and (len(found) == size or number == most):
            return found, page_token([store.sort_value(secret, sort_by), secret.id], *query)
    return found, None


def _attributes(tx: Transaction, secret: Secret, with_tags: bool) -> Attributes:
    primary = primary_of(tx, secret)
    pairs = tags.of_resource(tx.connection, primary.arn) if with_tags else []
    return Attributes(secret.name, as_shown(tx, secret).description or "", pairs, primary.region)
