"""The abstract's counts and the event table again, from the CSV files, in plain Python.

This walks patient by patient with dictionaries and sets; it shares nothing with the engine but
the files, the protocol's values and the response at each visit, which is tried on courses worked
by hand and by the second derivation (`test_courses_imwg.py`).
"""

import random
from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta

import pytest

from tracedtrial.datasets import Datasets

CUTOFF = date(2016, 11, 30)
RESPONSES = ["sCR", "CR", "VGPR", "PR", "MR"]
BEST_FIRST = [*RESPONSES, "SD", "PD", "NE"]
Row = dict[str, str]


class Patient:
    """One patient's rows by table, and what follows from them."""

    def __init__(self, dm: Row, tables: dict[str, list[Row]]) -> None:
        self.dm, self.tables = dm, tables
        given = [row for row in tables["ex"] if float(row["EXDOSE"]) * float(row["EXADM"]) > 0]
        self.start = min((day(row["EXSTDTC"]) for row in given), default=None)
        self.last = max((day(row["EXENDTC"]) for row in given), default=None)
        self.treated = dm["ARMCD"] in ("DL1", "DL2") and self.start is not None
        self.assessed: list[tuple[date, str, bool, float]] = []

    def events(self) -> list[tuple[Row, bool]]:
        """Treatment-emergent rows, and whether each opens an event or raises its grade."""
        found, terms = [], defaultdict(list)
        for row in self.tables["ae"]:
            terms[row["AEDECOD"]].append(
                (self.event_start(row), latest(row["AEENDTC"]), int(row["AESEQ"]), row)
            )
        for rows in terms.values():
            over, state, last, emergent = date.min, 0, 0, False
            for start, end, _, row in sorted(rows, key=lambda r: r[:3]):
                grade = int(row["AETOXGR"])
                if over < start - timedelta(days=1):
                    state, last, emergent = 0, 0, False
                over = max(over, end)
                if start < self.start:
                    state = grade
                elif start <= min(self.last + timedelta(days=30), CUTOFF):
                    emergent = emergent or grade > state
                    found += [(row, grade > last)] * emergent
                last = grade
        return found

    def event_start(self, row: Row) -> date:
        text = row["AESTDTC"]
        if self.start.isoformat().startswith(text) and latest(row["AEENDTC"]) >= self.start:
            return self.start  # the partial dates allow the first dose
        return day((text + "-01-01")[:10])

    def dlts(self) -> list[Row]:
        return [
            row
            for row in self.tables["ae"]
            if row["AEDLTFL"] == "Y" and 0 <= (self.event_start(row) - self.start).days < 28
        ]

    def counts_for_the_dose(self) -> bool:
        first_cycle = [row for row in self.tables["ex"] if row["EXCYCLE"] == "1"]
        enough = [
            3 * float(row["EXDOSE"]) * float(row["EXADM"])
            >= 2 * float(row["EXPDOSE"]) * float(row["EXPADM"])
            for row in first_cycle
        ]
        return bool(self.dlts()) or len(enough) == 3 and all(enough)

    def visits(self) -> list[tuple[date, str, bool, float]]:
        """Date, category, imaging and number of each visit after the first dose."""
        return self.assessed

    def new_therapy(self) -> date:
        return min(
            (
                day(row["CMSTDTC"])
                for row in self.tables["cm"]
                if row["CMCAT"].startswith("SUBSEQUENT")
            ),
            default=date.max,
        )

    def confirmed(self) -> list[tuple[date, str]]:
        visits, out = self.visits(), []
        for place, (when, category, shown, _) in enumerate(visits):
            then = next((v for v in visits[place + 1 :] if v[1] != "NE"), None)
            if category == "PD":
                category = "PD" if shown or then and then[1] == "PD" else "NE"
            elif category in RESPONSES:
                borne_out = then and then[1] != "PD" and then[0] <= self.new_therapy()
                category = max(category, then[1], key=BEST_FIRST.index) if borne_out else "SD"
            out.append((when, category))
        return out

    def counted(self) -> list[tuple[date, str]]:
        """Confirmed categories before new therapy, up to the first progression."""
        kept = [(when, c) for when, c in self.confirmed() if when <= self.new_therapy()]
        first = next((k for k, (_, c) in enumerate(kept) if c == "PD"), len(kept))
        return kept[: first + 1]

    def best_response(self) -> str:
        return min((c for _, c in self.counted()), key=BEST_FIRST.index, default="NE")

    def first_response(self) -> date | None:
        return next((when for when, c in self.counted() if c in ("sCR", "CR", "VGPR", "PR")), None)

    def progression_free(self, rule: str) -> tuple[date, bool]:
        """The day that ends progression-free survival, and whether with an event."""
        died = [day(self.dm["DTHDTC"])] if self.dm["DTHDTC"] else []
        event = min([when for when, c in self.confirmed() if c == "PD"][:1] + died, default=None)
        seen = [self.start, *(when for when, c, *_ in self.visits() if c != "NE")]
        if rule == "FDA" and self.new_therapy() < (event or date.max):
            return max(when for when in seen if when <= self.new_therapy()), False
        if event is None:
            return max(seen), False
        last = max([when for when in seen if when < event], default=self.start)
        missed = rule == "FDA" and (event - last).days > 2 * 28 + 14
        return (last, False) if missed else (event, True)

    def evaluable(self) -> bool:
        return self.treated and any(category != "NE" for _, category, *_ in self.visits())

    def follow_up(self) -> tuple[int, bool]:
        """Days to death or last contact, and whether it was death."""
        if self.dm["DTHDTC"] and day(self.dm["DTHDTC"]) <= CUTOFF:
            return (day(self.dm["DTHDTC"]) - self.start).days + 1, True
        alive = [day(row["SSDTC"]) for row in self.tables["ss"] if row["SSSTRESC"] == "ALIVE"]
        alive += [day(row["LBDTC"]) for row in self.tables["lb"] if not row["LBSTAT"]]
        alive += [day(row["EXENDTC"]) for row in self.tables["ex"] if float(row["EXDOSE"]) > 0]
        alive += [day(row["RSDTC"]) for row in self.tables["rs"]]
        alive += [
            day(row["DSSTDTC"])
            for row in self.tables["ds"]
            if row["DSDECOD"] not in ("DEATH", "LOST TO FOLLOW-UP")
        ]
        alive += [
            first(row[name])
            for table, names in (("ae", ("AESTDTC", "AEENDTC")), ("cm", ("CMSTDTC", "CMENDTC")))
            for row in self.tables[table]
            for name in names
            if row[name]
        ]
        return (max([self.start, *(d for d in alive if d <= CUTOFF)]) - self.start).days + 1, False


def day(text: str) -> date:
    return date.fromisoformat(text)


def first(text: str) -> date:
    """The first day that a partial date may mean."""
    return day((text + "-01-01")[:10])


def latest(text: str) -> date:
    """The last day that a partial date may mean; without a date the last of all."""
    year, month, *exact = [int(part) for part in (text or "9999").split("-")] + [12] * (
        len(text) < 7
    )
    return date(year, month, exact[0] if exact else monthrange(year, month)[1])


def treated(raw_rows: dict[str, list[Row]], data: Datasets) -> list[Patient]:
    """The treated patients, with the categories that the criteria give at their visits."""
    own, assessed = defaultdict(lambda: defaultdict(list)), defaultdict(list)
    for domain, rows in raw_rows.items():
        for row in rows:
            own[row["USUBJID"]][domain].append(row)
    everybody = [Patient(row, own[row["USUBJID"]]) for row in raw_rows["dm"]]
    visits = data.adrs.visits
    for place, when, category, shown, number in zip(
        visits["subject"], visits["ADT"], visits["AVALC"], visits["SHOWN"], visits["VISITNUM"]
    ):
        assessed[data.raw.subjects[place]].append((when.date(), category, bool(shown), number))
    for patient in everybody:
        patient.assessed = assessed[patient.dm["USUBJID"]]
    return [patient for patient in everybody if patient.treated]


@pytest.fixture(scope="module")
def patients(raw_rows, shipped) -> list[Patient]:
    return treated(raw_rows, shipped.trial.data)


@pytest.fixture(scope="module")
def rp2d(patients) -> list[Patient]:
    return [p for p in patients if p.dm["ARMCD"] == "DL2" and p.evaluable()]


# The abstract


def test_32_lenalidomide_refractory_patients_were_treated(patients, shipped):
    refractory = [
        p
        for p in patients
        if any(
            row["CMDECOD"] == "LENALIDOMIDE"
            and row["CMREFRFL"] == "Y"
            and row["CMCAT"].startswith("PRIOR")
            for row in p.tables["cm"]
        )
    ]
    assert len(patients) == len(refractory) == 32
    assert shipped.numbers["population.treated.n"].n == 32
    assert shipped.numbers["baseline.refractory.lenalidomide.n"].n == 32


def test_31_patients_were_evaluable(patients, shipped):
    assert sum(p.evaluable() for p in patients) == 31
    assert shipped.numbers["population.evaluable.n"].n == 31
    assert shipped.numbers["population.rp2d.n"].n == sum(
        p.evaluable() and p.dm["ARMCD"] == "DL2" for p in patients
    )


def test_19_patients_were_treated_in_the_expansion(patients, shipped):
    expansion = [p for p in patients if p.dm["COHORT"] == "EXPANSION"]
    assert shipped.numbers["population.expansion.n"].n == len(expansion) == 19


@pytest.mark.parametrize(
    "cohort, place",
    [("1", "dl1.first"), ("2", "dl1.second"), ("3", "dl2.first"), ("4", "dl2.second")],
)
def test_each_cohort_has_its_dose_limiting_toxicities(patients, shipped, cohort, place):
    counted = [p for p in patients if p.dm["COHORT"] == cohort and p.counts_for_the_dose()]
    number = shipped.numbers[f"dlt.{place}_cohort.n"]
    assert number.denominator == len(counted) == 3
    assert number.n == sum(bool(p.dlts()) for p in counted)


@pytest.mark.parametrize("level", ["DL1", "DL2"])
def test_each_level_lists_its_dose_limiting_toxicities(patients, shipped, level):
    events = {
        (int(row["AETOXGR"]), row["AEDECOD"].lower())
        for p in patients
        if p.dm["ARMCD"] == level and p.dm["COHORT"] != "EXPANSION"
        for row in p.dlts()
    }
    number = shipped.numbers[f"dlt.{level.lower()}.events"]
    assert list(number.value) == [f"grade {grade} {term}" for grade, term in sorted(events)]


def test_the_best_responses_at_the_recommended_dose(rp2d, shipped):
    best = [patient.best_response() for patient in rp2d]
    assert len(rp2d) == 25
    expected = {
        "orr": sum(b in ("sCR", "CR", "VGPR", "PR") for b in best),
        "vgpr": best.count("VGPR"),
        "dcr": sum(b not in ("PD", "NE") for b in best),
    }
    assert expected == {"orr": 12, "vgpr": 5, "dcr": 19}
    assert {id: shipped.numbers[f"response.rp2d.{id}.n"].n for id in expected} == expected


def test_each_category_of_best_response(patients, shipped):
    for column, level in (("dl1", {"DL1"}), ("dl2", {"DL2"}), ("evaluable", {"DL1", "DL2"})):
        best = [p.best_response() for p in patients if p.dm["ARMCD"] in level and p.evaluable()]
        for category in BEST_FIRST:
            name = "vgpr" if category == "VGPR" else f"best.{category.lower()}"
            assert shipped.numbers[f"response.{column}.{name}.n"].n == best.count(category)


def test_the_median_follow_up_by_the_reverse_Kaplan_Meier_method(patients, shipped):
    follow_up = sorted(p.follow_up() for p in patients)
    left, median = 1.0, None
    for time in sorted({days for days, _ in follow_up}):
        at_risk = sum(days >= time for days, _ in follow_up)
        censored = sum(days == time and not died for days, died in follow_up)
        left *= 1 - censored / at_risk
        if left < 0.5:
            median = time
            break
    assert shipped.numbers["followup.median.months"].value == pytest.approx(median / 30.4375)
    assert f"{median / 30.4375:.1f}" == "11.9"


# Time to event


def curve(times: list[tuple[int, bool]]) -> list[tuple[int, float]]:
    """The product-limit estimate after each day with an event."""
    left, out = 1.0, []
    for time in sorted({days for days, event in times if event}):
        events = sum(days == time and event for days, event in times)
        left *= 1 - events / sum(days >= time for days, _ in times)
        out.append((time, left))
    return out


def median(times: list[tuple[int, bool]]) -> int:
    return next(time for time, left in curve(times) if left < 0.5)


def days_from(start: date, end: tuple[date, bool]) -> tuple[int, bool]:
    return (end[0] - start).days + 1, end[1]


@pytest.mark.parametrize("rule, prefix", [("FDA", "pfs"), ("EMA", "pfs_ema")])
def test_progression_free_survival(patients, shipped, rule, prefix):
    times = [days_from(p.start, p.progression_free(rule)) for p in patients]
    numbers = shipped.numbers
    assert numbers[f"{prefix}.events.n"].n == sum(event for _, event in times)
    assert numbers[f"{prefix}.median.months"].value == pytest.approx(median(times) / 30.4375)
    if rule == "FDA":
        half_a_year = [left for time, left in curve(times) if time <= 6 * 30.4375][-1]
        assert numbers["pfs.m6.percent"].value == pytest.approx(100 * half_a_year)
        for month in (0, 3, 6, 9, 12, 15, 18):
            at_risk = sum(days >= month * 30.4375 for days, _ in times)
            assert numbers[f"pfs.at_risk.m{month}"].n == at_risk


def test_overall_survival(patients, shipped):
    times = [p.follow_up() for p in patients]
    year = [left for time, left in curve(times) if time <= 12 * 30.4375][-1]
    assert shipped.numbers["os.events.n"].n == sum(died for _, died in times)
    assert shipped.numbers["os.m12.percent"].value == pytest.approx(100 * year)
    assert shipped.numbers["os.median.months"].value is None
    assert curve(times)[-1][1] > 0.5


def test_the_duration_of_response_and_the_time_to_it(rp2d, shipped):
    responders = [p for p in rp2d if p.first_response()]
    times = [days_from(p.first_response(), p.progression_free("FDA")) for p in responders]
    waits = sorted((p.first_response() - p.start).days + 1 for p in responders)
    numbers = shipped.numbers
    assert numbers["dor.n"].n == len(responders) == 12
    assert numbers["dor.events.n"].n == sum(event for _, event in times)
    assert numbers["dor.median.months"].value == pytest.approx(median(times) / 30.4375)
    assert numbers["ttr.median.months"].value == pytest.approx((waits[5] + waits[6]) / 2 / 30.4375)
    assert numbers["ttr.range"].value == pytest.approx((waits[0] / 30.4375, waits[-1] / 30.4375))


def test_deaths(patients, shipped):
    dead = [p for p in patients if p.follow_up()[1]]
    soon = [p for p in dead if (day(p.dm["DTHDTC"]) - p.last).days <= 30]
    assert shipped.numbers["disposition.deaths.n"].n == len(dead)
    assert shipped.numbers["disposition.deaths_on_study.n"].n == len(soon)


@pytest.mark.parametrize("seed", range(4))
def test_random_courses_give_the_same_responses_and_times(raw_copy, outcome, seed):
    draw = random.Random(seed)
    for row in raw_copy.rows["lb"]:
        if float(row["VISITNUM"]) > 1 and row["LBTESTCD"] in ("MPROTS", "MPROTU", "KAPPA"):
            factor = draw.choice([0, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1, 1.25, 2])
            row["LBSTRESN"] = row["LBSTRESN"] and f"{float(row['LBSTRESN']) * factor:.2f}"
        elif row["LBTESTCD"] in ("IFIXS", "IFIXU") and row["LBSTRESC"]:
            row["LBSTRESC"] = draw.choice(["POSITIVE", "NEGATIVE"])
        elif row["LBTESTCD"] == "PLASMC" and row["LBSTRESN"]:
            row["LBSTRESN"] = draw.choice(["4.9", "5", "40"])
    for row in raw_copy.rows["rs"]:
        row["PDIFL"] = "Y" if row["RSSTRESC"] == "PD" and draw.random() < 0.2 else ""
    data = outcome(raw_copy.write()).trial.data
    number = {subject: place for place, subject in enumerate(data.raw.subjects)}
    for patient in treated(raw_copy.rows, data):
        own = number[patient.dm["USUBJID"]]
        assert (data.adrs.best.frame.loc[own, "BESTRESP"] or "NE") == patient.best_response(), own
        for rule in ("FDA", "EMA"):
            row = data.adtte[f"PFS_{rule}"].loc[own]
            assert (row["AVAL"], row["CNSR"] == 0) == days_from(
                patient.start, patient.progression_free(rule)
            ), (own, rule)


# The event table


@pytest.fixture(scope="module")
def events(patients) -> list[tuple[int, str, str, int, bool, bool]]:
    """Patient, class, term, grade, seriousness of each emergent row, and whether it is an event."""
    return [
        (place, row["AEBODSYS"], row["AEDECOD"], int(row["AETOXGR"]), row["AESER"] == "Y", new)
        for place, patient in enumerate(patients)
        for row, new in patient.events()
    ]


def in_row(event: tuple, keys: dict[str, str], groups: dict) -> bool:
    _, system, term, *_ = event
    if keys["row"] == "group":
        group = groups[keys["group"]]
        return term in group.get("terms", ()) or system in group.get("classes", ())
    return keys.get("AEBODSYS", system) == system and keys.get("AEDECOD", term) == term


def test_every_cell_of_the_event_table(events, shipped):
    groups = shipped.trial.protocol["safety"]["groups"]
    cells = [n for n in shipped.numbers.values() if n.keys.get("table") == "ae"]
    assert len(cells) > 600
    for number in cells:
        rows = [e for e in events if e[3] >= 2 and in_row(e, number.keys, groups)]
        highest = {place: max(e[3] for e in rows if e[0] == place) for place, *_ in rows}
        count = sum(new for *_, new in rows)
        expected = {"events": count, "total": len(highest)}.get(
            number.keys["column"], sum(str(g) == number.keys["column"] for g in highest.values())
        )
        assert number.n == expected, number.id
        assert number.denominator == (count if number.keys["column"] == "events" else 32)


def test_every_class_and_term_of_the_data_has_its_row(events, shipped):
    keys = [n.keys for n in shipped.numbers.values() if n.keys.get("column") == "events"]
    seen = [event for event in events if event[3] >= 2]
    assert {k["AEBODSYS"] for k in keys if k["row"] == "class"} == {event[1] for event in seen}
    assert {k["AEDECOD"] for k in keys if k["row"] == "term"} == {event[2] for event in seen}


def test_the_most_common_events_in_their_order(events, shipped):
    infections = "Infections and infestations"
    neuropathies = {"Peripheral sensory neuropathy", "Peripheral motor neuropathy"}
    affected, severe = defaultdict(set), defaultdict(set)
    for place, system, term, grade, *_ in events:
        name = (
            "infections"
            if system == infections
            else "neuropathy"
            if term in neuropathies
            else term.lower()
        )
        if grade >= 2:
            affected[name].add(place)
        if grade >= 3:
            severe[name].add(place)
    ranked = sorted(affected, key=lambda name: (-len(affected[name]), -len(severe[name]), name))
    common = [name for name in ranked if len(affected[name]) / 32 >= 0.30]
    assert list(shipped.numbers["safety.most_common"].value) == common
    assert len(affected["neuropathy"]) / 32 < 0.10


def test_severe_and_serious_events(events, shipped):
    numbers = shipped.numbers
    assert numbers["safety.events.n"].n == sum(new for *_, new in events)
    assert numbers["safety.severe.n"].n == len({e[0] for e in events if e[3] >= 3})
    assert numbers["safety.serious.n"].n == len({e[0] for e in events if e[4]})


# Baseline, disposition, exposure


def test_baseline_categories(patients, shipped):
    for number in shipped.numbers.values():
        keys = number.keys
        if keys.get("table") != "baseline" or keys["statistic"] != "n" or "value" not in keys:
            continue
        own = [p for p in patients if keys["level"] in ("all", p.dm["ARMCD"].lower())]
        if keys["characteristic"] == "sex":
            has = [p.dm["SEX"] == keys["value"] for p in own]
        elif keys["characteristic"] == "refractory":
            has = [
                any(
                    r["CMDECOD"] == keys["value"].upper() and r["CMREFRFL"] == "Y"
                    for r in p.tables["cm"]
                )
                for p in own
            ]
        else:
            test = {"measurable": "MEASDIS"}.get(
                keys["characteristic"], keys["characteristic"].upper()
            )
            has = [
                any(
                    r["SCTESTCD"] == test and r["SCSTRESC"] == keys["value"] for r in p.tables["sc"]
                )
                for p in own
            ]
        assert (number.n, number.denominator) == (sum(has), len(own)), number.id


def test_reasons_for_the_end_of_treatment(patients, shipped):
    ends = [
        next((r["DSDECOD"] for r in p.tables["ds"] if r["DSSCAT"] == "END OF TREATMENT"), None)
        for p in patients
    ]
    assert shipped.numbers["disposition.ongoing.n"].n == ends.count(None)
    for reason in set(ends) - {None}:
        name = reason.lower().replace(" ", "_").replace("-", "_")
        assert shipped.numbers[f"disposition.off.{name}.n"].n == ends.count(reason)


def middle_and_range(values: list[float]) -> tuple[float, tuple[float, float]]:
    values = sorted(values)
    half = len(values) // 2
    middle = values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2
    return pytest.approx(middle), pytest.approx((values[0], values[-1]))


def test_medians_and_ranges(patients, shipped):
    def given(patient: Patient) -> list[Row]:
        return [row for row in patient.tables["ex"] if float(row["EXDOSE"]) * float(row["EXADM"])]

    values = {
        "baseline.age": [float(p.dm["AGE"]) for p in patients],
        "baseline.lines": [
            len({row["CMLINE"] for row in p.tables["cm"] if row["CMREFRFL"]}) for p in patients
        ],
        "exposure.cycles": [len({row["EXCYCLE"] for row in given(p)}) for p in patients],
        "exposure.months": [((p.last - p.start).days + 1) / 30.4375 for p in patients],
    }
    for drug in ("IXAZOMIB", "POMALIDOMIDE", "DEXAMETHASONE"):
        own = [[row for row in p.tables["ex"] if row["EXTRT"] == drug] for p in patients]
        values[f"exposure.{drug.lower()}.intensity"] = [
            100
            * sum(float(row["EXDOSE"]) * float(row["EXADM"]) for row in rows)
            / sum(float(row["EXPDOSE"]) * float(row["EXPADM"]) for row in rows)
            for rows in own
        ]
    for id, known in values.items():
        found = shipped.numbers[f"{id}.median"].value, shipped.numbers[f"{id}.range"].value
        assert found == middle_and_range(known), id


def test_agreement_of_investigator_and_derived_response(patients, shipped):
    pairs = []
    for patient in patients:
        wrote = {float(row["VISITNUM"]): row["RSSTRESC"] for row in patient.tables["rs"]}
        pairs += [
            (category, wrote[number])
            for _, category, _, number in patient.visits()
            if number in wrote
        ]
    assert shipped.numbers["response.visits.n"].n == len(pairs)
    assert shipped.numbers["response.agreement.n"].n == sum(a == b for a, b in pairs) < len(pairs)


def test_dose_reductions(patients, shipped):
    for drug in ("IXAZOMIB", "POMALIDOMIDE", "DEXAMETHASONE"):
        reduced = [
            p
            for p in patients
            if any(
                row["EXTRT"] == drug
                and 0 < float(row["EXDOSE"]) < float(row["EXPDOSE"])
                and row["EXADM"] != "0"
                for row in p.tables["ex"]
            )
        ]
        assert shipped.numbers[f"exposure.{drug.lower()}.reduced.n"].n == len(reduced)
