"""Groups compared: two shares of patients, times to an event, a trend of shares."""

from collections.abc import Mapping

import numpy as np

from tracedtrial.analyses.declared.asked import Asked, Made
from tracedtrial.analyses.declared.method import Method
from tracedtrial.statistics import (
    Compared,
    cochran_armitage,
    fisher_exact,
    log_rank,
    odds_ratio,
    risk_difference,
    risk_ratio,
)

WOOLF = "Woolf, Ann Hum Genet 1955;19:251-3"
NEWCOMBE = "Newcombe, Stat Med 1998;17:873-90"


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _shares(asked: Asked) -> list[tuple[int, int]]:
    """Patients with a chosen row, and patients, of each group."""
    each = [asked.within(part) for part in asked.parts.values()]
    return [(int(one.patients(one.rows()).sum()), one.population.size) for one in each]


def compared_shares(asked: Asked) -> Made:
    """The first group against the second: difference, odds ratio, Fisher's test."""
    rows = asked.rows()
    first, second = _shares(asked)
    shared: dict[str, object] = {
        "n": first[0] + second[0],
        "denominator": asked.population.size,
        "records": asked.records(rows),
    }
    if asked.wants("difference"):
        found = risk_difference(first, second, asked.level)
        yield from _estimate(
            asked,
            "difference",
            ("percent", "percent interval"),
            Compared(*(100 * end for end in found)),
            {**shared, "unit": "%", "reference": NEWCOMBE, "functions": (risk_difference,)},
        )
    if asked.wants("risk_ratio"):
        found = risk_ratio(first, second, asked.level)
        given = {**shared, "functions": (risk_ratio,)}
        yield from _estimate(asked, "risk_ratio", ("ratio", "ratio interval"), found, given)
    if asked.wants("odds_ratio"):
        yield from _estimate(
            asked,
            "odds_ratio",
            ("ratio", "ratio interval"),
            odds_ratio(first, second, asked.level),
            {
                **shared,
                "reference": "Woolf, Ann Hum Genet 1955;19:251-3",
                "functions": (odds_ratio,),
            },
        )
    if asked.wants("fisher"):
        yield asked.number(
            "fisher.p",
            "p value",
            _known(fisher_exact(first, second)),
            "p value",
            method="Fisher's exact test, two-sided",
            functions=(fisher_exact,),
            **shared,
        )


def _estimate(
    asked: Asked, name: str, kinds: tuple[str, str], found: Compared, shared: Mapping[str, object]
) -> Made:
    words = name.replace("_", " ")
    yield asked.number(
        f"{name}.value", kinds[0], _known(found.value), words, method=words, **shared
    )
    yield asked.number(
        f"{name}.ci",
        kinds[1],
        (_known(found.low), _known(found.high)),
        "confidence interval",
        method=f"{words}, {100 * asked.level:g}%",
        **shared,
    )


def compared_times(asked: Asked) -> Made:
    """The log-rank test of the groups' times."""
    rows = asked.rows()
    frame, subjects = asked.data.frame[rows], asked.data.subjects[rows]
    group = np.array([next(p for p in asked.parts if asked.parts[p].members[s]) for s in subjects])
    found = log_rank(frame["AVAL"].to_numpy(), (frame["CNSR"] == 0).to_numpy(), group)
    shared = {
        "n": len(frame),
        "denominator": asked.population.size,
        "records": asked.records(rows, variables=("AVAL", "CNSR")),
        "functions": (log_rank,),
        "reference": LOG_RANK.reference,
    }
    if asked.wants("statistic"):
        yield asked.number(
            "statistic", "ratio", _known(found.statistic), "chi-square", method="log-rank", **shared
        )
    if asked.wants("p"):
        yield asked.number(
            "p", "p value", _known(found.p), "p value", method="log-rank test", **shared
        )


def compared_hazards(asked: Asked) -> Made:
    """The hazard of the first group over that of the second."""
    from tracedtrial.statistics.cox import hazard_ratio  # a second to import

    rows = asked.rows()
    frame, subjects = asked.data.frame[rows], asked.data.subjects[rows]
    first, _ = asked.parts.values()
    found = hazard_ratio(
        frame["AVAL"].to_numpy(),
        (frame["CNSR"] == 0).to_numpy(),
        first.members[subjects],
        asked.level,
    )
    shared = {
        "n": len(frame),
        "denominator": asked.population.size,
        "records": asked.records(rows, variables=("AVAL", "CNSR")),
        "functions": (hazard_ratio,),
        "reference": HAZARD_RATIO.reference,
    }
    yield from _estimate(asked, "hazard_ratio", ("ratio", "ratio interval"), found, shared)


def trend(asked: Asked) -> Made:
    """The test of a trend of shares across the groups in their order."""
    shares = _shares(asked)
    found = cochran_armitage([n for n, _ in shares], [size for _, size in shares])
    shared = {
        "n": sum(n for n, _ in shares),
        "denominator": asked.population.size,
        "records": asked.records(asked.rows()),
        "functions": (cochran_armitage,),
        "reference": TREND.reference,
    }
    if asked.wants("statistic"):
        yield asked.number(
            "statistic",
            "ratio",
            _known(found.statistic),
            "chi-square",
            method="test of a trend",
            **shared,
        )
    if asked.wants("p"):
        yield asked.number(
            "p", "p value", _known(found.p), "p value", method="test of a trend", **shared
        )


COMPARED_SHARES = Method(
    "compare_patients_with",
    compared_shares,
    {"difference": {}, "risk_ratio": {}, "odds_ratio": {}, "fisher": {}},
    reference=NEWCOMBE,
    groups=(2, 2),
)
LOG_RANK = Method(
    "log_rank",
    compared_times,
    {"statistic": {}, "p": {}},
    reference="Peto and Peto, J R Stat Soc A 1972;135:185-207",
    datasets=("ADTTE",),
    needs=("AVAL", "CNSR"),
    groups=(2, 12),
)
HAZARD_RATIO = Method(
    "cox",
    compared_hazards,
    {"hazard_ratio": {}},
    reference="Cox, J R Stat Soc B 1972;34:187-220",
    datasets=("ADTTE",),
    needs=("AVAL", "CNSR"),
    groups=(2, 2),
)
TREND = Method(
    "trend_of_patients_with",
    trend,
    {"statistic": {}, "p": {}},
    reference="Armitage, Biometrics 1955;11:375-86",
    groups=(2, 12),
)
