"""`statewright sg check`: may traffic from A reach B, by the security groups of a running server, and by which rules?

Exit 0: allowed; 1: denied. The same check as the Task `arn:aws:states:::statewright:securityGroups:check`.
"""

from typing import Any

import click

from engine.cli.client import Server, on_server
from engine.cli.output import UsageError, console, print_json, print_table

PATH = "/_statewright/security-groups/check"
_DENIED = 1


@click.group(short_help="Ask security groups what they let through (`sg check`).")
def sg() -> None:
    """Ask the security groups of a running server what they let through."""


@sg.command(short_help="Whether traffic gets through, and by which rules.")
@click.argument("source")
@click.argument("destination")
@click.option("--protocol", default="tcp", show_default=True, help="tcp, udp, icmp, icmpv6, a number, or -1 for all.")
@click.option("--port", type=int, help="The destination's port, for tcp and udp.")
@click.option("--icmp-type", type=int, help="For icmp and icmpv6; all without it.")
@click.option("--icmp-code", type=int, help="For icmp and icmpv6; all without it.")
@click.option("--ipv6", is_flag=True, help="By the IPv6 addresses of interfaces and groups.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@on_server
def check(
    server: Server,
    source: str,
    destination: str,
    protocol: str,
    port: int | None,
    icmp_type: int | None,
    icmp_code: int | None,
    ipv6: bool,
    as_json: bool,
) -> None:
    """Say whether traffic from SOURCE may reach DESTINATION: interfaces (eni-), groups (sg-) or addresses."""
    if port is None and protocol in ("tcp", "udp"):
        raise UsageError(f"Say which port of {destination} with --port, or --protocol -1 for all traffic.")
    asked = {
        "source": source,
        "destination": destination,
        "protocol": protocol,
        "port": _text(port),
        "type": _text(icmp_type),
        "code": _text(icmp_code),
        "addresses": "ipv6" if ipv6 else "",
    }
    verdict = server.get(PATH, **{name: value for name, value in asked.items() if value})
    if as_json:
        print_json(verdict)
    else:
        _print(verdict)
    if not verdict["allowed"]:
        raise SystemExit(_DENIED)


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _print(verdict: dict[str, Any]) -> None:
    console().print(f"{'allowed' if verdict['allowed'] else 'denied'}: {verdict['reason']}")
    if verdict["rules"]:
        rows = [
            [rule["direction"], rule["groupId"], rule["ruleId"], rule["protocol"], _ports(rule), rule["peer"]]
            for rule in verdict["rules"]
        ]
        print_table(["DIRECTION", "GROUP", "RULE", "PROTOCOL", "PORTS", "PEER"], rows)


def _ports(rule: dict[str, Any]) -> str:
    if "fromPort" not in rule:
        return "all"
    first, last = rule["fromPort"], rule["toPort"]
    return str(first) if first == last else f"{first}-{last}"
