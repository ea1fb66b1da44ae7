"""The analysis datasets of a trial, derived in their order from the raw tables.

Each is a stage that names what it reads, so that a change can be followed to what it reaches.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracedtrial.datasets.adverse_events import adverse_events
from tracedtrial.datasets.criteria import response_criteria
from tracedtrial.datasets.dataset import NOTHING, Dataset
from tracedtrial.datasets.dates import by_cutoff, first_days
from tracedtrial.datasets.dose_limiting import dose_limiting_toxicity
from tracedtrial.datasets.event_rows import AdverseEvents
from tracedtrial.datasets.exposure import exposure
from tracedtrial.datasets.last_alive import days_alive
from tracedtrial.datasets.response import Assessments, assessments
from tracedtrial.datasets.subjects import subject_frame
from tracedtrial.datasets.time_to_event import time_to_event
from tracedtrial.inputs.schema import RawTables
from tracedtrial.inputs.schema.tables import OPTIONAL, PRIOR

SHOW_ALIVE = ("ss", "lb", "tr", "rs", "ae", "cm", "ds")


@dataclass(frozen=True)
class Datasets:
    """Analysis datasets; `raw` stays at hand for baseline tables and disposition."""

    raw: RawTables
    adsl: Dataset
    adex: Dataset
    adae: AdverseEvents
    addl: Dataset
    adrs: Assessments
    adtte: dict[str, pd.DataFrame]
    alive: pd.DataFrame
    prior: np.ndarray
    characteristics: np.ndarray
    ended: np.ndarray


@dataclass(frozen=True)
class Setting:
    """What every stage may ask besides its inputs."""

    protocol: dict
    cutoff: np.datetime64
    subjects: np.ndarray


@dataclass(frozen=True)
class Stage:
    """One field of the datasets: how it is made, and the raw tables and fields it is made of.

    A raw table that the trial does not have is None.
    """

    make: Callable[..., object]
    reads: tuple[str, ...]


def derive(raw: RawTables, protocol: dict) -> Datasets:
    """Every analysis dataset of the trial, stage by stage."""
    made: dict[str, object] = dict(raw.tables)
    setting = setting_of(raw, protocol)
    for name, stage in STAGES.items():
        made[name] = stage.make(setting, *(made.get(read) for read in stage.reads))
    return Datasets(raw, **{name: made[name] for name in STAGES})


def setting_of(raw: RawTables, protocol: dict) -> Setting:
    cutoff = np.datetime64(protocol["trial"]["cutoff"]["value"], "s")
    return Setting(protocol, cutoff, raw.subjects)


def _adex(setting: Setting, ex: pd.DataFrame) -> Dataset:
    return exposure(ex, setting.cutoff)


def _adsl(setting: Setting, dm: pd.DataFrame, adex: Dataset) -> Dataset:
    return subject_frame(
        dm, adex, list(setting.protocol["dose_levels"]), setting.cutoff, setting.subjects
    )


def _adae(setting: Setting, ae: pd.DataFrame, adsl: Dataset) -> AdverseEvents:
    return adverse_events(ae, adsl, setting.cutoff, setting.protocol["safety"]["emergent"])


def _addl(setting: Setting, adae: Dataset, adex: Dataset, adsl: Dataset) -> Dataset:
    return dose_limiting_toxicity(adae, adex, adsl, setting.protocol)


def _adrs(
    setting: Setting,
    adsl: Dataset,
    rs: pd.DataFrame,
    cm: pd.DataFrame,
    *optional: pd.DataFrame | None,
) -> Assessments:
    raw = {"rs": rs, "cm": cm} | {
        name: frame for name, frame in zip(OPTIONAL, optional) if frame is not None
    }
    return assessments(
        raw, adsl, response_criteria(setting.protocol), setting.cutoff, setting.protocol["response"]
    )


def _alive(setting: Setting, adex: Dataset, *tables: pd.DataFrame | None) -> pd.DataFrame:
    given = {name: frame for name, frame in zip(SHOW_ALIVE, tables) if frame is not None}
    return days_alive(
        given,
        adex,
        setting.cutoff,
        contacts_only=setting.protocol["endpoints"]["last_alive"]["value"] == "contacts only",
    )


def _adtte(
    setting: Setting, adsl: Dataset, adrs: Assessments, alive: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    return time_to_event(adsl, adrs, alive, setting.protocol["endpoints"])


def _characteristics(setting: Setting, sc: pd.DataFrame | None) -> np.ndarray:
    return NOTHING if sc is None else _records(sc, by_cutoff(sc["SCDTC"], setting.cutoff))


def _prior(setting: Setting, cm: pd.DataFrame) -> np.ndarray:
    start = pd.Series(first_days(cm["CMSTDTC"]), cm.index)
    return _records(cm, (cm["CMCAT"] == PRIOR) & by_cutoff(start, setting.cutoff))


def _ended(setting: Setting, ds: pd.DataFrame) -> np.ndarray:
    return _records(
        ds, (ds["DSSCAT"].astype(object) == "END OF TREATMENT") & (ds["DSSTDTC"] <= setting.cutoff)
    )


def _records(frame: pd.DataFrame, chosen: pd.Series) -> np.ndarray:
    return frame.index[chosen].to_numpy()


STAGES = {
    "adex": Stage(_adex, ("ex",)),
    "adsl": Stage(_adsl, ("dm", "adex")),
    "adae": Stage(_adae, ("ae", "adsl")),
    "addl": Stage(_addl, ("adae", "adex", "adsl")),
    "adrs": Stage(_adrs, ("adsl", "rs", "cm", *OPTIONAL)),
    "alive": Stage(_alive, ("adex", *SHOW_ALIVE)),
    "adtte": Stage(_adtte, ("adsl", "adrs", "alive")),
    "prior": Stage(_prior, ("cm",)),
    "characteristics": Stage(_characteristics, ("sc",)),
    "ended": Stage(_ended, ("ds",)),
}
