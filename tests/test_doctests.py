"""The examples in the docstrings give what they say; those of the statistics have their own."""

import doctest
import importlib
import pkgutil

import pytest

import tracedtrial
import tracedtrial.datasets
from tracedtrial.datasets import dates
from tracedtrial.datasets.criteria import criteria, imwg, recist
from tracedtrial.datasets.criteria import imwg_confirmation as confirmation
from tracedtrial.datasets.time_to_event import progression_free, survival


def modules() -> list[str]:
    """Every module of the package, by name; a `__main__` is a command, not to be imported."""
    found = (module.name for module in pkgutil.walk_packages(tracedtrial.__path__, "tracedtrial."))
    return sorted(
        name
        for name in found
        if not name.startswith("tracedtrial.statistics") and not name.endswith(".__main__")
    )


def examples(module: str) -> list[doctest.DocTest]:
    return [
        test
        for test in doctest.DocTestFinder().find(importlib.import_module(module))
        if test.examples
    ]


@pytest.mark.parametrize("module", modules())
def test_the_examples_give_what_they_say(module):
    runner = doctest.DocTestRunner(optionflags=doctest.FAIL_FAST)
    for test in examples(module):
        runner.run(test)
    assert runner.failures == 0


def test_examples_are_found_at_all():
    assert len(examples(imwg.__name__)) == 1 and len(examples(confirmation.__name__)) == 4


PUBLIC = [
    recist.recist_response,
    recist.target_response,
    recist.overall_response,
    recist.confirmed_course,
    tracedtrial.datasets.imwg_response,
    tracedtrial.datasets.confirmed_response,
    tracedtrial.datasets.best_confirmed_response,
    confirmation.confirmed_categories,
    confirmation.best_so_far,
    criteria.best_overall,
    criteria.counted_places,
    dates.first_days,
    dates.last_days,
    dates.by_cutoff,
    dates.day_number,
    progression_free,
    survival,
]


@pytest.mark.parametrize("function", PUBLIC, ids=lambda function: function.__name__)
def test_a_public_derivation_has_an_example(function):
    assert "\n    Examples\n    --------\n" in function.__doc__
    assert "\n    >>> " in function.__doc__


TABLES = [tracedtrial.datasets.imwg_response, tracedtrial.datasets.confirmed_response]


@pytest.mark.parametrize("function", TABLES, ids=lambda function: function.__name__)
def test_a_derivation_of_a_table_says_its_parameters_and_what_it_returns(function):
    assert "Parameters\n    ----------\n" in function.__doc__
    assert "Returns\n    -------\n" in function.__doc__
