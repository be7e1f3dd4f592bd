"""`statewright mail`: the mails in the inbox of a running server with their states, or one as it would be sent."""

from datetime import datetime
from typing import Any

import click

from engine.cli.client import Server, on_server
from engine.cli.output import console, print_json, print_table, utc_time

PATH = "/_statewright/ses/mail"


@click.command(short_help="List the mails in the inbox, or print one.")
@click.argument("mail_id", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@on_server
def mail(server: Server, mail_id: str | None, as_json: bool) -> None:
    """List the mails that SES has taken, the newest first; or print the mail with this ID as it would be sent."""
    found = server.get(PATH, **({} if mail_id is None else {"id": mail_id}))
    if as_json:
        print_json(found["messages"] if mail_id is None else found["messages"][0])
    elif mail_id is not None:
        click.echo(found["messages"][0].get("RenderingFailure") or found["mime"], nl=False)
    elif not found["messages"]:
        console(stderr=True).print("There are no mails.")
    else:
        print_table(["ID", "SENT", "FROM", "TO", "SUBJECT", "STATE"], [_row(one) for one in found["messages"]])


def _row(one: dict[str, Any]) -> list[str]:
    to = ", ".join(address for listed in one["Destination"].values() for address in listed)
    subject = one.get("Subject") or one.get("RenderingFailure") or ""
    states = ", ".join(sorted(set(one["State"].values())))
    sent = utc_time(datetime.fromisoformat(one["Timestamp"]).timestamp())
    return [one["Id"], sent, one["Source"], to, subject, states]
