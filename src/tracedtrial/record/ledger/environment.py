"""Versions of the software that computes and typesets."""

import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import version

from tracedtrial.record.ledger.rows import stated_row

PACKAGES = ("pandas", "scipy", "numpy", "matplotlib", "snakemake", "typst")


def environment_rows() -> dict[str, dict]:
    """Ledger rows `environment.NAME` of Python, packages and pandoc."""
    return {
        f"environment.{name}": stated_row(
            found, found, source="environment", statistic="software version", method=how
        )
        for name, found, how in _versions()
    }


def _versions() -> Iterator[tuple[str, str, str]]:
    yield "python", platform.python_version(), "platform.python_version"
    for package in PACKAGES:
        yield package, version(package), "importlib.metadata.version"
    yield "pandoc", _pandoc_version(), "pandoc --version"


def _pandoc_version() -> str:
    import pypandoc

    said = subprocess.run(
        [pypandoc.get_pandoc_path(), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return said.split()[1]
