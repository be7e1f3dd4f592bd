"""GetResourcePolicy, PutResourcePolicy, DeleteResourcePolicy, ListResourcePolicies, ValidateResourcePolicy."""

from typing import Any

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.secretsmanager import store
from integrations.secretsmanager.errors import bad_page_token, invalid_parameter
from integrations.secretsmanager.finding import find_live, find_primary, primary_of
from integrations.secretsmanager.policy_rules import UNSUPPORTED_PRINCIPAL, is_public, malformed, read_policy

Request = dict[str, Any]
Response = dict[str, Any]

DEFAULT = "default"  # the only policy of a secret that users may change


def get_resource_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetResourcePolicy."""
    secret = find_live(tx, caller, request["SecretId"], "GetResourcePolicy")
    if request.get("PolicyName", DEFAULT) != DEFAULT:
        raise ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified resource policy.")
    response: Response = {"ARN": secret.arn, "Name": secret.name}
    policy = primary_of(tx, secret).policy
    if policy is not None:
        response |= {"ResourcePolicy": policy}
    return response


def put_resource_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PutResourcePolicy."""
    _check_policy_name(request)
    secret = find_primary(tx, caller, request["SecretId"], "PutResourcePolicy")
    statements = _readable(request["ResourcePolicy"])
    if request.get("BlockPublicPolicy") and any(map(is_public, statements)):
        raise ServiceError(
            "PublicPolicyException",
            "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to "
            "the secret.",
        )
    _set_policy(tx, secret.id, request["ResourcePolicy"])
    return {"ARN": secret.arn, "Name": secret.name}


def _readable(policy: str) -> list[dict[str, Any]]:
    """What is wrong with a policy AWS does not say here; ValidateResourcePolicy says it."""
    try:
        return read_policy(policy)
    except ServiceError as error:
        if error.message == UNSUPPORTED_PRINCIPAL:
            raise
        raise malformed("This resource policy contains a syntax error.") from None


def delete_resource_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteResourcePolicy; where there is none nothing happens."""
    _check_policy_name(request)
    secret = find_primary(tx, caller, request["SecretId"], "DeleteResourcePolicy")
    _set_policy(tx, secret.id, None)
    return {"ARN": secret.arn, "Name": secret.name}


def list_resource_policies(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListResourcePolicies: `default`, where there is one. There is never a second page."""
    secret = find_live(tx, caller, request["SecretId"], "ListResourcePolicies")
    if request.get("NextToken") is not None:
        raise bad_page_token()
    has_one = primary_of(tx, secret).policy is not None
    return {"ResourcePolicies": [{"PolicyName": DEFAULT}] if has_one else []}


def validate_resource_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ValidateResourcePolicy: what is wrong with a policy, attached or not."""
    if request.get("SecretId") is not None:
        find_live(tx, caller, request["SecretId"], "ValidateResourcePolicy")
    try:
        statements = read_policy(request["ResourcePolicy"])
    except ServiceError as error:
        if error.code != malformed("").code:
            raise
        return _findings([("SYNTAX_CHECK", error.message)])
    if any(map(is_public, statements)):
        text = "The policy allows broad access to the secret: it names no principal, and no condition narrows it down."
        return _findings([("PUBLIC_POLICY_CHECK", text)])
    return _findings([])


def _findings(found: list[tuple[str, str]]) -> Response:
    return {
        "PolicyValidationPassed": not found,
        "ValidationErrors": [{"CheckName": name, "ErrorMessage": text} for name, text in found],
    }


def _check_policy_name(request: Request) -> None:
    if request.get("PolicyName", DEFAULT) != DEFAULT:
        raise invalid_parameter(f"The only resource policy that can be changed is {DEFAULT}.")


def _set_policy(tx: Transaction, secret_id: int, policy: str | None) -> None:
    store.change(tx.connection, secret_id, policy=policy, changed_ms=tx.moment.epoch_ms)
