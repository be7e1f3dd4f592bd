"""EC2's errors: codes and texts in one place, as AWS words them."""

from engine.errors import ServiceError


def invalid_value(text: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", text)


def combination(text: str) -> ServiceError:
    return ServiceError("InvalidParameterCombination", text)


def missing(parameter: str) -> ServiceError:
    return ServiceError("MissingParameter", f"The request must contain the parameter {parameter}")


def malformed_group(identifier: str) -> ServiceError:
    """Of an empty id; others are kinds.check_id's."""
    return ServiceError("InvalidGroupId.Malformed", f"The security-group ID '{identifier[:100]}' is malformed")


def no_source_group() -> ServiceError:
    return ServiceError("MissingParameter", "Source group ID missing.")


def dependency(text: str) -> ServiceError:
    return ServiceError("DependencyViolation", text)


def malformed_cidr(text: str) -> ServiceError:
    return invalid_value(f"CIDR block {text[:100]} is malformed")


def unknown_rule() -> ServiceError:
    return ServiceError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")


def limit(code: str, text: str) -> ServiceError:
    return ServiceError(code, text)
