"""Confirmed response by IMWG: the rule sentence by sentence, and 22 subjects with their answers.

The rule in words, the data and the answers stand in `shared/cases/imwg/README.md`, beside the
repository: they come from pharmaversesdtm, and the admiralonco article on IMWG response prints
the answers.
"""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracedtrial.datasets import best_confirmed_response, confirmed_response
from tracedtrial.datasets.criteria.criteria import best_overall
from tracedtrial.datasets.criteria.imwg_confirmation import RANKS, best_so_far, confirmed_categories

RESPONSES = ("sCR", "CR", "VGPR", "PR", "MR")
COURSES = st.lists(st.sampled_from(RANKS), max_size=8)


def confirmed(
    course: str, new_therapy: int | None = None, imaging: str = "", death: str = ""
) -> str:
    """Visits 1, 2, 3 ... in words; `imaging` and `death` name the visits that carry the flag."""
    categories = course.split()
    places = range(1, len(categories) + 1)
    return " ".join(
        confirmed_categories(
            categories,
            list(places),
            new_therapy,
            [str(place) in imaging.split() for place in places],
            [str(place) in death.split() for place in places],
        )
    )


def records(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["USUBJID", "RSSEQ", "RSDTC", "RSSTRESC"])


# By-hand truth: each sentence of the rule


@pytest.mark.parametrize("category", RESPONSES)
def test_a_response_is_confirmed_at_its_own_level_by_the_same_response(category):
    assert confirmed(f"{category} {category}") == f"{category} SD"


@pytest.mark.parametrize(
    "course, first",
    [("PR VGPR", "PR"), ("PR sCR", "PR"), ("MR PR", "MR"), ("VGPR CR", "VGPR"), ("CR sCR", "CR")],
)
def test_a_better_next_record_confirms_the_response_at_its_own_level(course, first):
    assert confirmed(course).split()[0] == first


@pytest.mark.parametrize(
    "course, first",
    [
        ("sCR CR", "CR"),
        ("CR PR", "PR"),
        ("VGPR MR", "MR"),
        ("PR MR", "MR"),
        ("PR SD", "SD"),
        ("sCR SD", "SD"),
        ("MR SD", "SD"),
    ],
)
def test_a_lower_next_record_is_what_is_confirmed(course, first):
    assert confirmed(course).split()[0] == first


@pytest.mark.parametrize("category", RESPONSES)
def test_a_response_without_a_next_record_counts_as_stable_disease(category):
    assert confirmed(category) == "SD"
    assert confirmed(f"{category} NE NE") == "SD NE NE"


@pytest.mark.parametrize("category", RESPONSES)
def test_a_response_before_progression_counts_as_stable_disease(category):
    assert confirmed(f"{category} PD").split()[0] == "SD"
    assert confirmed(f"{category} NE PD").split()[0] == "SD"


def test_a_next_record_after_new_therapy_confirms_no_response():
    assert confirmed("PR PR", new_therapy=1) == "SD SD"


def test_a_next_record_on_the_day_of_new_therapy_confirms_a_response():
    assert confirmed("PR PR", new_therapy=2) == "PR SD"


def test_a_record_that_is_not_evaluable_is_skipped_when_looking_for_the_next():
    assert confirmed("PR NE NE PR") == "PR NE NE SD"
    assert confirmed("PR NE SD") == "SD NE SD"


def test_only_the_next_record_confirms_not_a_later_one():
    assert confirmed("PR SD PR PR") == "SD SD PR SD"


def test_stable_disease_needs_no_confirmation():
    assert confirmed("SD") == "SD"
    assert confirmed("SD PD SD") == "SD NE SD"


def test_progression_is_confirmed_by_imaging():
    assert confirmed("SD PD", imaging="2") == "SD PD"


def test_progression_is_confirmed_by_death_due_to_it():
    assert confirmed("SD PD", death="2") == "SD PD"


def test_progression_is_confirmed_by_a_next_progression():
    assert confirmed("PD PD") == "PD NE"
    assert confirmed("PD NE PD") == "PD NE NE"


def test_the_confirming_progression_may_fall_after_new_therapy():
    assert confirmed("SD PD PD", new_therapy=2) == "SD PD NE"


def test_progression_that_nothing_confirms_is_not_evaluable():
    assert confirmed("PD") == "NE"
    assert confirmed("PD SD PD") == "NE SD NE"


def test_the_best_so_far_never_falls_and_confirmed_progression_outranks_all():
    assert best_so_far("SD NE PR MR VGPR SD PD sCR".split()) == (
        "SD SD PR PR VGPR VGPR PD PD".split()
    )
    assert best_so_far(["NE", "NE"]) == ["NE", "NE"]


@pytest.mark.parametrize(
    "course, new_therapy, place",
    [
        ("SD PR VGPR SD", None, 2),
        ("PR PR", None, 0),
        ("SD PD sCR", None, 0),
        ("NE PD", None, 1),
        ("PR VGPR CR", 1, 0),
        ("PR VGPR CR", 2, 1),
        ("NE NE", None, 0),
        ("PR", 0, None),
        ("", None, None),
    ],
)
def test_the_best_response_drops_what_comes_after_progression_or_new_therapy(
    course, new_therapy, place
):
    categories = course.split()
    assert (
        best_overall(categories, list(range(1, len(categories) + 1)), RANKS, new_therapy) == place
    )


# By-hand truth: tables


def test_a_date_without_a_day_takes_the_last_of_its_month():
    table = records(("01", 1, "2014-02", "PR"), ("01", 2, "2014-02-27", "VGPR"))
    got = confirmed_response(table)
    assert got["RSSEQ"].tolist() == [2, 1]
    assert got["ADT"].astype(str).tolist() == ["2014-02-27", "2014-02-28"]
    assert got["AVALC"].tolist() == ["PR", "PR"]


def test_records_of_a_subject_are_ordered_by_date_whatever_their_order():
    rows = [
        ("01", 1, "2014-01-01", "PR"),
        ("01", 2, "2014-02-01", "PR"),
        ("02", 1, "2014-01-01", "SD"),
        ("01", 3, "2014-03-01", "PD"),
    ]
    in_order = confirmed_response(records(*rows))
    shuffled = confirmed_response(records(*reversed(rows)))
    pd.testing.assert_frame_equal(in_order, shuffled)
    assert in_order["AVALC"].tolist() == ["PR", "PR", "PR", "SD"]


def test_the_qualifiers_of_a_record_count_for_that_record_alone():
    table = records(
        ("01", 1, "2014-01-01", "PD"), ("01", 2, "2014-02-01", "SD"), ("02", 1, "2014-01-01", "PD")
    )
    flags = pd.DataFrame(
        [("02", "1", "PDIFL", "Y")], columns=["USUBJID", "IDVARVAL", "QNAM", "QVAL"]
    )
    assert confirmed_response(table, flags)["AVALC"].tolist() == ["NE", "SD", "PD"]


def test_of_several_dates_of_new_therapy_the_first_counts():
    table = records(("01", 1, "2014-01-01", "PR"), ("01", 2, "2014-02-01", "PR"))
    dates = pd.DataFrame(
        [("01", "1", "NACTDT", "2014-05-01"), ("01", "2", "NACTDT", "2014-01")],
        columns=["USUBJID", "IDVARVAL", "QNAM", "QVAL"],
    )
    best = best_confirmed_response(table, dates)
    assert best[["USUBJID", "AVALC"]].to_numpy().tolist() == [["01", "SD"]]


def test_no_record_gives_no_response():
    assert len(confirmed_response(records())) == len(best_confirmed_response(records())) == 0


# Reference: pharmaversesdtm with the answers of admiralonco


@pytest.fixture(scope="module")
def case(root) -> dict[str, pd.DataFrame]:
    folder = root.parent / "shared" / "cases" / "imwg"
    if not folder.is_dir():
        pytest.skip(f"the IMWG case is not at {folder}")
    return {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}


def test_all_65_records_of_the_case_are_confirmed_as_published(case):
    got = confirmed_response(case["rs"], case["supprs"])
    expected = case["expected_visit"]
    merged = got.merge(
        expected, on=["USUBJID", "RSSEQ", "RSSTRESC"], how="outer", suffixes=("", "_expected")
    )
    assert len(got) == len(merged) == 65
    assert (merged["ADT"].astype(str) == merged["ADT_expected"]).all()
    assert (merged["AVALC"] == merged["CONFIRMED"]).sum() == 65


def test_all_22_subjects_of_the_case_have_the_best_response_published(case):
    got = best_confirmed_response(case["rs"], case["supprs"])
    expected = case["expected_best"]
    assert got["USUBJID"].tolist() == expected["USUBJID"].tolist()
    assert got["ADT"].astype(str).tolist() == expected["ADT"].tolist()
    assert (got["AVALC"] == expected["BEST_CONFIRMED"]).sum() == 22


# Properties


def naively_confirmed(course: list[str]) -> list[str]:
    """The rule read backwards: walk from the last record to the first, keeping the next one."""
    out, following = [], None
    for category in reversed(course):
        if category == "PD":
            result = "PD" if following == "PD" else "NE"
        elif category in ("SD", "NE"):
            result = category
        elif following in (None, "PD"):
            result = "SD"
        else:
            result = RANKS[max(RANKS.index(category), RANKS.index(following))]
        out.insert(0, result)
        following = following if category == "NE" else category
    return out


@given(COURSES)
def test_reading_the_course_backwards_gives_the_same(course):
    assert confirmed_categories(course, list(range(len(course)))) == naively_confirmed(course)


@given(COURSES, st.integers(0, 8))
def test_a_record_that_is_not_evaluable_changes_no_other(course, place):
    place = min(place, len(course))
    longer = [*course[:place], "NE", *course[place:]]
    got = confirmed_categories(longer, list(range(len(longer))))
    assert got.pop(place) == "NE"
    assert got == confirmed_categories(course, list(range(len(course))))


@given(COURSES, st.integers(0, 8))
def test_a_response_is_never_confirmed_at_more_than_was_seen(course, new_therapy):
    got = confirmed_categories(course, list(range(len(course))), new_therapy)
    for seen, borne_out in zip(course, got):
        assert borne_out == seen or RANKS.index(borne_out) > RANKS.index(seen)


@given(COURSES, st.integers(0, 8))
def test_new_therapy_can_only_take_responses_away(course, new_therapy):
    dates = list(range(len(course)))
    with_it = confirmed_categories(course, dates, new_therapy)
    for one, other in zip(with_it, confirmed_categories(course, dates)):
        assert one == other or one == "SD" and other in RESPONSES


# Refusal


@pytest.mark.parametrize("function", [confirmed_response, best_confirmed_response])
def test_a_category_outside_IMWG_is_refused(function):
    with pytest.raises(ValueError) as error:
        function(records(("01", 1, "2014-01-01", "nCR"), ("01", 2, "2014-02-01", "??")))
    assert str(error.value) == (
        "RSSTRESC must be one of sCR, CR, VGPR, PR, MR, SD, PD, NE, but got 'nCR' (2 rows in all)"
    )


@pytest.mark.parametrize("date", ["", "2014-1-1", "2014-02-30", "01JAN2014"])
def test_a_record_without_a_date_is_refused(date):
    with pytest.raises(ValueError) as error:
        confirmed_response(records(("01", 1, "2014-01-01", "PR"), ("01", 2, date, "PR")))
    assert str(error.value) == (
        f"RSDTC must be a date (YYYY-MM-DD, YYYY-MM or YYYY), but got {date!r} (1 rows in all)"
    )
