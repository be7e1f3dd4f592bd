"""Reads an expression into its tree: top-down operator precedence, after Vaughan Pratt.

Each token has a meaning at the beginning of an expression (`_starts`) or behind one (`_continues`). Nesting is bounded,
chains of operators are not: they are read in a loop, and their evaluation is bounded.
"""

from collections.abc import Callable

from engine import limits
from engine.query.jsonata import ancestry, paths
from engine.query.jsonata.errors import JsonataSyntaxError
from engine.query.jsonata.nodes import Node, Pairs, Slot, Term
from engine.query.jsonata.scopes import Scopes
from engine.query.jsonata.signature import Signature
from engine.query.jsonata.tokens import BINDING, Token, Tokens

_BINARY = ("+", "-", "*", "/", "%", "=", "!=", "<", "<=", ">", ">=", "&", "and", "or", "in")
_FUNCTION_WORDS = ("function", "λ")


class Parser:
    """`tree()` gives the whole expression. Raises JsonataSyntaxError."""

    __slots__ = ("_made", "_nesting", "_parents", "_token", "_tokens", "scopes")

    def __init__(self, text: str):
        if len(text) > limits.JSONATA_CHARS_MAX:
            raise JsonataSyntaxError("S0501", limits.JSONATA_CHARS_MAX, value=limits.JSONATA_CHARS_MAX)
        self.scopes = Scopes()
        self._tokens = Tokens(text)
        self._made = self._nesting = self._parents = 0
        self._token = self._tokens.next(False)

    def tree(self) -> Node:
        tree = self._expression(0)
        if self._token.id != "(end)":
            raise JsonataSyntaxError("S0201", self._token.position, token=self._token.value)
        if ancestry.slots_of(tree):
            raise JsonataSyntaxError("S0217", tree.position, token=tree.kind)
        return tree

    def _advance(self, expected: str | None = None, operator_next: bool = False) -> Token:
        token = self._token
        if expected is not None and token.id != expected:
            code = "S0203" if token.id == "(end)" else "S0202"
            raise JsonataSyntaxError(code, token.position, value=expected, token=token.value)
        self._token = self._tokens.next(operator_next)
        return token

    def _expression(self, strength: int) -> Node:
        self._nesting += 1
        if self._nesting > limits.JSONATA_NESTING_MAX:
            raise JsonataSyntaxError("S0502", self._token.position, value=limits.JSONATA_NESTING_MAX)
        before = self._made
        token = self._advance(operator_next=True)
        left = self._start(token)
        while strength < BINDING.get(self._token.id, 0):
            token = self._advance()
            left = self._continue(token, left)
            self._made += 1
            left.size = self._made - before
        self._made += 1
        left.size = self._made - before
        self._nesting -= 1
        return left

    def _start(self, token: Token) -> Node:
        if token.id == "(end)":
            raise JsonataSyntaxError("S0207", token.position)
        if token.kind == "name" or token.id in ("and", "or", "in"):
            return paths.name(token.value, token.position)
        if token.kind == "variable":
            self.scopes.use(token.value)
            return Node("variable", token.value, token.position)
        if token.kind in ("string", "number", "value", "regex"):
            return Node(token.kind, token.value, token.position)
        start = _STARTS.get(token.id)
        if start is None:
            raise JsonataSyntaxError("S0211", token.position, token=token.value)
        return start(self, token)

    def _continue(self, token: Token, left: Node) -> Node:
        if token.id in _BINARY:
            return self._binary(token, left, self._expression(BINDING[token.id]))
        follow = _CONTINUES.get(token.id)
        if follow is None:
            raise JsonataSyntaxError("S0201", token.position, token=token.value)
        return follow(self, token, left)

    @staticmethod
    def _binary(token: Token, left: Node, right: Node) -> Node:
        node = Node("binary", token.value, token.position, left=left, right=right)
        ancestry.inherit(node, left, right)
        return node

    # ---- at the beginning of an expression ----

    def _wildcard(self, token: Token) -> Node:
        return Node("wildcard" if token.id == "*" else "descendant", token.value, token.position)

    def _parent(self, token: Token) -> Node:
        self._parents += 1
        return Node("parent", "%", token.position, slot=Slot(f"!{self._parents}"))

    def _minus(self, token: Token) -> Node:
        operand = self._expression(70)
        if operand.kind == "number":
            operand.value = -operand.value
            return operand
        node = Node("minus", "-", token.position, left=operand)
        ancestry.inherit(node, operand)
        return node

    def _block(self, token: Token) -> Node:
        self.scopes.open()
        parts: list[Node] = []
        while self._token.id != ")":
            parts.append(self._expression(0))
            if self._token.id != ";":
                break
            self._advance(";")
        self._advance(")", operator_next=True)
        node = Node("block", "(", token.position, items=parts, binds_names=self.scopes.close())
        ancestry.inherit(node, *parts)
        starts = [part.items[0] if part.kind == "path" else part for part in parts]
        node.unflattened = any(start.unflattened for start in starts)
        return node

    def _array(self, token: Token) -> Node:
        items: list[Node] = []
        if self._token.id != "]":
            while True:
                item = self._expression(0)
                if self._token.id == "..":
                    dots = self._advance("..")
                    item = self._binary(dots, item, self._expression(0))
                items.append(item)
                if self._token.id != ",":
                    break
                self._advance(",")
        self._advance("]", operator_next=True)
        node = Node("array", "[", token.position, items=items)
        ancestry.inherit(node, *items)
        return node

    def _object(self, token: Token) -> Node:
        pairs = self._pairs()
        node = Node("object", "{", token.position, pairs=pairs)
        for key, value in pairs:
            ancestry.inherit(node, key, value)
        return node

    def _pairs(self) -> Pairs:
        pairs: Pairs = []
        if self._token.id != "}":
            while True:
                key = self._expression(0)
                self._advance(":")
                pairs.append((key, self._expression(0)))
                if self._token.id != ",":
                    break
                self._advance(",")
        self._advance("}", operator_next=True)
        return pairs

    def _transform(self, token: Token) -> Node:
        pattern = self._expression(0)
        self._advance("|")
        update, delete = self._expression(0), None
        if self._token.id == ",":
            self._advance(",")
            delete = self._expression(0)
        self._advance("|", operator_next=True)
        return Node("transform", "|", token.position, left=pattern, right=update, other=delete)

    # ---- behind an expression ----

    def _dot(self, token: Token, left: Node) -> Node:
        return paths.dot(left, self._expression(BINDING["."]))

    def _predicate(self, token: Token, left: Node) -> Node:
        if self._token.id == "]":
            self._advance("]", operator_next=True)
            return paths.keep_array(left)
        condition = self._expression(BINDING["]"])
        self._advance("]", operator_next=True)
        return paths.predicate(left, condition, token.position)

    def _group(self, token: Token, left: Node) -> Node:
        return paths.group(left, self._pairs(), token.position)

    def _order(self, token: Token, left: Node) -> Node:
        self._advance("(")
        terms: list[Term] = []
        while True:
            descending = self._token.id == ">"
            if self._token.id in ("<", ">"):
                self._advance()
            terms.append(Term(self._expression(0), descending))
            if self._token.id != ",":
                break
            self._advance(",")
        self._advance(")", operator_next=True)
        return paths.order(left, terms, token.position)

    def _bound_name(self, token: Token) -> str:
        variable = self._expression(BINDING[token.id])
        if variable.kind != "variable":
            raise JsonataSyntaxError("S0214", variable.position, token=token.id)
        self.scopes.unuse(variable.value)
        self.scopes.bind(variable.value)
        return str(variable.value)

    def _focus(self, token: Token, left: Node) -> Node:
        return paths.focus(left, self._bound_name(token), token.position)

    def _index(self, token: Token, left: Node) -> Node:
        return paths.index(left, self._bound_name(token))

    def _bind(self, token: Token, left: Node) -> Node:
        if left.kind != "variable":
            raise JsonataSyntaxError("S0212", left.position, token=left.value)
        self.scopes.unuse(left.value)
        value = self._expression(BINDING[":="] - 1)
        self.scopes.bind(left.value)
        node = Node("bind", left.value, token.position, right=value)
        ancestry.inherit(node, value)
        return node

    def _condition(self, token: Token, left: Node) -> Node:
        then, other = self._expression(0), None
        if self._token.id == ":":
            self._advance(":")
            other = self._expression(0)
        return self._conditional(token, left, then, other)

    def _elvis(self, token: Token, left: Node) -> Node:
        """`a ?: b` is `a ? a : b`."""
        return self._conditional(token, left, left, self._expression(0))

    def _coalesce(self, token: Token, left: Node) -> Node:
        """`a ?? b` is `$exists(a) ? a : b`."""
        exists = Node("exists", "??", token.position, left=left)
        return self._conditional(token, exists, left, self._expression(0))

    @staticmethod
    def _conditional(token: Token, condition: Node, then: Node, other: Node | None) -> Node:
        node = Node("condition", "?", token.position, left=condition, right=then, other=other)
        ancestry.inherit(node, condition, then, other)
        return node

    def _apply(self, token: Token, left: Node) -> Node:
        return Node("apply", "~>", token.position, left=left, right=self._expression(BINDING["~>"]))

    def _call(self, token: Token, left: Node) -> Node:
        arguments: list[Node] = []
        partial = False
        if self._token.id != ")":
            while True:
                if self._token.id == "?":
                    partial = True
                    arguments.append(Node("placeholder", "?", self._advance("?", operator_next=True).position))
                else:
                    arguments.append(self._expression(0))
                if self._token.id != ",":
                    break
                self._advance(",")
        self._advance(")", operator_next=True)
        if left.kind == "path" and len(left.items) == 1 and left.items[0].value in _FUNCTION_WORDS:
            return self._function(token, arguments)
        node = Node("partial" if partial else "function", "(", token.position, left=left, items=arguments)
        ancestry.inherit(node, *arguments)
        return node

    def _function(self, token: Token, arguments: list[Node]) -> Node:
        for at, argument in enumerate(arguments):
            if argument.kind != "variable":
                raise JsonataSyntaxError("S0208", argument.position, token=argument.value, value=at + 1)
            self.scopes.unuse(argument.value)
        params = tuple(argument.value for argument in arguments)
        signature = self._signature() if self._token.id == "<" else None
        self._advance("{")
        self.scopes.open(params)
        body = self._expression(0)
        self.scopes.close()
        self._advance("}", operator_next=True)
        return Node("lambda", "(", token.position, left=body, params=params, signature=signature)

    def _signature(self) -> Signature:
        position = self._token.position
        self._advance("<")
        text, depth = "<", 1
        while depth > 0 and self._token.id not in ("{", "(end)"):
            token = self._advance()
            depth += (token.id == "<") - (token.id == ">")
            text += str(token.value)
        if depth > 0:
            raise JsonataSyntaxError("S0202", self._token.position, value=">", token=self._token.value)
        return Signature(text, position)


_STARTS: dict[str, Callable[[Parser, Token], Node]] = {
    "*": Parser._wildcard,
    "**": Parser._wildcard,
    "%": Parser._parent,
    "-": Parser._minus,
    "(": Parser._block,
    "[": Parser._array,
    "{": Parser._object,
    "|": Parser._transform,
}
_CONTINUES: dict[str, Callable[[Parser, Token, Node], Node]] = {
    ".": Parser._dot,
    "[": Parser._predicate,
    "{": Parser._group,
    "^": Parser._order,
    "@": Parser._focus,
    "#": Parser._index,
    ":=": Parser._bind,
    "?": Parser._condition,
    "?:": Parser._elvis,
    "??": Parser._coalesce,
    "~>": Parser._apply,
    "(": Parser._call,
}
