"""A handler's module that fails while it is imported."""

raise LookupError("no configuration")
