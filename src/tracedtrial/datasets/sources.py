"""The analysis datasets as flat frames whose rows name their source rows, as ADaM has it.

SRCDOM names the domains of a row's sources, SRCSEQ the sequence numbers in them: `;` parts the
rows of one domain, ` | ` the domains, in the same order in both. So `LB | RS` with `12;13 | 4`
is LB rows 12 and 13 and RS row 4 of the row's subject. A demographics row is `DM` with `1`. A
row that nothing later decided rests on the first dose.
"""

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import by_subject
from tracedtrial.datasets.datasets import Datasets
from tracedtrial.datasets.links import Index, Links, Pairs, days
from tracedtrial.datasets.time_to_event import DEATH, PARAMETERS, PROGRESSION
from tracedtrial.inputs.schema import RawTables

PARAMS = {
    "OVR": "Response at the visit",
    "NASSESS": "Assessable visits",
    "CBOR": "Best confirmed response",
    "CRSP": "First confirmed response",
    "PD": "First confirmed progression",
    "PFS_FDA": "Progression-free survival, FDA rule",
    "PFS_EMA": "Progression-free survival, EMA rule",
    "OS": "Overall survival",
    "DOR": "Duration of response",
    "TTR": "Time to response",
}
DATES = {
    "DM": "DTHDTC",
    "CM": "CMSTDTC",
    "EX": "EXSTDTC",
    "LB": "LBDTC",
    "TR": "TRDTC",
    "RS": "RSDTC",
    "SS": "SSDTC",
}
ALIVE_DATES = DATES | {
    "EX": "EXENDTC",
    "AE": "AESTDTC, AEENDTC",
    "CM": "CMSTDTC, CMENDTC",
    "DS": "DSSTDTC",
}
VISIT_COLUMNS = {
    "VISITNUM": "VISITNUM",
    "ADT": "ADT",
    "AVALC": "AVALC",
    "CONFIRMED": "CNFRESP",
    "CHG": "PCHG",
    "BASE": "BASE",
    "SHOWN": "PDIFL",
    "DERIVED": "DRVRESP",
    "INVESTIGATOR": "INVRESP",
}
WHOLE = ("AGE", "EXCYCLE", "ASTDY", "AVAL")


def flat_datasets(data: Datasets) -> dict[str, pd.DataFrame]:
    """ADSL, ADEX, ADAE, ADRS, ADTTE and ADDL, each row with SRCDOM and SRCSEQ.

    Flags are Y or N, dates are days, AVAL of ADTTE counts days. ADRS holds by PARAMCD the
    response at each visit (OVR) and, of each subject with a first dose, the number of assessable
    visits (NASSESS), the best confirmed response (CBOR), and the first confirmed response (CRSP)
    and progression (PD) where there are any. SRCVAR of ADTTE names the date of each domain.
    """
    links = Links(data)
    return {
        "ADSL": _adsl(data),
        "ADEX": _by_record(data, data.adex.frame),
        "ADAE": _by_record(data, data.adae.frame),
        "ADRS": _adrs(data, links),
        "ADTTE": _adtte(data, links),
        "ADDL": _addl(data, links),
    }


def sourced(frame: pd.DataFrame, raw: RawTables, pairs: list[Pairs]) -> pd.DataFrame:
    """The frame with SRCDOM and SRCSEQ from pairs of (place of a row, record number)."""
    every = len(raw.subject_of)
    rows, records = (np.concatenate([pair[k] for pair in pairs]).astype(np.int64) for k in (0, 1))
    named = np.sort(rows * every + records)
    rows, records = np.divmod(named[np.diff(named, prepend=-1) != 0], every)
    domains = np.searchsorted(raw.domain_starts, records, side="right") - 1
    starts = np.flatnonzero(np.diff(rows * len(raw.domains) + domains, prepend=-1))
    texts = list(map(str, raw.sequence_of[records].tolist()))
    names, sequences = [""] * len(frame), [""] * len(frame)
    ends = [*starts[1:].tolist(), len(rows)]
    for first, last, row, domain in zip(
        starts.tolist(), ends, rows[starts].tolist(), domains[starts].tolist()
    ):
        joint = " | " if names[row] else ""
        names[row] += joint + raw.domains[domain].upper()
        sequences[row] += joint + ";".join(texts[first:last])
    return frame.assign(SRCDOM=names, SRCSEQ=sequences)


def _adsl(data: Datasets) -> pd.DataFrame:
    records = np.concatenate(
        [
            data.adsl.sources["dm"],
            data.adsl.sources["dosed"],
            data.prior,
            data.characteristics,
            data.ended,
        ]
    )
    frame = subject_level(data)
    return sourced(
        _identified(data, frame, frame.index.to_numpy()),
        data.raw,
        [(data.raw.subject_of[records], records)],
    )


def subject_level(data: Datasets) -> pd.DataFrame:
    """One row a subject: the core, its end of treatment, baseline tests, prior lines."""
    tables, frame = data.raw.tables, data.adsl.frame.drop(columns="ASSIGNED")
    ended = tables["ds"].loc[data.ended].drop_duplicates("USUBJID")
    prior = tables["cm"].loc[data.prior]
    reason = pd.Series(ended["DSDECOD"].to_numpy(object), by_subject(ended)).reindex(frame.index)
    status = np.where(
        reason.isna(), "ONGOING", np.where(reason == "COMPLETED", "COMPLETED", "DISCONTINUED")
    )
    lines = prior.groupby(by_subject(prior))["CMLINE"].nunique().reindex(frame.index)
    frame = frame.assign(
        TRTDURD=_elapsed(frame["TRTSDT"], frame["TRTEDT"]) + 1,
        DTHFL=frame["DTHDT"].notna(),
        LDDTHELD=_elapsed(frame["TRTEDT"], frame["DTHDT"]),
        EOTSTT=np.where(frame["TRTSDT"].isna(), None, status),
        DCTREAS=reason,
        NLINES=lines.fillna(0).astype(int),
    )
    return pd.concat([frame, _tests(tables.get("sc"), data.characteristics, frame.index)], axis=1)


def _tests(sc: pd.DataFrame | None, chosen: np.ndarray, subjects: pd.Index) -> pd.DataFrame:
    """The first result of each test of the subject characteristics, one column a test."""
    if sc is None:
        return pd.DataFrame(index=subjects)
    sc = sc.loc[chosen]
    rows = pd.DataFrame(
        {
            "subject": by_subject(sc),
            "test": sc["SCTESTCD"].to_numpy(object),
            "result": sc["SCSTRESC"].to_numpy(object),
        }
    )
    first = rows.drop_duplicates(["subject", "test"]).set_index(["subject", "test"])["result"]
    return first.unstack("test").reindex(subjects)


def _by_record(data: Datasets, frame: pd.DataFrame) -> pd.DataFrame:
    """A dataset of which each row is one raw row."""
    named = frame.drop(columns=["SRCDOM", "SRCSEQ"]).assign(
        SRCDOM=frame["SRCDOM"], SRCSEQ=frame["SRCSEQ"].astype(str)
    )
    return _identified(data, named, by_subject(frame))


def _addl(data: Datasets, links: Links) -> pd.DataFrame:
    """One row a subject with a first dose."""
    subjects = np.flatnonzero(data.adsl.frame["TRTSDT"].notna())
    rows = np.arange(len(subjects))
    records = np.concatenate([data.addl.sources[name] for name in ("completed", "short", "dlt")])
    own = Index.of(data.raw.subject_of[records], records).found(subjects, rows)
    frame = _identified(data, data.addl.frame.loc[subjects], subjects)
    return sourced(frame, data.raw, _or_first_dose([own], links, subjects))


def _adrs(data: Datasets, links: Links) -> pd.DataFrame:
    """The visits, then one row a subject of each parameter."""
    visits, places = links.visits, np.arange(len(links.visits))
    frame = visits[list(VISIT_COLUMNS)].rename(columns=VISIT_COLUMNS).assign(PARAMCD="OVR")
    both = (visits["DERIVED"].notna() & visits["INVESTIGATOR"].notna()).to_numpy()
    same = (visits["DERIVED"] == visits["INVESTIGATOR"]).to_numpy()
    frame["AGREEFL"] = np.where(both, np.where(same, "Y", "N"), None)
    blocks = [
        (frame, links.subjects, [links.decided(places, places), links.compared(places, places)])
    ]
    blocks += _response_parameters(data, links)
    made = [
        sourced(
            _identified(data, block.assign(PARAM=PARAMS[block["PARAMCD"].iloc[0]]), subjects),
            data.raw,
            pairs,
        )
        for block, subjects, pairs in blocks
        if len(block)
    ]
    columns = [
        "STUDYID",
        "USUBJID",
        "PARAMCD",
        "PARAM",
        "VISITNUM",
        "ADT",
        "AVALC",
        "AVAL",
        *list(VISIT_COLUMNS.values())[3:],
        "AGREEFL",
        "SRCDOM",
        "SRCSEQ",
    ]
    joined = pd.concat(made, ignore_index=True) if made else pd.DataFrame()
    return joined.reindex(columns=columns)


def _response_parameters(data: Datasets, links: Links) -> list[tuple]:
    """(frame, subject numbers, sources) of each parameter with one row a subject."""
    visits, best = links.visits, links.best
    treated = np.flatnonzero(data.adsl.frame["TRTSDT"].notna())
    confirmed, subjects = visits["CONFIRMED"].to_numpy(), links.subjects
    therapy = best["NEWTHDT"].to_numpy()[subjects]
    counted = np.isnat(therapy) | (visits["ADT"].to_numpy() <= therapy)
    place = links.first_place((confirmed == best["BESTRESP"].to_numpy()[subjects]) & counted)
    response = links.first_place(
        visits["RESPONDER"].to_numpy() & (links.day == days(best["CONFDT"])[subjects])
    )
    adequate = np.flatnonzero(links.adequate)
    number = pd.DataFrame({"PARAMCD": "NASSESS", "AVAL": best["NPOST"].to_numpy()[treated]})
    weighed = links.decided(adequate, np.searchsorted(treated, subjects[adequate]))
    return [
        (number, treated, _or_first_dose([weighed], links, treated)),
        _reached("CBOR", treated, place, best["BESTRESP"].fillna("NE").to_numpy(), links),
        _reached("CRSP", treated[response[treated] >= 0], response, None, links),
        _reached("PD", treated[links.progression[treated] >= 0], links.progression, None, links),
    ]


def _reached(
    name: str, subjects: np.ndarray, place: np.ndarray, category: np.ndarray | None, links: Links
) -> tuple:
    """A parameter that stands on one visit a subject and on the visit that confirms it."""
    own, rows = place[subjects], np.arange(len(subjects))
    visits = links.visits.reindex(own)  # a subject without such a visit has place -1
    frame = pd.DataFrame(
        {
            "PARAMCD": name,
            "VISITNUM": visits["VISITNUM"].to_numpy(),
            "ADT": visits["ADT"].to_numpy(),
            "AVALC": "Y" if category is None else category[subjects],
        }
    )
    after = visits["DECIDEDBY"].fillna(-1).to_numpy(np.int64)
    pairs = [links.decided(own, rows), links.decided(after, rows)]
    return frame, subjects, _or_first_dose(pairs, links, subjects)


def _or_first_dose(pairs: list[Pairs], links: Links, subjects: np.ndarray) -> list[Pairs]:
    """The sources, with the first dose for each row (of these subjects) that has none."""
    without = np.ones(len(subjects), bool)
    for rows, _ in pairs:
        without[rows] = False
    bare = np.flatnonzero(without)
    return [*pairs, links.first_dose(subjects[bare], bare)]


def _adtte(data: Datasets, links: Links) -> pd.DataFrame:
    """The times to event of every parameter, one under the other."""
    frame = pd.concat([data.adtte[name].assign(PARAMCD=name) for name in PARAMETERS])
    subjects = frame.index.to_numpy()
    pairs = _or_first_dose(
        _deciding(frame, subjects, days(frame["DECIDDT"]), links), links, subjects
    )
    names = frame["PARAMCD"].map(PARAMS)
    frame = frame.assign(PARAM=names, AVALU="DAYS")
    columns = [
        "PARAMCD",
        "PARAM",
        "STARTDT",
        "ADT",
        "AVAL",
        "AVALU",
        "CNSR",
        "EVNTDESC",
        "CNSDTDSC",
    ]
    frame = sourced(_identified(data, frame[columns], subjects), data.raw, pairs)
    alive = (frame["PARAMCD"] == "OS") & (frame["CNSR"] == 1)
    frame.insert(
        frame.columns.get_loc("SRCSEQ"),
        "SRCVAR",
        [
            " | ".join((ALIVE_DATES if by_alive else DATES)[domain] for domain in text.split(" | "))
            for text, by_alive in zip(frame["SRCDOM"], alive)
        ],
    )
    return frame


def _deciding(
    frame: pd.DataFrame, subjects: np.ndarray, end: np.ndarray, links: Links
) -> list[Pairs]:
    """(row, record) of what ended each time: event, last look, new therapy, last contact."""
    parameter, cnsr = frame["PARAMCD"].to_numpy(), frame["CNSR"].to_numpy()
    event, rows = frame["EVNTDESC"].to_numpy(), np.arange(len(frame))
    surviving, responding = parameter == "OS", parameter == "TTR"
    missed = (cnsr == 3) & ~surviving
    progressed = (event == PROGRESSION) | missed & links.progresses_first[subjects]
    died = (event == DEATH) | missed & ~links.progresses_first[subjects]
    looked = (cnsr > 0) & ~surviving | responding
    seen = np.flatnonzero(looked)
    at, place = links.assessed(subjects[seen], end[seen], seen)
    late = np.flatnonzero((parameter == "DOR") & (days(frame["ADT"]) > end))
    floor, response = links.assessed(subjects[late], days(frame["ADT"])[late], late)

    def those(chosen: np.ndarray) -> Pairs:
        return subjects[chosen], rows[chosen]

    return [
        links.decided(place, at),
        links.decided(response, floor),
        links.decided(links.progression[subjects[progressed]], rows[progressed]),
        links.death(*those(died)),
        links.therapy(*those((cnsr == 2) & ~surviving)),
        links.alive(*those((cnsr == 1) & surviving)),
    ]


def _identified(data: Datasets, frame: pd.DataFrame, subjects: np.ndarray) -> pd.DataFrame:
    """STUDYID and USUBJID, then the frame's columns with flags as Y and N, from place 0 on."""
    dm = data.raw.tables["dm"]
    study = np.empty(len(data.raw.subjects), object)
    study[by_subject(dm)] = dm["STUDYID"].to_numpy(object)
    frame = frame.drop(columns="USUBJID", errors="ignore").reset_index(drop=True)
    flags = {
        name: np.where(frame[name].to_numpy(), "Y", "N")
        for name in frame
        if frame[name].dtype == bool
    }
    whole = {name: frame[name].astype("Int64") for name in WHOLE if name in frame}
    frame = frame.assign(**flags, **whole)
    frame.insert(0, "STUDYID", study[subjects])
    frame.insert(1, "USUBJID", data.raw.subjects[subjects])
    return frame


def _elapsed(start: pd.Series, end: pd.Series) -> pd.Series:
    return (end - start).dt.days.astype("Int64")
