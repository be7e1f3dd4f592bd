"""The program that ends what a killed server leaves behind: one process beside the server, started by children.py.

It reads lines, `+GROUP` when the server has started a process group and `-GROUP` when that is gone. The end of its
input means that the server is gone, however it died: the groups still known are killed. Standard library only.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        if line.startswith("+"):
            groups.add(int(line[1:]))
        else:
            groups.discard(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
