"""Functions of a Python source by name: which differ between two versions, and their hashes."""

import ast
import hashlib
from collections.abc import Iterator

MODULE = "module level"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def changed_functions(old: bytes | None, new: bytes | None) -> tuple[str, ...]:
    """Names of functions and methods that differ in more than comments and layout.

    `module level` stands for what lies outside them.

    Examples
    --------
    >>> changed_functions(b"def f():\\n    return 1\\n", b"def f():\\n    return 2\\n")
    ('f',)
    """
    before, after = (_meanings(source or b"") for source in (old, new))
    return tuple(name for name in {**before, **after} if before.get(name) != after.get(name))


def function_hashes(source: bytes) -> dict[str, set[str]]:
    """Name -> SHA-256 of the lines of every definition of that name, decorators included."""
    lines = source.decode("utf-8").splitlines(keepends=True)
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Definition):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            text = "".join(lines[first - 1 : node.end_lineno])
            found.setdefault(node.name, set()).add(hashlib.sha256(text.encode()).hexdigest())
    return found


def _meanings(source: bytes) -> dict[str, str]:
    """Qualified name -> what the definition means, without its comments, layout and place."""
    tree = ast.parse(source)
    found = {name: ast.dump(node) for name, node in _definitions(tree, "")}
    rest = [ast.dump(node) for node in tree.body if not isinstance(node, Definition)]
    return found | ({MODULE: "\n".join(rest)} if rest else {})


def _definitions(tree: ast.AST, within: str) -> Iterator[tuple[str, Definition]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and node.body:
            inner = list(_definitions(node, f"{within}{node.name}."))
            yield from inner
            kept = [each for each in node.body if not isinstance(each, Definition)]
            yield (
                f"{within}{node.name}",
                ast.ClassDef(node.name, node.bases, node.keywords, kept, node.decorator_list),
            )
        elif isinstance(node, Definition):
            yield f"{within}{node.name}", node
