"""Every check, in the order of the report: ids are permanent, none is given twice."""

from analysis.queries import (
    death, doses, doubles, events, follow_up, identity, laboratory, myeloma, start, treatment,
    tumours, visits,
)
from analysis.queries.check import Check

ROOMS = (identity, start, treatment, doses, events, death, follow_up, doubles, visits, laboratory,
         myeloma, tumours)
CHECKS: dict[str, Check] = {check.id: check for room in ROOMS for check in room.CHECKS}
