"""Times as the API shows them: epoch seconds with milliseconds, from the store's epoch milliseconds."""


def seconds(epoch_ms: int) -> float:
    return epoch_ms / 1000
