"""The rows of a small synthetic trial that fits the template's protocol: `audit new --example`.

Nobody was treated. Seventeen people are a plan, and plain rules fill in the rest, the same each
time: three a level, the highest with two dose-limiting toxicities, so that the level below is
completed to six and expanded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

STUDY, DRUG = "EXAMPLE", "STUDY DRUG"
DOSES = {"L1": 1, "L2": 2, "L3": 3}
FIRST, CUTOFF = date(2029, 1, 8), date(2030, 12, 31)
ENTRY, SCREENING, CYCLE, SCAN, CONTACT = 35, 14, 28, 56, 84  # days
GIVEN_ON = (0, 7, 14)  # days of a cycle
AE, PD, DEATH, ONGOING = "ADVERSE EVENT", "PROGRESSIVE DISEASE", "DEATH", ""
PRIOR, LATER = "PRIOR ANTI-CANCER THERAPY", "SUBSEQUENT ANTI-CANCER THERAPY"
CLASSES = {
    "Nausea": "Gastrointestinal disorders",
    "Diarrhea": "Gastrointestinal disorders",
    "Fatigue": "General disorders and administration site conditions",
    "Anemia": "Blood and lymphatic system disorders",
    "Febrile neutropenia": "Blood and lymphatic system disorders",
    "Alanine aminotransferase increased": "Investigations",
    "Nasopharyngitis": "Infections and infestations",
    "Sepsis": "Infections and infestations",
}
COMMON = ("Nausea", "Fatigue", "Diarrhea", "Anemia", "Fatigue")

Row = dict[str, object]


@dataclass(frozen=True)
class Patient:
    """One patient's plan: `scans` in per cent of the baseline sum, `death` in days of treatment.

    `cycles` counts those begun; of an ongoing patient it is none, and the last scan repeats until
    the cutoff. `event` is a term, its grade and its day.
    """

    level: str
    cohort: str
    cycles: int
    reason: str
    scans: tuple[int, ...]
    event: tuple[str, int, int] | None = None
    dlt: bool = False
    death: int | None = None


PLAN = (
    Patient("L1", "1", 4, PD, (105, 140), death=330),
    Patient("L1", "1", 6, PD, (95, 90, 120)),
    Patient("L1", "1", 2, PD, (128,), death=210),
    Patient("L2", "2", 8, PD, (80, 65, 60, 85)),
    Patient("L2", "2", 4, PD, (98, 130), ("Nasopharyngitis", 2, 40), death=290),
    Patient("L2", "2", 10, PD, (75, 60, 55, 50, 75)),
    Patient("L3", "3", 1, AE, (97,), ("Febrile neutropenia", 3, 15), dlt=True),
    Patient("L3", "3", 6, PD, (85, 68, 96), death=400),
    Patient("L3", "3", 1, AE, (90,), ("Alanine aminotransferase increased", 3, 17), dlt=True),
    Patient("L2", "4", 6, PD, (100, 92, 125)),
    Patient("L2", "4", 3, DEATH, (88,), ("Sepsis", 5, 71), death=71),
    Patient("L2", "4", 0, ONGOING, (70, 55, 45)),
    Patient("L2", "EXPANSION", 0, ONGOING, (60, 30, 0)),
    Patient("L2", "EXPANSION", 4, PD, (110, 145), death=260),
    Patient("L2", "EXPANSION", 8, PD, (72, 66, 64, 90)),
    Patient("L2", "EXPANSION", 0, ONGOING, (96, 92)),
)


def rows() -> dict[str, list[Row]]:
    """The rows of every raw table by domain; each is numbered within its subject."""
    found: dict[str, list[Row]] = {}
    for domain, subject, cells in _all_rows():
        table = found.setdefault(domain, [])
        own = sum(row["USUBJID"] == subject for row in table)
        number = {} if domain == "dm" else {f"{domain.upper()}SEQ": own + 1}
        table.append(
            {"STUDYID": STUDY, "DOMAIN": domain.upper(), "USUBJID": subject, **number, **cells}
        )
    return found


Found = tuple[str, str, Row]


def _all_rows() -> Iterator[Found]:
    for place, plan in enumerate(PLAN):
        yield from _Course(place, plan).rows()
    place = len(PLAN)
    yield (
        "dm",
        _subject(place),
        _person(place)
        | {
            "RFICDTC": FIRST + timedelta(ENTRY * place),
            "ARMCD": "SCRNFAIL",
            "ARM": "Screen failure",
        },
    )


def _subject(place: int) -> str:
    return f"{STUDY}-{place + 1001}"


def _person(place: int) -> Row:
    return {
        "SUBJID": f"{place + 1001}",
        "SITEID": f"{place % 2 + 1:02d}",
        "AGE": 44 + 7 * place % 33,
        "AGEU": "YEARS",
        "SEX": "FM"[place % 2],
        "RACE": "ASIAN" if place % 5 == 4 else "WHITE",
        "ETHNIC": "NOT HISPANIC OR LATINO",
    }


class _Course:
    """One treated patient's way through the trial; days count from the first dose, which is 0."""

    def __init__(self, place: int, plan: Patient) -> None:
        self.place, self.plan, self.subject = place, plan, _subject(place)
        self.start = FIRST + timedelta(ENTRY * place)
        self.until = (CUTOFF - self.start).days
        self.end = min(self.until, self.until if plan.death is None else plan.death)

    def rows(self) -> Iterator[Found]:
        parts = {
            "dm": self._demographics(),
            "sc": self._characteristics(),
            "cm": self._therapies(),
            "ex": self._cycles(),
            "ae": self._events(),
            "tr": self._lesions(),
            "rs": self._responses(),
            "ds": self._disposition(),
            "ss": self._contacts(),
        }
        for domain, found in parts.items():
            yield from ((domain, self.subject, cells) for cells in found)

    def _day(self, day: int) -> date:
        return self.start + timedelta(day)

    def _doses(self) -> list[list[int]]:
        """Days of the doses of each cycle; none after a dose-limiting toxicity or death."""
        cycles = self.plan.cycles or self.until // CYCLE + 1
        stop = self.plan.event[2] if self.plan.dlt and self.plan.event else self.end
        return [
            days
            for cycle in range(cycles)
            if (days := [CYCLE * cycle + day for day in GIVEN_ON if CYCLE * cycle + day < stop])
        ]

    def _demographics(self) -> Iterator[Row]:
        died = "" if self.plan.death is None else self._day(self.plan.death)
        yield _person(self.place) | {
            "RFICDTC": self._day(-SCREENING),
            "RFSTDTC": self.start,
            "RFENDTC": "" if self.plan.reason == ONGOING else self._day(self._doses()[-1][-1]),
            "DTHFL": died and "Y",
            "DTHDTC": died,
            "ARMCD": self.plan.level,
            "ARM": f"Study drug {DOSES[self.plan.level]} mg",
            "COHORT": self.plan.cohort,
        }

    def _characteristics(self) -> Iterator[Row]:
        yield {
            "SCTESTCD": "ECOG",
            "SCTEST": "ECOG performance status",
            "SCSTRESC": str(self.place % 3 % 2),
            "SCDTC": self._day(-SCREENING),
        }

    def _therapies(self) -> Iterator[Row]:
        for line in range(1, 2 + self.place % 3):
            year = self.start.year - 4 + line
            yield {
                "CMCAT": PRIOR,
                "CMLINE": line,
                "CMDECOD": ("CISPLATIN", "VINORELBINE", "ETOPOSIDE")[line - 1],
                "CMREFRFL": "NYU"[(self.place + line) % 3],
                "CMSTDTC": f"{year - 1}-02",
                "CMENDTC": f"{year - 1}-08",
            }
        later = SCAN * len(self.plan.scans) + 21
        if self.plan.reason == PD and self.plan.death is None and later < self.until:
            yield {
                "CMCAT": LATER,
                "CMLINE": 1,
                "CMDECOD": "PACLITAXEL",
                "CMSTDTC": self._day(later),
            }

    def _cycles(self) -> Iterator[Row]:
        dose = DOSES[self.plan.level]
        for cycle, days in enumerate(self._doses(), 1):
            yield {
                "EXTRT": DRUG,
                "EXCYCLE": cycle,
                "EXPDOSE": dose,
                "EXPADM": len(GIVEN_ON),
                "EXDOSE": dose,
                "EXADM": len(days),
                "EXDOSU": "mg",
                "EXSTDTC": self._day(days[0]),
                "EXENDTC": self._day(days[-1]),
                "EXADJ": AE if len(days) < len(GIVEN_ON) and self.plan.dlt else "",
            }

    def _events(self) -> Iterator[Row]:
        yield self._event(COMMON[self.place % len(COMMON)], 1, 2)
        yield self._event(COMMON[(self.place + 2) % len(COMMON)], 2, 19)
        if self.plan.event is not None:
            yield self._event(*self.plan.event)

    def _event(self, term: str, grade: int, day: int) -> Row:
        severe, fatal = grade > 2, grade == 5
        related = not CLASSES[term].startswith("Infections")
        return {
            "AETERM": term.lower(),
            "AEDECOD": term,
            "AEBODSYS": CLASSES[term],
            "AETOXGR": grade,
            "AESTDTC": self._day(day - 3 if fatal else day),
            "AEENDTC": self._day(day if fatal else day + 5),
            "AESER": "NY"[severe],
            "AEREL": "RELATED" if related else "NOT RELATED",
            "AEACN": "NOT APPLICABLE"
            if fatal
            else "DRUG WITHDRAWN"
            if severe
            else "DOSE NOT CHANGED",
            "AEOUT": "FATAL" if fatal else "RECOVERED/RESOLVED",
            "AEDLTFL": "Y" if severe and self.plan.dlt else "N",
        }

    def _scans(self) -> Iterator[tuple[int, tuple[float, ...]]]:
        """Number of each scan, the baseline's 0, and the diameters of the target lesions, mm."""
        sizes = (30 + 3 * self.place % 20, 18 + 5 * self.place % 15)
        shares = list(self.plan.scans)
        if self.plan.reason == ONGOING:
            shares += shares[-1:] * (self.until // SCAN - len(shares))
        for number, share in enumerate([100, *shares]):
            yield number, tuple(round(size * share / 100, 1) for size in sizes)

    def _visit(self, number: int) -> Row:
        """The scan's visit; the date column is named by its table."""
        cycle = 1 + number * SCAN // CYCLE
        return {
            "VISITNUM": cycle if number else 0,
            "VISIT": f"CYCLE {cycle} DAY 1" if number else "SCREENING",
        }

    def _scanned_on(self, number: int) -> date:
        return self._day(SCAN * number if number else -SCREENING // 2)

    def _lesions(self) -> Iterator[Row]:
        for number, sizes in self._scans():
            for lesion, size in enumerate(sizes, 1):
                yield {
                    "TRTESTCD": "LDIAM",
                    "TRTEST": "Longest Diameter",
                    "TRGRPID": "TARGET",
                    "TRLNKID": f"T{lesion}",
                    "TRSTRESN": f"{size:g}",
                    "TRSTRESU": "mm",
                    **self._visit(number),
                    "TRDTC": self._scanned_on(number),
                }

    def _responses(self) -> Iterator[Row]:
        baseline, smallest = 0.0, 0.0
        for number, sizes in self._scans():
            total = sum(sizes)
            if not number:
                baseline = smallest = total
                continue
            for test, result in (
                ("NEWLIND", "N"),
                ("OVRLRESP", _judged(total, baseline, smallest)),
            ):
                yield {
                    "RSTESTCD": test,
                    "RSCAT": "RECIST 1.1",
                    "RSSTRESC": result,
                    "RSEVAL": "INVESTIGATOR",
                    **self._visit(number),
                    "RSDTC": self._scanned_on(number),
                }
            smallest = min(smallest, total)

    def _disposition(self) -> Iterator[Row]:
        if self.plan.reason == ONGOING:
            return
        last = self._doses()[-1][-1]
        day = {DEATH: self.end, AE: last + CYCLE // 2, PD: SCAN * len(self.plan.scans)}
        yield {
            "DSCAT": "DISPOSITION EVENT",
            "DSSCAT": "END OF TREATMENT",
            "DSDECOD": self.plan.reason,
            "DSSTDTC": self._day(day[self.plan.reason]),
        }

    def _contacts(self) -> Iterator[Row]:
        for day in range(CONTACT, self.end, CONTACT):
            yield {"SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": self._day(day)}
        yield {
            "SSTESTCD": "SURVSTAT",
            "SSSTRESC": "ALIVE" if self.plan.death is None else "DEAD",
            "SSDTC": self._day(self.end),
        }


def _judged(total: float, baseline: float, smallest: float) -> str:
    """The investigator's response by RECIST 1.1, of sums of diameters in mm."""
    if total == 0:
        return "CR"
    if total >= 1.2 * smallest and total - smallest >= 5:
        return "PD"
    return "PR" if total <= 0.7 * baseline else "SD"
