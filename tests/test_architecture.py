"""Imports point one way: each part may import only what stands before it, and the pure parts nothing that acts.

Walks the source. A new edge is a decision: make it here, or do without it.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOUNDATION = {"errors", "limits", "jsontext", "jackson", "moment", "objects", "certificates", "access_policy", "regex"}

# part -> the parts of engine/ that it may import, beside itself and the foundation
MAY_IMPORT: dict[str, set[str]] = {
    **{name: set() for name in FOUNDATION},
    "query": set(),
    "asl": {"query", "items"},
    "items": set(),
    "core": {"asl", "query", "items"},
    "store": set(),
    "config": {"wire"},
    "contract": {"asl"},
    "runtime": {"contract", "core", "asl", "query", "store", "items", "config"},
    "wire": set(),
    "sdk": {"contract", "asl", "wire", "items"},
    "auth": set(),
    "api": {"runtime", "contract", "sdk", "store", "asl"},
    "http": {"api", "auth", "sdk", "wire", "runtime", "contract", "store", "asl", "config"},
    "cli": {"http", "api", "sdk", "wire", "runtime", "contract", "store", "core", "asl", "query", "config"},
}
# Beside contract, store and wire, an integration reads its settings, names ASL's patterns and speaks as Tasks do.
INTEGRATION_MAY_IMPORT = {"contract", "store", "wire", "config", "asl", "sdk"}
PURE = ("query", "asl", "core", "items", "regex")
IMPURE_MODULES = {"anyio", "asyncio", "sqlalchemy", "time", "random", "uuid", "os", "socket", "threading", "subprocess"}
SYNCHRONOUS = ("query", "asl", "core", "store", "wire", "sdk", "auth", "api")


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def part_of(path: Path) -> str:
    relative = path.relative_to(ROOT / "engine")
    return relative.parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(module, line) of every import that runs; those for type checkers alone do not count."""
    tree = ast.parse(path.read_text())
    unexecuted = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in unexecuted:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module == "engine":
                yield from ((f"engine.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno


@pytest.mark.parametrize("path", sources("engine"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    allowed = MAY_IMPORT[part] | FOUNDATION | {part}
    for module, line in imports(path):
        if module.startswith("integrations"):
            pytest.fail(f"{path}:{line}: engine/ names no integration")
        if module.startswith("engine."):
            assert module.split(".")[1] in allowed, f"{path}:{line}: {part} may not import {module}"


@pytest.mark.parametrize("path", sources("integrations"), ids=lambda path: str(path.relative_to(ROOT)))
def test_an_integration_imports_the_contract_and_not_the_engine(path: Path) -> None:
    for module, line in imports(path):
        if module.startswith("engine."):
            part = module.split(".")[1]
            assert part in INTEGRATION_MAY_IMPORT | FOUNDATION, f"{path}:{line}: imports {module}"


@pytest.mark.parametrize("part", PURE)
def test_the_pure_parts_touch_nothing_that_acts(part: str) -> None:
    for path in sources(f"engine/{part}"):
        for module, line in imports(path):
            assert module.split(".")[0] not in IMPURE_MODULES, f"{path}:{line}: {part} is pure and imports {module}"


def test_async_exists_only_in_the_shell_and_the_doors() -> None:
    allowed = {
        "engine/api/operations.py",
        "engine/api/activities.py",
        "engine/api/express.py",
        "engine/api/nested_calls.py",
        "engine/api/test_state.py",
        "engine/sdk/secret_text.py",  # what remote callers await
    }
    for part in SYNCHRONOUS:
        for path in sources(f"engine/{part}"):
            found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.AsyncFunctionDef)]
            name = str(path.relative_to(ROOT))
            assert not found or name in allowed, f"{name}:{found[0].lineno}: async in a synchronous part"


@pytest.mark.parametrize("path", sources("statewright_pytest"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_pytest_plugin_knows_the_server_over_http_only(path: Path) -> None:
    for module, line in imports(path):
        part = module.split(".")[0]
        allowed = part in sys.stdlib_module_names or part in {"pytest", "boto3", "botocore", "statewright_pytest"}
        assert allowed, f"{path}:{line}: imports {module}"


def test_every_part_is_known() -> None:
    parts = {part_of(path) for path in sources("engine")} - {"__init__"}
    assert parts == set(MAY_IMPORT)


def test_a_server_that_starts_does_not_load_what_it_may_never_need() -> None:
    """Each of these takes long to load; a single import at the top of a module would load it in every process."""
    program = "import sys, engine.http.compose as server; server.installed_integrations(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert "sqlalchemy" in loaded
    assert loaded & {"alembic", "psycopg", "jsonschema", "pyarrow", "boto3"} == set()
