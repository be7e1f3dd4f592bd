"""`statewright ses`: what the operator of a running server decides: identities, and the way out of the sandbox; and,
without a server, the passwords of the SMTP interface."""

import os
import sys
from pathlib import Path

import click

from engine.cli.client import Server, on_server
from engine.cli.output import UsageError, console
from engine.cli.settings import config_option, load

SECRET_KEY = "AWS_SECRET_ACCESS_KEY"


@click.group(short_help="Confirm identities, let an account out of the sandbox.")
def ses() -> None:
    """Decide what SES leaves to the owner of a domain and to AWS's support."""


@ses.command(short_help="Verify a domain or an address.")
@click.argument("identity")
@on_server
def confirm(server: Server, identity: str) -> None:
    """Say that IDENTITY, a domain or an address that SES knows, is yours: it is verified."""
    found = server.post("/_statewright/ses/confirm", identity=identity)
    _say(f"{found['identity']} is verified in {server.region}.")


@ses.command("production-access", short_help="Let an account out of the sandbox.")
@click.option("--by", metavar="NAME", help="Who decides; it is recorded, with the time.")
@click.option("--revoke", is_flag=True, help="Put it back into the sandbox.")
@on_server
def production_access(server: Server, by: str | None, revoke: bool) -> None:
    """Let the account send in the region to everybody, 50,000 recipients a day; or, with --revoke, no more."""
    if (by is None) != revoke:
        raise UsageError("Say who decides with --by NAME, or --revoke.")
    found = server.post("/_statewright/ses/sandbox", **({} if by is None else {"by": by}))
    where = f"{server.account} in {server.region}"
    if found["sandbox"]:
        _say(f"{where} is in the sandbox.")
    else:
        _say(f"{where} is out of the sandbox by {found['grantedBy']}'s decision of {found['grantedAt']}.")


@ses.command("smtp-password", short_help="The SMTP password of a secret access key.")
@click.option("--access-key", metavar="ID", help="Of [access_keys] in statewright.toml: its secret key is used.")
@click.option("--region", metavar="NAME", help="Where it is to send; the configured region.")
@config_option
def print_smtp_password(access_key: str | None, region: str | None, config: Path | None) -> None:
    """Print the password with which an access key's owner sends by SMTP: another one in each region.

    The secret key is that of --access-key, else of AWS_SECRET_ACCESS_KEY, else what is read from the standard input.
    """
    from engine.config.smtp_password import smtp_password

    settings = load(config)
    if access_key is None:
        secret_key = os.environ.get(SECRET_KEY) or sys.stdin.readline().strip()
    elif access_key not in settings.access_keys:
        raise UsageError(f"[access_keys] has no {access_key}.")
    else:
        secret_key = settings.access_keys[access_key].secret_key or ""
    if not secret_key:
        where = "Its secret key is in Secrets Manager: give it" if access_key else "Give the secret access key"
        raise UsageError(f"{where} in {SECRET_KEY} or on the standard input.")
    click.echo(smtp_password(secret_key, region or settings.region))


def _say(text: str) -> None:
    console(stderr=True).print(text, highlight=False, soft_wrap=True, markup=False)
