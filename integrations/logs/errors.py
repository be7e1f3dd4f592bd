"""The refusals of CloudWatch Logs, in AWS's words."""

from engine.errors import ServiceError


def invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)


def unsupported(member: str, why: str) -> ServiceError:
    """A member of a request that AWS honours and this server cannot."""
    return invalid(f"The parameter '{member}' is not supported by this server: {why}")


def no_group() -> ServiceError:
    return ServiceError("ResourceNotFoundException", "The specified log group does not exist.")


def no_stream() -> ServiceError:
    return ServiceError("ResourceNotFoundException", "The specified log stream does not exist.")


def no_resource() -> ServiceError:
    return ServiceError("ResourceNotFoundException", "The specified resource does not exist.")


def group_exists() -> ServiceError:
    return ServiceError("ResourceAlreadyExistsException", "The specified log group already exists")


def stream_exists() -> ServiceError:
    return ServiceError("ResourceAlreadyExistsException", "The specified log stream already exists")
