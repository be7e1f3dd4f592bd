"""The refusals of SQS, in AWS's words. Codes that are no shapes of the model (InvalidParameterValue) are AWS's too."""

from engine.errors import ServiceError


def no_queue() -> ServiceError:
    return ServiceError("QueueDoesNotExist", "The specified queue does not exist.")


def invalid_address(url: str) -> ServiceError:
    return ServiceError("InvalidAddress", f"The address {url} is not valid for this endpoint.")


def invalid_value(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)


def invalid_parameter(value: object, name: str, reason: str) -> ServiceError:
    return invalid_value(f"Value {value} for parameter {name} is invalid. Reason: {reason}")


def wrong_type(value: object, name: str) -> ServiceError:
    """What a standard queue does not take, or a FIFO queue."""
    return invalid_parameter(value, name, "The request include parameter that is not valid for this queue type.")


def invalid_combination(reason: str) -> ServiceError:
    return invalid_value(f"One or more parameters are invalid. Reason: {reason}")


def missing_parameter(name: str) -> ServiceError:
    return ServiceError("MissingParameter", f"The request must contain the parameter {name}.")


def invalid_attribute(name: str, reason: str = "") -> ServiceError:
    suffix = f" Reason: {reason}" if reason else ""
    return ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.{suffix}")


def unknown_attribute(name: str) -> ServiceError:
    return ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")


def name_exists(attribute: str) -> ServiceError:
    text = f"A queue already exists with the same name and a different value for attribute {attribute}"
    return ServiceError("QueueNameExists", text)


def deleted_recently() -> ServiceError:
    text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    return ServiceError("QueueDeletedRecently", text)


def purge_in_progress(name: str) -> ServiceError:
    text = f"Only one PurgeQueue operation on {name} is allowed every 60 seconds."
    return ServiceError("PurgeQueueInProgress", text, 403)


def over_limit(message: str) -> ServiceError:
    return ServiceError("OverLimit", message, 403)


def unsupported(message: str) -> ServiceError:
    return ServiceError("UnsupportedOperation", message)


def no_resource(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", message, 404)


def invalid_contents(character: str) -> ServiceError:
    """As AWS's users have shown it: Particular/NServiceBus.AmazonSQS#2630, asim/nitro-plugins#437."""
    text = (
        f"Invalid binary character '#x{ord(character):X}' was found in the message body, the set of allowed characters "
        "is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]."
    )
    return ServiceError("InvalidMessageContents", text)


def invalid_handle(handle: str) -> ServiceError:
    """What is no receipt handle [re:Post, "sqs-receipt-handle-error"; so are the two below]."""
    text = f'The input receipt handle "{handle}" is not a valid receipt handle.'
    return ServiceError("ReceiptHandleIsInvalid", text, 404)


def foreign_handle(handle: str) -> ServiceError:
    """One that another queue gave; aws/aws-sdk-java-v2#3101 shows it."""
    text = f'The receipt handle "{handle}" is not valid for this queue.'
    return ServiceError("ReceiptHandleIsInvalid", text, 404)


def expired_handle(handle: str) -> ServiceError:
    return invalid_parameter(handle, "ReceiptHandle", "The receipt handle has expired.")


def not_in_flight(handle: str) -> ServiceError:
    reason = "Message does not exist or is not available for visibility timeout change."
    return invalid_parameter(handle, "ReceiptHandle", reason)
