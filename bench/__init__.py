"""The speed benchmark: `python -m bench` measures the server against a bare echo on the same machine, in one run."""
