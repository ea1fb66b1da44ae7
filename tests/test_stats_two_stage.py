"""`tracedtrial.statistics.two_stage`: Simon's optimal and minimax designs."""

from itertools import product
from math import comb, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tracedtrial.statistics import simon_two_stage

generated = settings(derandomize=True, deadline=None, max_examples=25)


def chance(x, n, p):
    """P(X = x)."""
    return comb(n, x) * p**x * (1 - p) ** (n - x)


def acceptance(r1, n1, r, n, p):
    """The probability of more than r1 responses in the first stage and more than r in all."""
    return sum(
        chance(first, n1, p) * chance(second, n - n1, p)
        for first in range(r1 + 1, n1 + 1)
        for second in range(n - n1 + 1)
        if first + second > r
    )


def expected_size(r1, n1, n, p):
    return n1 + (n - n1) * sum(chance(x, n1, p) for x in range(r1 + 1, n1 + 1))


def all_designs(p0, p1, alpha, beta, most):
    """(expected size, design) of every design of at most `most` patients that keeps the errors."""
    for n in range(2, most + 1):
        for n1, r in product(range(1, n), range(n + 1)):
            for r1 in range(min(r, n1) + 1):
                design = r1, n1, r, n
                if acceptance(*design, p0) <= alpha and acceptance(*design, p1) >= 1 - beta:
                    yield expected_size(r1, n1, n, p0), design


# By hand


def test_a_near_certain_response_needs_two_patients():
    # One patient without response, 0.99 likely at p0, stops; P(X1 = 1 | p0) is 0.01.
    optimal, minimax = simon_two_stage(0.01, 0.99, 0.05, 0.2)
    assert optimal == minimax
    assert optimal[:4] == (0, 1, 0, 2)
    assert_allclose(optimal[4:], (1.01, 0.99, 0.01, 0.99), rtol=1e-14)


# Published: Simon (1989), Tables 1 and 2


@pytest.mark.parametrize(
    "p0, p1, beta, optimal, minimax",
    [
        (0.05, 0.25, 0.2, (0, 9, 2, 17, 11.96), (0, 12, 2, 16, 13.84)),
        (0.1, 0.3, 0.2, (1, 10, 5, 29, 15.01), (1, 15, 5, 25, 19.51)),
        (0.2, 0.4, 0.2, (3, 13, 12, 43, 20.58), (4, 18, 10, 33, 22.25)),
        (0.3, 0.5, 0.2, (5, 15, 18, 46, 23.63), (6, 19, 16, 39, 25.69)),
        (0.3, 0.45, 0.1, (13, 40, 40, 110, 60.77), (27, 77, 33, 88, 78.51)),
    ],
)
def test_published_designs(p0, p1, beta, optimal, minimax):
    for found, published in zip(simon_two_stage(p0, p1, 0.05, beta), (optimal, minimax)):
        assert found[:4] == published[:4]
        assert_allclose(found.expected_n, published[4], rtol=0, atol=0.005)


# Properties

rates = st.tuples(st.floats(0.02, 0.3), st.floats(0.5, 0.98))


@given(rates, st.sampled_from([0.05, 0.1, 0.2]), st.sampled_from([0.1, 0.2, 0.3]))
@generated
def test_designs_carry_their_operating_characteristics(rates, alpha, beta):
    p0, p1 = rates
    for design in simon_two_stage(p0, p1, alpha, beta):
        r1, n1, r, n = design[:4]
        assert_allclose(design.expected_n, expected_size(r1, n1, n, p0), rtol=1e-9)
        assert_allclose(design.early_stop, sum(chance(x, n1, p0) for x in range(r1 + 1)))
        assert_allclose(design.type_one_error, acceptance(r1, n1, r, n, p0), rtol=1e-9)
        assert_allclose(design.power, acceptance(r1, n1, r, n, p1), rtol=1e-9)
        assert r1 <= r < n and r1 < n1 < n
        assert design.type_one_error <= alpha
        assert design.power >= 1 - beta


@given(rates, st.sampled_from([0.1, 0.2]), st.sampled_from([0.2, 0.3]))
@generated
def test_no_design_is_better_than_those_found(rates, alpha, beta):
    optimal, minimax = simon_two_stage(*rates, alpha, beta)
    assert (minimax.n, -minimax.expected_n) <= (optimal.n, -optimal.expected_n)
    designs = list(all_designs(*rates, alpha, beta, most=min(optimal.n + 2, 14)))
    assert all(size >= optimal.expected_n - 1e-9 for size, _ in designs)
    assert all(design[3] >= minimax.n for _, design in designs)
    of_least_n = [size for size, design in designs if design[3] == minimax.n]
    assert all(size >= minimax.expected_n - 1e-9 for size in of_least_n)


# Refusals


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0.3, 0.1, 0.05, 0.2), "p0 must be below p1, 0.1, but got 0.3"),
        ((0.3, 0.3, 0.05, 0.2), "p0 must be below p1, 0.3, but got 0.3"),
        ((0, 0.3, 0.05, 0.2), "p0 must lie strictly between 0 and 1, but got 0"),
        ((0.1, 1.2, 0.05, 0.2), "p1 must lie strictly between 0 and 1, but got 1.2"),
        ((0.1, 0.3, 0, 0.2), "alpha must lie strictly between 0 and 1, but got 0"),
        ((0.1, 0.3, 0.05, nan), "beta must lie strictly between 0 and 1, but got nan"),
        ((0.1, 0.3, 0.05, None), "beta must lie strictly between 0 and 1, but got None"),
        (
            (0.3, 0.31, 0.05, 0.2),
            "p1 must need no more than 200 patients to tell from p0, 0.3, but got 0.31",
        ),
    ],
)
def test_impossible_designs_are_refused(arguments, message):
    with pytest.raises(ValueError) as refused:
        simon_two_stage(*arguments)
    assert str(refused.value) == message
