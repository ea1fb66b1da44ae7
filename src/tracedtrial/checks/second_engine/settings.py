"""What the protocol sets for every analysis, as engine two reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Settings:
    """`level` of intervals, `transform` of the Kaplan-Meier band, days of a month, dose levels."""

    level: float
    transform: str
    month_days: float
    dose_levels: tuple[str, ...]

    @property
    def z(self) -> float:
        """The normal quantile of the level."""
        return NormalDist().inv_cdf(0.5 + self.level / 2)


def settings_of(protocol: Mapping) -> Settings:
    endpoints = protocol["endpoints"]
    return Settings(
        float(endpoints["level"]["value"]),
        endpoints["transform"]["value"],
        float(endpoints["month_days"]["value"]),
        tuple(protocol["dose_levels"]),
    )
