"""Which variables of an expression are free: those that the state machine has to provide.

A name is looked up where it is used at the time it is used: `:=` binds it in its block from there on, but a function of
the block sees it whenever it is bound, as it is called later. So a use is settled when its block ends.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class _Use:
    name: str
    order: int
    functions: int  # how many functions the use is inside of


@dataclass(slots=True)
class _Block:
    functions: int
    params: tuple[str, ...] = ()
    bound: dict[str, int] = field(default_factory=dict)  # name -> when
    uses: list[_Use] = field(default_factory=list)


class Scopes:
    """Told by the parser, in the order of the text, what is opened, used, bound and closed."""

    __slots__ = ("_blocks", "_clock")

    def __init__(self) -> None:
        self._blocks = [_Block(0)]
        self._clock = 0

    def open(self, params: tuple[str, ...] | None = None) -> None:
        """A block, or with `params` the body of a function."""
        inside = self._blocks[-1].functions
        self._blocks.append(_Block(inside) if params is None else _Block(inside + 1, params))

    def use(self, name: str) -> None:
        self._clock += 1
        block = self._blocks[-1]
        block.uses.append(_Use(name, self._clock, block.functions))

    def unuse(self, name: str) -> None:
        """The last use of a name was none: the left side of a binding, a parameter."""
        uses = self._blocks[-1].uses
        for at in range(len(uses) - 1, -1, -1):
            if uses[at].name == name:
                del uses[at]
                return

    def bind(self, name: str) -> None:
        self._clock += 1
        self._blocks[-1].bound.setdefault(name, self._clock)

    def close(self) -> bool:
        """Whether the block bound names."""
        block = self._blocks.pop()
        self._blocks[-1].uses += self._free(block)
        return bool(block.bound)

    def free(self) -> frozenset[str]:
        """What is left when the text has ended."""
        return frozenset(use.name for use in self._free(self._blocks[0]))

    def _free(self, block: _Block) -> list[_Use]:
        def settled(use: _Use) -> bool:
            if use.name in block.params:
                return True
            bound = block.bound.get(use.name)
            return bound is not None and (bound < use.order or use.functions > block.functions)

        return [use for use in block.uses if not settled(use)]
