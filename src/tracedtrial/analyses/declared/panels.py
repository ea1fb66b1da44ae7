"""Source data of declared figures: what each draws, row by row, no patient in it."""

from collections.abc import Iterator, Mapping

import pandas as pd

from tracedtrial.analyses.declared.displays import DeclaredFigure
from tracedtrial.analyses.declared.engine import asked_of
from tracedtrial.analyses.declared.methods.kaplan_meier import curve_of
from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.analyses.trial import Trial

CURVE = ("months", "survival", "low", "high", "censored")


def declared_panels(trial: Trial, figures: Mapping[str, DeclaredFigure]) -> dict[str, pd.DataFrame]:
    """The frame of each declared figure by its name."""
    analyses = {analysis.id: analysis for analysis in trial.analyses}
    return {
        name: pd.DataFrame(
            list(_curves(trial, analyses[figure.analysis])), columns=["group", *CURVE]
        )
        for name, figure in figures.items()
    }


def _curves(trial: Trial, analysis: Analysis) -> Iterator[tuple]:
    """(group, months, S, its bounds, censored) of each group's curve, from month 0."""
    for asked in asked_of(trial, analysis):
        group = asked.prefix.removeprefix(f"{asked.analysis.id}").strip(".")
        curve = curve_of(asked)
        yield group, 0.0, 1.0, 1.0, 1.0, 0
        if curve is None:
            continue
        for row in zip(curve.time, curve.survival, curve.low, curve.high, curve.censored):
            yield group, float(row[0]) / asked.month_days, *row[1:]
