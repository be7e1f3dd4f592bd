"""Runs `aws sqs` commands one after the other in one process: a JSON array of words a line on stdin, on stdout a line
of JSON with what it printed and its status. Starting the command anew costs a second each time.
The arguments of this process are added to each command."""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver  # type: ignore[import-untyped]


def main() -> None:
    driver = create_clidriver()
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = driver.main(["sqs", *json.loads(line), *sys.argv[1:], "--output", "json"])
        print(json.dumps({"status": status, "out": out.getvalue(), "err": err.getvalue()}), flush=True)


if __name__ == "__main__":
    main()
