"""Which operation of a REST service a method and path name, and what stands in the path's labels.

    GET /v2/email/identities/{EmailIdentity}/policies        a label is one segment
    GET /{Bucket}/{Key+}                                      a greedy one is the rest
    POST /v1/items?action=close                               constant parameters tell operations of one path apart

A tree by segments: words before labels, labels before greedy ones. Segments are compared as they came and labels
unescaped, so that a %2F in a name is no slash. A slash at the end makes no difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from engine.wire.protocol import unreadable
from engine.wire.service import Service


@dataclass(frozen=True, slots=True)
class Route:
    """`labels` are the label names along the path; `query` the constant parameters."""

    operation: str
    labels: tuple[str, ...]
    query: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Node:
    words: dict[str, "_Node"] = field(default_factory=dict)
    label: "_Node | None" = None
    greedy: list[tuple[str, Route]] = field(default_factory=list)  # (method, route)
    here: list[tuple[str, Route]] = field(default_factory=list)


Found = tuple[Route, dict[str, str]]


class Routes:
    """The routes of one service."""

    def __init__(self, service: Service):
        self._root = _Node()
        for name in sorted(service.operation_names):
            http = service.operation(name).http
            self._add(http["method"], http["requestUri"], name)

    def find(self, method: str, path: str, query: Mapping[str, list[str]]) -> Found | None:
        """The operation and its labels' values, None where nothing stands there. ServiceError: a label is no text."""
        segments = _segments(path)
        found = _walk(self._root, segments, 0, [], method, query)
        if found is None:
            return None
        route, values = found
        return route, dict(zip(route.labels, map(_unescaped, values), strict=True))

    def _add(self, method: str, uri: str, operation: str) -> None:
        path, _, constants = uri.partition("?")
        query = tuple(
            (name, value) for name, _, value in (pair.partition("=") for pair in constants.split("&")) if name
        )
        node, labels = self._root, []
        segments = _segments(path)
        for segment in segments:
            if segment.startswith("{"):
                labels.append(segment.strip("{}+"))
                if segment.endswith("+}"):
                    node.greedy.append((method, Route(operation, tuple(labels), query)))
                    return
                node.label = node.label or _Node()
                node = node.label
            else:
                node = node.words.setdefault(segment, _Node())
        node.here.append((method, Route(operation, tuple(labels), query)))


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _walk(
    node: _Node, segments: list[str], at: int, values: list[str], method: str, query: Mapping[str, list[str]]
) -> tuple[Route, list[str]] | None:
    """Depth first; as deep as the model's longest path, so bounded."""
    if at == len(segments):
        route = _pick(node.here, method, query)
        return None if route is None else (route, values)
    segment = segments[at]
    word = node.words.get(segment)
    if word is not None and (found := _walk(word, segments, at + 1, values, method, query)) is not None:
        return found
    if node.label is not None and segment:
        found = _walk(node.label, segments, at + 1, [*values, segment], method, query)
        if found is not None:
            return found
    route = _pick(node.greedy, method, query)
    return None if route is None else (route, [*values, "/".join(segments[at:])])


def _pick(routes: list[tuple[str, Route]], method: str, query: Mapping[str, list[str]]) -> Route | None:
    """The one with the most constant parameters that the request has."""
    fitting = [
        route
        for wanted, route in routes
        if wanted == method and all(query.get(name) == [value] for name, value in route.query)
    ]
    return max(fitting, key=lambda route: len(route.query), default=None)


def _unescaped(segment: str) -> str:
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise unreadable("The path is not text in UTF-8.") from None
