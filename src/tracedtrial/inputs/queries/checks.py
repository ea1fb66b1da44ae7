"""Every check, in the order of the report: ids are permanent, none is given twice."""

from tracedtrial.inputs.queries import (
    criteria,
    death,
    doses,
    doubles,
    events,
    follow_up,
    identity,
    laboratory,
    start,
    treatment,
    visits,
)
from tracedtrial.inputs.queries.check import Check

ROOMS = (
    identity,
    start,
    treatment,
    doses,
    events,
    death,
    follow_up,
    doubles,
    visits,
    laboratory,
    *criteria.ROOMS,
)
CHECKS: dict[str, Check] = {check.id: check for room in ROOMS for check in room.CHECKS}
