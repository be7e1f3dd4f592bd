"""The handlers that the tests call, each a way to behave or misbehave. Runs in worker processes only."""

import os
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal

COUNT = 0


class OrderRefused(Exception):
    pass


class Unreadable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def echo(event, context):
    return event


def nothing(event, context):
    pass


def pid(event, context):
    time.sleep(event)
    return os.getpid()


def count(event, context):
    global COUNT
    COUNT += 1
    return COUNT


def describe(event, context):
    return {
        "aws_request_id": context.aws_request_id,
        "function_name": context.function_name,
        "function_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "log_group_name": context.log_group_name,
        "idempotency_key": context.idempotency_key,
        "custom": context.client_context and context.client_context.custom,
        "identity": context.identity.cognito_identity_id,
        "remaining": context.get_remaining_time_in_millis(),
    }


def environment(event, context):
    return {name: os.environ.get(name) for name in event} | {"cwd": os.getcwd()}


def chatty(event, context):
    """Everything that could spoil the frames: prints, writes to descriptor 1, children that inherit it, reads stdin."""
    print("printed", "x" * 100_000)
    os.write(1, b'R\x00\x00\x00\x02"!"')
    subprocess.run([sys.executable, "-S", "-c", "print('from a child')"], check=True)
    return sys.stdin.read()


def refuse(event, context):
    raise OrderRefused(event)


def unreadable(event, context):
    raise Unreadable


def long_error(event, context):
    raise ValueError("m" * 1_000_000)


def deep(event, context):
    return deep_too(event, context)


def deep_too(event, context):
    return deep(event, context)


def exit_with(event, context):
    os._exit(event)


def system_exit(event, context):
    sys.exit(event)


def kill_self(event, context):
    os.kill(os.getpid(), event)
    time.sleep(60)


def hang(event, context):
    """Hang with a child process and a thread, telling the pids in the file that the event names."""
    child = subprocess.Popen(["sleep", "300"])
    threading.Thread(target=time.sleep, args=(300,)).start()
    with open(event + ".tmp", "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    os.rename(event + ".tmp", event)
    time.sleep(300)


def large(event, context):
    return "x" * event


def not_json(event, context):
    return {"set": {1}, "number": float("nan"), "decimal": Decimal("1")}[event]


def surrogate(event, context):
    return "\ud800"


async def asynchronous(event, context):
    return 1


def nested(event, context):
    value = None
    for _ in range(event):
        value = [value]
    return value


def close_pipes(event, context):
    """A process that lives on but can answer no more."""
    os.closerange(3, 64)
    time.sleep(60)


def interrupted(event, context):
    signal.raise_signal(signal.SIGSEGV)
