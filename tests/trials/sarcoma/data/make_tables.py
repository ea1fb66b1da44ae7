"""Makes the raw tables of this invented trial, byte for byte the same each time.

`python data/make_tables.py [FOLDER]`. Nobody was treated and no such drug exists: the patients
below are a plan, chosen so that the trial meets many special cases, and the rest is filled in by
a seeded generator. It shares no code with the analysis.
"""

import csv
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

SEED, STUDY = 20230630, "FICPH1"
FIRST, CUTOFF = date(2021, 3, 1), date(2023, 6, 30)
CYCLE, SCANS, SPACING = 21, 42, 15  # days
DOSES = {"D100": 100, "D200": 200, "D400": 400}
LESIONS = ("Longest Diameter", "Longest Perpendicular")


class Patient(NamedTuple):
    """One patient's plan.

    `scans` has a token a scan: percent of the baseline sum, flags (N new lesion; of the
    non-target lesions C gone, P progressed, E not evaluated), `@` a day that is not the planned
    one, and the investigator's response; `x` is a scan without one target lesion, `-` a missed one.
    `hypertension` has a token a grade: the grade, and the day from the first dose on which it
    began, which ends the one before.
    """

    level: str
    cohort: str
    cycles: int
    reason: str
    scans: str
    dlt: str = ""
    share: float = 1.0  # of the planned administrations of the first cycle
    beside: bool = True  # non-target lesions
    judged: bool = True  # and their response after the baseline
    measured: bool = True  # target lesions
    baseline: int | None = -7  # day of the baseline scan before the first dose; None: not done
    therapy: int | None = None  # days from the first dose
    death: int | None = None
    hypertension: str = ""


PD, AE, WD = "PROGRESSIVE DISEASE", "ADVERSE EVENT", "WITHDRAWAL BY SUBJECT"
MD, DEATH, ON = "PHYSICIAN DECISION", "DEATH", ""
PLAN = (
    Patient("D100", "1", 6, PD, "98:SD 104:SD 131:PD", therapy=160, death=400),
    Patient("D100", "1", 4, PD, "92:SD 125N:PD", beside=False, death=300),
    Patient("D100", "1", 8, PD, "85:SD 80:SD 78:SD 100:PD", therapy=190),
    Patient("D100", "1", 1, WD, "", share=0.4),
    Patient("D200", "2", 11, MD, "75:SD 66:PR 60:PR 55:PR 58:PR", therapy=260),
    Patient("D200", "2", 4, PD, "110:SD 108P:PD", death=210, hypertension="2@-10 1@5 2@20"),
    Patient("D200", "2", 7, PD, "90:SD 64:PR 85:PD", beside=False),
    Patient("D200", "2", 7, MD, "95:SD 99:SD 96:SD", share=0.5),
    Patient("D400", "3", 7, AE, "60:PR 45:PR 40:PR", dlt="Rash maculo-papular"),
    Patient("D400", "3", 12, WD, "0C:CR 0C:CR 0C:CR 0C:CR"),
    Patient("D400", "3", 7, PD, "88:SD - 140:PD", death=350, hypertension="1@-6 2@8 1@15"),
    Patient("D400", "3", 1, WD, "", share=0.3),
    Patient("D400", "4", 5, AE, "95:SD 97:SD", dlt="Febrile neutropenia", therapy=130),
    Patient("D400", "4", 9, AE, "70:PR 65:PR 50:PR 52:PR", beside=False, hypertension="3@30 2@40"),
    Patient("D400", "4", 7, MD, "105:SD x:NE 118:SD"),
    Patient("D400", "4", 4, PD, "82:SD 130:PD", share=0.5, death=250),
    Patient("D200", "5", 7, WD, "91:SD 89:SD 90:SD", dlt="Diarrhea"),
    Patient("D200", "5", 6, WD, "0:PR 0:PR", judged=False),
    Patient("D200", "5", 3, DEATH, "97:SD", death=61),
    Patient("D200", "5", 1, AE, "", share=0.2, death=120),
    Patient("D200", "EXPANSION", 9, PD, "68:PR 62:PR 60:PR 88:PD", therapy=200),
    Patient("D200", "EXPANSION", 7, MD, "69:PR 71:PR 70:PR"),
    Patient("D200", "EXPANSION", 7, PD, "0C:CR 0C:CR 20:PD", beside=False),
    Patient("D200", "EXPANSION", 2, WD, ""),
    Patient("D200", "EXPANSION", 5, WD, "80:SD 72:SD", baseline=3),
    Patient("D200", "EXPANSION", 0, ON, " ".join(["100:NON-CR/NON-PD"] * 6), measured=False),
    Patient("D200", "EXPANSION", 0, ON, "50:PR 30:PR 28E:PR 28:PR 27:PR 27:PR"),
    Patient("D200", "EXPANSION", 4, MD, "93:SD 108:SD 150:PD", therapy=90, death=330),
    Patient("D200", "EXPANSION", 2, AE, "x:NE"),
    Patient("D200", "EXPANSION", 9, PD, "95:SD - - 140:PD"),
    Patient("D200", "EXPANSION", 2, PD, "122:PD", death=150),
    Patient("D200", "EXPANSION", 2, DEATH, "", death=38),
    Patient("D200", "EXPANSION", 2, WD, ""),
    Patient("D200", "EXPANSION", 2, PD, "96@30:SD 126:PD", beside=False),
    Patient("D200", "EXPANSION", 1, MD, ""),
    Patient("D200", "EXPANSION", 3, WD, "", baseline=None),
)
NEVER_TREATED = ("SCRNFAIL", "SCRNFAIL", "D200")
TERMS = {
    "Nausea": "Gastrointestinal disorders",
    "Diarrhea": "Gastrointestinal disorders",
    "Vomiting": "Gastrointestinal disorders",
    "Fatigue": "General disorders and administration site conditions",
    "Alanine aminotransferase increased": "Investigations",
    "Aspartate aminotransferase increased": "Investigations",
    "Rash maculo-papular": "Skin and subcutaneous tissue disorders",
    "Hypertension": "Vascular disorders",
    "Anemia": "Blood and lymphatic system disorders",
    "Febrile neutropenia": "Blood and lymphatic system disorders",
    "Cardiac arrest": "Cardiac disorders",
}
COMMON = tuple(TERMS)[:9]
BEFORE = ("DOXORUBICIN", "IFOSFAMIDE", "GEMCITABINE", "DOCETAXEL")
COLUMNS = {
    "dm": "SUBJID SITEID RFICDTC RFSTDTC RFENDTC DTHFL DTHDTC AGE AGEU SEX RACE ETHNIC ARMCD ARM "
    "COHORT",
    "sc": "SCSEQ SCTESTCD SCTEST SCSTRESC SCDTC",
    "cm": "CMSEQ CMCAT CMLINE CMDECOD CMREFRFL CMSTDTC CMENDTC",
    "ex": "EXSEQ EXTRT EXCYCLE EXPDOSE EXPADM EXDOSE EXADM EXDOSU EXSTDTC EXENDTC EXADJ",
    "ae": "AESEQ AETERM AEDECOD AEBODSYS AETOXGR AESTDTC AEENDTC AESER AEREL AEACN AEOUT AEDLTFL",
    "rs": "RSSEQ RSTESTCD RSCAT RSSTRESC RSEVAL VISITNUM VISIT RSDTC",
    "ds": "DSSEQ DSCAT DSSCAT DSDECOD DSSTDTC",
    "ss": "SSSEQ SSTESTCD SSSTRESC SSDTC",
    "tr": "TRSEQ TRTESTCD TRTEST TRGRPID TRLNKID TRSTRESN TRSTRESU TRSTAT VISITNUM VISIT TRDTC",
}


class Tables:
    """Rows by table; each row is numbered within its subject."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict]] = {name: [] for name in COLUMNS}

    def add(self, domain: str, subject: str, **cells: object) -> None:
        own = sum(row["USUBJID"] == subject for row in self.rows[domain])
        number = {} if domain == "dm" else {f"{domain.upper()}SEQ": own + 1}
        self.rows[domain].append(
            {"STUDYID": STUDY, "DOMAIN": domain.upper(), "USUBJID": subject, **number, **cells}
        )

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for domain, names in COLUMNS.items():
            header = ["STUDYID", "DOMAIN", "USUBJID", *names.split()]
            with (folder / f"{domain}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(self.rows[domain])


def person(tables: Tables, dice: random.Random, place: int, **cells: object) -> str:
    """The demographics row of the next subject; its USUBJID."""
    site = f"SE{dice.randint(1, 6):02d}"
    subject = f"{STUDY}.{site}.{place:04d}"
    tables.add(
        "dm",
        subject,
        SUBJID=f"{place:04d}",
        SITEID=site,
        AGE=dice.randint(31, 79),
        AGEU="YEARS",
        SEX=dice.choice("FM"),
        RACE=dice.choice(["WHITE", "WHITE", "ASIAN"]),
        ETHNIC="NOT HISPANIC OR LATINO",
        **cells,
    )
    return subject


def treated(tables: Tables, dice: random.Random, place: int, plan: Patient) -> None:
    start = FIRST + timedelta(SPACING * (place - 1))
    cycles = plan.cycles or (CUTOFF - start).days // CYCLE
    died = start + timedelta(plan.death) if plan.death else None
    given = [planned(dice, cycle, plan) for cycle in range(1, cycles + 1)]
    last = start + timedelta(CYCLE * (cycles - 1) + given[-1] - 1)
    last = min(last, died) if died else last
    subject = person(
        tables,
        dice,
        place,
        RFICDTC=start - timedelta(14),
        RFSTDTC=start,
        RFENDTC="" if plan.reason == ON else last,
        DTHFL="Y" if died else "",
        DTHDTC=died or "",
        ARMCD=plan.level,
        COHORT=plan.cohort,
        ARM=f"Fictinib {DOSES[plan.level]} mg",
    )
    history(tables, dice, subject, start)
    for cycle, days in enumerate(given, 1):
        dose(tables, subject, plan, start, cycle, days, last)
    events(tables, dice, subject, plan, start, last)
    end_events(tables, subject, plan, died)
    scans(tables, dice, subject, plan, start)
    afterwards(tables, subject, plan, start, last, died)


def planned(dice: random.Random, cycle: int, plan: Patient) -> int:
    """Administrations given in the cycle, of one a day."""
    if cycle == 1 and plan.share < 1:
        return round(CYCLE * plan.share)
    short = cycle > 1 and cycle == plan.cycles and plan.reason in (AE, WD)
    return (14 if short else CYCLE) - dice.choice((0, 0, 0, 1, 2, 3))


def history(tables: Tables, dice: random.Random, subject: str, start: date) -> None:
    screened = start - timedelta(14)
    tables.add(
        "sc",
        subject,
        SCTESTCD="ECOG",
        SCTEST="ECOG performance status",
        SCSTRESC=dice.choice("0011"),
        SCDTC=screened,
    )
    tables.add(
        "sc",
        subject,
        SCTESTCD="HIST",
        SCTEST="Histology",
        SCDTC=screened,
        SCSTRESC=dice.choice(["LEIOMYOSARCOMA", "LIPOSARCOMA", "OTHER"]),
    )
    for line, drug in enumerate(dice.sample(BEFORE, dice.randint(1, 3)), 1):
        year = start.year - 4 + line
        tables.add(
            "cm",
            subject,
            CMCAT="PRIOR ANTI-CANCER THERAPY",
            CMLINE=line,
            CMDECOD=drug,
            CMREFRFL=dice.choice("YNU"),
            CMSTDTC=year - 1,
            CMENDTC=f"{year - 1}-10",
        )


def dose(
    tables: Tables, subject: str, plan: Patient, start: date, cycle: int, days: int, last: date
) -> None:
    begin, amount = start + timedelta(CYCLE * (cycle - 1)), DOSES[plan.level]
    days = min(days, (last - begin).days + 1)
    less = plan.dlt and cycle > 1
    tables.add(
        "ex",
        subject,
        EXTRT="FICTINIB",
        EXCYCLE=cycle,
        EXPDOSE=amount,
        EXPADM=CYCLE,
        EXDOSE=amount * 3 // 4 if less else amount,
        EXADM=days,
        EXDOSU="mg",
        EXSTDTC=begin,
        EXENDTC=begin + timedelta(days - 1),
        EXADJ="ADVERSE EVENT" if less else "OTHER" if days < CYCLE else "",
    )


def events(
    tables: Tables, dice: random.Random, subject: str, plan: Patient, start: date, last: date
) -> None:
    if plan.dlt:
        event(tables, subject, plan.dlt, 3, start + timedelta(11), "RELATED", dlt="Y")
    if plan.reason == DEATH and plan.cycles == 2:
        event(tables, subject, "Cardiac arrest", 5, start + timedelta(plan.death), "NOT RELATED")
    for term in dice.sample(COMMON, dice.randint(1, 4)):
        begin = start + timedelta(dice.randint(2, max(3, (last - start).days + 20)))
        grade = dice.choices((1, 2, 3), (6, 4, 1))[0]
        early = (begin - start).days < 21
        related = "NOT RELATED" if grade == 3 and early else dice.choice(["RELATED", "NOT RELATED"])
        event(tables, subject, term, grade, begin, related, partial=dice.random() < 0.08)
    if dice.random() < 0.2:
        event(tables, subject, "Fatigue", 1, start - timedelta(5), "NOT RELATED")
    chain = [token.split("@") for token in plan.hypertension.split()]
    for place, (grade, day) in enumerate(chain):
        until = int(chain[place + 1][1]) if chain[place + 1 :] else int(day) + 9
        event(
            tables,
            subject,
            "Hypertension",
            int(grade),
            start + timedelta(int(day)),
            "NOT RELATED",
            days=until - int(day),
        )


def event(
    tables: Tables,
    subject: str,
    term: str,
    grade: int,
    begin: date,
    related: str,
    *,
    dlt: str = "N",
    partial: bool = False,
    days: int = 9,
) -> None:
    fatal = grade == 5
    tables.add(
        "ae",
        subject,
        AETERM=term.lower(),
        AEDECOD=term,
        AEBODSYS=TERMS[term],
        AETOXGR=grade,
        AESTDTC=begin.isoformat()[:7] if partial else begin,
        AEENDTC=begin + timedelta(0 if fatal else days),
        AESER="Y" if fatal or dlt == "Y" else "N",
        AEREL=related,
        AEACN="NOT APPLICABLE"
        if fatal
        else "DRUG INTERRUPTED"
        if dlt == "Y"
        else "DOSE NOT CHANGED",
        AEOUT="FATAL" if fatal else "RECOVERED/RESOLVED",
        AEDLTFL=dlt,
    )


def end_events(tables: Tables, subject: str, plan: Patient, died: date | None) -> None:
    """Events stop at the death; the last one withdraws the drug where events end treatment."""
    own = [row for row in tables.rows["ae"] if row["USUBJID"] == subject]
    for row in own:
        if died and not isinstance(row["AESTDTC"], str):
            row["AESTDTC"] = min(row["AESTDTC"], died)
        if died and row["AEENDTC"] > died:
            row.update(AEENDTC="", AEOUT="NOT RECOVERED/NOT RESOLVED")
    if plan.reason == AE:
        max(own, key=lambda row: str(row["AESTDTC"]))["AEACN"] = "DRUG WITHDRAWN"


def scans(tables: Tables, dice: random.Random, subject: str, plan: Patient, start: date) -> None:
    sizes = [dice.randint(18, 60) for _ in range(dice.randint(1, 3))]
    node = dice.randint(16, 26) if dice.random() < 0.5 else 0
    targets = [(f"T{k}", size, 0) for k, size in enumerate(sizes, 1)]
    targets += [(f"T{len(sizes) + 1}", node, 1)] if node else []
    targets = targets if plan.measured else []
    if plan.baseline is not None:
        scan(tables, subject, targets, "100", 0, start + timedelta(plan.baseline))
    if plan.baseline is not None and plan.baseline <= 0 and plan.beside:
        tables.add(
            "tr",
            subject,
            TRTESTCD="TUMSTATE",
            TRTEST="Tumor State",
            TRGRPID="NON-TARGET",
            TRLNKID="NT1",
            VISITNUM=0,
            VISIT=name(0),
            TRDTC=start + timedelta(plan.baseline),
        )
    for place, token in enumerate(plan.scans.split(), 1):
        if token == "-":
            continue
        shown, category = token.split(":")
        shown, _, day = shown.partition("@")
        visit = 1 + place * SCANS // CYCLE if not day else 2.1
        when = start + timedelta(int(day or SCANS * place + dice.randint(-2, 2)))
        scan(tables, subject, targets, shown, visit, when)
        for test, result in judged(shown, plan.beside and plan.judged, category):
            tables.add(
                "rs",
                subject,
                RSTESTCD=test,
                RSCAT="RECIST 1.1",
                RSSTRESC=result,
                RSEVAL="INVESTIGATOR",
                VISITNUM=visit,
                VISIT=name(visit),
                RSDTC=when,
            )


def scan(
    tables: Tables, subject: str, targets: list[tuple], shown: str, visit: float, when: date
) -> None:
    percent = int(shown.rstrip("NPCEx") or 100)
    for lesion, size, node in targets:
        missing = shown == "x" and lesion == "T1"
        now = (7 if node else 0) if percent == 0 else round(size * percent / 100, 1)
        tables.add(
            "tr",
            subject,
            TRTESTCD=("LDIAM", "LPERP")[node],
            TRTEST=LESIONS[node],
            TRGRPID="TARGET",
            TRLNKID=lesion,
            TRSTRESN="" if missing else f"{now:g}",
            TRSTRESU="" if missing else "mm",
            TRSTAT="NOT DONE" if missing else "",
            VISITNUM=visit,
            VISIT=name(visit),
            TRDTC=when,
        )


def name(visit: float) -> str:
    if visit == 0:
        return "SCREENING"
    return f"CYCLE {visit} DAY 1" if visit == int(visit) else f"UNSCHEDULED {visit}"


def judged(shown: str, beside: bool, category: str) -> list[tuple[str, str]]:
    """Non-target response, new lesions and overall response as the investigator wrote them."""
    flags = {"C": "CR", "P": "PD", "E": "NE"}
    rest = next((flags[flag] for flag in shown if flag in flags), "NON-CR/NON-PD")
    return [
        *([("NTRGRESP", rest)] if beside else []),
        ("NEWLIND", "Y" if "N" in shown else "N"),
        ("OVRLRESP", category),
    ]


def afterwards(
    tables: Tables, subject: str, plan: Patient, start: date, last: date, died: date | None
) -> None:
    if plan.reason != ON:
        tables.add(
            "ds",
            subject,
            DSCAT="DISPOSITION EVENT",
            DSSCAT="END OF TREATMENT",
            DSDECOD=plan.reason,
            DSSTDTC=died if plan.reason == DEATH else last,
        )
    if plan.therapy:
        tables.add(
            "cm",
            subject,
            CMCAT="SUBSEQUENT ANTI-CANCER THERAPY",
            CMLINE=1,
            CMDECOD="TRABECTEDIN",
            CMSTDTC=start + timedelta(plan.therapy),
        )
    contact = start + timedelta(84)
    while contact <= min(CUTOFF, died or CUTOFF):
        tables.add("ss", subject, SSTESTCD="SURVSTAT", SSSTRESC="ALIVE", SSDTC=contact)
        contact += timedelta(84)
    if died:
        tables.add("ss", subject, SSTESTCD="SURVSTAT", SSSTRESC="DEAD", SSDTC=died)


def main(folder: Path) -> None:
    tables, dice = Tables(), random.Random(SEED)
    for place, plan in enumerate(PLAN, 1):
        treated(tables, dice, place, plan)
    for place, arm in enumerate(NEVER_TREATED, len(PLAN) + 1):
        start = FIRST + timedelta(SPACING * (place - 1))
        person(
            tables,
            dice,
            place,
            RFICDTC=start,
            ARMCD=arm,
            ARM=f"Fictinib {DOSES[arm]} mg" if arm in DOSES else arm,
            COHORT="EXPANSION" if arm in DOSES else "",
        )
    tables.write(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent / "raw")
