"""Network insights: paths, and their analyses by the checks of integrations.ec2.checks.

An analysis is made when it is started: StartNetworkInsightsAnalysis says `running`, as AWS does, and whoever asks finds
it `succeeded`. Only security groups are looked at, as there are no route tables, gateways or ACLs here; a path that
would need one is not found, with NO_ROUTE_TO_DESTINATION.
"""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.checks import check_ports, read_flow
from integrations.ec2.errors import dependency, invalid_value, limit, missing
from integrations.ec2.filters import FilterTable, member, select
from integrations.ec2.idempotency import made_before, mark
from integrations.ec2.kinds import ANALYSIS, INTERFACE, PATH, new_id
from integrations.ec2.paging import answer, page
from integrations.ec2.path_filters import FILTERS, Scope, check_filters, port_range, scope_of
from integrations.ec2.reach import End, NamedRule, Verdict
from integrations.ec2.store import Network
from integrations.ec2.tagging import tags_of

Body = dict[str, Any]

_PATH_FILTERS: FilterTable = {
    "destination": member("Destination"),
    "protocol": member("Protocol"),
    "source": member("Source"),
    "filter-at-destination.destination-address": member("FilterAtDestination", "DestinationAddress"),
    "filter-at-destination.destination-port-range": port_range("FilterAtDestination", "DestinationPortRange"),
    "filter-at-destination.source-address": member("FilterAtDestination", "SourceAddress"),
    "filter-at-destination.source-port-range": port_range("FilterAtDestination", "SourcePortRange"),
    "filter-at-source.destination-address": member("FilterAtSource", "DestinationAddress"),
    "filter-at-source.destination-port-range": port_range("FilterAtSource", "DestinationPortRange"),
    "filter-at-source.source-address": member("FilterAtSource", "SourceAddress"),
    "filter-at-source.source-port-range": port_range("FilterAtSource", "SourcePortRange"),
}
_ANALYSIS_FILTERS: FilterTable = {"path-found": member("NetworkPathFound"), "status": member("Status")}
_NUMBERS = {"tcp": "6", "udp": "17"}
_SAID = ("SourceIp", "DestinationIp", "DestinationPort", *FILTERS)


def create_network_insights_path(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    before = made_before(network, PATH, request)
    if before is not None:
        return {"NetworkInsightsPath": before}
    source = network.get(INTERFACE, _id(request["Source"]))["NetworkInterfaceId"]
    check_filters(request)
    destination = request.get("Destination")
    if destination:
        destination = network.get(INTERFACE, _id(destination))["NetworkInterfaceId"]
    elif scope_of(request).destination is None:
        raise missing("Destination")
    _check_flow(request["Protocol"], request.get("DestinationPort"))
    if len(network.all(PATH)) >= limits.EC2_INSIGHTS_PATHS_MAX:
        raise limit(
            "NetworkInsightsPathLimitExceeded", "The maximum number of network insights paths has been reached."
        )
    identifier = new_id(PATH, tx.moment)
    said: Body = {name: request[name] for name in _SAID if request.get(name) is not None}
    to: Body = {}
    if destination:
        to = {"Destination": destination, "DestinationArn": _arn(caller, destination)}
    body: Body = {
        "NetworkInsightsPathId": identifier,
        "NetworkInsightsPathArn": caller.arn("ec2", f"network-insights-path/{identifier}"),
        "CreatedDate": tx.moment.epoch_ms / 1000,
        "Source": source,
        "SourceArn": _arn(caller, source),
        **to,
        "Protocol": request["Protocol"],
        **said,
        "Tags": tags_of(request.get("TagSpecifications"), PATH),
    }
    network.add([(PATH, mark(body, request), "")])
    return {"NetworkInsightsPath": body}


def _check_flow(protocol: str, port: int | None) -> None:
    """Paths are of tcp or udp; without a port, of any that is let through."""
    if protocol.lower() not in _NUMBERS:
        raise invalid_value(f"Value ({protocol[:20]}) for parameter protocol is invalid. It must be tcp or udp.")
    read_flow(protocol, port or 0, None, None)


def _id(text: str) -> str:
    return text.rpartition("/")[2] if text.startswith("arn:") else text


def _arn(caller: Caller, interface: str) -> str:
    return caller.arn("ec2", f"network-interface/{interface}")


def start_network_insights_analysis(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    before = made_before(network, ANALYSIS, request)
    if before is not None:
        return {"NetworkInsightsAnalysis": {**_beginning(before), "Status": "running"}}
    path = network.get(PATH, request["NetworkInsightsPathId"])
    if len(network.all(ANALYSIS)) >= limits.EC2_INSIGHTS_ANALYSES_MAX:
        raise limit("NetworkInsightsAnalysisLimitExceeded", "The maximum number of analyses has been reached.")
    identifier = new_id(ANALYSIS, tx.moment)
    body = {
        "NetworkInsightsAnalysisId": identifier,
        "NetworkInsightsAnalysisArn": caller.arn("ec2", f"network-insights-analysis/{identifier}"),
        "NetworkInsightsPathId": path["NetworkInsightsPathId"],
        "StartDate": tx.moment.epoch_ms / 1000,
        **_result(network, path),
        "Tags": tags_of(request.get("TagSpecifications"), ANALYSIS),
    }
    network.add([(ANALYSIS, mark(body, request), path["NetworkInsightsPathId"])])
    return {"NetworkInsightsAnalysis": {**_beginning(body), "Status": "running"}}


def _beginning(body: Body) -> Body:
    later = ("NetworkPathFound", "ForwardPathComponents", "ReturnPathComponents", "Explanations", "StatusMessage")
    return {name: value for name, value in body.items() if name not in later}


def _result(network: Network, path: Body) -> Body:
    """What the analysis of a path says; a path whose interface has gone has failed."""
    scope = scope_of(path)
    try:
        source = _named(network, path["Source"], scope.source if scope.possible else None)
        destination = scope.destination
        if path.get("Destination"):
            destination = _named(network, path["Destination"], scope.destination if scope.possible else None)
        assert destination is not None, "a path has one of the two"
        if not scope.possible:
            return {"Status": "succeeded", "NetworkPathFound": False, "Explanations": [_contradiction(path, scope)]}
        first, last = scope.destination_ports
        verdict = check_ports(network, source, destination, path["Protocol"].lower(), first, last)
    except ServiceError as error:
        return {"Status": "failed", "StatusMessage": error.message}
    result: Body = {"Status": "succeeded", "NetworkPathFound": verdict.allowed}
    if not verdict.allowed:
        return {**result, "Explanations": [_explanation(network.caller, verdict)]}
    forward, backward = _components(network.caller, verdict, scope), _answers(network.caller, verdict, scope)
    return {**result, "ForwardPathComponents": forward, "ReturnPathComponents": backward}


def _contradiction(path: Body, scope: Scope) -> Body:
    """No packet passes both filters: it is at the one component, and never at the other."""
    end = path.get("Destination") or scope.destination
    return {
        "ExplanationCode": "NO_POSSIBLE_DESTINATION",
        "Component": {"Id": path["Source"]},
        "Destination": {"Id": end},
    }


def _named(network: Network, interface: str, ip: str | None) -> str:
    """An interface as checks name it, at an address of its own where the path says one."""
    found: str = network.get(INTERFACE, interface)["NetworkInterfaceId"]
    return found if ip is None else f"{found}@{ip}"


def _components(caller: Caller, verdict: Verdict, scope: Scope) -> list[Body]:
    """Interface, group, group, interface: as the packet passes them."""
    header = _header(verdict, scope)
    parts: list[Body] = [{"Component": _component(caller, verdict.source), "OutboundHeader": header}]
    for direction, rule in (("egress", verdict.egress), ("ingress", verdict.ingress)):
        if rule is not None:
            group = _group(caller, rule.group_id)
            parts.append({"Component": group, "SecurityGroupRule": _rule(direction, rule)})
    parts.append({"Component": _component(caller, verdict.destination), "InboundHeader": header})
    return [{**part, "SequenceNumber": number} for number, part in enumerate(parts, 1)]


def _answers(caller: Caller, verdict: Verdict, scope: Scope) -> list[Body]:
    """The same way back, of packets whose addresses and ports are turned round; no rule is needed for them."""
    there = _header(verdict, scope)
    back = {"Protocol": there["Protocol"]}
    for one, other in (("Source", "Destination"), ("Destination", "Source")):
        back |= {f"{one}{what}": there[f"{other}{what}"] for what in ("Addresses", "PortRanges")}
    ends = (verdict.destination, "OutboundHeader"), (verdict.source, "InboundHeader")
    first, last = ({"Component": _component(caller, end), header: back} for end, header in ends)
    groups = [
        {"Component": _group(caller, rule.group_id)} for rule in (verdict.ingress, verdict.egress) if rule is not None
    ]
    return [{**part, "SequenceNumber": number} for number, part in enumerate([first, *groups, last], 1)]


def _group(caller: Caller, group_id: str) -> Body:
    return {"Id": group_id, "Arn": caller.arn("ec2", f"security-group/{group_id}")}


def _component(caller: Caller, end: End) -> Body:
    return {"Id": end.id, "Arn": _arn(caller, end.id)} if end.groups is not None else {"Id": end.id}


def _header(verdict: Verdict, scope: Scope) -> Body:
    port = {"From": verdict.flow.low, "To": verdict.flow.low}
    return {
        "Protocol": _NUMBERS[verdict.flow.protocol],
        "SourceAddresses": [f"{verdict.source.address}/32"],
        "SourcePortRanges": [{"From": scope.source_ports[0], "To": scope.source_ports[1]}],
        "DestinationAddresses": [f"{verdict.destination.address}/32"],
        "DestinationPortRanges": [port],
    }


def _rule(direction: str, named: NamedRule) -> Body:
    rule = named.rule
    other = {
        "CidrIpv4": "Cidr",
        "CidrIpv6": "Cidr",
        "PrefixListId": "PrefixListId",
        "ReferencedGroupId": "SecurityGroupId",
    }[rule.side]
    ports = {"PortRange": {"From": rule.low, "To": rule.high}} if rule.has_ports else {}
    return {
        "Direction": direction,
        "Protocol": "all" if rule.protocol == "-1" else rule.protocol,
        other: rule.other,
        **ports,
    }


def _explanation(caller: Caller, verdict: Verdict) -> Body:
    """ENI_SG_RULES_MISMATCH: no rule of the interface's groups; NO_ROUTE_TO_DESTINATION: the VPCs differ."""
    if verdict.stopped == "route":
        return {
            "ExplanationCode": "NO_ROUTE_TO_DESTINATION",
            "Vpc": {"Id": verdict.source.vpc_id},
            "DestinationVpc": {"Id": verdict.destination.vpc_id},
        }
    end = verdict.source if verdict.stopped == "egress" else verdict.destination
    groups = [_group(caller, found) for found in end.groups or ()]
    return {
        "ExplanationCode": "ENI_SG_RULES_MISMATCH",
        "Direction": verdict.stopped,
        "Component": _component(caller, end),
        "NetworkInterface": _component(caller, end),
        "SecurityGroups": groups,
        "Vpc": {"Id": end.vpc_id},
    }


def describe_network_insights_paths(tx: Transaction, caller: Caller, request: Body) -> Body:
    chosen = Network(tx, caller).chosen(PATH, request.get("NetworkInsightsPathIds"))
    found = select(chosen, request.get("Filters"), _PATH_FILTERS)
    return answer("NetworkInsightsPaths", page(found, request, "NetworkInsightsPathId", "NetworkInsightsPathIds"))


def describe_network_insights_analyses(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    chosen = network.chosen(ANALYSIS, request.get("NetworkInsightsAnalysisIds"))
    if request.get("NetworkInsightsPathId"):
        wanted = network.get(PATH, request["NetworkInsightsPathId"])["NetworkInsightsPathId"]
        chosen = [body for body in chosen if body["NetworkInsightsPathId"] == wanted]
    first, last = request.get("AnalysisStartTime"), request.get("AnalysisEndTime")
    chosen = [
        body
        for body in chosen
        if (first is None or body["StartDate"] >= first) and (last is None or body["StartDate"] <= last)
    ]
    found = select(chosen, request.get("Filters"), _ANALYSIS_FILTERS)
    ids = "NetworkInsightsAnalysisIds"
    return answer("NetworkInsightsAnalyses", page(found, request, "NetworkInsightsAnalysisId", ids))


def delete_network_insights_path(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    path = network.get(PATH, request["NetworkInsightsPathId"])["NetworkInsightsPathId"]
    if network.below(ANALYSIS, path):
        raise dependency(f"The network insights path '{path}' has analyses and cannot be deleted.")
    network.remove(PATH, [path])
    return {"NetworkInsightsPathId": path}


def delete_network_insights_analysis(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    found = network.get(ANALYSIS, request["NetworkInsightsAnalysisId"])["NetworkInsightsAnalysisId"]
    network.remove(ANALYSIS, [found])
    return {"NetworkInsightsAnalysisId": found}
