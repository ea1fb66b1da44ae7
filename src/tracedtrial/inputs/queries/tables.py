"""The typed raw tables, with what several checks ask of each patient."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.days import DAY
from tracedtrial.inputs.schema import RawTables


@dataclass(frozen=True)
class Tables:
    """The raw tables of a trial and its protocol.

    What is asked of patients are arrays by subject number, NaT where there is none; `of` spreads
    one over the rows of a frame.
    """

    raw: RawTables
    protocol: dict

    def __getitem__(self, domain: str) -> pd.DataFrame:
        return self.raw.tables[domain]

    def __contains__(self, domain: str) -> bool:
        return domain in self.raw.tables

    def of(self, frame: pd.DataFrame, values: np.ndarray) -> np.ndarray:
        """The value of each row's patient."""
        return values[frame["USUBJID"].cat.codes.to_numpy()]

    def subjects(self, frame: pd.DataFrame, rows: np.ndarray | pd.Series) -> np.ndarray:
        """By subject number, whether a patient has one of these rows."""
        has = np.zeros(len(self.raw.subjects), bool)
        has[frame["USUBJID"].cat.codes.to_numpy()[np.asarray(rows, bool)]] = True
        return has

    def texts(self, column: str) -> np.ndarray:
        """A text column of dm by subject number."""
        return self._of_dm(column, object, "")

    @cached_property
    def cutoff(self) -> np.datetime64:
        return np.datetime64(self.protocol["trial"]["cutoff"]["value"], "D")

    @cached_property
    def consent(self) -> np.ndarray:
        return self._of_dm("RFICDTC", DAY, "NaT")

    @cached_property
    def death(self) -> np.ndarray:
        return self._of_dm("DTHDTC", DAY, "NaT")

    @cached_property
    def age(self) -> np.ndarray:
        return self._of_dm("AGE", float, np.nan)

    @cached_property
    def given(self) -> np.ndarray:
        """Rows of ex in which a dose was given."""
        ex = self["ex"]
        return ((ex["EXDOSE"] > 0) & (ex["EXADM"] > 0)).to_numpy()

    @cached_property
    def first_dose(self) -> np.ndarray:
        return self.days("ex", "EXSTDTC", self.given, last=False)

    @cached_property
    def last_dose(self) -> np.ndarray:
        return self.days("ex", "EXENDTC", self.given, last=True)

    def ended(self, category: str) -> np.ndarray:
        """When treatment or study ended by ds: `category` is a DSSCAT."""
        return self.days("ds", "DSSTDTC", self["ds"]["DSSCAT"] == category, last=True)

    def days(
        self, domain: str, column: str, rows: np.ndarray | pd.Series, *, last: bool
    ) -> np.ndarray:
        """Each patient's first or last date of a column among some rows of a table."""
        frame = self[domain][np.asarray(rows, bool)].sort_values(column, kind="stable")
        kept = frame.drop_duplicates("USUBJID", keep="last" if last else "first")
        days = np.full(len(self.raw.subjects), "NaT", DAY)
        days[kept["USUBJID"].cat.codes.to_numpy()] = kept[column].to_numpy().astype(DAY)
        return days

    def _of_dm(self, column: str, dtype: type | str, empty: str | float) -> np.ndarray:
        dm = self["dm"]
        values = np.full(len(self.raw.subjects), empty, dtype)
        values[dm["USUBJID"].cat.codes.to_numpy()] = dm[column].to_numpy(dtype=dtype)
        return values
