"""`tracedtrial.inputs.protocol.matching`: a name of the protocol that no row has is refused."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.protocol.matching import check_names, names, nearest_spellings
from tracedtrial.inputs.schema import read_raw_tables
from tracedtrial.refusal import Refusal

SECOND = Path(__file__).resolve().parent / "trials/sarcoma"
WHY = "An event that may happen and did not"
PLACE = "analysis/protocol.yaml; data/raw/ae.csv"


@pytest.fixture
def refused(raw_copy, protocol, monkeypatch) -> Callable[..., str]:
    """The lines with which a protocol is refused against the tables of the copy."""
    monkeypatch.chdir(raw_copy.write().parents[1])

    def message(asked: dict = protocol) -> str:
        raw_copy.write()
        raw = read_raw_tables(Path("data/raw"), asked, response_criteria(asked).asks)
        try:
            check_names(asked, raw.tables, raw.files)
        except Refusal as refusal:
            return str(refusal)
        return ""

    return message


@pytest.fixture
def changed(protocol) -> dict:
    return copy.deepcopy(protocol)


def recoded(raw_copy, domain: str, column: str, change: Callable[[str], str]) -> None:
    for row in raw_copy.rows[domain]:
        row[column] = change(row[column])


# By-hand truth


def test_the_shipped_names_are_all_in_the_data(refused):
    assert refused() == ""


def test_the_names_of_the_second_trial_are_all_in_its_data(monkeypatch):
    monkeypatch.chdir(SECOND)
    asked = read_protocol()
    raw = read_raw_tables(Path("data/raw"), asked, response_criteria(asked).asks)
    check_names(asked, raw.tables, raw.files)


def test_the_nearest_spelling_disregards_case_blanks_hyphens_and_british_spelling():
    values = ["Anemia", "Peripheral sensory neuropathy", "Rash maculo-papular", "Tumor pain"]
    for name, nearest in (
        ("ANAEMIA", "Anemia"),
        ("Tumour  pain", "Tumor pain"),
        ("RASH  MACULO PAPULAR", "Rash maculo-papular"),
        ("Peripheral sensory neurpathy", "Peripheral sensory neuropathy"),
    ):
        assert nearest_spellings(name, values)[0] == nearest


def test_every_kind_of_name_is_matched(protocol):
    kinds = {(name.domain, name.column) for name in names(protocol)}
    assert kinds == {
        ("ex", "EXTRT"),
        ("sc", "SCTESTCD"),
        ("cm", "CMDECOD"),
        ("lb", "LBTESTCD"),
        ("ae", "AEDECOD"),
        ("ae", "AEBODSYS"),
    }


# Refusals, with the exact message


def test_terms_in_capitals_are_refused_each_with_its_nearest_spelling(refused, raw_copy):
    recoded(raw_copy, "ae", "AEDECOD", str.upper)
    rows = len(raw_copy.rows["ae"])
    lines = refused().split("\n")
    assert lines[0] == (
        "dlt.definition.any.0.terms must name a value of AEDECOD, but got 'Neutropenia', which "
        f"none of {rows} rows has ({PLACE}; nearest: 'NEUTROPENIA')"
    )
    assert [line.split(" must")[0] for line in lines] == [
        *["dlt.definition.any.0.terms"] * 2,
        "dlt.definition.any.1.terms",
        *["safety.groups.neuropathy.terms"] * 2,
    ]


@pytest.mark.parametrize(
    "entry, name, nearest",
    [
        (
            "safety.groups.infections.classes",
            "Infections and infestation",
            "'Infections and infestations'",
        ),
        (
            "safety.groups.infections.classes",
            "INFECTIONS AND  INFESTATIONS",
            "'Infections and infestations'",
        ),
        ("safety.groups.infections.terms", "Diarrhoea", "'Diarrhea'"),
        ("safety.groups.infections.terms", "Sepsys", "'Sepsis'"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_nearest(
    refused, raw_copy, changed, entry, name, nearest
):
    kind = entry.rpartition(".")[2]
    changed["safety"]["groups"]["infections"] = {
        "label": "Infections",
        kind: [name],
        "source": "published",
    }
    column = {"terms": "AEDECOD", "classes": "AEBODSYS"}[kind]
    assert refused(changed).startswith(
        f"{entry} must name a value of {column}, but got '{name}', which none of "
        f"{len(raw_copy.rows['ae'])} rows has ({PLACE}; nearest: {nearest}"
    )


def test_a_name_that_nothing_is_near_is_refused_too(refused, raw_copy, changed):
    changed["baseline"]["refractory"][0]["drugs"] = ["XYZ-77"]
    assert refused(changed) == (
        "baseline.refractory.lenalidomide.drugs must name a value of CMDECOD, but got 'XYZ-77', "
        f"which none of {len(raw_copy.rows['cm'])} rows has (analysis/protocol.yaml; "
        "data/raw/cm.csv; no value is near)"
    )


def test_a_drug_a_characteristic_and_a_test_without_a_row_are_refused_at_once(refused, raw_copy):
    for domain, column, code in (
        ("ex", "EXTRT", "DEXAMETHASONE"),
        ("sc", "SCTESTCD", "ISS"),
        ("lb", "LBTESTCD", "PLAT"),
    ):
        raw_copy.rows[domain] = [row for row in raw_copy.rows[domain] if row[column] != code]
    lines = refused().split("\n")
    assert [line.split(", which")[0] for line in lines] == [
        "drugs.DEXAMETHASONE must name a value of EXTRT, but got 'DEXAMETHASONE'",
        "baseline.characteristics.iss.test must name a value of SCTESTCD, but got 'ISS'",
        "laboratory.tests.PLAT must name a value of LBTESTCD, but got 'PLAT'",
    ]


def test_some_rows_that_spell_a_declared_name_otherwise_are_refused(refused, raw_copy):
    rows = [row for row in raw_copy.rows["ae"] if row["AEDECOD"] == "Febrile neutropenia"]
    rows[0]["AEDECOD"] = "FEBRILE  NEUTROPENIA"
    assert len(rows) > 1 and refused() == (
        "AEDECOD must be written as dlt.definition.any.1.terms writes it, 'Febrile neutropenia', "
        "but got 'FEBRILE  NEUTROPENIA' (data/raw/ae.csv; 1 row)"
    )


def test_a_code_of_a_column_is_refused_only_where_a_value_is_left_unmatched(refused, changed):
    races = {"White": "White", "ASIAN": "Asian"}
    changed["baseline"]["characteristics"].append(
        {
            "id": "race",
            "label": "Race",
            "column": "RACE",
            "kind": "category",
            "levels": races,
            "source": "published",
        }
    )
    assert refused(changed).startswith(
        "baseline.characteristics.race.levels must name a value of RACE, but got 'White', which "
        "none of 32 rows has (analysis/protocol.yaml; data/raw/dm.csv; nearest: 'WHITE'"
    )
    changed["baseline"]["characteristics"][-1]["levels"] = {"WHITE": "White"}
    assert refused(changed).splitlines()[0] == (
        "RACE must be WHITE as baseline.characteristics.race.levels has it, but got 'ASIAN' "
        "(data/raw/dm.csv; 4 rows)"
    )
    sexes = {"F": "Female", "M": "Male", "U": "Unknown"}
    changed["baseline"]["characteristics"][-1] |= {"column": "SEX", "levels": sexes}
    assert refused(changed) == ""


# What the protocol excuses


def test_a_name_that_may_be_absent_is_not_refused(refused, changed):
    group = {"label": "Falls", "terms": ["Syncope"], "source": "published"}
    changed["safety"]["groups"]["falls"] = group
    assert "'Syncope'" in refused(changed)
    changed["safety"]["groups"]["falls"] = group | {"may_be_absent": True, "why": WHY}
    assert refused(changed) == ""


def test_a_name_that_may_be_absent_is_refused_where_rows_spell_it_otherwise(refused, changed):
    changed["safety"]["groups"]["falls"] = {
        "label": "Falls",
        "terms": ["FALL"],
        "source": "published",
        "may_be_absent": True,
        "why": WHY,
    }
    assert refused(changed).startswith(
        "AEDECOD must be written as safety.groups.falls.terms writes it, 'FALL', but got 'Fall'"
    )


def test_a_dose_level_or_an_expansion_that_nobody_entered_is_no_misspelling(refused, changed):
    changed["dose_levels"]["DL3"] = changed["dose_levels"]["DL2"] | {"label": "dose level 3"}
    assert refused(changed) == ""


# The build


def test_the_build_stops_with_one_line_a_name_and_no_trace(raw_copy, root):
    recoded(
        raw_copy,
        "ae",
        "AEBODSYS",
        lambda system: system.replace(
            "Infections and infestations", "Infections  and infestations"
        ),
    )
    folder = raw_copy.write().parents[1]
    (folder / "analysis").mkdir()
    (folder / "analysis/protocol.yaml").write_bytes((root / "analysis/protocol.yaml").read_bytes())
    run = subprocess.run(
        [sys.executable, "-m", "tracedtrial.analyses"],
        cwd=folder,
        text=True,
        capture_output=True,
        env={"PYTHONPATH": str(root)},
    )
    assert run.returncode == 2 and not (folder / "build").exists()
    assert run.stderr == (
        "safety.groups.infections.classes must name a value of AEBODSYS, but got 'Infections and "
        f"infestations', which none of {len(raw_copy.rows['ae'])} rows has ({PLACE}; nearest: "
        "'Infections  and infestations')\n"
    )
