"""When each patient was seen and treated, and the value of the measured parameter at each visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .dice import Dice
from .plan import CUT_OFF, CYCLE_DAYS, SHAPES, Patient

# The drug that starts last in a cycle ends it: dexamethasone on day 22.
LAST_DOSE_DAY = 22
CLEAR_RISE = {"SERUM": 0.75, "URINE": 340.0, "FLC": 190.0}
SMALL_RISE = {"SERUM": 0.36, "URINE": 60.0, "FLC": 50.0}
# Cycle 2 was delayed by two weeks after a dose limiting toxicity.
DLT_SUBJECTS = ("001-001", "001-004")


@dataclass(frozen=True)
class Visit:
    """A visit; `value` is the measured parameter, absent before treatment and where not done."""

    number: str
    name: str
    day: date
    assessed: bool
    value: float | None = None


@dataclass(frozen=True)
class Course:
    """A patient's dosed cycles, the last day of dosing (none while ongoing) and visits."""

    patient: Patient
    cycles: tuple[date, ...]
    stopped: date | None
    end_visit: date | None
    visits: tuple[Visit, ...]

    @property
    def dosed_until(self) -> date:
        return self.stopped or self.cycles[-1] + timedelta(days=LAST_DOSE_DAY - 1)

    @property
    def days_treated(self) -> int:
        return (self.dosed_until - self.patient.start).days + 1

    @property
    def baseline(self) -> float:
        return next(v.value for v in reversed(self.visits) if _number(v) <= 1 and v.value)

    @property
    def consented(self) -> date:
        """The day of informed consent, at screening or shortly before."""
        return self.visits[0].day - timedelta(days=Dice(self.patient.subject, "person").whole(0, 6))


def _number(visit: Visit) -> float:
    return float(visit.number)


def cycle_delay(patient: Patient, cycle: int, dice: Dice) -> int:
    """Days by which the cycle starts later than 28 days after the one before."""
    delay = dice.pick((0, 0, 0, 0, 0, 0, 0, 1, 2, 7))
    near_gap = any(cycle - skipped in (0, 1, 2) for skipped in patient.missed + patient.not_done)
    if cycle == 2 and patient.subject in DLT_SUBJECTS:
        return 14
    return 0 if near_gap or cycle == 2 else delay


def cycle_starts(patient: Patient) -> list[date]:
    """First days of the cycles for which the patient was seen, dosed or not."""
    dice = Dice(patient.subject, "cycles")
    last = patient.progression or patient.last_cycle or 99
    last += patient.confirmation == "NEXT" and patient.progression > 0
    starts = [patient.start]
    while len(starts) < last:
        delay = cycle_delay(patient, len(starts) + 1, dice)
        starts.append(starts[-1] + timedelta(days=CYCLE_DAYS + delay))
        if starts[-1] > CUT_OFF:
            return starts[:-1]
    return starts


def treatment_course(patient: Patient) -> Course:
    """The patient's cycles, end of dosing and visits with values."""
    starts = cycle_starts(patient)
    dice = Dice(patient.subject, "course")
    if not (patient.progression or patient.last_cycle):
        complete = [s for s in starts if s + timedelta(days=LAST_DOSE_DAY - 1) <= CUT_OFF]
        cycles, stopped, end_visit = complete, None, None
    else:
        cycles = starts[: patient.progression or patient.last_cycle]
        stopped, end_visit = end_of_treatment(patient, starts, dice)
    visits = with_values(patient, scheduled_visits(patient, starts, end_visit))
    return Course(patient, tuple(cycles), stopped, end_visit, tuple(visits))


def end_of_treatment(patient: Patient, starts: list[date], dice: Dice) -> tuple[date, date | None]:
    """The last day of dosing and the end of treatment visit, if there was one."""
    if patient.withdrew:
        return patient.start + timedelta(days=8), None
    if patient.confirmation == "NEXT" and patient.progression:
        stopped = starts[-2] + timedelta(days=LAST_DOSE_DAY - 1)
        return stopped, starts[-1] + timedelta(days=dice.whole(5, 8))
    stopped = starts[-1] + timedelta(days=dice.whole(8, 13))
    if patient.confirmation == "NONE":
        return stopped, None
    return stopped, stopped + timedelta(days=dice.whole(12, 15))


def scheduled_visits(patient: Patient, starts: list[date], end_visit: date | None) -> list[Visit]:
    """Screening, each cycle's day 1, unscheduled and end of treatment visits, by date."""
    dice = Dice(patient.subject, "visits")
    screening = patient.start - timedelta(days=dice.whole(4, 17))
    visits = [Visit("0", "SCREENING", screening, True)]
    for cycle, start in enumerate(starts, start=1):
        if cycle in patient.missed:
            continue
        assessed = cycle not in patient.not_done and (cycle > 1 or dice.chance(0.35))
        visits.append(Visit(str(cycle), f"CYCLE {cycle} DAY 1", start, assessed))
    if patient.confirmation == "UNSCHEDULED":
        again = starts[-1] + timedelta(days=dice.whole(7, 10))
        number = f"{len(starts)}.1"
        visits.append(Visit(number, f"UNSCHEDULED {number}", again, True))
    if end_visit:
        assessed = patient.stop != "PHYSICIAN DECISION"
        visits.append(Visit("99", "END OF TREATMENT", end_visit, assessed))
    return visits


def decimals(patient: Patient) -> int:
    """Digits that the site's laboratory reports: one of the four gives tenths of g/dL."""
    if patient.measure != "SERUM":
        return 0 if patient.measure == "URINE" else 1
    return 1 if patient.site == "002" else 2


def with_values(patient: Patient, visits: list[Visit]) -> list[Visit]:
    """The visits with the measured parameter: noise, fall to the nadir, rise at progression.

    The lowest value from which a rise counts is one that two assessments in a row reached.
    """
    dice = Dice(patient.subject, "values")
    pace = dice.real(0.94, 1.06)
    places = decimals(patient)
    valued: list[Visit] = []
    baseline, lowest, before, rises = patient.baseline, patient.baseline, patient.baseline, 0
    for visit in visits:
        noise = dice.real(0.97, 1.03)
        number = _number(visit)
        rises += is_progressed(patient, visit)
        if not visit.assessed:
            valued.append(visit)
            continue
        if number <= 1:
            value = baseline = lowest = before = round(patient.baseline * noise, places)
        elif rises:
            value = round(risen(patient, baseline, lowest, rises) * noise, places)
        else:
            value = round(baseline * fraction(patient, visit, pace) * noise, places)
            value = value + warning_rise(patient, number, places)
        lowest, before = min(lowest, max(before, value)), value
        valued.append(Visit(visit.number, visit.name, visit.day, True, round(value, places)))
    return valued


def is_progressed(patient: Patient, visit: Visit) -> bool:
    """Whether the values show progression at the visit (imaging shows it without them)."""
    by_value = patient.progression and patient.confirmation != "IMAGING"
    return bool(by_value and _number(visit) >= patient.progression)


def fraction(patient: Patient, visit: Visit, pace: float) -> float:
    """The planned value as a fraction of baseline."""
    if visit.number in patient.overrides:
        return patient.overrides[visit.number]
    steps = int(_number(visit)) - 2
    if patient.shape:
        return patient.shape[min(steps, len(patient.shape) - 1)]
    if steps < patient.onset:
        return 0.96 - 0.05 * steps
    shape = SHAPES[patient.measure, patient.best]
    return shape[min(steps - patient.onset, len(shape) - 1)] ** depth(patient) * pace


def depth(patient: Patient) -> float:
    """How deep the patient's response goes, as a power of its shape, within its category."""
    if patient.best == "SD" or (patient.measure, patient.best) == ("URINE", "PR"):
        return 1.0
    return Dice(patient.subject, "depth").real(0.86, 1.18)


def warning_rise(patient: Patient, number: float, places: int) -> float:
    """A first rise, below the criteria, at the visit before progression."""
    first = number == patient.progression - 1 and patient.best in ("PR", "VGPR")
    share = Dice(patient.subject, "warning").real(0.4, 1.0)
    return round(SMALL_RISE[patient.measure] * share, places) if first else 0.0


def risen(patient: Patient, baseline: float, lowest: float, rises: int) -> float:
    """A value clearly above the criteria for progression, rising further at each visit."""
    if patient.rises:
        return baseline * patient.rises[min(rises, len(patient.rises)) - 1]
    speed = Dice(patient.subject, "rise").real(1.0, 2.2)
    step = max(CLEAR_RISE[patient.measure] * speed, 0.45 * lowest)
    return lowest + step * (1 + 0.3 * (rises - 1))
