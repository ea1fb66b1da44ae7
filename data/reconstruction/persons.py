"""Person and disease at screening: assumed totals over all patients, dealt out at random."""

from __future__ import annotations

from .dice import Dice
from .plan import PATIENTS, Patient

# Ordinary for a referral population with relapsed and refractory myeloma; none is public.
TOTALS = {
    "SEX": {"M": 18, "F": 14},
    "RACE": {"WHITE": 23, "BLACK OR AFRICAN AMERICAN": 4, "ASIAN": 4, "UNKNOWN": 1},
    "ETHNIC": {"NOT HISPANIC OR LATINO": 28, "HISPANIC OR LATINO": 4},
    "ISS": {"I": 12, "II": 11, "III": 6, "UNKNOWN": 3},
    "ECOG": {"0": 13, "1": 17, "2": 2},
    "DEL17P": {"POSITIVE": 6, "NEGATIVE": 23, "NOT DONE": 3},
    "T414": {"POSITIVE": 3, "NEGATIVE": 25, "NOT DONE": 4},
    "GAIN1Q": {"POSITIVE": 11, "NEGATIVE": 16, "NOT DONE": 5},
}


def dealt(name: str) -> dict[str, str]:
    """The characteristic's value of each patient."""
    values = [value for value, count in TOTALS[name].items() for _ in range(count)]
    if len(values) != len(PATIENTS):
        raise ValueError(f"{name} must have {len(PATIENTS)} values, but has {len(values)}")
    shuffled = Dice("person", name).shuffled(values)
    return {patient.subject: value for patient, value in zip(PATIENTS, shuffled)}


DEALT = {name: dealt(name) for name in TOTALS}


def characteristic(patient: Patient, name: str) -> str:
    return DEALT[name][patient.subject]


def age(patient: Patient) -> int:
    dice = Dice(patient.subject, "age")
    return (dice.whole(43, 81) + dice.whole(50, 78)) // 2
