"""Raw rows -> analysis datasets; every derived row names its source rows.

Derivations touch no file and round nothing. A row dated after the protocol's cut-off counts
nowhere.
"""

from analysis.derive.criteria import response_criteria
from analysis.derive.criteria.imwg import imwg_response
from analysis.derive.criteria.imwg_confirmation import (
    best_confirmed_response, confirmed_response,
)
from analysis.derive.criteria.recist import recist_response
from analysis.derive.datasets import Datasets, derive

__all__ = [
    "Datasets", "best_confirmed_response", "confirmed_response", "derive", "imwg_response",
    "recist_response", "response_criteria",
]
