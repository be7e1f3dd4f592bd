"""Real state machines with their functions; `python -m examples.demo` runs one of them end to end."""
