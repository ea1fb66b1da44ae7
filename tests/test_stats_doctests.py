"""`tracedtrial.statistics` as a package: its examples run, and importing it is light."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import tracedtrial.statistics

MODULES = sorted(module.name for module in pkgutil.iter_modules(tracedtrial.statistics.__path__))
FUNCTIONS = [name for name in tracedtrial.statistics.__all__ if name.islower()]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_give_what_they_say(module):
    result = doctest.testmod(importlib.import_module(f"tracedtrial.statistics.{module}"))
    assert result.failed == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_has_an_example(name):
    assert "\n    >>> " in getattr(tracedtrial.statistics, name).__doc__


def test_importing_the_package_loads_neither_pandas_nor_scipy_nor_matplotlib():
    program = "import tracedtrial.statistics, sys; print(*sys.modules)"
    root = Path(tracedtrial.statistics.__file__).parents[2]
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert not {"pandas", "scipy", "matplotlib"} & set(loaded.stdout.split())
