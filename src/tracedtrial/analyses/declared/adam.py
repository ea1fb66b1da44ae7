"""The analysis datasets as a declaration names them: columns by row, and the records behind them.

`ADSL` has one row a subject; the others have rows of subjects. Flags are Y or N. Records of a
selection are two sets: `supports` carry its rows, `against` are those on which it depends that
a row is not in it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tracedtrial.analyses.declared.conditions import Clause
from tracedtrial.analyses.declared.values import met
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.dataset import NOTHING, by_subject, union, without
from tracedtrial.datasets.subject_variables import flags, subject_variables, variable_sources
from tracedtrial.datasets.time_records import contact_records, progression_records, response_records
from tracedtrial.inputs.schema.tables import raw_tables

Records = tuple[np.ndarray, np.ndarray]
EMERGENCE = {"TRTEMFL", "EVENTFL", "EVNTNO", "EVNTROW"}


@dataclass(frozen=True)
class Adam:
    """An analysis dataset.

    `frame` holds its variables, one row a record of analysis; `subjects` the subject number of
    each row. `records` gives supports and against of a choice of rows: it takes the mask of the
    rows, the mask of those that would be chosen whatever their emergence, and the variables that
    chose them. `codes` are the values that a variable may have, though no row has them.
    """

    frame: pd.DataFrame
    subjects: np.ndarray
    records: Callable[[np.ndarray, np.ndarray, Collection[str]], Records]
    codes: Mapping[str, Collection[str]] = field(default_factory=dict)
    _masks: dict[Clause, np.ndarray] = field(default_factory=dict)

    def meets(self, clause: Clause) -> np.ndarray:
        """The mask of the rows that meet a clause; it is found once."""
        if clause not in self._masks:
            self._masks[clause] = met(self.frame[clause.variable], clause)
        return self._masks[clause]


def adam(trial: Trial, name: str) -> Adam:
    """The dataset of this name; KeyError where there is none."""
    return DATASETS[name](trial)


def _adsl(trial: Trial) -> Adam:
    frame = subject_variables(trial.data)
    owner = trial.data.raw.subject_of

    def records(chosen: np.ndarray, nearly: np.ndarray, variables: Collection[str]) -> Records:
        held = union(*(variable_sources(trial.data, name) for name in variables))
        inside = chosen[owner[held]]
        return held[inside], held[~inside]

    levels = {"ARMCD": list(trial.protocol["dose_levels"])}
    return Adam(frame, frame.index.to_numpy(), records, levels)


def _adae(trial: Trial) -> Adam:
    """Each event row; of what depends on emergence, the rows before it in its event too (AE-1)."""
    frame = trial.data.adae.frame
    owner, index, order = by_subject(frame), frame.index.to_numpy(), trial.data.adae.order

    def records(chosen: np.ndarray, nearly: np.ndarray, variables: Collection[str]) -> Records:
        supports = index[chosen]
        if not EMERGENCE & set(variables):
            return supports, NOTHING
        return supports, without(index[order.deciding(nearly)], supports)

    columns = raw_tables(trial.protocol, trial.criteria.asks)["ae"].columns
    codes = {name: columns[name].codes for name in ("AEREL", "AESER", "AEACN", "AEOUT", "AEDLTFL")}
    return Adam(flags(frame.drop(columns="USUBJID")), owner, records, codes)


def _adex(trial: Trial) -> Adam:
    frame = trial.data.adex.frame
    return Adam(
        flags(frame.drop(columns="USUBJID")),
        by_subject(frame),
        lambda chosen, nearly, variables: (frame.index[chosen].to_numpy(), NOTHING),
    )


def _addl(trial: Trial) -> Adam:
    sources, owner = trial.data.addl.sources, trial.data.raw.subject_of
    treated = np.flatnonzero(trial.data.adsl.frame["TRTSDT"].notna())
    frame = trial.data.addl.frame.loc[treated]

    def records(chosen: np.ndarray, nearly: np.ndarray, variables: Collection[str]) -> Records:
        held = union(*(sources[name] for name in ("completed", "short", "dlt")))
        inside = np.isin(owner[held], treated[chosen])
        return held[inside], held[~inside]

    return Adam(flags(frame.drop(columns="USUBJID", errors="ignore")), treated, records)


def _adtte(trial: Trial) -> Adam:
    """Each subject's times: all that was assessed, the death or what shows one alive."""
    times = trial.data.adtte
    frame = pd.concat([rows.assign(PARAMCD=name) for name, rows in times.items()])
    subjects = frame.index.to_numpy()

    def records(chosen: np.ndarray, nearly: np.ndarray, variables: Collection[str]) -> Records:
        have = np.zeros(len(trial.data.raw.subjects), bool)
        have[subjects[chosen]] = True
        names = set(frame["PARAMCD"].to_numpy()[chosen])
        found = [contact_records(trial.data)] if "OS" in names else []
        found += [response_records(trial.data, have)] if names & {"DOR", "TTR"} else []
        if names - {"OS", "DOR", "TTR"}:
            found.append(progression_records(trial.data))
        return union(*(one[0] for one in found)), union(*(one[1] for one in found))

    return Adam(flags(frame.reset_index(drop=True)), subjects, records)


def _adrs(trial: Trial) -> Adam:
    """CBOR: the best confirmed response of each treated subject; OVR: the response at a visit."""
    visits, best = trial.data.adrs.visits, trial.data.adrs.best.frame
    treated = np.flatnonzero(trial.data.adsl.frame["TRTSDT"].notna())
    category = best["BESTRESP"].fillna("NE").to_numpy(object)[treated]
    blocks = [
        pd.DataFrame({"PARAMCD": "CBOR", "AVALC": category}),
        pd.DataFrame(
            {
                "PARAMCD": "OVR",
                "AVALC": visits["AVALC"].to_numpy(object),
                "VISITNUM": visits["VISITNUM"].to_numpy(),
                "ADT": visits["ADT"].to_numpy(),
            }
        ),
    ]
    frame = pd.concat(blocks, ignore_index=True)
    subjects = np.concatenate([treated, visits["subject"].to_numpy(np.int64)])

    def records(chosen: np.ndarray, nearly: np.ndarray, variables: Collection[str]) -> Records:
        sources, owner = trial.data.adrs.best.sources, trial.data.raw.subject_of
        held = union(*(sources[n] for n in ("weighed", "imaging", "therapy", "measurable")))
        inside = np.isin(owner[held], subjects[chosen])
        return held[inside], held[~inside]

    categories = {"AVALC": [*trial.criteria.ranks, "NE"]}
    return Adam(frame, subjects, records, categories)


DATASETS: dict[str, Callable[[Trial], Adam]] = {
    "ADSL": _adsl,
    "ADAE": _adae,
    "ADEX": _adex,
    "ADDL": _addl,
    "ADTTE": _adtte,
    "ADRS": _adrs,
}
