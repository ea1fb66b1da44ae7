"""ADRS: the laboratory's responses with progression by imaging, confirmed, before new therapy."""

import numpy as np
import pandas as pd
import pytest

from tracedtrial.datasets import response_criteria
from tracedtrial.datasets.dataset import Dataset
from tracedtrial.datasets.response import Assessments, assessments

START = pd.Timestamp("2014-06-01")
CUTOFF = "2016-11-30"
RS = ["VISITNUM", "RSDTC", "RSSTRESC", "PDIFL"]


@pytest.fixture
def assessed(protocol):
    """One subject's assessments: M-protein by visit (28 days apart, 0 is baseline), other rows."""

    def made(
        serum: list[float | None],
        *,
        rs: list[tuple] = (),
        therapy: list[str] = (),
        kind: str | None = "SERUM",
        cutoff: str = CUTOFF,
        primary: str = "derived",
        start: pd.Timestamp = START,
    ) -> Assessments:
        subject = pd.Categorical(["01"], categories=["01"])
        lb = pd.DataFrame(
            [
                (float(place), START + pd.Timedelta(days=28 * place - 1), value)
                for place, value in enumerate(serum)
                if value is not None
            ],
            columns=["VISITNUM", "LBDTC", "LBSTRESN"],
        )
        lb = lb.assign(LBTESTCD="MPROTS", LBSTRESC="", LBSTAT="")
        sc = pd.DataFrame(
            {
                "SCTESTCD": ["MEASDIS"] if kind else [],
                "SCSTRESC": kind or [],
                "SCDTC": pd.to_datetime([START] if kind else []),
            }
        )
        cm = pd.DataFrame(
            [("SUBSEQUENT ANTI-CANCER THERAPY", *date.partition("/")[::2]) for date in therapy],
            columns=["CMCAT", "CMSTDTC", "CMENDTC"],
        )
        raw = {
            "lb": lb,
            "sc": sc,
            "cm": cm,
            "rs": pd.DataFrame(rs, columns=RS).assign(RSTESTCD="OVRLRESP"),
        }
        for domain, first in (("lb", 100), ("rs", 200), ("cm", 300), ("sc", 400)):
            frame = raw[domain]
            frame.insert(0, "USUBJID", subject.repeat(len(frame)))
            frame.index = range(first, first + len(frame))
        raw["rs"] = raw["rs"].astype({"RSDTC": "datetime64[s]", "VISITNUM": float})
        core = Dataset(
            pd.DataFrame({"USUBJID": subject, "TRTSDT": [start]}).astype(
                {"TRTSDT": "datetime64[s]"}
            )
        )
        return assessments(
            raw,
            core,
            response_criteria(protocol),
            np.datetime64(cutoff, "s"),
            protocol["response"] | {"primary": {"value": primary}},
        )

    return made


def visit(place: int) -> str:
    return (START + pd.Timedelta(days=28 * place - 1)).strftime("%Y-%m-%d")


def course(made: Assessments) -> tuple[str, str]:
    """What each visit shows, and what it is confirmed as."""
    return " ".join(made.visits["AVALC"]), " ".join(made.visits["CONFIRMED"])


def best(made: Assessments) -> dict:
    return made.best.frame.iloc[0].to_dict()


# By-hand truth


def test_a_response_counts_once_it_is_confirmed(assessed):
    made = assessed([2.0, 1.0, 0.9, 1.2])
    assert course(made) == ("PR PR MR", "PR MR SD")
    assert best(made)["BESTRESP"] == "PR"
    assert best(made)["CONFDT"] == pd.Timestamp(visit(1))


def test_an_unconfirmed_response_counts_as_stable_disease(assessed):
    made = assessed([2.0, 1.9, 1.0])
    assert course(made) == ("SD PR", "SD SD")
    assert best(made)["BESTRESP"] == "SD" and pd.isna(best(made)["CONFDT"])


def test_the_first_confirmed_progression_is_dated_by_its_own_visit(assessed):
    made = assessed([2.0, 1.0, 1.0, 1.6, 1.7])
    assert course(made) == ("PR PR PD PD", "PR SD PD NE")
    assert best(made)["PROGDT"] == pd.Timestamp(visit(3))


def test_a_rise_that_the_next_visit_does_not_confirm_is_no_progression(assessed):
    made = assessed([2.0, 1.0, 1.0, 1.6, 1.0, 1.0])
    assert course(made) == ("PR PR PD PR PR", "PR SD NE PR SD")
    assert pd.isna(best(made)["PROGDT"]) and best(made)["BESTRESP"] == "PR"


def test_progression_shown_by_imaging_needs_no_confirmation(assessed):
    made = assessed([2.0, 1.9, 1.9], rs=[(2, visit(2), "PD", "Y")])
    assert course(made) == ("SD PD", "SD PD")
    assert best(made)["PROGDT"] == pd.Timestamp(visit(2))


def test_imaging_at_a_visit_without_values_makes_a_visit_of_its_own(assessed):
    made = assessed([2.0, 1.9], rs=[(1.1, "2014-07-20", "PD", "Y")])
    assert course(made) == ("SD PD", "SD PD")
    assert made.visits["ADT"].astype(str).tolist() == [visit(1), "2014-07-20"]


def test_what_the_investigator_writes_without_imaging_changes_no_response(assessed):
    made = assessed([2.0, 1.9, 1.9], rs=[(1, visit(1), "PD", ""), (2, visit(2), "CR", "")])
    assert course(made) == ("SD SD", "SD SD")
    assert made.visits["INVESTIGATOR"].tolist() == ["PD", "CR"]


@pytest.mark.parametrize("date, shown", [("2014-06-01", False), ("2014-06-02", True)])
def test_imaging_up_to_the_day_of_the_first_dose_shows_the_disease_as_it_was(assessed, date, shown):
    made = assessed([2.0, 1.9], rs=[(0.1, date, "PD", "Y")])
    assert pd.notna(best(made)["PROGDT"]) == shown


def test_responses_after_confirmed_progression_do_not_count(assessed):
    made = assessed([2.0, 1.9, 2.6, 2.6, 0.1, 0.1])
    assert course(made) == ("SD PD PD PR PR", "SD PD NE PR SD")
    assert best(made)["BESTRESP"] == "SD" and pd.isna(best(made)["CONFDT"])
    assert best(made)["BESTCHG"] == pytest.approx(-5)


def test_responses_after_new_therapy_do_not_count(assessed):
    made = assessed([2.0, 1.4, 1.4, 0.9, 0.9], therapy=["2014-08-01"])
    assert best(made)["BESTRESP"] == "MR"
    assert best(made)["BESTCHG"] == pytest.approx(-30)
    assert best(made)["NEWTHDT"] == pd.Timestamp("2014-08-01")


def test_a_visit_on_the_day_of_new_therapy_counts(assessed):
    made = assessed([2.0, 0.9, 0.9], therapy=[visit(2)])
    assert best(made)["BESTRESP"] == "PR"


@pytest.mark.parametrize(
    "therapy, date",
    [
        (["2014-09", "2014-10-02"], "2014-09-01"),
        (["2015"], "2015-01-01"),
        (["2014"], "2014-06-01"),
        (["2014-06"], "2014-06-01"),
        (["2014-05", "2013"], None),
        (["2016-12-01"], None),
        ([], None),
        (["2014-06/2014-06-01"], "2014-06-01"),
        (["2014/2014-06"], "2014-06-01"),
        (["2014/2014-05"], None),
        (["2014/2014-05-31", "2014-08/2014-08-02"], "2014-08-01"),
    ],
)
def test_the_first_new_therapy_between_first_dose_and_cut_off_counts(assessed, therapy, date):
    got = best(assessed([2.0, 0.9, 0.9], therapy=therapy))["NEWTHDT"]
    assert got == pd.Timestamp(date) if date else pd.isna(got)


def test_rows_after_the_cut_off_count_nowhere(assessed):
    made = assessed([2.0, 0.9, 0.9, 3.0, 3.0], rs=[(3, visit(3), "PD", "Y")], cutoff=visit(2))
    assert course(made) == ("PR PR", "PR SD")


def test_the_best_change_is_the_lowest_before_progression(assessed):
    assert best(assessed([2.0, 1.0, 0.5, 1.5]))["BESTCHG"] == pytest.approx(-75)
    assert best(assessed([2.0, 2.2, 2.4]))["BESTCHG"] == pytest.approx(10)
    assert np.isnan(best(assessed([2.0]))["BESTCHG"])


@pytest.mark.parametrize(
    "serum, kind, visits",
    [
        ([2.0, 1.0, None, 1.0], "SERUM", 2),
        ([None, 1.0], "SERUM", 0),
        ([2.0], "SERUM", 0),
        ([2.0, 1.0], None, 0),
    ],
)
def test_a_visit_is_assessable_with_a_baseline_and_a_value(assessed, serum, kind, visits):
    assert best(assessed(serum, kind=kind))["NPOST"] == visits


def test_a_subject_without_a_first_dose_has_no_response(assessed):
    made = assessed([2.0, 1.0, 1.0], rs=[(1, visit(1), "PD", "Y")], start=pd.NaT)
    assert len(made.visits) == 0
    assert best(made)["NPOST"] == 0 and pd.isna(best(made)["PROGDT"])


def test_the_investigator_decides_where_the_protocol_says_so(assessed):
    made = assessed(
        [2.0, 2.0, 2.0],
        primary="investigator",
        rs=[(1, visit(1), "VGPR", ""), (2, visit(2), "VGPR", "")],
    )
    assert course(made) == ("VGPR VGPR", "VGPR SD")
    assert best(made)["BESTRESP"] == "VGPR"
    assert made.visits["DERIVED"].tolist() == ["SD", "SD"]


def test_each_weighed_value_knows_its_visit_and_baseline_none(assessed):
    made = assessed([2.0, 1.0, None, 1.0])
    assert made.best.sources["weighed"].tolist() == [100, 101, 102]
    assert made.visit_of.tolist() == [-1, 0, 1]
