"""The refusals of Secrets Manager, in AWS's words where they are known. None of them repeats a value."""

from engine.errors import ServiceError


def invalid_parameter(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)


def invalid_request(message: str) -> ServiceError:
    return ServiceError("InvalidRequestException", message)


def invalid_name() -> ServiceError:
    """Not in the service's model, which is why a Task meets SecretsManager.SecretsManagerException."""
    return ServiceError(
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )


def no_secret() -> ServiceError:
    return ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")


def no_value(kind: str, name: str) -> ServiceError:
    """`kind`: "staging label" or "VersionId"."""
    text = f"Secrets Manager can't find the specified secret value for {kind}: {name}"
    return ServiceError("ResourceNotFoundException", text)


def marked_for_deletion() -> ServiceError:
    return invalid_request("You can't perform this operation on the secret because it was marked for deletion.")


def name_being_deleted() -> ServiceError:
    return invalid_request(
        "You can't create this secret because a secret with this name is already scheduled for deletion."
    )


def secret_exists(name: str) -> ServiceError:
    return ServiceError("ResourceExistsException", f"The operation failed because the secret {name} already exists.")


def token_in_use(token: str, arn: str) -> ServiceError:
    return ServiceError(
        "ResourceExistsException",
        f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}.",
    )


def limit_exceeded(message: str) -> ServiceError:
    return ServiceError("LimitExceededException", message)


def decryption_failure(why: str) -> ServiceError:
    return ServiceError("DecryptionFailure", f"Secrets Manager can't decrypt the protected secret text. {why}")


def replica_is_read_only() -> ServiceError:
    text = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
    return invalid_parameter(text)


def unsupported(member: str, why: str) -> ServiceError:
    """A member of a request that AWS honours and this server cannot."""
    return invalid_parameter(f"The parameter '{member}' is not supported by this server: {why}")


def bad_page_token() -> ServiceError:
    return ServiceError("InvalidNextTokenException", "The NextToken value is invalid.")
