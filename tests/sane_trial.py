"""A small sane trial, on which no edit check has anything to ask, as rows of texts."""

from datetime import date, timedelta

DRUGS = {"IXAZOMIB": (3, 14), "POMALIDOMIDE": (21, 20), "DEXAMETHASONE": (4, 21)}
DOSES = {"DL1": (3, 4, 40), "DL2": (4, 4, 40)}
PATIENTS = (  # site, level, cohort, first dose, age, sex, measurable disease
    ("01", "DL1", "1", "2015-01-12", 61, "F", "SERUM"),
    ("01", "DL1", "1", "2015-02-02", 67, "M", "SERUM"),
    ("02", "DL2", "2", "2015-06-01", 58, "M", "URINE"),
    ("02", "DL2", "EXPANSION", "2015-09-07", 72, "F", "FLC"),
)
TESTS = (  # code, specimen, unit, reference range
    ("MPROTS", "SERUM", "g/dL", ("", "")), ("MPROTU", "URINE", "mg/24h", ("", "")),
    ("IFIXS", "SERUM", "", ("", "")), ("KAPPA", "SERUM", "mg/L", ("3.3", "19.4")),
    ("LAMBDA", "SERUM", "mg/L", ("5.7", "26.3")), ("HGB", "BLOOD", "g/dL", ("13.5", "17.5")),
    ("PLASMC", "BONE MARROW", "%", ("", "")),
)
VALUES = (  # by patient, the values of TESTS at each visit; marrow at the first alone
    ((3.1, 12, "POSITIVE", 80.5, 9.1, 11.2, 40), (2, 11, "POSITIVE", 70.2, 9.3, 11.9),
     (1.2, 10, "POSITIVE", 44.1, 9.9, 12.2), (2.6, 14, "POSITIVE", 66.3, 9.2, 11.6)),
    ((4.4, 22, "POSITIVE", 7.7, 91.4, 10.1, 55), (3.9, 21, "POSITIVE", 7.9, 88.2, 10.4),
     (2.1, 19, "POSITIVE", 8.1, 60.7, 10.9), (3.4, 25, "POSITIVE", 7.6, 95.1, 10.2)),
    ((0.4, 900, "POSITIVE", 88.8, 8.4, 12.6, 30), (0.3, 610, "POSITIVE", 61.3, 8.8, 12.9),
     (0.3, 420, "POSITIVE", 50.9, 8.5, 13.1)),
    ((0.2, 40, "NEGATIVE", 450.1, 6.1, 11.1, 35), (0.18, 38, "NEGATIVE", 300.5, 6.2, 11.5),
     (0.15, 36, "NEGATIVE", 190.8, 6.6, 11.8)),
)
RESPONSES = (("MR", "PR", "PD"), ("SD", "PR", "PD"), ("MR", "PR"), ("MR", "PR"))
VISITS = {0: "SCREENING", 2: "CYCLE 2 DAY 1", 3: "CYCLE 3 DAY 1", 4: "CYCLE 4 DAY 1"}
FOLLOWED = "2015-10-10"  # death of the second patient


def sane() -> dict[str, list[dict[str, str]]]:
    """The rows of each table."""
    tables: dict[str, list[dict[str, str]]] = {
        name: [] for name in ("dm", "sc", "cm", "ex", "ae", "lb", "rs", "ds", "ss")}

    def add(domain: str, **cells: object) -> None:
        row = {"STUDYID": "T", "DOMAIN": domain.upper(), "USUBJID": subject}
        own = sum(other["USUBJID"] == subject for other in tables[domain])
        number = {} if domain == "dm" else {f"{domain.upper()}SEQ": own + 1}
        tables[domain].append({name: str(cell) for name, cell in {**row, **number, **cells}.items()})

    for place, (site, level, cohort, start, age, sex, disease) in enumerate(PATIENTS):
        subject = f"T-{site}-{place + 1}"
        day, died, ongoing = _from(start), place == 1, place == 3
        add("dm", SUBJID=f"{site}-{place + 1}", SITEID=site, RFICDTC=day(-10), RFSTDTC=start,
            RFENDTC="" if ongoing else day(77), DTHFL="Y" if died else "",
            DTHDTC=FOLLOWED if died else "", AGE=age, AGEU="YEARS", SEX=sex, RACE="WHITE",
            ETHNIC="NOT HISPANIC OR LATINO", ARMCD=level, ARM=f"Level {level}", COHORT=cohort)
        add("sc", SCTESTCD="MEASDIS", SCTEST="Measurable disease", SCSTRESC=disease, SCDTC=day(-7))
        for line, drug in enumerate(("LENALIDOMIDE", "BORTEZOMIB"), 1):
            add("cm", CMCAT="PRIOR ANTI-CANCER THERAPY", CMLINE=line, CMDECOD=drug, CMREFRFL="Y",
                CMSTDTC=2011 + line, CMENDTC=f"{2011 + line}-10")
        if place == 0:
            add("cm", CMCAT="SUBSEQUENT ANTI-CANCER THERAPY", CMLINE=1, CMDECOD="CARFILZOMIB",
                CMREFRFL="", CMSTDTC=day(100), CMENDTC="")
        for cycle in (1, 2, 3):
            for (drug, (times, last)), dose in zip(DRUGS.items(), DOSES[level]):
                begin = 28 * (cycle - 1)
                add("ex", EXTRT=drug, EXCYCLE=cycle, EXPDOSE=dose, EXPADM=times, EXDOSE=dose,
                    EXADM=times, EXDOSU="mg", EXSTDTC=day(begin), EXENDTC=day(begin + last),
                    EXADJ="")
        for term, body, grade, begin, end in (
                ("Nausea", "Gastrointestinal disorders", 1, 3, 8),
                ("Neutropenia", "Blood and lymphatic system disorders", 3, 10, 20)):
            add("ae", AETERM=term.lower(), AEDECOD=term, AEBODSYS=body, AETOXGR=grade,
                AESTDTC=day(begin), AEENDTC=day(end), AESER="N", AEREL="RELATED",
                AEACN="DOSE NOT CHANGED", AEOUT="RECOVERED/RESOLVED", AEDLTFL="N")
        for values, (visit, label), after in zip(VALUES[place], VISITS.items(), (-7, 28, 56, 84)):
            for (test, specimen, unit, (low, high)), value in zip(TESTS, values):
                word = isinstance(value, str)
                add("lb", LBTESTCD=test, LBTEST=test.capitalize(), LBSPEC=specimen,
                    LBSTRESC=value if word else "", LBSTRESN="" if word else value, LBSTRESU=unit,
                    LBSTNRLO=low, LBSTNRHI=high, LBSTAT="", VISITNUM=visit, VISIT=label,
                    LBDTC=day(after))
        for response, visit in zip(RESPONSES[place], (2, 3, 4)):
            add("rs", RSTESTCD="OVRLRESP", RSCAT="IMWG", RSSTRESC=response, RSEVAL="INVESTIGATOR",
                PDIFL="", VISITNUM=visit, VISIT=VISITS[visit], RSDTC=day(28 * (visit - 1)))
        if not ongoing:
            add("ds", DSCAT="DISPOSITION EVENT", DSSCAT="END OF TREATMENT", DSSTDTC=day(84),
                DSDECOD="WITHDRAWAL BY SUBJECT" if place == 2 else "PROGRESSIVE DISEASE")
        if died:
            add("ds", DSCAT="DISPOSITION EVENT", DSSCAT="END OF STUDY", DSDECOD="DEATH",
                DSSTDTC=FOLLOWED)
        for after in (90, 180):
            add("ss", SSTESTCD="SURVSTAT", SSSTRESC="ALIVE", SSDTC=day(after))
        if died:
            add("ss", SSTESTCD="SURVSTAT", SSSTRESC="DEAD", SSDTC=FOLLOWED)
    return tables


def _from(start: str):
    first = date.fromisoformat(start)
    return lambda days: (first + timedelta(days)).isoformat()
