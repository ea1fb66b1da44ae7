"""The days on which each subject is known to have been alive, and the records that show it."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import Dataset, by_subject
from tracedtrial.datasets.dates import DAY, first_days

NOT_ALIVE = ("DEATH", "LOST TO FOLLOW-UP")  # a disposition that shows nobody alive on its day


def days_alive(
    tables: Mapping[str, pd.DataFrame], adex: Dataset, cutoff: np.datetime64, *, contacts_only: bool
) -> pd.DataFrame:
    """The records that show a subject alive by the cut-off, each with its last such day (TTE-3).

    Columns subject (number) and ADT, indexed by record number. A contact shows a subject alive;
    unless `contacts_only`, so does a dose given, a result or measurement that was done, an
    assessment of response, the start and the end of an event that was not fatal and of a therapy
    (a partial date from its first day), and an end of treatment or study other than by death or
    loss to follow-up.
    """
    shown = [_contacts(tables["ss"])]
    if not contacts_only:
        shown += [_doses(adex.frame), *_others(tables, cutoff)]
    days = pd.concat([frame[frame["ADT"] <= cutoff] for frame in shown])
    return days.sort_index(kind="stable")


def last_day(alive: pd.DataFrame) -> pd.DataFrame:
    """Of the days alive, those on each subject's last one."""
    return alive[alive["ADT"] == alive.groupby("subject")["ADT"].transform("max")]


def _shown(
    frame: pd.DataFrame, day: np.ndarray | pd.Series, chosen: np.ndarray | pd.Series
) -> pd.DataFrame:
    """Subject and day of the chosen rows, by record."""
    days = pd.Series(np.asarray(day).astype("datetime64[s]"), frame.index)
    return pd.DataFrame({"subject": by_subject(frame), "ADT": days})[np.asarray(chosen)]


def _contacts(ss: pd.DataFrame) -> pd.DataFrame:
    return _shown(ss, ss["SSDTC"], ss["SSSTRESC"].astype(object) == "ALIVE")


def _doses(adex: pd.DataFrame) -> pd.DataFrame:
    return _shown(adex, adex["AENDT"], adex["DOSED"])


def _others(tables: Mapping[str, pd.DataFrame], cutoff: np.datetime64) -> Iterator[pd.DataFrame]:
    for domain in ("lb", "tr"):
        if domain in tables:
            frame, name = tables[domain], domain.upper()
            done = frame[f"{name}STAT"].astype(object) != "NOT DONE"
            yield _shown(frame, frame[f"{name}DTC"], done)
    rs, ds = tables["rs"], tables["ds"]
    yield _shown(rs, rs["RSDTC"], np.ones(len(rs), bool))
    yield _shown(ds, ds["DSSTDTC"], ~ds["DSDECOD"].isin(NOT_ALIVE))
    ae, cm = tables["ae"], tables["cm"]
    fatal = (ae["AEOUT"].astype(object) == "FATAL").to_numpy()
    started, ended = first_days(ae["AESTDTC"]), first_days(ae["AEENDTC"])
    yield _latest(ae, started, np.where(fatal, np.datetime64("NaT"), ended), cutoff)
    yield _latest(cm, first_days(cm["CMSTDTC"]), first_days(cm["CMENDTC"]), cutoff)


def _latest(
    frame: pd.DataFrame, started: np.ndarray, ended: np.ndarray, cutoff: np.datetime64
) -> pd.DataFrame:
    """The later of start and end by the cut-off; rows without such a day are left out."""
    started, ended = (
        np.where(day <= cutoff, day, np.datetime64("NaT")) for day in (started, ended)
    )
    latest = np.fmax(started, ended).astype(DAY)
    return _shown(frame, latest, ~np.isnat(latest))
