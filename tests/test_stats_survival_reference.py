"""Survival statistics beside R's survfit (reference/survival.R) and beside lifelines."""

from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from numpy.testing import assert_allclose, assert_array_equal

from tracedtrial.statistics import kaplan_meier, reverse_kaplan_meier

REFERENCE = Path(__file__).parent / "reference"
TRANSFORMS = ("log-log", "log", "plain")


def reference(name):
    return pd.read_csv(REFERENCE / f"survival-{name}.csv", comment="#")


DATA = {name: rows for name, rows in reference("data").groupby("set", sort=False)}
CURVES = dict(list(reference("curves").groupby(["set", "reverse", "level"], sort=False)))
QUANTILES = reference("quantiles").groupby(["set", "reverse", "level", "transform"], sort=False)
TIMES = dict(list(reference("times").groupby(["set", "reverse"], sort=False)))


def estimated(name, reverse=False, **options):
    estimator = reverse_kaplan_meier if reverse else kaplan_meier
    return estimator(DATA[name]["time"], DATA[name]["event"], **options)


# R


@pytest.mark.parametrize("table", ["data", "curves", "quantiles", "times"])
def test_the_reference_names_r_its_package_and_the_date(table):
    header = (REFERENCE / f"survival-{table}.csv").read_text().splitlines()[0]
    assert header.startswith("# R version 4.2.2")
    assert "survival 3.5.3, 2026-11-22" in header


@pytest.mark.parametrize(
    "name, transform, median, low, high",
    [
        ("lung", "log", 310, 285, 363),
        ("lung", "log-log", 310, 284, 361),
        ("lung_sex_1", "log", 270, 212, 310),
        ("lung_sex_1", "log-log", 270, 210, 306),
        ("lung_sex_2", "log", 426, 348, 550),
        ("lung_sex_2", "log-log", 426, 345, 524),
        ("aml_maintained", "log", 31, 18, nan),
        ("aml_maintained", "log-log", 31, 13, nan),
        ("aml_nonmaintained", "log", 23, 8, nan),
        ("aml_nonmaintained", "log-log", 23, 5, 33),
    ],
)
def test_known_medians(name, transform, median, low, high):
    assert_array_equal(estimated(name, transform=transform).quantile(0.5), [median, low, high])


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name, reverse, level", CURVES)
def test_curves_and_bounds_are_those_of_r(name, reverse, level, transform):
    curve = estimated(name, reverse, level=level, transform=transform)
    expected = CURVES[name, reverse, level]
    for column in ("time", "at_risk", "events", "censored"):
        assert_array_equal(getattr(curve, column), expected[column])
    for column, theirs in [
        ("survival", "survival"),
        ("low", f"low {transform}"),
        ("high", f"high {transform}"),
    ]:
        assert_allclose(getattr(curve, column), expected[theirs], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("design", list(QUANTILES.groups))
def test_quantiles_and_their_intervals_are_those_of_r(design):
    name, reverse, level, transform = design
    expected = QUANTILES.get_group(design)
    curve = estimated(name, reverse, level=level, transform=transform)
    ours = [curve.quantile(p) for p in expected["p"]]
    assert_allclose(ours, expected[["value", "low", "high"]], rtol=1e-9)


@pytest.mark.parametrize("name, reverse", TIMES)
def test_survival_and_numbers_at_risk_at_given_times_are_those_of_r(name, reverse):
    curve, expected = estimated(name, reverse), TIMES[name, reverse]
    assert_array_equal(curve.at_risk_at(expected["time"]), expected["at_risk"])
    # R was told to extend the curve past the last observation; we do after a last event alone.
    known = (expected["time"] <= curve.time[-1]) | (curve.survival[-1] == 0)
    survival = expected["survival"].where(known)
    assert_allclose(curve.survival_at(expected["time"]), survival, rtol=1e-9, atol=1e-15)


# The peer: lifelines, whose bounds are log-log ones


@pytest.mark.parametrize("name", ["lung", "tied_days", "continuous", "months_from_days"])
def test_curves_are_those_of_lifelines(name):
    peer = KaplanMeierFitter().fit(DATA[name]["time"].round(6), DATA[name]["event"])
    curve = kaplan_meier(DATA[name]["time"].round(6), DATA[name]["event"])
    theirs = peer.survival_function_["KM_estimate"]
    assert_allclose(curve.survival, theirs.loc[curve.time], rtol=1e-9)
    between = (curve.survival > 0) & (curve.survival < 1)
    bounds = peer.confidence_interval_.loc[curve.time[between]].to_numpy()
    assert_allclose(np.column_stack((curve.low, curve.high))[between], bounds, rtol=1e-9)
