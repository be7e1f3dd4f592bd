"""The refusals of SES, by the names of v1's shapes; v2 has other names for the same ones, in one table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.contract import Caller, Transaction
from engine.errors import ServiceError

Function = Callable[[Transaction, Caller, dict[str, Any]], dict[str, Any]]

# v1 -> v2; names that are not here are the same in both.
V2_NAMES: Mapping[str, str] = {
    "AccountSendingPausedException": "SendingPausedException",
    "ConfigurationSetAlreadyExistsException": "AlreadyExistsException",
    "ConfigurationSetDoesNotExistException": "NotFoundException",
    "ConfigurationSetSendingPausedException": "SendingPausedException",
    "EventDestinationAlreadyExistsException": "AlreadyExistsException",
    "EventDestinationDoesNotExistException": "NotFoundException",
    "InvalidCloudWatchDestinationException": "BadRequestException",
    "InvalidConfigurationSetException": "BadRequestException",
    "InvalidFirehoseDestinationException": "BadRequestException",
    "InvalidSNSDestinationException": "BadRequestException",
    "AccessDenied": "AccessDeniedException",
    "CustomVerificationEmailInvalidContentException": "BadRequestException",
    "CustomVerificationEmailTemplateAlreadyExistsException": "AlreadyExistsException",
    "CustomVerificationEmailTemplateDoesNotExistException": "NotFoundException",
    "FromEmailAddressNotVerifiedException": "BadRequestException",
    "InvalidParameterValue": "BadRequestException",
    "InvalidPolicyException": "BadRequestException",
    "InvalidRenderingParameterException": "BadRequestException",
    "InvalidTemplateException": "BadRequestException",
    "InvalidTrackingOptionsException": "BadRequestException",
    "MissingRenderingAttributeException": "BadRequestException",
    "ProductionAccessNotGrantedException": "BadRequestException",
    "TemplateDoesNotExistException": "NotFoundException",
    "Throttling": "TooManyRequestsException",
}

_NOT_FOUND = 404  # of v2; v1 has 400 for all


def invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)


def unverified(names: Sequence[str], region: str) -> ServiceError:
    listed = ", ".join(names)
    text = f"Email address is not verified. The following identities failed the check in region {region.upper()}: "
    return ServiceError("MessageRejected", text + listed)


def throttled(message: str) -> ServiceError:
    return ServiceError("Throttling", message)


def paused(account: str) -> ServiceError:
    return ServiceError("AccountSendingPausedException", f"Email sending is disabled for account {account}.")


def no_configuration_set(name: str) -> ServiceError:
    text = f"Configuration set <{name}> does not exist."
    return ServiceError("ConfigurationSetDoesNotExistException", text)


def set_paused(name: str) -> ServiceError:
    text = f"Email sending is disabled for configuration set <{name}>."
    return ServiceError("ConfigurationSetSendingPausedException", text)


def no_template(name: str) -> ServiceError:
    return ServiceError("TemplateDoesNotExistException", f"Template {name} does not exist")


def invalid_template(why: str) -> ServiceError:
    return ServiceError("InvalidTemplateException", f"Template is invalid: {why}")


def invalid_data() -> ServiceError:
    return ServiceError("InvalidRenderingParameterException", "Template rendering data is invalid")


def missing_attribute(name: str) -> ServiceError:
    text = f"Attribute '{name}' is not present in the rendering data."
    return ServiceError("MissingRenderingAttributeException", text)


def refuse(request: Mapping[str, Any], *members: str) -> None:
    """Members that AWS honours and this server cannot."""
    for member in members:
        if request.get(member):
            raise invalid(f"The parameter {member} is not supported by this server.")


def in_v2(function: Function) -> Function:
    """The operation with its refusals under v2's names."""

    def renamed(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return function(tx, caller, request)
        except ServiceError as error:
            name = V2_NAMES.get(error.code, error.code)
            status = _NOT_FOUND if name == "NotFoundException" else error.status
            raise ServiceError(name, error.message, status, error.fields) from None

    return renamed
