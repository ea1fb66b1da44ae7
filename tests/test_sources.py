"""The flat analysis datasets: every row names the raw rows that it comes from, and truly."""

import numpy as np
import pandas as pd
import pytest

from tracedtrial.datasets import derive
from tracedtrial.datasets.criteria import imwg
from tracedtrial.datasets.sources import flat_datasets, sourced
from tracedtrial.inputs.schema import read_raw_tables

DATES = {
    "LB": "LBDTC",
    "RS": "RSDTC",
    "SS": "SSDTC",
    "DM": "DTHDTC",
    "EX": "EXSTDTC",
    "CM": "CMSTDTC",
}
ALIVE_DATES = DATES | {
    "EX": "EXENDTC",
    "AE": "AESTDTC, AEENDTC",
    "CM": "CMSTDTC, CMENDTC",
    "DS": "DSSTDTC",
}
NAMES = ("ADSL", "ADEX", "ADAE", "ADRS", "ADTTE", "ADDL")


@pytest.fixture(scope="module")
def flat(shipped) -> dict[str, pd.DataFrame]:
    return flat_datasets(shipped.trial.data)


@pytest.fixture(scope="module")
def keyed(raw_rows) -> dict[tuple[str, str, int], dict[str, str]]:
    """Every raw row by (domain, USUBJID, sequence number)."""
    return {
        (d.upper(), row["USUBJID"], int(row.get(f"{d.upper()}SEQ", 1))): row
        for d, rows in raw_rows.items()
        for row in rows
    }


def sources(row: pd.Series) -> list[tuple[str, str, int]]:
    """The record keys that a row names."""
    domains, sequences = row["SRCDOM"].split(" | "), row["SRCSEQ"].split(" | ")
    assert len(domains) == len(sequences)
    return [
        (domain, row["USUBJID"], int(number))
        for domain, numbers in zip(domains, sequences)
        for number in numbers.split(";")
    ]


def dates(row: pd.Series, keyed: dict, *domains: str) -> list[str]:
    """Dates of the row's sources in these domains, in rising order."""
    return sorted(keyed[key][DATES[key[0]]] for key in sources(row) if key[0] in domains)


def adtte(flat: dict, parameters: tuple[str, ...], **cells: object) -> pd.DataFrame:
    frame = flat["ADTTE"]
    frame = frame[frame["PARAMCD"].isin(parameters)]
    for name, wanted in cells.items():
        frame = frame[frame[name] == wanted]
    assert len(frame)
    return frame


PFS = ("PFS_FDA", "PFS_EMA", "DOR")


def test_the_sources_of_a_row_stand_by_domain_and_number(raw):
    lb, rs = raw.tables["lb"].index[:2].to_numpy(), raw.tables["rs"].index[:1].to_numpy()
    frame = pd.DataFrame({"x": [1, 2, 3]})
    named = sourced(
        frame, raw, [(np.array([2, 0]), rs[[0, 0]]), (np.array([0, 0, 0]), lb[[1, 0, 1]])]
    )
    numbers = raw.sequence_of[lb]
    assert named["SRCDOM"].tolist() == ["LB | RS", "", "RS"]
    assert named["SRCSEQ"].tolist() == [
        f"{numbers[0]};{numbers[1]} | {raw.sequence_of[rs[0]]}",
        "",
        str(raw.sequence_of[rs[0]]),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_row_names_sources_that_exist(name, flat, keyed):
    assert len(flat[name])
    for _, row in flat[name].iterrows():
        found = sources(row)
        assert found and len(set(found)) == len(found)
        assert all(key in keyed for key in found)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_study_and_subject_first_and_no_missing_source(name, flat, raw):
    frame = flat[name]
    assert list(frame)[:2] == ["STUDYID", "USUBJID"] and list(frame)[-1] == "SRCSEQ"
    assert set(frame["USUBJID"]) <= set(raw.subjects)
    assert frame.index.equals(pd.RangeIndex(len(frame)))


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_stay_when_written_and_read_back(name, flat, tmp_path):
    path = tmp_path / "frame.csv"
    flat[name].to_csv(path, index=False)
    back = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert list(back) == list(flat[name]) and len(back) == len(flat[name])
    written = [back[column] for column in back if column.endswith("DT")]
    for column in written:
        assert column.str.fullmatch(r"(\d{4}-\d\d-\d\d)?").all()


def test_exposure_and_adverse_events_keep_one_row_a_raw_row(flat, raw_rows):
    assert len(flat["ADEX"]) == len(raw_rows["ex"])
    assert len(flat["ADAE"]) == len(raw_rows["ae"])
    terms = dict(zip(zip(flat["ADAE"]["USUBJID"], flat["ADAE"]["SRCSEQ"]), flat["ADAE"]["AEDECOD"]))
    assert terms == {(row["USUBJID"], row["AESEQ"]): row["AEDECOD"] for row in raw_rows["ae"]}


def test_a_subjects_row_holds_its_baseline_tests(flat, raw_rows):
    by_subject = flat["ADSL"].set_index("USUBJID")
    for row in raw_rows["sc"]:
        assert by_subject.loc[row["USUBJID"], row["SCTESTCD"]] == row["SCSTRESC"]


def test_prior_lines_end_of_treatment_and_death_are_the_raw_tables(flat, raw_rows):
    by_subject = flat["ADSL"].set_index("USUBJID")
    for row in raw_rows["dm"]:
        own = by_subject.loc[row["USUBJID"]]
        lines = {
            r["CMLINE"]
            for r in raw_rows["cm"]
            if r["USUBJID"] == row["USUBJID"] and r["CMCAT"].startswith("PRIOR")
        }
        ended = [
            r["DSDECOD"]
            for r in raw_rows["ds"]
            if r["USUBJID"] == row["USUBJID"] and r["DSSCAT"] == "END OF TREATMENT"
        ]
        assert own["NLINES"] == len(lines)
        assert (own["EOTSTT"] == "ONGOING") == (not ended)
        assert own["DCTREAS"] == ended[0] if ended else pd.isna(own["DCTREAS"])
        assert own["DTHFL"] == (row["DTHFL"] or "N")


# ADRS


def test_the_response_of_a_visit_rests_on_rows_of_that_visit(flat, keyed):
    visits = flat["ADRS"][flat["ADRS"]["PARAMCD"] == "OVR"]
    for _, row in visits.iterrows():
        for key in sources(row):
            assert key[0] in ("LB", "RS")
            assert float(keyed[key]["VISITNUM"]) == row["VISITNUM"]
        assert max(dates(row, keyed, "LB") or dates(row, keyed, "RS")) == str(row["ADT"].date())


def test_the_investigators_response_is_that_of_the_named_row(flat, keyed):
    visits = flat["ADRS"][flat["ADRS"]["INVRESP"].notna()]
    assert len(visits) > 200
    for _, row in visits.iterrows():
        reported = [keyed[key]["RSSTRESC"] for key in sources(row) if key[0] == "RS"]
        assert reported == [row["INVRESP"]]
        assert row["AGREEFL"] == ("Y" if row["INVRESP"] == row["DRVRESP"] else "N")


def test_the_best_response_is_a_confirmed_one_of_its_visit(flat, shipped):
    adrs, best = flat["ADRS"], shipped.trial.data.adrs.best.frame
    rows = adrs[adrs["PARAMCD"] == "CBOR"].set_index("USUBJID")
    derived = best.set_index("USUBJID")["BESTRESP"].fillna("NE")
    assert rows["AVALC"].tolist() == derived.loc[rows.index].tolist()
    visits = adrs[adrs["PARAMCD"] == "OVR"].set_index(["USUBJID", "VISITNUM"])
    dated = rows[rows["ADT"].notna()]
    assert len(dated) >= len(rows) - 2
    for subject, row in dated.iterrows():
        visit = visits.loc[(subject, row["VISITNUM"])]
        assert visit["CNFRESP"] == row["AVALC"] and visit["ADT"] == row["ADT"]


def test_a_confirmed_response_names_the_visit_that_confirms_it(flat, keyed):
    """The sources of a first confirmed response lie at two visits: its own and a later one."""
    rows = flat["ADRS"][flat["ADRS"]["PARAMCD"] == "CRSP"]
    assert len(rows)
    for _, row in rows.iterrows():
        visits = sorted({float(keyed[key]["VISITNUM"]) for key in sources(row)})
        assert len(visits) == 2 and visits[0] == row["VISITNUM"]


def test_a_subject_without_an_assessment_rests_on_its_first_dose(flat, keyed):
    rows = flat["ADRS"][(flat["ADRS"]["PARAMCD"] == "NASSESS") & (flat["ADRS"]["AVAL"] == 0)]
    assert len(rows)
    for _, row in rows.iterrows():
        assert row["SRCDOM"] == "EX"
        assert len(set(dates(row, keyed, "EX"))) == 1


# ADTTE


def test_there_is_a_row_for_every_time(flat, shipped):
    counted = flat["ADTTE"].groupby("PARAMCD").size().to_dict()
    assert counted == {name: len(frame) for name, frame in shipped.trial.data.adtte.items()}


def test_a_progression_is_dated_by_its_visits_rows(flat, keyed):
    for _, row in adtte(flat, PFS, EVNTDESC="Progression").iterrows():
        assert max(dates(row, keyed, "LB") or dates(row, keyed, "RS")) == str(row["ADT"].date())
        assert {key[0] for key in sources(row)} <= {"LB", "RS"}


def test_a_death_is_dated_by_the_demographics(flat, keyed):
    for _, row in adtte(flat, (*PFS, "OS"), EVNTDESC="Death").iterrows():
        assert [key[0] for key in sources(row)] == ["DM"]
        assert dates(row, keyed, "DM") == [str(row["ADT"].date())]


@pytest.mark.parametrize("cnsr", [1, 2, 3])
def test_a_censoring_is_dated_by_the_last_adequate_assessment(cnsr, flat, keyed):
    for _, row in adtte(flat, PFS, CNSR=cnsr).iterrows():
        day = str(row["ADT"].date())
        if row["SRCDOM"] == "EX":
            assert day == str(row["STARTDT"].date()) and set(dates(row, keyed, "EX")) == {day}
        else:
            assert day in dates(row, keyed, "LB")


def test_a_censoring_before_new_therapy_names_the_therapy(flat, keyed):
    for _, row in adtte(flat, PFS, CNSR=2).iterrows():
        began = dates(row, keyed, "CM")
        assert len(set(began)) == 1 and began[0] >= str(row["ADT"].date())
        assert all(
            keyed[key]["CMCAT"].startswith("SUBSEQUENT") for key in sources(row) if key[0] == "CM"
        )


def test_a_censoring_before_missed_assessments_names_the_event_after_them(flat, keyed):
    for _, row in adtte(flat, ("PFS_FDA",), CNSR=3).iterrows():
        later = dates(row, keyed, "LB", "RS", "DM")[-1]
        assert (pd.Timestamp(later) - row["ADT"]).days > 2 * 28 + 14


def test_a_survivor_is_dated_by_what_showed_the_patient_alive_last(flat, keyed):
    for _, row in adtte(flat, ("OS",), CNSR=1).iterrows():
        held = [
            [text for name, text in keyed[key].items() if name.endswith("DTC")]
            for key in sources(row)
        ]
        assert held and all(str(row["ADT"].date()) in texts for texts in held)
        assert {keyed[key]["SSSTRESC"] for key in sources(row) if key[0] == "SS"} <= {"ALIVE"}


def test_a_time_to_response_is_dated_by_the_responses_visit(flat, keyed):
    for _, row in adtte(flat, ("TTR",)).iterrows():
        assert max(dates(row, keyed, "LB")) == str(row["ADT"].date())


def test_the_source_variable_is_the_date_of_each_domain(flat):
    for _, row in flat["ADTTE"].iterrows():
        alive = row["PARAMCD"] == "OS" and row["CNSR"] == 1
        variables = ALIVE_DATES if alive else DATES
        assert row["SRCVAR"] == " | ".join(variables[d] for d in row["SRCDOM"].split(" | "))


def test_a_progression_by_imaging_names_the_investigators_row(flat, keyed):
    """Where imaging showed it, the RS row with PDIFL is among the sources."""
    shown = {key for key, row in keyed.items() if key[0] == "RS" and row["PDIFL"] == "Y"}
    named = {
        key
        for _, row in adtte(flat, PFS, EVNTDESC="Progression").iterrows()
        for key in sources(row)
        if key[0] == "RS"
    }
    assert named and named <= shown


# Other inputs


@pytest.mark.parametrize("domain", ["ex", "lb", "rs"])
def test_a_table_without_rows_leaves_no_row_without_a_source(domain, raw_copy, protocol):
    raw_copy.rows[domain] = []
    for frame in derived(raw_copy, protocol).values():
        assert (frame["SRCDOM"] != "").all()


def test_the_investigators_course_names_only_his_rows(raw_copy, protocol):
    asked = protocol | {"response": protocol["response"] | {"primary": {"value": "investigator"}}}
    adrs = derived(raw_copy, asked)["ADRS"]
    assert set(adrs.loc[adrs["PARAMCD"] == "OVR", "SRCDOM"]) == {"RS"}


def derived(tables, asked: dict) -> dict[str, pd.DataFrame]:
    return flat_datasets(derive(read_raw_tables(tables.write(), asked, imwg.CRITERIA.asks), asked))


def test_two_derivations_give_the_same_frames(flat, shipped):
    again = flat_datasets(shipped.trial.data)
    for name, frame in flat.items():
        pd.testing.assert_frame_equal(frame, again[name])
