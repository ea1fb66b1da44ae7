"""The second derivation: `analysis/rederive.sql` by way of `tracedtrial.checks.rederive`."""

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from scipy.stats import binom

from proofs.mutants.code import _mutated
from proofs.mutants.operators import sites
from proofs.mutants.replacement import replaced, tree_of
from tracedtrial.analyses import safety, survival
from tracedtrial.analyses.sections import results
from tracedtrial.checks import rederive
from tracedtrial.checks.patient_results import disagreements, first_results
from tracedtrial.checks.rederive import (
    Rederived,
    asked,
    differences,
    rederived,
    report,
    second_derivation,
)
from tracedtrial.checks.second_records import record_differences, secret_of
from tracedtrial.commands import command
from tracedtrial.datasets.criteria import imwg_confirmation
from tracedtrial.datasets.event_rows import EventRows
from tracedtrial.datasets.sources import flat_datasets
from tracedtrial.files import sha256
from tracedtrial.modules import modules
from tracedtrial.paths import PACKAGE
from tracedtrial.record.ledger.rows import kept_digits
from tracedtrial.record.provenance import RecordSets
from tracedtrial.record.words import printed, rounded
from tracedtrial.refusal import Refusal
from tracedtrial.statistics import kaplan_meier

REFERENCE = Path(__file__).parent / "reference"
TIED_BY_TOLERANCE = ("nearly_tied", "months_from_days")  # the SQL counts whole days
PATIENT = "RECON-IPD-001-003"


def rows(outcome) -> dict[str, dict]:
    """What of the ledger's rows is compared, from numbers derived in this process."""
    sets = RecordSets(outcome.trial.data.raw)
    return {
        id: {
            "text": outcome.texts[id],
            "n": number.n,
            "denominator": number.denominator,
            "value": kept_digits(number.value),
            "records": sets.described(number),
        }
        for id, number in outcome.numbers.items()
    }


@pytest.fixture(scope="session")
def first(shipped):
    return rows(shipped)


@pytest.fixture(scope="session")
def whole(root):
    return second_derivation(root)


@pytest.fixture(scope="session")
def second(whole):
    return whole.numbers


@pytest.fixture(scope="session")
def database(root):
    with rederive.database(root) as connection:
        yield connection


@pytest.fixture
def trial_of(root, raw_copy):
    """Makes the changed raw tables a trial's folder."""

    def folder() -> Path:
        raw_copy.write()
        trial = raw_copy.folder.parents[1]
        for name in (
            "analysis/protocol.yaml",
            "analysis/rederive.sql",
            "manuscript/manuscript.qmd",
        ):
            (trial / name).parent.mkdir(exist_ok=True)
            shutil.copy(root / name, trial / name)
        return trial

    return folder


@pytest.fixture(scope="session")
def dataset_texts(shipped):
    return {
        name.lower(): frame.to_csv(index=False)
        for name, frame in flat_datasets(shipped.trial.data).items()
    }


@pytest.fixture
def built(trial_of, first, shipped, dataset_texts):
    """A folder with the shipped tables and a ledger made from them."""
    trial = trial_of()
    inputs = {
        f"data/raw/{Path(file).name}": sha256(trial / "data/raw" / Path(file).name)
        for file in shipped.trial.data.raw.files
    }
    (trial / "build/datasets").mkdir(parents=True)
    (trial / "build/ledger.json").write_text(json.dumps({"inputs": inputs, "numbers": first}))
    for name, text in dataset_texts.items():
        (trial / f"build/datasets/{name}.csv").write_text(text)
    return trial


def altered(folder: Path, id: str, **cells: object) -> None:
    ledger = json.loads((folder / "build/ledger.json").read_text())
    ledger["numbers"][id] |= cells
    (folder / "build/ledger.json").write_text(json.dumps(ledger))


# The shipped trial


def test_both_derivations_of_the_shipped_trial_agree(root, first, second):
    wanted = asked(root / "manuscript/manuscript.qmd", first)
    assert differences(first, second, wanted) == []


def test_every_number_of_the_abstract_and_of_the_adverse_event_table_is_derived_twice(
    root, first, second
):
    wanted = asked(root / "manuscript/manuscript.qmd", first)
    assert {"trial.phase", "dlt.dl1.second_cohort.size", "followup.median.months"} <= wanted
    assert {id for id in first if id.startswith("ae.")} < wanted
    assert wanted <= second.keys()


def test_every_published_number_is_derived_twice_and_printed_alike(root, second):
    with (root / "data/published.csv").open(encoding="utf-8", newline="") as file:
        published = {row["id"]: row["printed"] for row in csv.DictReader(file)}
    assert {id: second[id].text for id in published} == published


# The patients


def test_both_derivations_say_the_same_of_every_patient(shipped, whole, dataset_texts):
    assert disagreements(first_results(dataset_texts, whole.patients), whole.patients) == []
    treated = shipped.numbers["population.treated.n"].n
    for dataset, variable in (("adsl", "TRTSDT"), ("addl", "WINDOWFL"), ("addl", "SRCSEQ")):
        assert (
            sum((place.dataset, place.variable) == (dataset, variable) for place in whole.patients)
            == treated
        )
    times = Counter(place.parameter for place in whole.patients if place.variable == "CNSR")
    assert times == {name: len(frame) for name, frame in shipped.trial.data.adtte.items()}
    responses = {place for place in whole.patients if place.parameter == "OVR"}
    variables = {"AVALC", "CNFRESP", "PCHG", "SRCSEQ"}
    assert {place.variable for place in responses} == variables
    assert len(responses) == len(variables) * len(shipped.trial.data.adrs.visits)
    doses = {place for place in whole.patients if place.variable == "REDUCED"}
    assert len(doses) == len(shipped.trial.data.adex.frame)


@pytest.mark.parametrize(
    "dataset, before, after, line",
    [
        (
            "adsl",
            "2014-06-17",
            "2014-06-18",
            "ADSL, RECON-IPD-001-001, TRTSDT: '2014-06-18' in the dataset, '2014-06-17' by SQL",
        ),
        (
            "adae",
            "RECOVERED/RESOLVED,N,Y,Y,1,1,AE,1\n",
            "RECOVERED/RESOLVED,N,N,Y,1,1,AE,1\n",
            "ADAE, RECON-IPD-001-001, 1, TRTEMFL: 'N' in the dataset, 'Y' by SQL",
        ),
        (
            "adrs",
            "2.0,2014-07-29,SD",
            "2.0,2014-07-29,PR",
            "ADRS, RECON-IPD-001-001, CBOR, AVALC: 'PR' in the dataset, 'SD' by SQL",
        ),
        (
            "adtte",
            "432,DAYS,0,Death",
            "432,DAYS,1,Death",
            "ADTTE, RECON-IPD-001-001, OS, CNSR: '1' in the dataset, '0' by SQL",
        ),
    ],
)
def test_a_patient_whose_dataset_says_otherwise_is_named(
    whole, dataset_texts, dataset, before, after, line
):
    text = dataset_texts[dataset].replace(before, after)
    assert text != dataset_texts[dataset]
    first = first_results({**dataset_texts, dataset: text}, whole.patients)
    assert line in disagreements(first, whole.patients)


def test_a_row_that_a_dataset_lacks_or_has_besides_is_named(whole, dataset_texts):
    lines = dataset_texts["adae"].splitlines()
    short = {**dataset_texts, "adae": "\n".join([lines[0], *lines[2:]])}
    found = disagreements(first_results(short, whole.patients), whole.patients)
    assert len(found) == 4 and all("absent in the dataset" in line for line in found)
    more = {**dataset_texts, "adae": "\n".join([*lines, lines[1].replace(",AE,1", ",AE,999")])}
    found = disagreements(first_results(more, whole.patients), whole.patients)
    assert len(found) == 4 and all("absent by SQL" in line for line in found)


# The rows behind the numbers


def test_both_derivations_rest_on_the_same_rows(shipped, first, whole):
    secret = shipped.trial.data.raw.secret
    assert list(record_differences(first, whole.records, secret)) == []
    assert {
        ("response.rp2d.orr.percent", "supports"),
        ("ae.overall.g3.n", "supports"),
        ("ae.overall.g3.n", "against"),
        ("ae.overall.total.events", "against"),
        ("safety.most_common", "supports"),
    } < whole.records.keys()
    table = {id for id in first if id.startswith("ae.")}
    for role in ("supports", "against"):
        assert {id for id, own in whole.records if own == role} >= table


def test_the_key_of_the_digests_is_that_of_the_files(built, shipped):
    inputs = json.loads((built / "build/ledger.json").read_text())["inputs"]
    assert secret_of(built, ["analysis/protocol.yaml", *inputs]) == shipped.trial.data.raw.secret


@pytest.mark.parametrize(
    "less, more, line",
    [
        (0, ["AE/x/1"], "holds 14 rows in the ledger, 15 by SQL"),
        (14, [], "holds 14 rows in the ledger, 0 by SQL"),
        (1, ["AE/x/1"], "holds 14 rows, but not those that the SQL names"),
    ],
)
def test_other_rows_behind_a_number_are_told(shipped, first, whole, less, more, line):
    place = "ae.term.anemia.g2.n", "supports"
    assert len(whole.records[place]) == 14
    second = whole.records | {place: {*sorted(whole.records[place])[less:], *more}}
    assert list(record_differences(first, second, shipped.trial.data.raw.secret)) == [
        f"{place[0]}: supports {line}"
    ]


def test_a_number_without_rows_agrees_with_a_view_that_names_none(shipped, first, whole):
    place = "response.dl1.vgpr.n", "supports"
    assert not whole.records[place] and "supports" not in first[place[0]]["records"]
    second = {place: {"LB/x/1"}}
    assert list(record_differences(first, second, shipped.trial.data.raw.secret)) == [
        f"{place[0]}: supports holds 0 rows in the ledger, 1 by SQL"
    ]


# Kaplan-Meier, exact intervals, rounding and lists, in SQL


def test_so_few_patients_are_as_likely_as_scipy_says(database):
    for size in (1, 6, 25, 200):
        for n in {0, 1, size // 2, size}:
            found = database.execute(f"SELECT so_few({n}, {size}, 0.3)").fetchall()[0][0]
            assert found == pytest.approx(binom.cdf(n, size, 0.3), rel=1e-9)


def lifetimes(database, time, event):
    database.register("lifetimes_frame", pd.DataFrame({"days": time, "event": event}))
    database.execute(
        "CREATE OR REPLACE TABLE lifetimes AS "
        "SELECT days, event::BOOLEAN AS event FROM lifetimes_frame"
    )
    return database.execute("SELECT median FROM km_median('lifetimes')").fetchall()[0][0]


def test_the_median_is_the_middle_of_a_level_stretch_at_a_half(database):
    assert lifetimes(database, [1, 2, 3, 4], [1, 1, 1, 1]) == 2.5
    assert lifetimes(database, [1, 2, 3, 4], [1, 1, 0, 0]) == 3
    assert lifetimes(database, [1, 2, 3], [1, 1, 1]) == 2


def test_a_median_that_is_not_reached_is_not_estimable(database):
    assert lifetimes(database, [1, 2, 3, 4], [1, 0, 0, 0]) is None


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"survival-{name}.csv", comment="#")


def test_every_median_is_that_of_r(database):
    """R 4.2.2, survival 3.5-3: quantile(survfit(...), 0.5) of reference/survival.R."""
    data = dict(list(reference("data").groupby("set")))
    medians = reference("quantiles").query("p == 0.5 and transform == 'log-log' and level == 0.95")
    medians = medians[~medians["set"].isin(TIED_BY_TOLERANCE)]
    assert len(medians) > 30
    for name, reverse, value in zip(medians["set"], medians["reverse"], medians["value"]):
        event = data[name]["event"] == (0 if reverse else 1)
        found = lifetimes(database, data[name]["time"], event)
        assert (found is None) == pd.isna(value), (name, reverse)
        assert found is None or found == pytest.approx(value, abs=1e-9), (name, reverse)


def test_every_percentage_of_a_small_count_is_rounded_half_away_from_zero(database):
    shares = database.execute(
        "SELECT n, total, percent(n, total), rounded(100 * n, total, 1) "
        "FROM range(0, 65) AS a(n), range(1, 65) AS b(total) "
        "WHERE n <= total"
    ).fetchall()
    assert len(shares) == 2144
    for n, total, whole, tenth in shares:
        share = Fraction(100 * n, total)
        assert (whole, tenth) == (rounded(share, 0) + "%", rounded(share, 1))


@pytest.mark.parametrize(
    "items, text",
    [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b, and c")],
)
def test_names_are_listed_in_words(database, items, text):
    assert database.execute("SELECT listed(?::VARCHAR[], 'and')", [items]).fetchall() == [(text,)]


@pytest.mark.parametrize(
    "start, end, first_dose, imputed",
    [
        ("2014-06-20", None, "2014-06-17", "2014-06-20"),
        ("2014-06", None, "2014-06-17", "2014-06-17"),
        ("2014", "2014-06", "2014-06-17", "2014-06-17"),
        ("2014-05", None, "2014-06-17", "2014-05-01"),
        ("2014-07", None, "2014-06-17", "2014-07-01"),
        ("2014-02", None, "2014-02-28", "2014-02-28"),
        ("2014-06", "2014-06-16", "2014-06-17", "2014-06-01"),
        ("2014", "2014-05", "2014-06-17", "2014-01-01"),
    ],
)
def test_a_partial_start_takes_its_first_day_or_the_first_dose(
    database, start, end, first_dose, imputed
):
    query = "SELECT start_day(?, ?, ?::DATE)::VARCHAR"
    assert database.execute(query, [start, end, first_dose]).fetchall() == [(imputed,)]


@pytest.mark.parametrize("day, number", [("2014-06-16", -1), ("2014-06-17", 1), ("2014-07-14", 28)])
def test_there_is_no_study_day_zero(database, day, number):
    query = "SELECT study_day(?::DATE, DATE '2014-06-17')"
    assert database.execute(query, [day]).fetchall() == [(number,)]


def test_the_sql_sees_the_raw_tables_and_nothing_else(database, root):
    with pytest.raises(duckdb.PermissionException, match="disabled"):
        database.execute(f"SELECT * FROM read_csv('{root / 'data/published.csv'}')")


# Confirmation in SQL: pharmaversesdtm with the answers of admiralonco


@pytest.fixture
def case(root):
    """The IMWG case as the SQL's assessments; death due to progression shows it, as imaging."""
    folder = root.parent / "shared" / "cases" / "imwg"
    if not folder.is_dir():
        pytest.skip(f"the IMWG case is not at {folder}")
    with rederive.database(root) as connection:
        for name in ("rs_case", "supprs", "expected_visit", "expected_best"):
            file = folder / f"{name.removesuffix('_case')}.csv"
            connection.register("frame", pd.read_csv(file, dtype=str, keep_default_na=False))
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        connection.execute("""
            CREATE OR REPLACE TABLE assessment AS
            SELECT USUBJID, RSSEQ::INT AS visit, final_day(RSDTC) AS day, RSSTRESC AS response,
                   EXISTS (FROM supprs AS flag WHERE flag.USUBJID = rs_case.USUBJID
                           AND IDVARVAL = RSSEQ AND QNAM IN ('PDIFL', 'DTHPDFL')) AS shown
            FROM rs_case;
            CREATE OR REPLACE VIEW new_therapy AS
            SELECT USUBJID, min(QVAL::DATE) AS new_therapy FROM supprs WHERE QNAM = 'NACTDT'
            GROUP BY USUBJID""")
        yield connection


def test_all_records_of_the_case_are_confirmed_as_published(case):
    got = case.execute("""
        SELECT USUBJID, confirmed.visit, arg_min(confirmed.response, CASE confirmed.response
                   WHEN 'PD' THEN 0 ELSE rank END) OVER (PARTITION BY USUBJID ORDER BY place)
        FROM confirmed JOIN category USING (response) JOIN assessment USING (USUBJID, day)
        ORDER BY ALL""").fetchall()
    expected = case.execute(
        "SELECT USUBJID, RSSEQ::INT, CONFIRMED FROM expected_visit "
        "WHERE RSSTRESC <> 'NE' ORDER BY ALL"
    ).fetchall()
    assert len(got) > 50 and got == expected


def test_all_subjects_of_the_case_have_the_best_response_published(case):
    expected = case.execute("SELECT USUBJID, BEST_CONFIRMED FROM expected_best ORDER BY ALL")
    expected = expected.fetchall()
    assert len(expected) == 22
    assert case.execute("SELECT USUBJID, best FROM best ORDER BY ALL").fetchall() == expected


# Data changed: both move alike


def test_a_changed_grade_moves_both_alike(raw_copy, trial_of, outcome, first):
    raw_copy.row("ae", USUBJID=PATIENT, AEDECOD="Anemia", AETOXGR="2")["AETOXGR"] = "5"
    trial = trial_of()
    changed, again = rows(outcome(trial / "data/raw")), rederived(trial)
    assert (first["ae.term.anemia.g5.n"]["n"], changed["ae.term.anemia.g5.n"]["n"]) == (0, 1)
    assert differences(changed, again, asked(trial / "manuscript/manuscript.qmd", changed)) == []


def test_a_cohort_left_incomplete_prints_ne_in_both(raw_copy, trial_of, outcome):
    second_cohort = [row["USUBJID"] for row in raw_copy.rows["dm"] if row["COHORT"] == "4"]
    raw_copy.without(second_cohort[0])
    trial = trial_of()
    changed, again = rows(outcome(trial / "data/raw")), rederived(trial)
    assert differences(changed, again, asked(trial / "manuscript/manuscript.qmd", changed)) == []
    assert again["dlt.dl2.second_cohort.n"].text == again["dlt.rp2d.level"].text == "NE"
    assert again["response.rp2d.orr.percent"] == Rederived("NE", 0, 0)


def test_a_trial_without_events_and_assessments_agrees(raw_copy, trial_of, outcome):
    for domain in ("ae", "lb", "rs", "ss", "cm", "sc"):
        raw_copy.rows[domain].clear()
    trial = trial_of()
    changed, again = rows(outcome(trial / "data/raw")), rederived(trial)
    assert differences(changed, again, [id for id in changed if id.startswith("ae.")]) == []
    assert again["safety.most_common"].text == "none"


# Faults planted in the first derivation


def half_even(value: object, places: int) -> str:
    exact = (
        Decimal(value.numerator) / Decimal(value.denominator)
        if isinstance(value, Fraction)
        else Decimal(repr(float(value)))
    )
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))


def above(events):
    """The events of a grade above the one asked, not of it: > for >=."""
    return lambda trial, lowest: events(trial, lowest + 1)


FAULTS = [
    (safety, "_events", above(safety._events), "ae.overall.g2.n"),
    (survival, "reverse_kaplan_meier", kaplan_meier, "followup.median.months"),
    (
        imwg_confirmation,
        "confirmed_categories",
        lambda categories, *rest: list(categories),
        "response.rp2d.orr.percent",
    ),
]


@pytest.mark.parametrize("module, name, fault, id", FAULTS, ids=[name for _, name, _, _ in FAULTS])
def test_a_fault_of_the_first_derivation_is_found(
    monkeypatch, outcome, root, second, module, name, fault, id
):
    monkeypatch.setattr(module, name, fault)
    faulty = rows(outcome(root / "data/raw"))
    assert id in {difference.id for difference in differences(faulty, second)}


@pytest.mark.parametrize(
    "change", ["day < 1 becomes day <= 1", "day < 1 becomes day >= 1", "day >= 1 becomes day < 1"]
)
def test_other_rows_that_decide_on_emergence_are_found(outcome, root, whole, change):
    function = EventRows.__init__
    places = sites(tree_of(function)[1], [])
    site = next(site for site in places if site.change.endswith(change))
    with replaced(function, _mutated(function, site, {})):
        faulty = outcome(root / "data/raw")
    found = list(record_differences(rows(faulty), whole.records, faulty.trial.data.raw.secret))
    assert found and all(" against holds " in line for line in found)


def test_rounding_half_to_even_is_found(monkeypatch, shipped, second):
    monkeypatch.setattr("tracedtrial.record.words.printing.rounded", half_even)
    display = shipped.trial.protocol["display"]
    faulty = {
        id: {
            "text": printed(number, display),
            "n": number.n,
            "denominator": number.denominator,
            "value": kept_digits(number.value),
        }
        for id, number in results(shipped.trial).items()
    }
    found = differences(faulty, second)
    assert {difference.what for difference in found} == {"text"}
    halves = {
        id
        for id, row in faulty.items()
        if id.startswith("ae.") and id.endswith(".percent") and row["n"] / 32 * 100 % 2 == 0.5
    }  # 12.5, 62.5: half up is not half to even
    assert halves and halves <= {difference.id for difference in found}


# A ledger changed


def test_a_text_altered_in_the_ledger_is_found(first, second):
    id = "response.rp2d.orr.percent"
    ledger = first | {id: first[id] | {"text": "49%"}}
    assert [str(found) for found in differences(ledger, second)] == [
        f"{id}: text is '49%' in the ledger, '48%' by SQL"
    ]


def test_a_numerator_altered_in_the_ledger_is_found(first, second):
    id = "ae.overall.g3.n"
    n = first[id]["n"]
    ledger = first | {id: first[id] | {"n": n + 1}}
    assert [str(found) for found in differences(ledger, second)] == [
        f"{id}: n is {n + 1} in the ledger, {n} by SQL"
    ]


def test_a_value_that_prints_alike_is_found_where_it_differs(first, second):
    for id, value in (("followup.median.months", 11.9), ("response.rp2d.orr.percent", 48.01)):
        found = differences(first | {id: first[id] | {"value": value}}, second)
        assert [(each.id, each.what) for each in found] == [(id, "value")]


def test_an_id_that_one_side_lacks_is_a_difference(first, second):
    id = "ae.term.anemia.g2.n"
    without = {other: row for other, row in first.items() if other != id}
    assert [str(found) for found in differences(without, second)] == [
        f"{id}: text is absent in the ledger, '12' by SQL"
    ]
    less = {other: number for other, number in second.items() if other != id}
    assert [str(found) for found in differences(first, less, [id])] == [
        f"{id}: text is '12' in the ledger, absent by SQL"
    ]


def test_the_report_counts_numbers_not_lines(first, second):
    id = "ae.overall.g3.n"
    found = differences(first | {id: {"text": "1", "n": 1, "denominator": 2}}, second)
    assert len(found) == 3
    assert report(len(second), found).splitlines()[-1] == (
        f"{len(second)} numbers derived twice, 1 differ"
    )


# Nothing is shared


DECLARATION = ("__init__.py", "analyses.schema.json", "conditions.py", "model.py")
SECOND_ENGINE = [p for p in (PACKAGE / "checks/second_engine").iterdir() if p.is_file()]


def test_the_second_derivation_imports_nothing_of_the_first():
    files = modules("tracedtrial.checks.rederive")
    assert {Path(file).relative_to(PACKAGE).as_posix() for file in files} == {
        "__init__.py",
        "analyses/__init__.py",
        *(f"analyses/declared/{name}" for name in DECLARATION),
        "checks/__init__.py",
        "checks/abstract.py",
        "checks/patient_results.py",
        "checks/rederive.py",
        *(path.relative_to(PACKAGE).as_posix() for path in SECOND_ENGINE),
        "checks/second_reading.py",
        "checks/second_records.py",
        "commands.py",
        "files.py",
        "paths.py",
        "record/__init__.py",
        "record/ledger/__init__.py",
        "record/ledger/reading.py",
        "refusal.py",
    }


def test_running_it_loads_nothing_of_the_first(root):
    code = (
        "import sys; from pathlib import Path; from tracedtrial.checks.rederive import rederived; "
        "rederived(Path()); print(*sorted(m for m in sys.modules if m.startswith('tracedtrial')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    assert [name for name in loaded if ".second_engine" not in name] == [
        "tracedtrial",
        "tracedtrial.analyses",
        "tracedtrial.analyses.declared",
        "tracedtrial.analyses.declared.conditions",
        "tracedtrial.analyses.declared.model",
        "tracedtrial.checks",
        "tracedtrial.checks.abstract",
        "tracedtrial.checks.patient_results",
        "tracedtrial.checks.rederive",
        "tracedtrial.checks.second_reading",
        "tracedtrial.checks.second_records",
        "tracedtrial.commands",
        "tracedtrial.files",
        "tracedtrial.paths",
        "tracedtrial.record",
        "tracedtrial.record.ledger",
        "tracedtrial.record.ledger.reading",
        "tracedtrial.refusal",
    ]


# On the command line


def exit_status(monkeypatch, folder: Path) -> int:
    monkeypatch.chdir(folder)
    return command(rederive.reported)()


def test_agreement_ends_with_status_0_and_a_report(monkeypatch, built, whole):
    assert exit_status(monkeypatch, built) == 0
    assert (built / "build/audit/rederive.txt").read_text() == (
        f"{len(whole.numbers)} numbers derived twice, 0 differ\n"
        f"{len(whole.patients)} results of patients derived twice, 0 differ\n"
        f"{len(whole.records)} sets of records derived twice, 0 differ\n"
    )


def test_other_rows_end_with_status_1(monkeypatch, built, first, capsys):
    altered(built, "ae.overall.g3.n", records={"supports": {"count": 3, "digest": "f0"}})
    assert exit_status(monkeypatch, built) == 1
    assert "ae.overall.g3.n: supports holds 3 rows in the ledger, " in capsys.readouterr().out


def test_a_patient_that_differs_ends_with_status_1(monkeypatch, built, capsys):
    path = built / "build/datasets/adtte.csv"
    path.write_text(path.read_text().replace("432,DAYS,0,Death", "432,DAYS,1,Death"))
    assert exit_status(monkeypatch, built) == 1
    assert "ADTTE, RECON-IPD-001-001, OS, CNSR: '1' in the dataset" in capsys.readouterr().out


def test_a_difference_ends_with_status_1_and_stands_in_the_report(monkeypatch, built, capsys):
    altered(built, "followup.median.months", text="12.0")
    assert exit_status(monkeypatch, built) == 1
    line = "followup.median.months: text is '12.0' in the ledger, '11.9' by SQL"
    assert capsys.readouterr().out.splitlines()[0] == line
    assert (built / "build/audit/rederive.txt").read_text().splitlines()[0] == line


@pytest.mark.parametrize(
    "spoil, message",
    [
        (
            lambda trial: (trial / "analysis/rederive.sql").unlink(),
            "no second derivation: analysis/rederive.sql is not there",
        ),
        (
            lambda trial: (trial / "analysis/rederive.sql").write_text("SELECT 1 FROM nowhere"),
            "analysis/rederive.sql must run on the raw tables: Catalog Error",
        ),
        (
            lambda trial: (trial / "analysis/rederive.sql").write_text(
                "CREATE VIEW numbers AS SELECT unnest(['a.n', 'a.n']) AS id, '1' AS text, 1 AS n, "
                "1 AS denominator, 1 AS value"
            ),
            "analysis/rederive.sql must give each id once, but gives 'a.n' again",
        ),
        (
            lambda trial: (trial / "build/ledger.json").unlink(),
            "build/ledger.json must be a readable",
        ),
        (lambda trial: (trial / "data/raw/ss.csv").unlink(), "data/raw/ss.csv must be as it was"),
        (
            lambda trial: (trial / "build/datasets/adrs.csv").unlink(),
            "build/datasets/adrs.csv must be a dataset of the build; build again",
        ),
        (
            lambda trial: (trial / "data/raw/ss.csv").write_text("STUDYID\n"),
            "data/raw/ss.csv must be as it was when build/ledger.json was made; build again",
        ),
    ],
    ids=["no script", "script", "id twice", "no ledger", "no table", "no dataset", "other table"],
)
def test_what_cannot_run_ends_with_status_2_and_one_line(
    monkeypatch, built, capsys, spoil, message
):
    spoil(built)
    assert exit_status(monkeypatch, built) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1
    assert not (built / "build/audit/rederive.txt").exists()


def test_a_raw_table_that_is_missing_is_refused(trial_of):
    trial = trial_of()
    (trial / "data/raw/ss.csv").unlink()
    with pytest.raises(Refusal, match=r"ss\.csv must be a raw table of the trial"):
        rederived(trial)


# Baseline


def test_a_missing_characteristic_is_a_row_that_both_derivations_count(
    root, raw_copy, outcome, trial_of
):
    treated = "RECON-IPD-001-001"
    raw_copy.rows["sc"] = [
        row for row in raw_copy.rows["sc"] if (row["USUBJID"], row["SCTESTCD"]) != (treated, "ISS")
    ]
    trial = trial_of()
    first = outcome(trial / "data/raw")
    assert (
        first.texts["baseline.iss.missing.n"],
        first.texts["baseline.by.dl1.iss.missing.n"],
        first.texts["baseline.by.dl2.iss.missing.n"],
    ) == ("1", "1", "0")
    assert first.texts["baseline.sex.missing.n"] == "0"
    own = {id: row for id, row in rows(first).items() if id.startswith("baseline.")}
    second = {id: row for id, row in rederived(trial).items() if id.startswith("baseline.")}
    assert differences(own, second) == []
    assert "baseline.iss.missing.n" in second
