"""Paths: what they find, where they end, what is refused."""

from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine import limits
from engine.errors import StateError
from engine.query.path import WHOLE, PathNotFound, PathSyntaxError, compile_path
from engine.query.path_steps import Indexes, Names, Walk, evaluate
from tests.query import given

STORE: dict[str, Any] = {
    "book": [
        {"category": "reference", "author": "Nigel Rees", "price": 8.95},
        {"category": "fiction", "author": "Evelyn Waugh", "price": 12.99},
        {"category": "fiction", "author": "Herman Melville", "isbn": "0-553-21311-3", "price": 8.99},
    ],
    "bicycle": {"color": "red", "price": 19.95},
}
DOCUMENT: dict[str, Any] = {
    "store": STORE,
    "expensive": 10,
    "delivery-partner": "X",
    "odd ' \" \\ ] names": {"a.b": 1},
    "€": {"ü": 2},
    "numbers": [3, 1, 2],
    "texts": ["a", "b"],
    "nothing": None,
    "empty": [],
    "text": "abc",
}
BOOKS = STORE["book"]

FOUND: list[tuple[str, Any]] = [
    ("$", DOCUMENT),
    ("  $.expensive  ", 10),
    ("$.store.bicycle.color", "red"),
    ("$['store']['bicycle'].color", "red"),
    ('$["store"][ "bicycle" ]', STORE["bicycle"]),
    ("$.store.bicycle['color','price']", {"color": "red", "price": 19.95}),
    ("$.store.bicycle['color','no']", {"color": "red"}),
    (
        "$.store.book[0,2]['author','isbn']",
        [{"author": "Nigel Rees"}, {"author": BOOKS[2]["author"], "isbn": BOOKS[2]["isbn"]}],
    ),
    ("$.delivery-partner", "X"),
    ("$['odd \\' \\\" \\\\ ] names']['a.b']", 1),
    ('$["odd \' \\" \\\\ ] names"]["a.b"]', 1),
    ("$.€['\\u00fc']", 2),
    ("$.nothing", None),
    ("$.store.book[0].author", "Nigel Rees"),
    ("$.store.book[-1].author", "Herman Melville"),
    ("$.store.book[(@.length-1)].author", "Herman Melville"),  # shown by a user of AWS
    ("$.numbers[ (@.length - 3) ]", 3),
    ("$.numbers[(@.size() - 2)]", 1),
    ("$.numbers[(@.length()-1)]", 2),
    ("$..book[(@.length-2)].price", [12.99]),
    ("$..book[-1].price", [8.99]),
    ("$.numbers[0,-1]", [3, 2]),
    ("$.store.book[0,1].price", [8.95, 12.99]),
    ("$.store.book[ 1 , -1 ].price", [12.99, 8.99]),
    ("$.store.book[1,7].price", [12.99]),
    ("$.numbers[:2]", [3, 1]),
    ("$.numbers[1:]", [1, 2]),
    ("$.numbers[1:2]", [1]),
    ("$.numbers[-2:]", [1, 2]),
    ("$.numbers[:-1]", [3, 1]),
    ("$.numbers[-2:-1]", [1]),
    ("$.numbers[1:-1]", []),
    ("$.numbers[0:99]", [3, 1, 2]),
    ("$.numbers[7:9]", []),
    ("$.empty[:1]", []),
    ("$.store.bicycle.*", ["red", 19.95]),
    ("$.numbers[*]", [3, 1, 2]),
    ("$.text[*]", []),
    ("$.store.book[*].author", ["Nigel Rees", "Evelyn Waugh", "Herman Melville"]),
    ("$.store.book[*].isbn", ["0-553-21311-3"]),
    ("$..price", [8.95, 12.99, 8.99, 19.95]),
    ("$..['price']", [8.95, 12.99, 8.99, 19.95]),
    ("$..['color','price']", [{"color": "red", "price": 19.95}]),
    ("$..book[2].author", ["Herman Melville"]),
    ("$..book[0,1].price", [8.95, 12.99]),
    ("$..[0]", [BOOKS[0], 3, "a"]),
    ("$.store..color", ["red"]),
    ("$.store..*.color", ["red"]),
    ("$.texts..*", ["a", "b"]),
    ("$.store.*.price", [19.95]),
    # indefinite paths that lead nowhere: recorded in base.json-path-array-wildcard-or-slice-with-no-input
    ("$.item.items[*]", []),
    ("$.item.items[:1]", []),
    ("$.items[:1].itemValue", []),
    ("$.no[?(@.a)]", []),
    ("$..no", []),
    ("$..length()", []),  # a name like any other: AWS has no functions in paths
    ("$$.Execution.Id", "arn:e"),
    ("$$.Execution.Input.a", 1),
    ("$$['StateMachine'].Name", "orders-eu-1"),
    ("$$", given.CONTEXT),
    ("$$..Id", ["arn:e"]),
]


MISSING: list[tuple[str, str]] = [
    ("$.x", "No results for path: $['x']"),  # recorded
    ("$.no.such.result.path", "Missing property in path $['no']"),  # recorded
    ("$.store.no", "No results for path: $['store']['no']"),
    ("$.store.no.x", "Missing property in path $['store']['no']"),
    ("$.store.book[0].no", "No results for path: $['store']['book'][0]['no']"),
    ("$.numbers[3]", "No results for path: $['numbers'][3]"),
    ("$.numbers[-4]", "No results for path: $['numbers'][-4]"),
    ("$.numbers[(@.length-4)]", "No results for path: $['numbers'][@.size()-4]"),
    ("$.numbers[(@.length-0)]", "No results for path: $['numbers'][@.size()-0]"),
    ("$.text[(@.length-1)]", "Filter: [@.size()-1] can only be applied to arrays. Current context is: abc"),
    ("$.numbers[3].a", "No results for path: $['numbers'][3]['a']"),
    ("$.text.a", "Property ['a'] not found in path $['text']"),
    ("$.nothing.a", "Property ['a'] not found in path $['nothing']"),
    ("$.numbers.a", "Property ['a'] not found in path $['numbers']"),
    ("$.expensive.a", "Property ['a'] not found in path $['expensive']"),
    ("$.text[0]", "Filter: [0] can only be applied to arrays. Current context is: abc"),
    ("$.nothing[0]", "The path $['nothing'] is null"),
    # functions: users of AWS show this text (developer guide's repository, pull request 5)
    ("$.numbers.length()", "Property ['length()'] not found in path $['numbers']"),
    ("$.store.length()", "No results for path: $['store']['length()']"),
    ("$.numbers.index(1).a", "Property ['index(1)'] not found in path $['numbers']"),
    # a user's gist of texts of the AWS console; in an indefinite path it is as invalid
    ("$['store', 'text'].a", "Multi properties can only be used as path leafs: $['store', 'text']"),
    (
        "$.store.book[*]['title','isbn'].a",
        "Multi properties can only be used as path leafs: $['store']['book'][*]['title', 'isbn']",
    ),
]

REFUSED: list[tuple[str, str]] = [
    ("", "a path begins with '$'"),
    ("x", "a path begins with '$'"),
    ("@.a", "a path begins with '$'"),
    ("$" + "x" * 81, "is no name of a variable"),
    ("$1x", "is no name of a variable"),
    ("$.", "the name of a property"),
    ("$..", "the name of a property"),
    ("$...a", "a name or '['"),
    ("$.a.", "the name of a property"),
    ("$.a b", "'.' or '['"),
    ("$a-b", "expected"),
    ("$.a[", "a quoted name, an index"),
    ("$.a[]", "a quoted name, an index"),
    ("$.a[b]", "a quoted name, an index"),
    ("$.a['b'", "expected ']'"),
    ("$.a['b", "closing '"),
    ("$.a['b' 'c']", "expected ']'"),
    ("$.a['\\u12']", "four hexadecimal digits"),
    ("$.a[1:2:3]", "expected ']'"),
    ("$.a[:]", "the start or the end of a slice"),
    ("$.a[(@.length)]", "a quoted name, an index"),
    ("$.a[(@.length+1)]", "a quoted name, an index"),
    ("$.a[(@.b-1)]", "a quoted name, an index"),
    ("$.a[1,'b']", "expected ']'"),
    ("$.a[99999999999]", "expected ']'"),
    ("$.a.length(", "no function with such arguments"),
    ("$.a.sum($.b)", "no function with such arguments"),
    ("$.a.concat('-')", "no function with such arguments"),
    ("$.a[?]", "expected '('"),
    ("$.a[?(@.b]", "expected ')'"),
    ("$.a[?(@.b ==)]", "expected a value"),
    ("$.a[?(@.b = 1)]", "expected ')'"),
    ("$.a[?(@.b is 1)]", "expected an operator"),
    ("$.a[?(1)]", "expected an operator"),
    ("$.a[?(@.b == yes)]", "expected a value"),
    ("$.a[?(@.b =~ /(/)]", "unclosed group"),
    ("$.a[?(@.b =~ /a)]", "closing /"),
    ("$" + "[?(@" * 60, "nested more than"),
    ("$" + ".a" * 6_000, "at most 10000 characters"),
]


@pytest.mark.parametrize(("path", "value"), FOUND, ids=[path for path, _ in FOUND])
def test_finds(path: str, value: Any) -> None:
    found = compile_path(path).find(given.scope(DOCUMENT))
    assert found == value
    assert type(found) is type(value) or not isinstance(value, int | float)


@pytest.mark.parametrize(("path", "detail"), MISSING, ids=[path for path, _ in MISSING])
def test_says_where_a_definite_path_ends(path: str, detail: str) -> None:
    with pytest.raises(PathNotFound) as caught:
        compile_path(path).find(given.scope(DOCUMENT))
    assert caught.value.detail == detail


@pytest.mark.parametrize(("path", "message"), REFUSED, ids=[path[:30] for path, _ in REFUSED])
def test_refuses_what_is_no_path(path: str, message: str) -> None:
    with pytest.raises(PathSyntaxError) as caught:
        compile_path(path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("path", "definite", "reference", "names", "root"),
    [
        ("$", True, True, (), "$"),
        ("$$", True, True, (), "$$"),
        ("$.a.b", True, True, ("a", "b"), "$"),
        ("$$.a", True, True, ("a",), "$$"),
        ("$['a'][0].b", True, True, ("a", 0, "b"), "$"),
        ("$.a[-1]", True, False, (), "$"),
        ("$.a[(@.length-1)].b", True, False, (), "$"),
        ("$['a','b']", True, False, (), "$"),
        ("$['a','b'].c", False, False, (), "$"),
        ("$.a[0,1]", False, False, (), "$"),
        ("$.a[0:1]", False, False, (), "$"),
        ("$.*", False, False, (), "$"),
        ("$..a", False, False, (), "$"),
        ("$[?(@.a)]", False, False, (), "$"),
        ("$.a.length()", True, False, (), "$"),
        ("$..a.length()", False, False, (), "$"),
        ("$.a[*].length()", False, False, (), "$"),
        ("$.a['length()']", True, True, ("a", "length()"), "$"),
    ],
)
def test_knows_what_kind_of_path_it_is(path: str, definite: bool, reference: bool, names: Any, root: str) -> None:
    compiled = compile_path(path)
    assert (compiled.definite, compiled.reference, compiled.names, compiled.root) == (definite, reference, names, root)
    assert compiled.whole == (path == "$")
    assert compiled.text == path


def test_the_whole_path_and_equality() -> None:
    assert WHOLE.whole
    assert compile_path("$.a") == compile_path("$.a") != compile_path("$.b")
    assert hash(compile_path("$.a")) == hash(compile_path("$.a"))
    with pytest.raises(AttributeError):
        WHOLE.text = "$.a"  # type: ignore[misc]


def test_only_a_last_index_beyond_its_array_is_a_missing_index() -> None:
    def missing_index(path: str) -> bool:
        with pytest.raises(PathNotFound) as caught:
            compile_path(path).find(given.scope(DOCUMENT))
        return caught.value.missing_index

    assert missing_index("$.numbers[9]")
    assert not missing_index("$.numbers[9].a")
    assert not missing_index("$.no[9]")
    assert not missing_index("$.x")


def test_the_cause_names_the_path() -> None:
    path = compile_path("$.x")
    assert path.invalid_path_cause("No results for path: $['x']") == "Invalid path '$.x' : No results for path: $['x']"
    with pytest.raises(PathNotFound) as caught:
        path.find(given.scope(None))
    assert path.invalid_path_cause(caught.value.detail) == "Unable to apply Path transformation to null or empty input."


def test_the_context_is_built_once_and_only_when_it_is_looked_at() -> None:
    built = []

    def context() -> dict[str, Any]:
        built.append(1)
        return {"a": 1}

    scope = given.scope({"a": 2}, context)
    assert compile_path("$.a").find(scope) == 2
    assert not built
    assert [compile_path("$$.a").find(scope), compile_path("$$['a']").find(scope)] == [1, 1]
    assert built == [1]


def test_work_is_bounded() -> None:
    wide = {"a": list(range(limits.PATH_RESULTS_MAX + 1))}
    with pytest.raises(StateError) as caught:
        compile_path("$.a[*]").find(given.scope(wide))
    assert caught.value.name == "States.Runtime"
    square = {"a": [{"b": 1}] * 1_000}
    with pytest.raises(StateError):
        compile_path("$.a[?(@.b in $..b)]").find(given.scope(square))


def test_deep_documents_are_no_recursion() -> None:
    deep: Any = 1
    for _ in range(5_000):
        deep = {"a": [deep]}
    assert compile_path("$..a[0].b").find(given.scope(deep)) == []
    assert compile_path("$" + ".a[0]" * 1_600).find(given.scope(deep)) == _descend(deep, 1_600)


def _descend(value: Any, times: int) -> Any:
    for _ in range(times):
        value = value["a"][0]
    return value


@st.composite
def documents_with_places(draw: st.DrawFn) -> tuple[Any, list[str | int], Any]:
    """A document, the steps to a place in it and the value there."""
    document: Any = draw(given.objects)
    value = document
    steps: list[str | int] = []
    while isinstance(value, dict | list) and value and draw(st.booleans()):
        step = draw(st.sampled_from(list(value) if isinstance(value, dict) else list(range(len(value)))))
        steps.append(step)
        value = value[step]
    return document, steps, value


def as_text(steps: list[str | int]) -> str:
    return "$" + "".join(given.quoted(step) if isinstance(step, str) else f"[{step}]" for step in steps)


@for_all(documents_with_places())
def test_a_reference_path_finds_what_is_there(place: tuple[Any, list[str | int], Any]) -> None:
    document, steps, value = place
    path = compile_path(as_text(steps))
    assert path.names == tuple(steps)
    assert path.find(given.scope(document)) is value


@for_all(
    st.dictionaries(st.sampled_from(["a", "b"]), given.documents, min_size=1),
    st.lists(st.sampled_from(["a", "b", "Z", 0, 1]), min_size=1, max_size=5),
)
def test_the_fast_way_finds_what_the_steps_find(document: Any, names: list[str | int]) -> None:
    fast = compile_path(as_text(names)).find
    steps = tuple(Names((name,)) if isinstance(name, str) else Indexes((name,)) for name in names)
    try:
        (expected,) = evaluate(steps, document, Walk(document))
    except PathNotFound as error:
        with pytest.raises(PathNotFound) as caught:
            fast(given.scope(document))
        assert (caught.value.detail, caught.value.missing_index) == (error.detail, error.missing_index)
    else:
        assert fast(given.scope(document)) is expected


PIECES = [
    "$",
    ".",
    "..",
    "a",
    "Z",
    "*",
    "[",
    "]",
    "'a'",
    "0",
    "-1",
    ":",
    ",",
    "?(",
    ")",
    "@",
    "==",
    "&&",
    "!",
    "'",
    "/a/",
    " ",
    "in",
    "length()",
]


@for_all(given.documents, st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_text_finds_something_or_gives_a_documented_error(document: Any, text: str) -> None:
    try:
        path = compile_path("$" + text)
        found = path.find(given.scope(document))
    except (PathSyntaxError, PathNotFound, StateError):
        return
    if not path.definite:
        assert isinstance(found, list)
