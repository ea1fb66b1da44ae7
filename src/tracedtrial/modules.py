"""Which files a module runs: itself, all that it imports of this package, and their data files.

An edit to an imported module must run a rule again, so each rule lists these files as input.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tracedtrial.files import sha256
from tracedtrial.paths import CODE, PACKAGE


def modules(name: str) -> list[str]:
    """Files of the module `name` and of everything that it imports from this package.

    Imports inside functions count too. A package brings the data files that lie in it, and all of
    its modules where it imports pkgutil.
    """
    found: dict[str, Path] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop()
        path = _file(module)
        if module in found or path is None:
            continue
        found[module] = path
        waiting += [module.rpartition(".")[0], *_imported(path)]
        if "pkgutil" in _imported(path):
            waiting += [f"{module}.{other.stem}" for other in path.parent.glob("*.py")]
    data = {
        file
        for path in found.values()
        if path.name == "__init__.py"
        for file in path.parent.iterdir()
        if file.is_file() and file.suffix != ".py"
    }
    return sorted(map(str, data | set(found.values())))


def code_hashes(name: str) -> dict[str, str]:
    """SHA-256 of each file that the module `name` runs, by its path from the code's own root."""
    return {Path(file).relative_to(CODE).as_posix(): sha256(Path(file)) for file in modules(name)}


def _file(module: str) -> Path | None:
    path = CODE.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if module.split(".")[0] == PACKAGE.name and candidate.is_file():
            return candidate
    return None


@cache
def _imported(path: Path) -> tuple[str, ...]:
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in _statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements within a node; expressions, which hold no import, are passed over."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield child
            yield from _statements(child)
