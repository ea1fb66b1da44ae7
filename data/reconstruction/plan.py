"""What was assumed of each patient, declared in one place.

The abstract (Krishnan et al., Leukemia 2018;32:1567-1574) fixes the counts that `check_plan` in
`reconstruct.py` reads from `published.csv`. Everything else here is assumed: who responded how,
when each patient progressed, stopped, died or was last seen, chosen to be ordinary for
lenalidomide-refractory myeloma and to meet the published counts and the median follow-up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

STUDY = "RECON-IPD"
CUT_OFF = date(2016, 11, 30)
CYCLE_DAYS = 28

LEVEL_OF_COHORT = {"1": "DL1", "2": "DL1", "3": "DL2", "4": "DL2", "EXPANSION": "DL2"}
ARMS = {
    "DL1": "Dose level 1: ixazomib 3 mg, pomalidomide 4 mg, dexamethasone 40 mg",
    "DL2": "Dose level 2: ixazomib 4 mg, pomalidomide 4 mg, dexamethasone 40 mg",
}
DOSES = {
    "DL1": {"IXAZOMIB": "3", "POMALIDOMIDE": "4", "DEXAMETHASONE": "40"},
    "DL2": {"IXAZOMIB": "4", "POMALIDOMIDE": "4", "DEXAMETHASONE": "40"},
}
DOSE_DAYS = {
    "IXAZOMIB": (1, 8, 15),
    "POMALIDOMIDE": tuple(range(1, 22)),
    "DEXAMETHASONE": (1, 8, 15, 22),
}

# The measured parameter as a fraction of baseline at cycle 2, 3, 4, ...; the last one stays.
# Class-typical depth and pace; each keeps away from the criteria's thresholds.
SHAPES = {
    ("SERUM", "VGPR"): (0.60, 0.27, 0.14, 0.065, 0.055, 0.045, 0.04),
    ("SERUM", "PR"): (0.66, 0.42, 0.35, 0.32, 0.30, 0.28),
    ("SERUM", "MR"): (0.86, 0.66, 0.64, 0.63, 0.64),
    ("SERUM", "SD"): (0.97, 0.91, 0.88, 0.86, 0.87),
    ("URINE", "PR"): (0.38, 0.075, 0.07, 0.066, 0.062),
    ("URINE", "MR"): (0.80, 0.36, 0.34, 0.33),
    ("FLC", "PR"): (0.86, 0.40, 0.34, 0.30, 0.28),
    ("FLC", "SD"): (0.97, 0.93, 0.96, 0.94),
}


@dataclass(frozen=True)
class Patient:
    """One patient as planned; visits are numbered by cycle, times are days after first dose.

    `best` is the best confirmed response that the values have to bear. `progression` is the visit
    of first progression, `rises` the values from there on as fractions of baseline (drawn without
    it), `urine_rises` those of the urine where it goes its own way, `confirmation` how it is
    confirmed (EOT, NEXT visit, UNSCHEDULED visit, IMAGING, or NONE).
    `onset` is the number of visits by which the shape comes later, or sooner if negative.
    Without progression, treatment stops in `last_cycle` for `stop`, or goes on.
    """

    subject: str
    cohort: str
    start: date
    best: str
    measure: str = "SERUM"
    baseline: float = 0.0
    urine: int = 0
    shape: tuple[float, ...] = ()
    onset: int = 0
    overrides: dict[str, float] = field(default_factory=dict)
    progression: int = 0
    rises: tuple[float, ...] = ()
    urine_rises: tuple[float, ...] = ()
    confirmation: str = "EOT"
    stop: str = ""
    last_cycle: int = 0
    missed: tuple[int, ...] = ()
    not_done: tuple[int, ...] = ()
    no_urine: tuple[int, ...] = ()
    investigator: dict[str, str] = field(default_factory=dict)
    new_therapy: int = 0
    death: int = 0
    followed_to: date | None = None
    lost: int = 0
    withdrew: bool = False

    @property
    def site(self) -> str:
        return self.subject[:3]

    @property
    def usubjid(self) -> str:
        return f"{STUDY}-{self.subject}"

    @property
    def level(self) -> str:
        return LEVEL_OF_COHORT[self.cohort]

    @property
    def died(self) -> date | None:
        return self.start + timedelta(days=self.death) if self.death else None

    @property
    def last_known(self) -> date:
        """The last day on which anything can be recorded of the patient."""
        return self.died or self.followed_to or CUT_OFF


def day(text: str) -> date:
    return date.fromisoformat(text)


ESCALATION = (
    # Dose limiting toxicity at level 1; a partial response that progression follows counts as SD.
    Patient(
        "001-001",
        "1",
        day("2014-06-17"),
        "SD",
        baseline=3.6,
        shape=(0.90, 0.80, 0.45),
        progression=5,
        rises=(1.13, 1.38),
        new_therapy=21,
        death=431,
    ),
    Patient(
        "002-001",
        "1",
        day("2014-06-24"),
        "PR",
        baseline=2.9,
        urine=410,
        progression=11,
        confirmation="NEXT",
        missed=(6,),
        new_therapy=33,
        followed_to=day("2016-11-08"),
    ),
    Patient(
        "001-002",
        "1",
        day("2014-07-08"),
        "PD",
        baseline=4.2,
        progression=2,
        rises=(1.36, 1.61),
        new_therapy=18,
        death=204,
    ),
    Patient(
        "003-001",
        "2",
        day("2014-08-19"),
        "PR",
        baseline=2.4,
        onset=2,
        progression=21,
        confirmation="UNSCHEDULED",
        missed=(13,),
        new_therapy=40,
        followed_to=day("2016-10-26"),
    ),
    # Withdrew consent in cycle 1 without dose limiting toxicity or response values: replaced.
    Patient(
        "002-002",
        "2",
        day("2014-09-02"),
        "NE",
        baseline=2.2,
        stop="WITHDRAWAL BY SUBJECT",
        last_cycle=1,
        withdrew=True,
        followed_to=day("2014-09-11"),
    ),
    Patient(
        "001-003",
        "2",
        day("2014-09-16"),
        "MR",
        baseline=3.1,
        onset=1,
        progression=8,
        new_therapy=25,
        death=566,
    ),
    Patient(
        "004-001",
        "2",
        day("2014-10-14"),
        "PR",
        "URINE",
        baseline=2600,
        onset=1,
        progression=10,
        confirmation="NEXT",
        new_therapy=48,
        followed_to=day("2016-09-27"),
    ),
    # Dose limiting toxicity at level 2.
    Patient(
        "001-004",
        "3",
        day("2014-11-18"),
        "PR",
        baseline=2.7,
        onset=-1,
        progression=13,
        new_therapy=30,
        followed_to=day("2016-11-15"),
    ),
    Patient(
        "003-002",
        "3",
        day("2014-12-02"),
        "VGPR",
        baseline=3.9,
        urine=530,
        progression=19,
        confirmation="NEXT",
        no_urine=(12,),
        new_therapy=27,
        investigator={"9": "PR", "12": "NE"},
        followed_to=day("2016-11-02"),
    ),
    # New therapy before progression.
    Patient(
        "002-003",
        "3",
        day("2015-01-06"),
        "SD",
        "FLC",
        baseline=640,
        stop="ADVERSE EVENT",
        last_cycle=5,
        new_therapy=16,
        death=381,
    ),
    # Two assessments missed in a row, then progression.
    Patient(
        "001-005",
        "4",
        day("2015-02-17"),
        "PR",
        baseline=3.3,
        onset=1,
        progression=9,
        missed=(7, 8),
        new_therapy=29,
        followed_to=day("2016-10-18"),
    ),
    Patient(
        "003-003",
        "4",
        day("2015-03-03"),
        "PD",
        baseline=5.6,
        progression=2,
        rises=(1.30, 1.43),
        confirmation="NEXT",
        new_therapy=15,
        death=149,
    ),
    Patient(
        "002-004",
        "4",
        day("2015-03-24"),
        "VGPR",
        baseline=3.1,
        shape=(0.60, 0.27, 0.14, 0.06, 0.03, 0.01, 0.01),
        followed_to=day("2016-11-22"),
    ),
)

EXPANSION = (
    Patient(
        "001-006",
        "EXPANSION",
        day("2015-07-21"),
        "PR",
        "URINE",
        baseline=2450,
        progression=12,
        not_done=(5,),
        investigator={"2": "SD"},
        new_therapy=36,
        followed_to=day("2016-11-16"),
    ),
    Patient(
        "001-007",
        "EXPANSION",
        day("2015-08-18"),
        "PD",
        baseline=2.8,
        progression=2,
        rises=(1.44, 1.77),
        new_therapy=20,
        death=243,
    ),
    Patient(
        "003-004",
        "EXPANSION",
        day("2015-08-25"),
        "VGPR",
        baseline=2.5,
        onset=1,
        progression=13,
        new_therapy=31,
        followed_to=day("2016-11-09"),
    ),
    Patient(
        "002-005",
        "EXPANSION",
        day("2015-09-29"),
        "MR",
        baseline=3.4,
        progression=7,
        confirmation="NEXT",
        new_therapy=28,
        investigator={"7": "SD"},
        followed_to=day("2016-09-08"),
    ),
    # Progression in the urine while the serum M-protein was stable.
    Patient(
        "001-008",
        "EXPANSION",
        day("2015-10-06"),
        "PD",
        baseline=3.0,
        urine=900,
        progression=2,
        rises=(0.93, 0.96, 1.08),
        urine_rises=(1.64, 1.81, 2.2),
        confirmation="UNSCHEDULED",
        investigator={"2": "PD", "2.1": "PD", "99": "PD"},
        new_therapy=14,
        death=291,
    ),
    # Died of a lung infection within 30 days of the last dose, before a progression was confirmed.
    Patient(
        "004-002",
        "EXPANSION",
        day("2015-10-13"),
        "NE",
        baseline=4.4,
        progression=2,
        rises=(1.33,),
        confirmation="NONE",
        death=51,
    ),
    # Progression by imaging while the M-protein was stable.
    Patient(
        "003-005",
        "EXPANSION",
        day("2015-11-03"),
        "SD",
        baseline=1.9,
        urine=260,
        progression=6,
        confirmation="IMAGING",
        new_therapy=24,
        death=302,
    ),
    # A partial response that the next visit did not confirm counts as SD.
    Patient(
        "003-006",
        "EXPANSION",
        day("2015-11-10"),
        "SD",
        baseline=1.22,
        progression=8,
        shape=(0.92, 0.45, 0.79, 0.80),
        rises=(1.34, 1.60),
        new_therapy=19,
        followed_to=day("2016-10-21"),
    ),
    Patient(
        "001-009",
        "EXPANSION",
        day("2015-11-24"),
        "PR",
        "FLC",
        baseline=850,
        progression=9,
        new_therapy=26,
        followed_to=day("2016-11-10"),
    ),
    Patient(
        "004-003",
        "EXPANSION",
        day("2015-12-01"),
        "PR",
        baseline=2.6,
        urine=350,
        onset=2,
        progression=10,
        new_therapy=22,
        followed_to=day("2016-11-08"),
    ),
    # A rise that the next visit did not confirm.
    Patient(
        "002-006",
        "EXPANSION",
        day("2015-12-03"),
        "PR",
        baseline=3.0,
        onset=-1,
        overrides={"6": 0.56},
        investigator={"6": "MR"},
        followed_to=day("2016-11-29"),
    ),
    # One very good partial response, not confirmed.
    Patient(
        "001-010",
        "EXPANSION",
        day("2015-12-08"),
        "PR",
        baseline=2.9,
        shape=(0.66, 0.42, 0.25, 0.17, 0.075, 0.14),
        followed_to=day("2016-11-29"),
    ),
    Patient(
        "001-011",
        "EXPANSION",
        day("2015-12-15"),
        "VGPR",
        baseline=2.1,
        onset=-1,
        followed_to=day("2016-11-29"),
    ),
    Patient(
        "004-004",
        "EXPANSION",
        day("2015-12-17"),
        "PD",
        "FLC",
        baseline=410,
        progression=3,
        rises=(1.78, 2.15),
        not_done=(2,),
        new_therapy=23,
        followed_to=day("2016-06-28"),
        lost=92,
    ),
    Patient(
        "002-007",
        "EXPANSION",
        day("2016-01-05"),
        "MR",
        baseline=2.7,
        not_done=(6,),
        stop="WITHDRAWAL BY SUBJECT",
        last_cycle=9,
        followed_to=day("2016-11-01"),
    ),
    Patient(
        "001-012",
        "EXPANSION",
        day("2016-01-19"),
        "VGPR",
        baseline=1.8,
        onset=1,
        not_done=(8,),
        followed_to=day("2016-11-24"),
    ),
    # A partial response at the last visit before leaving treatment counts as SD.
    Patient(
        "004-005",
        "EXPANSION",
        day("2016-02-09"),
        "SD",
        baseline=2.3,
        shape=(0.95, 0.86, 0.44),
        stop="PHYSICIAN DECISION",
        last_cycle=4,
        followed_to=day("2016-11-08"),
    ),
    Patient(
        "003-007",
        "EXPANSION",
        day("2016-03-01"),
        "MR",
        "URINE",
        baseline=960,
        progression=6,
        new_therapy=17,
        followed_to=day("2016-10-25"),
    ),
    Patient(
        "001-013",
        "EXPANSION",
        day("2016-03-22"),
        "PD",
        "URINE",
        baseline=1300,
        progression=2,
        rises=(1.51, 1.82),
        new_therapy=12,
        followed_to=day("2016-11-10"),
    ),
)

PATIENTS = ESCALATION + EXPANSION
