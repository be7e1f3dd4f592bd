"""`statewright ses`: what the operator of a running server decides: identities, and the way out of the sandbox."""

from pathlib import Path

import click

from engine.cli.client import connect
from engine.cli.output import UsageError, console
from engine.cli.settings import server_options


@click.group(short_help="Confirm identities, let an account out of the sandbox.")
def ses() -> None:
    """Decide what SES leaves to the owner of a domain and to AWS's support."""


@ses.command(short_help="Verify a domain or an address.")
@click.argument("identity")
@server_options
def confirm(identity: str, endpoint: str | None, account: str | None, region: str | None, config: Path | None) -> None:
    """Say that IDENTITY, a domain or an address that SES knows, is yours: it is verified."""
    server = connect(endpoint, account, region, config)
    found = server.post("/_statewright/ses/confirm", identity=identity)
    _say(f"{found['identity']} is verified in {server.region}.")


@ses.command("production-access", short_help="Let an account out of the sandbox.")
@click.option("--by", metavar="NAME", help="Who decides; it is recorded, with the time.")
@click.option("--revoke", is_flag=True, help="Put it back into the sandbox.")
@server_options
def production_access(
    by: str | None,
    revoke: bool,
    endpoint: str | None,
    account: str | None,
    region: str | None,
    config: Path | None,
) -> None:
    """Let the account send in the region to everybody, 50,000 recipients a day; or, with --revoke, no more."""
    if (by is None) != revoke:
        raise UsageError("Say who decides with --by NAME, or --revoke.")
    server = connect(endpoint, account, region, config)
    found = server.post("/_statewright/ses/sandbox", **({} if by is None else {"by": by}))
    where = f"{server.account} in {server.region}"
    if found["sandbox"]:
        _say(f"{where} is in the sandbox.")
    else:
        _say(f"{where} is out of the sandbox by {found['grantedBy']}'s decision of {found['grantedAt']}.")


def _say(text: str) -> None:
    console(stderr=True).print(text, highlight=False, soft_wrap=True, markup=False)
