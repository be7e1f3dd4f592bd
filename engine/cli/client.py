"""How the command line talks to a running server: botocore's clients, and our own few endpoints.

Every failure becomes a CliError that says what to do. Names are taken where AWS wants ARNs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Concatenate

import click

from engine.cli.output import CliError, UsageError
from engine.cli.settings import ENDPOINT_VARIABLE, config_option, load

MACHINES_SEARCHED_MAX = 1_000  # machines whose executions are looked through for a name
CONNECT_SECONDS = 5
READ_SECONDS = 70  # longer than the longest poll

_UNREACHABLE = {"EndpointConnectionError", "ConnectTimeoutError", "ConnectionClosedError", "ReadTimeoutError"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server and the account and region to act in."""

    endpoint: str
    account: str
    region: str
    states: Any  # botocore's client of Step Functions

    def arn(self, kind: str, name: str) -> str:
        from engine.http.callers import partition_of

        return f"arn:{partition_of(self.region)}:states:{self.region}:{self.account}:{kind}:{name}"

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """One call of the API, by its method name (`start_execution`), with parameters that are None left out."""
        with friendly(self.endpoint):
            answer: dict[str, Any] = getattr(self.states, operation)(
                **{name: value for name, value in parameters.items() if value is not None}
            )
        return answer

    def call_of(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One call of another service on the same server."""
        with friendly(self.endpoint):
            client = _client(service, self.endpoint, self.account, self.region)
            answer: dict[str, Any] = getattr(client, operation)(**parameters)
        return answer

    def pages(self, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All pages of a call that gives its answer in pages."""
        token = None
        while True:
            page = self.call(operation, nextToken=token, **parameters)
            yield page
            token = page.get("nextToken")
            if not token:
                return

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """One of the server's own endpoints: `GET path?query`, JSON back."""
        return _ask("GET", self.endpoint, path, query, self.account, self.region)

    def post(self, path: str, **query: str) -> dict[str, Any]:
        """As `get`, for what changes something: `POST path?query`."""
        return _ask("POST", self.endpoint, path, query, self.account, self.region)

    def machine_arn(self, machine: str) -> str:
        return machine if machine.startswith("arn:") else self.arn("stateMachine", machine)

    def execution_arn(self, execution: str) -> str:
        """An ARN as it is; `MACHINE:NAME` put together; a bare NAME looked for in all machines."""
        if execution.startswith("arn:"):
            return execution
        if ":" in execution:
            return self.arn("execution", execution)
        return self._find_execution(execution)

    def _find_execution(self, name: str) -> str:
        found, machines = [], 0
        for page in self.pages("list_state_machines"):
            for machine in page["stateMachines"]:
                machines += 1
                if machine["type"] == "STANDARD":
                    arn = self.arn("execution", f"{machine['name']}:{name}")
                    found += [arn] if self._exists(arn) else []
            if machines >= MACHINES_SEARCHED_MAX:
                raise CliError(f"Too many state machines to look for {name!r} in all; say MACHINE:{name} or its ARN.")
        if not found:
            raise CliError(f"No execution is called {name!r} (account {self.account}, region {self.region}).")
        if len(found) > 1:
            raise CliError(f"{name!r} is the name of several executions; say which:\n  " + "\n  ".join(found))
        return found[0]

    def _exists(self, execution_arn: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            with friendly(self.endpoint, pass_on=("ExecutionDoesNotExist", "InvalidArn")):
                self.states.describe_execution(executionArn=execution_arn)
        except ClientError:
            return False
        return True


_SERVER_OPTIONS = (
    click.option(
        "--endpoint", metavar="URL", envvar=ENDPOINT_VARIABLE, help="Where the server listens; else as configured."
    ),
    click.option("--account", metavar="ID", help="The 12-digit account to act in."),
    click.option("--region", metavar="NAME", help="The region to act in."),
    config_option,
)


def on_server(command: Callable[Concatenate[Server, ...], None]) -> Callable[..., None]:
    """A command that talks to a running server: gets it first, and has the options that say which one."""

    @wraps(command)
    def connected(
        endpoint: str | None, account: str | None, region: str | None, config: Path | None, **given: Any
    ) -> None:
        command(connect(endpoint, account, region, config), **given)

    found: Callable[..., None] = connected
    for option in reversed(_SERVER_OPTIONS):
        found = option(found)
    return found


def connect(endpoint: str | None, account: str | None, region: str | None, config: Path | None) -> Server:
    """The server that flags, environment and configuration name. Nothing is sent yet."""
    settings = load(config, {"account": account, "region": region})
    url = endpoint or f"http://{_reachable(settings.host)}:{settings.port}"
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"The endpoint must be a URL like http://127.0.0.1:4566, not {url!r}.")
    url = url.rstrip("/")
    with friendly(url):
        states = _client("stepfunctions", url, settings.account, settings.region)
    return Server(url, settings.account, settings.region, states)


def _reachable(host: str) -> str:
    """The address to call a server at that listens on this one."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


@lru_cache(maxsize=8)
def _client(service: str, endpoint: str, account: str, region: str) -> Any:
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(
        inject_host_prefix=False,  # `sync-localhost` is nobody's name
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return get_session().create_client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=account,  # a 12-digit key id names the account
        aws_secret_access_key="local",
        config=config,
    )


@contextmanager
def friendly(endpoint: str, pass_on: tuple[str, ...] = ()) -> Iterator[None]:
    """Turns botocore's errors into CliErrors; ClientErrors with a code in `pass_on` pass."""
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    try:
        yield
    except ClientError as error:
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        if code in pass_on:
            raise
        if code.isdigit():  # what botocore makes of an answer that is none of AWS's
            raise CliError(
                f"{endpoint} answered HTTP {code}, and not as AWS does; is it a Statewright server?"
            ) from None
        raise CliError(f"{code}: {message}" if message else code) from None
    except ParamValidationError as error:
        raise UsageError(str(error)) from None
    except BotoCoreError as error:
        if type(error).__name__ in _UNREACHABLE:
            raise unreachable(endpoint) from None
        raise CliError(f"{endpoint} gave no answer that could be read: {error}") from None
    except ValueError as error:  # what botocore says of a URL that is none
        raise UsageError(f"{error}") from None


def unreachable(endpoint: str) -> CliError:
    return CliError(
        f"No server answers at {endpoint}. Start one with `statewright serve`, "
        "or say where it is with --endpoint or STATEWRIGHT_ENDPOINT."
    )


def _ask(method: str, endpoint: str, path: str, query: dict[str, str], account: str, region: str) -> dict[str, Any]:
    import httpx

    # The credential scope says in whose account and region, as it does for the API.
    credential = f"AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/states/aws4_request"
    try:
        headers = {"Authorization": credential}
        answer = httpx.request(
            method, endpoint + path, params=query, headers=headers, timeout=READ_SECONDS, trust_env=False
        )
        body = answer.json()
    except httpx.TransportError:
        raise unreachable(endpoint) from None
    except ValueError:
        raise CliError(f"{endpoint}{path} did not answer with JSON; is it a Statewright server?") from None
    if answer.status_code != 200:
        message = body.get("message") if isinstance(body, dict) else None
        raise CliError(message or f"{endpoint}{path} answered HTTP {answer.status_code}; is it a Statewright server?")
    if not isinstance(body, dict):
        raise CliError(f"{endpoint}{path} did not answer with an object; is it a Statewright server?")
    return body


def wire(value: Any) -> Any:
    """A botocore answer as JSON values: times as epoch seconds, without the response's metadata."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {name: wire(member) for name, member in value.items() if name != "ResponseMetadata"}
    return [wire(member) for member in value] if isinstance(value, list) else value
