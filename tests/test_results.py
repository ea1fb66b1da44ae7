"""The numbers of the shipped trial: as published, coherent, and steady when rows are missing."""

import copy
import csv
import math
import re
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tracedtrial.analyses.panels import panels, waterfall_axis
from tracedtrial.datasets.dataset import NOTHING
from tracedtrial.record.number import Number, slug
from tracedtrial.record.provenance import RecordKeys, record_digest
from tracedtrial.refusal import Refusal

ROOT = Path(__file__).resolve().parents[1]
IMWG = ("scr", "cr", "vgpr", "pr", "mr", "sd", "pd", "ne")
COLUMNS = ("dl1", "dl2", "rp2d", "evaluable", "treated")
Numbers = dict[str, Number]
Texts = dict[str, str]


def rows_of(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PUBLISHED = {row["id"]: row["printed"] for row in rows_of("data/published.csv")}
SUBJECTS = [row["USUBJID"] for row in rows_of("data/raw/dm.csv")]


# By-hand truth: the published abstract


@pytest.mark.parametrize("id", PUBLISHED)
def test_each_published_number_is_printed_as_published(shipped, id):
    assert shipped.texts[id] == PUBLISHED[id]


def test_the_title_and_all_nineteen_facts_of_the_abstract_are_compared():
    assert {int(row["row"]) for row in rows_of("data/published.csv")} == set(range(20))


def test_a_missing_response_counts_as_a_non_responder(shipped):
    numbers = shipped.numbers
    assert numbers["response.treated.orr.n"].denominator == 32
    assert numbers["response.evaluable.orr.n"].denominator == 31
    assert numbers["response.treated.orr.n"].n == numbers["response.evaluable.orr.n"].n
    assert numbers["response.treated.best.ne.n"].n == numbers["response.evaluable.best.ne.n"].n + 1


def test_the_interval_of_a_response_rate_leaves_an_exact_tail_of_2_5_percent_on_each_side(shipped):
    number = shipped.numbers["response.rp2d.orr.ci"]
    low, high = (end / 100 for end in number.value)
    assert (number.n, number.denominator) == (12, 25)
    tail = {
        p: [math.comb(25, k) * p**k * (1 - p) ** (25 - k) for k in range(26)] for p in (low, high)
    }
    assert sum(tail[low][12:]) == pytest.approx(0.025, abs=1e-12)
    assert sum(tail[high][:13]) == pytest.approx(0.025, abs=1e-12)
    assert shipped.texts["response.rp2d.orr.ci"] == "27.8–68.7%"


def test_the_rule_escalates_from_the_first_level_and_stops_at_the_second(shipped):
    decisions = {id: text for id, text in shipped.texts.items() if id.endswith(".decision")}
    assert decisions == {
        "dlt.dl1.first_cohort.decision": "expand",
        "dlt.dl1.second_cohort.decision": "escalate",
        "dlt.dl2.first_cohort.decision": "expand",
        "dlt.dl2.second_cohort.decision": "stop",
    }


# Coherence


def interval_findings(numbers: Numbers) -> Iterator[str]:
    estimates = {
        "orr": "percent",
        "vgpr": "percent",
        "dcr": "percent",
        "median": "months",
        "m6": "percent",
        "m12": "percent",
    }
    for id, number in numbers.items():
        stem = id.removesuffix(".ci")
        if id == stem or number.value is None:
            continue
        estimate = numbers[f"{stem}.{estimates[stem.split('.')[-1]]}"].value
        low, high = (math.nan if end is None else end for end in number.value)
        if estimate is not None and (low > estimate or estimate > high):
            yield f"{id} {number.value} does not contain {estimate}"
        if low > high:
            yield f"{id} {number.value} is upside down"


def share_findings(numbers: Numbers, texts: Texts) -> Iterator[str]:
    for id, number in numbers.items():
        if number.statistic == "percentage":
            if number.n != numbers[id.removesuffix("percent") + "n"].n:
                yield f"{id} is not the share of its count"
            if not number.denominator:
                if texts[id] != "NE":
                    yield f"{id} of nobody prints {texts[id]}"
                continue
            exact = Fraction(100 * number.n, number.denominator)
            if texts[id] != f"{math.floor(exact + Fraction(1, 2))}%":
                yield f"{id} {number.n}/{number.denominator} prints {texts[id]}"
        if number.n is not None and not 0 <= number.n <= number.denominator:
            yield f"{id}: {number.n} of {number.denominator}"


def sum_findings(numbers: Numbers) -> Iterator[str]:
    """Categories that must add up to their total."""

    def n(*ids: str) -> int:
        return sum(numbers[id].n for id in ids)

    for column in COLUMNS:
        best = [f"response.{column}.{'' if c == 'vgpr' else 'best.'}{c}.n" for c in IMWG]
        if n(*best) != numbers[best[0]].denominator:
            yield f"best responses of {column} do not add up"
        if n(*best[:4]) != n(f"response.{column}.orr.n") or n(*best[:6]) != n(
            f"response.{column}.dcr.n"
        ):
            yield f"response rates of {column} are not those of its categories"
    off = [id for id in numbers if re.fullmatch(r"disposition\.(off\.\w+|ongoing)\.n", id)]
    if n(*off) != n("population.treated.n"):
        yield "dispositions do not add up"
    for name in ("treated", "evaluable"):
        if n(f"level.dl1.{name}.n", f"level.dl2.{name}.n") != n(f"population.{name}.n"):
            yield f"{name} patients of the levels do not add up"
    for row in (id.removesuffix(".total.events") for id in numbers if id.endswith(".total.events")):
        grades = [f"{row}.g{grade}.n" for grade in range(1, 6) if f"{row}.g{grade}.n" in numbers]
        if n(*grades) != n(f"{row}.total.n"):
            yield f"grades of {row} do not add up"


def subset_findings(numbers: Numbers) -> Iterator[str]:
    """A subset that is larger than its set."""
    pairs = [
        ("population.evaluable.n", "population.treated.n"),
        ("population.rp2d.n", "population.evaluable.n"),
        ("population.dlt_evaluable.n", "population.treated.n"),
        ("population.expansion.n", "population.treated.n"),
        ("dor.events.n", "dor.n"),
        ("pfs.events.n", "population.treated.n"),
        ("pfs.events.n", "pfs_ema.events.n"),
        ("disposition.deaths_on_study.n", "disposition.deaths.n"),
        ("response.agreement.n", "response.visits.n"),
        ("safety.severe.n", "ae.overall.total.n"),
        ("ae.overall.total.events", "safety.events.n"),
    ]
    pairs += [(f"response.{c}.orr.n", f"response.{c}.dcr.n") for c in COLUMNS]
    pairs += [
        (f"response.{a}.orr.n", f"response.{b}.orr.n") for a, b in zip(COLUMNS[2:], COLUMNS[3:])
    ]
    risk = [id for id in numbers if id.startswith("pfs.at_risk.")]
    pairs += list(zip(risk[1:], risk))
    classes = {
        number.keys["AEBODSYS"]: id
        for id, number in numbers.items()
        if number.keys.get("row") == "class" and number.keys["column"] == "total"
    }
    for id, number in numbers.items():
        if number.keys.get("column") == "total" and id.endswith(".n"):
            pairs.append((id, "ae.overall.total.n"))
            pairs.append((id, id.replace(".total.n", ".total.events")))
            if number.keys["row"] == "term":
                pairs.append((id, classes[number.keys["AEBODSYS"]].replace("percent", "n")))
    for part, whole in pairs:
        if numbers[part].n > numbers[whole].n:
            yield f"{part} is larger than {whole}"


def value_findings(numbers: Numbers, texts: Texts) -> Iterator[str]:
    for id, number in numbers.items():
        parts = number.value if isinstance(number.value, tuple) else (number.value,)
        if any(isinstance(part, float) and not math.isfinite(part) for part in parts):
            yield f"{id} is {number.value}"
        if (texts[id] == "NE") != all(part is None for part in parts or ("",)):
            yield f"{id} is {number.value} and prints {texts[id]}"


def findings(numbers: Numbers, texts: Texts) -> list[str]:
    return [
        *interval_findings(numbers),
        *share_findings(numbers, texts),
        *sum_findings(numbers),
        *subset_findings(numbers),
        *value_findings(numbers, texts),
    ]


def test_the_numbers_are_coherent(shipped):
    assert findings(shipped.numbers, shipped.texts) == []


@pytest.mark.parametrize(
    "id, change, finding",
    [
        ("response.rp2d.orr.percent", {"value": 80.0}, "does not contain 80.0"),
        ("response.rp2d.orr.n", {"n": 26}, "response.rp2d.orr.n: 26 of 25"),
        ("response.dl1.best.sd.n", {"n": 2}, "best responses of dl1 do not add up"),
        ("ae.overall.g2.n", {"n": 9}, "grades of ae.overall do not add up"),
        ("pfs.median.months", {"value": math.nan}, "pfs.median.months is nan"),
    ],
)
def test_an_incoherent_number_would_be_found(shipped, id, change, finding):
    changed = {**shipped.numbers, id: Number(**{**vars(shipped.numbers[id]), **change})}
    assert any(finding in found for found in findings(changed, shipped.texts))


# Ids


def test_ids_are_dotted_lower_case_and_say_who_issued_them(shipped):
    for id, number in shipped.numbers.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+", id), id
        assert number.id == id and number.functions


def test_no_id_is_a_prefix_of_another(shipped):
    ids = set(shipped.numbers)
    assert not {
        id
        for id in ids
        if any(".".join(id.split(".")[:length]) in ids for length in range(1, id.count(".") + 1))
    }


def test_parents_are_numbers_too(shipped):
    for number in shipped.numbers.values():
        assert set(number.parents) <= set(shipped.numbers), number.id


def test_a_number_of_the_data_names_population_method_section_and_records(shipped):
    for number in shipped.numbers.values():
        if number.source == "data":
            assert number.population and number.method and number.section, number.id
            assert number.records and number.denominator is not None or number.n is None, number.id


def test_each_section_is_an_entry_of_the_protocol(shipped):
    entries = {
        entry["id"]: entry
        for entry in (
            shipped.trial.protocol["baseline"]["characteristics"]
            + shipped.trial.protocol["response"]["summaries"]
        )
    }
    for number in shipped.numbers.values():
        node = shipped.trial.protocol
        for key in number.section.split("."):
            node = node[key] if isinstance(node, dict) else entries[key]
        assert node


@pytest.mark.parametrize(
    "text, part",
    [
        ("NOT DONE", "not_done"),
        ("RECOVERED/RESOLVED", "recovered_resolved"),
        ("I", "i"),
        ("Stevens-Johnson syndrome", "stevens_johnson_syndrome"),
        ("é", "empty"),
        (3, "3"),
    ],
)
def test_a_slug_is_one_part_of_an_id(text, part):
    assert slug(text) == part


# Records


def patients(shipped, number: Number, role: str) -> int:
    records = number.records.get(role, NOTHING)
    return len(np.unique(shipped.trial.data.raw.subject_of[records]))


def test_the_patients_of_a_count_have_a_row_that_supports_it(shipped):
    # Who is still on treatment, or not evaluable, is known by rows that are not there.
    without = re.compile(r"disposition\.ongoing\.|response\.\w+\.best\.ne\.")
    methods = ("count of patients", "patients at their highest grade within the row")
    counts = [
        number
        for id, number in shipped.numbers.items()
        if number.method in methods
        and id.endswith(".n")
        and not re.match(r"population|level|dlt\.", id)
    ]
    assert len(counts) > 300
    for number in counts:
        expected = 0 if without.match(number.id) else number.n
        assert patients(shipped, number, "supports") == expected, number.id


def test_the_patients_of_a_population_have_a_row_that_puts_them_there(shipped):
    for id, number in shipped.numbers.items():
        if re.match(r"(population|level)\.", id):
            assert patients(shipped, number, "population") == number.n, id
        elif number.statistic == "percentage" and "visits" not in number.method:
            assert patients(shipped, number, "population") == number.denominator, id


def test_the_events_of_a_row_are_among_its_records(shipped):
    counted = shipped.trial.data.adae.frame["EVENTFL"]
    for id, number in shipped.numbers.items():
        if id.endswith((".total.events", "safety.events.n")):
            assert counted[number.records.get("supports", NOTHING)].sum() == number.n, id


def test_the_patients_with_a_DLT_have_their_events_as_support(shipped):
    for id in ("dlt.dl1.first_cohort.n", "dlt.dl1.total.n", "dlt.dl2.second_cohort.n"):
        number = shipped.numbers[id]
        assert patients(shipped, number, "supports") == number.n
        assert patients(shipped, number, "population") == number.denominator


def test_records_are_distinct_and_rise(shipped):
    for number in shipped.numbers.values():
        for role, records in number.records.items():
            assert (np.diff(records) > 0).all(), (number.id, role)


def test_a_row_that_supports_a_number_is_not_against_it(shipped):
    for number in shipped.numbers.values():
        both = np.intersect1d(
            number.records.get("supports", NOTHING), number.records.get("against", NOTHING)
        )
        assert len(both) == 0, number.id


def test_numbers_of_the_protocol_rest_on_no_row(shipped):
    for number in shipped.numbers.values():
        assert (number.source == "protocol") == (not number.records), number.id


# Panels of the figure


def test_the_waterfall_falls_and_has_one_bar_for_each_evaluable_patient(shipped):
    bars = panels(shipped.trial)["figure-1a"]
    assert len(bars) == 31
    assert bars["best_change"].is_monotonic_decreasing
    assert bars["order"].tolist() == list(range(1, 32))
    assert set(bars["response"]) <= set(waterfall_axis(shipped.trial)["levels"])
    for category, n in bars["response"].str.lower().value_counts().items():
        name = "vgpr" if category == "vgpr" else f"best.{category}"
        assert shipped.numbers[f"response.evaluable.{name}.n"].n == n


def test_the_waterfall_marks_a_better_response_that_was_not_confirmed(shipped):
    bars = panels(shipped.trial)["figure-1a"]
    marked = bars[bars["unconfirmed"] == "Y"]
    assert marked["response"].tolist() == ["SD", "SD", "SD", "PR"]
    assert (marked["best_change"].iloc[:3] <= -50).all() and marked["best_change"].iloc[3] <= -90


def test_progressing_patients_differ_in_their_best_changes(shipped):
    bars = panels(shipped.trial)["figure-1a"]
    changes = bars.loc[bars["response"] == "PD", "best_change"].tolist()
    assert len(changes) == 6 and min(changes) < 0 < 25 < max(changes)
    assert min(high - low for high, low in zip(changes, changes[1:])) > 2


# Where patients went


def test_every_way_off_treatment_is_named_with_its_patients(shipped):
    numbers = shipped.numbers
    tally = numbers["disposition.reasons"].value
    assert tally == (
        ("progressive disease", 23),
        ("withdrawal by subject", 2),
        ("adverse event", 1),
        ("physician decision", 1),
    )
    assert sum(n for _, n in tally) == numbers["disposition.off.n"].n == 27
    assert numbers["disposition.off.n"].n + numbers["disposition.ongoing.n"].n == 32


def test_the_replaced_patient_was_treated_and_not_evaluable(shipped):
    counts = {
        id.removeprefix("dlt."): [
            shipped.numbers[f"{id}.{name}"].n for name in ("treated", "size", "replaced")
        ]
        for id in (
            f"dlt.{level}.{place}_cohort"
            for level in ("dl1", "dl2")
            for place in ("first", "second")
        )
    }
    assert counts == {
        "dl1.first_cohort": [3, 3, 0],
        "dl1.second_cohort": [4, 3, 1],
        "dl2.first_cohort": [3, 3, 0],
        "dl2.second_cohort": [3, 3, 0],
    }


def test_the_death_on_study_has_its_fatal_event(shipped):
    numbers = shipped.numbers
    assert numbers["safety.fatal.n"].n == numbers["disposition.deaths_on_study.n"].n == 1
    assert numbers["safety.fatal.events"].value == ("lung infection",)
    assert numbers["ae.overall.g5.n"].n == numbers["ae.term.lung_infection.g5.n"].n == 1
    assert numbers["ae.term.anemia.g5.n"].n == 0


def test_the_swimmers_are_the_treated_patients_by_level_and_time(shipped):
    lanes, numbers = panels(shipped.trial)["figure-1b"], shipped.numbers
    assert lanes["level"].tolist() == ["DL1"] * 7 + ["DL2"] * 25
    for _, lane in lanes.groupby("level"):
        assert lane["months"].is_monotonic_decreasing
    assert (lanes["ongoing"] == "Y").sum() == numbers["disposition.ongoing.n"].n
    assert lanes["death"].notna().sum() == numbers["disposition.deaths.n"].n
    assert lanes["first_response"].notna().sum() == numbers["response.treated.orr.n"].n
    assert lanes["months"].median() == pytest.approx(numbers["exposure.months.median"].value)


def test_the_curve_is_the_one_of_the_median(shipped):
    curve, numbers = panels(shipped.trial)["figure-1c"], shipped.numbers
    assert curve[["months", "survival", "at_risk"]].iloc[0].tolist() == [0, 1, 32]
    assert curve["events"].sum() == numbers["pfs.events.n"].n
    assert curve["events"].sum() + curve["censored"].sum() == 32
    first = curve["months"][curve["survival"] < 0.5].iloc[0]
    assert first == pytest.approx(numbers["pfs.median.months"].value)


def test_no_panel_identifies_a_patient(shipped):
    names = {name for frame in panels(shipped.trial).values() for name in frame}
    text = "".join(frame.to_csv() for frame in panels(shipped.trial).values())
    assert "USUBJID" not in names and "subject" not in names
    assert not [subject for subject in SUBJECTS if subject in text]
    assert not re.search(r"\d{4}-\d\d", text)


# Missing patients


def counted(shipped) -> dict[str, tuple[str, bool]]:
    """Level and DLT of each patient who counts for the dose decision."""
    adsl, addl = shipped.trial.data.adsl.frame, shipped.trial.data.addl.frame
    inside = shipped.trial.populations["dlt_evaluable"].members
    return {
        subject: (level, toxic)
        for subject, level, toxic in zip(
            adsl["USUBJID"][inside], adsl["ARMCD"][inside], addl["DLTFL"][inside]
        )
    }


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_patient_can_be_missing(shipped, raw_copy, outcome, subject):
    got = outcome(raw_copy.without(subject).write())
    assert findings(got.numbers, got.texts) == []
    assert got.numbers["population.treated.n"].n == 31
    # With one fewer, a level has no six patients; 0/5 at the first level lets pass as 0/3 does.
    level, toxic = counted(shipped).get(subject, ("", True))
    estimable = subject not in counted(shipped) or (level, toxic) == ("DL1", True)
    if estimable:
        assert got.texts["dlt.rp2d.level"] == "dose level 2"
    else:
        assert {
            got.texts[id]
            for id in (
                "dlt.rp2d.level",
                "dlt.rp2d.ixazomib",
                "response.rp2d.orr.percent",
                "response.rp2d.orr.ci",
                "response.rp2d.vgpr.percent",
                "dor.median.months",
                "ttr.range",
            )
        } == {"NE"}
        assert got.numbers["population.rp2d.n"].n == 0


def test_of_an_incomplete_cohort_the_patients_with_a_DLT_are_not_estimable(raw_copy, outcome):
    texts = outcome(raw_copy.without(SUBJECTS[0]).write()).texts
    assert texts["dlt.dl1.first_cohort.decision"] == "incomplete"
    assert texts["dlt.dl1.first_cohort.n"] == "NE"
    assert texts["dlt.dl1.first_cohort.size"] == "2"


def test_a_replaced_patient_is_treated_and_does_not_count_for_the_dose(shipped):
    numbers = shipped.numbers
    assert numbers["level.dl1.treated.n"].n == 7
    assert numbers["dlt.dl1.total.n"].denominator == 6


# Empty tables


@pytest.mark.parametrize(
    "domain, expected",
    [
        (
            "ae",
            {
                "ae.overall.total.n": "0",
                "ae.overall.total.percent": "0%",
                "safety.events.n": "0",
                "safety.most_common": "none",
                "dlt.dl1.total.n": "0/6",
                "dlt.dl1.events": "none",
                "population.treated.n": "32",
                "response.treated.orr.n": "15",
            },
        ),
        (
            "rs",
            {
                "response.visits.n": "0",
                "response.agreement.percent": "NE",
                "response.rp2d.orr.percent": "48%",
                "dlt.rp2d.level": "dose level 2",
            },
        ),
        ("ss", {"os.events.n": "9", "followup.median.months": "11.2", "pfs.median.months": "8.4"}),
        (
            "lb",
            {
                "response.treated.orr.n": "0",
                "response.treated.orr.percent": "0%",
                "dor.n": "0",
                "dor.median.months": "NE",
                "ttr.median.months": "NE",
                "followup.median.months": "11.9",
            },
        ),
        (
            "sc",
            {"baseline.iss.i.n": "0", "response.treated.orr.n": "0", "population.treated.n": "32"},
        ),
        (
            "cm",
            {
                "baseline.refractory.lenalidomide.n": "0",
                "baseline.lines.median": "0",
                "response.rp2d.orr.percent": "48%",
            },
        ),
        ("ds", {"disposition.ongoing.n": "32", "disposition.off.death.n": "0"}),
        (
            "ex",
            {
                "population.treated.n": "0",
                "response.rp2d.orr.percent": "NE",
                "dlt.rp2d.level": "NE",
                "pfs.median.months": "NE",
                "followup.median.months": "NE",
                "safety.most_common": "none",
                "safety.neuropathy.frequency": "NE",
                "ae.overall.total.percent": "NE",
                "baseline.age.median": "NE",
                "exposure.cycles.range": "NE",
            },
        ),
    ],
)
def test_a_table_may_be_empty(raw_copy, outcome, domain, expected):
    raw_copy.rows[domain] = []
    got = outcome(raw_copy.write())
    assert {id: got.texts[id] for id in expected} == expected
    assert findings(got.numbers, got.texts) == []


def test_without_new_therapy_the_rules_of_PFS_differ_by_missed_assessments_alone(raw_copy, outcome):
    raw_copy.rows["cm"] = [row for row in raw_copy.rows["cm"] if row["CMREFRFL"]]
    got = outcome(raw_copy.write())
    times = got.trial.data.adtte
    missed = times["PFS_FDA"]["CNSR"] == 3
    assert (times["PFS_FDA"]["CNSR"] != 2).all() and missed.any()
    assert times["PFS_FDA"]["AVAL"][~missed].equals(times["PFS_EMA"]["AVAL"][~missed])
    assert findings(got.numbers, got.texts) == []


def test_a_trial_without_a_patient_has_numbers(raw_copy, outcome):
    raw_copy.rows = {domain: [] for domain in raw_copy.rows}
    got = outcome(raw_copy.write())
    assert got.texts["population.treated.n"] == "0"
    assert findings(got.numbers, got.texts) == []


# Rows that count nowhere


def test_rows_after_the_cut_off_change_no_number(shipped, raw_copy, outcome):
    cutoff = date.fromisoformat(shipped.trial.protocol["trial"]["cutoff"]["value"])
    late = (cutoff + timedelta(days=1)).isoformat()
    subject = {"STUDYID": "RECON-IPD", "USUBJID": SUBJECTS[-1]}
    dates = {
        "ex": ["EXSTDTC", "EXENDTC"],
        "ae": ["AESTDTC"],
        "lb": ["LBDTC"],
        "rs": ["RSDTC"],
        "ss": ["SSDTC"],
        "cm": ["CMSTDTC"],
        "ds": ["DSSTDTC"],
    }
    changes = {
        "ae": {"AETOXGR": "5", "AEDLTFL": "Y", "AEENDTC": ""},
        "cm": {"CMCAT": "SUBSEQUENT ANTI-CANCER THERAPY", "CMREFRFL": "", "CMENDTC": ""},
        "rs": {"RSSTRESC": "PD", "PDIFL": "Y"},
        "ds": {"DSDECOD": "OTHER"},
        "lb": {
            "LBTESTCD": "MPROTS",
            "LBSTRESN": "9",
            "LBSTRESU": "g/dL",
            "LBSTRESC": "",
            "LBSTAT": "",
        },
    }
    ended = {row["USUBJID"] for row in raw_copy.rows["ds"]}
    ongoing = next(name for name in SUBJECTS if name not in ended)
    for domain, columns in dates.items():
        row = (
            raw_copy.rows[domain][-1]
            | subject
            | changes.get(domain, {})
            | {f"{domain.upper()}SEQ": "9999"}
            | {column: late for column in columns}
        )
        if domain == "ds":
            row |= {"USUBJID": ongoing, "DSSCAT": "END OF TREATMENT"}
        raw_copy.rows[domain].append(row)
    raw_copy.row("dm", USUBJID=ongoing).update(DTHFL="Y", DTHDTC=late)
    got = outcome(raw_copy.write())
    assert {id: number.value for id, number in got.numbers.items()} == {
        id: number.value for id, number in shipped.numbers.items()
    }


def test_a_patient_who_was_never_treated_changes_no_number(shipped, raw_copy, outcome):
    added = raw_copy.row("dm", USUBJID=SUBJECTS[0]) | {
        "USUBJID": "RECON-IPD-999-999",
        "ARMCD": "SCRNFAIL",
        "COHORT": "",
        "RFSTDTC": "",
        "RFENDTC": "",
        "DTHFL": "",
        "DTHDTC": "",
    }
    raw_copy.rows["dm"].append(added)
    for domain in ("sc", "ae", "lb", "ss"):
        row = next(r for r in raw_copy.rows[domain] if r["USUBJID"] == SUBJECTS[0])
        raw_copy.rows[domain].append(row | {"USUBJID": added["USUBJID"]})
    got = outcome(raw_copy.write())
    assert got.texts == shipped.texts


def test_four_of_each_patient_give_four_times_the_counts_and_the_same_shares(
    shipped, raw_copy, outcome
):
    for domain, rows in raw_copy.rows.items():
        raw_copy.rows[domain] = [
            row | {"USUBJID": row["USUBJID"] + letter} for letter in "ABCD" for row in rows
        ]
    got = outcome(raw_copy.write())
    assert got.numbers["population.treated.n"].n == 128
    whole = re.compile(r"(ae|baseline|disposition|exposure|response\.(dl\d|treated|evaluable))\.")
    for id, number in shipped.numbers.items():
        if whole.match(id):
            assert got.numbers[id].n == 4 * number.n, id
            if not id.endswith((".n", ".ci", ".events", ".reasons")):
                assert got.texts[id] == shipped.texts[id], id
    for id in ("pfs.median.months", "followup.median.months", "os.m12.percent", "pfs.m6.percent"):
        assert got.texts[id] == shipped.texts[id]


# Protocol values


def test_the_lowest_grade_of_the_event_table_is_the_protocols(shipped, outcome, root):
    changed = copy.deepcopy(shipped.trial.protocol)
    changed["safety"]["grade"] |= {"minimum": 3, "columns": [3, 4]}
    got = outcome(root / "data" / "raw", changed)
    assert got.numbers["ae.overall.total.n"].n == shipped.numbers["safety.severe.n"].n
    assert "ae.overall.g2.n" not in got.numbers
    assert findings(got.numbers, got.texts) == []


@pytest.mark.parametrize(
    "percent, names", [(100, "none"), (30, "anemia, neutropenia, thrombocytopenia, and infections")]
)
def test_the_threshold_of_most_common_is_the_protocols(shipped, outcome, root, percent, names):
    changed = copy.deepcopy(shipped.trial.protocol)
    changed["safety"]["most_common"]["percent"] = percent
    assert outcome(root / "data" / "raw", changed).texts["safety.most_common"] == names


def test_infrequent_is_a_word_with_a_threshold(shipped, outcome, root):
    neuropathy = shipped.numbers["ae.group.neuropathy.total.n"]
    changed = copy.deepcopy(shipped.trial.protocol)
    for percent, word in (
        (100 * neuropathy.n / 32, "not infrequent"),
        (100 * neuropathy.n / 32 + 1e-6, "infrequent"),
    ):
        changed["safety"]["infrequent"]["percent"] = percent
        got = outcome(root / "data" / "raw", changed)
        assert got.texts["safety.neuropathy.frequency"] == word


def test_the_primary_rule_of_PFS_is_the_protocols(shipped, outcome, root):
    changed = copy.deepcopy(shipped.trial.protocol)
    changed["endpoints"]["pfs"]["rule"] = "EMA"
    got = outcome(root / "data" / "raw", changed).numbers
    assert got["pfs.events.n"].n == shipped.numbers["pfs_ema.events.n"].n
    assert got["pfs_fda.events.n"].n == shipped.numbers["pfs.events.n"].n


def test_without_six_at_the_final_level_three_suffice(shipped, raw_copy, outcome):
    changed = copy.deepcopy(shipped.trial.protocol)
    changed["escalation"]["six_at_final"]["value"] = False
    cohort = [row["USUBJID"] for row in raw_copy.rows["dm"] if row["COHORT"] == "4"]
    for row in raw_copy.rows["ae"]:
        row["AEDLTFL"] = "N"
    kept = raw_copy.without(cohort[0]).write()
    assert outcome(kept, changed).texts["dlt.rp2d.level"] == "dose level 2"
    assert outcome(kept).texts["dlt.rp2d.level"] == "NE"


# Refusal


def test_two_terms_with_one_id_are_refused(raw_copy, outcome):
    row = next(row for row in raw_copy.rows["ae"] if row["AEDECOD"] == "Fatigue")
    raw_copy.rows["ae"].append(row | {"AEDECOD": "fatigue", "AESEQ": "9999", "AETOXGR": "3"})
    with pytest.raises(Refusal) as error:
        outcome(raw_copy.write())
    assert str(error.value) == (
        "id must be issued once, but got 'ae.term.fatigue.general_disorders_and_administration_"
        "site_conditions.g2.n' (event_table)"
    )


def test_a_two_stage_design_has_numbers_where_the_protocol_declares_one(shipped, outcome, root):
    assert not any(id.startswith("two_stage.") for id in shipped.texts)
    changed = copy.deepcopy(shipped.trial.protocol)
    changed["two_stage"] = {
        "p0": 0.2,
        "p1": 0.4,
        "alpha": 0.05,
        "beta": 0.2,
        "design": "optimal",
        "source": "assumed",
        "why": "for this test alone",
    }
    texts = outcome(root / "data/raw", changed).texts
    assert [texts[f"two_stage.{name}"] for name in ("r1", "n1", "r", "n")] == [
        "3",
        "13",
        "12",
        "43",
    ]
    assert texts["two_stage.p1.percent"] == "40%"


def test_a_records_digest_is_the_hmac_of_the_sorted_keys(shipped, raw):
    keys = RecordKeys(raw)
    for number in list(shipped.numbers.values())[::50]:
        for records in number.records.values():
            assert keys.digest(records) == record_digest(raw.keys(records), raw.secret)
