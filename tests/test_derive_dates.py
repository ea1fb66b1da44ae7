"""Partial dates: the days that they may mean."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracedtrial.datasets.dates import by_cutoff, day_number, first_days, imputed_starts, last_days

DAYS = st.dates(min_value=datetime.date(1900, 1, 1), max_value=datetime.date(2199, 12, 31))


def texts(days: np.ndarray) -> list[str]:
    return days.astype(str).tolist()


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("2014", "2014-01-01", "2014-12-31"),
        ("2014-02", "2014-02-01", "2014-02-28"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("1900-02", "1900-02-01", "1900-02-28"),
        ("2000-02", "2000-02-01", "2000-02-29"),
        ("2014-12", "2014-12-01", "2014-12-31"),
        ("2014-04", "2014-04-01", "2014-04-30"),
        ("2014-04-17", "2014-04-17", "2014-04-17"),
        ("", "NaT", "NaT"),
    ],
)
def test_a_partial_date_means_any_day_from_its_first_to_its_last(text, first, last):
    assert texts(first_days(pd.Series([text]))) == [first]
    assert texts(last_days(pd.Series([text]))) == [last]


def test_dates_keep_their_rows():
    column = pd.Series(["2014-02", "", "2013", "2014-02"], index=[7, 3, 5, 1])
    assert texts(first_days(column)) == ["2014-02-01", "NaT", "2013-01-01", "2014-02-01"]


def test_a_column_without_rows_has_no_days():
    empty = pd.Series([], dtype=object)
    assert len(first_days(empty)) == len(last_days(empty)) == 0
    assert first_days(empty).dtype == last_days(empty).dtype == "datetime64[D]"


def test_a_category_is_read_by_its_texts():
    column = pd.Series(["2014", "2014-05"], dtype="category")
    assert texts(last_days(column)) == ["2014-12-31", "2014-05-31"]


def test_the_start_is_day_one_and_the_day_before_it_minus_one():
    dates = np.array(["2014-06-01", "2014-06-28", "2014-05-31", "NaT"], "datetime64[D]")
    start = np.array(["2014-06-01"] * 4, "datetime64[D]")
    np.testing.assert_array_equal(day_number(dates, start), [1, 28, -1, np.nan])


def test_a_row_counts_up_to_the_day_of_the_cut_off_and_where_it_has_no_date():
    dates = pd.Series(pd.to_datetime(["2016-11-30", "2016-12-01", None]))
    assert by_cutoff(dates, np.datetime64("2016-11-30", "s")).tolist() == [True, False, True]


@given(DAYS)
def test_a_day_lies_between_the_first_and_last_day_of_its_month_and_year(day):
    for length in (4, 7, 10):
        column = pd.Series([day.isoformat()[:length]])
        first, last = texts(first_days(column))[0], texts(last_days(column))[0]
        assert first <= day.isoformat() <= last
        assert first.startswith(column[0]) and last.startswith(column[0])


@given(DAYS, DAYS)
def test_day_numbers_count_days_and_leave_out_zero(day, start):
    got = day_number(np.array([day], "datetime64[D]"), np.array([start], "datetime64[D]"))
    elapsed = day.toordinal() - start.toordinal()
    assert got[0] == elapsed + (elapsed >= 0) != 0


@given(DAYS, DAYS, DAYS, st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
def test_an_imputed_start_never_lies_after_the_end(one, other, dose, start_length, end_length):
    start = pd.Series([min(one, other).isoformat()[:start_length]])
    end = pd.Series([max(one, other).isoformat()[:end_length]])
    got = imputed_starts(start, end, np.array([dose], "datetime64[D]"))
    assert first_days(start) <= got <= last_days(end)
    assert got <= last_days(start)
