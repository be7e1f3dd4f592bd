"""The refusals of Amazon SNS, in AWS's words. Codes are those of the wire: `NotFound`, not `NotFoundException`."""

from engine.errors import ServiceError


def invalid(reason: str) -> ServiceError:
    return ServiceError("InvalidParameter", f"Invalid parameter: {reason}")


def invalid_value(message: str) -> ServiceError:
    return ServiceError("ParameterValueInvalid", message)


def unsupported(what: str, why: str) -> ServiceError:
    """Something that AWS honours and this server cannot."""
    return invalid(f"{what} is not supported by this server: {why}")


def no_topic() -> ServiceError:
    return ServiceError("NotFound", "Topic does not exist", 404)


def no_subscription() -> ServiceError:
    return ServiceError("NotFound", "Subscription does not exist", 404)


def no_endpoint() -> ServiceError:
    return ServiceError("NotFound", "Endpoint does not exist", 404)


def no_application() -> ServiceError:
    return ServiceError("NotFound", "PlatformApplication does not exist", 404)


def no_resource() -> ServiceError:
    return ServiceError("ResourceNotFound", "Resource does not exist", 404)


def not_authorized(user: str, action: str, resource: str, because: str) -> ServiceError:
    text = f"User: {user} is not authorized to perform: SNS:{action} on resource: {resource} {because}"
    return ServiceError("AuthorizationError", text, 403)


def limit_exceeded(code: str, message: str) -> ServiceError:
    return ServiceError(code, message, 403)
