"""Each method of a declaration in SQL: (id, value, low, high, n, denominator, interval) by row."""

from collections.abc import Callable, Iterator
from statistics import NormalDist

from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.checks.second_engine.clauses import identifier
from tracedtrial.checks.second_engine.comparisons import (
    compare_patients_with,
    event_rate,
    log_rank,
    trend_of_patients_with,
)
from tracedtrial.checks.second_engine.rows import pair, row
from tracedtrial.checks.second_engine.settings import Settings

Query = Callable[[Analysis, Settings], Iterator[str]]
QUARTILES = {"q1": 0.25, "median": 0.5, "q3": 0.75}
TOLERANCE = 1.5e-8  # of a curve that is level at a quartile, as in R


def patients_with(analysis: Analysis, settings: Settings) -> Iterator[str]:
    """Patients who have a chosen row, in all or by the values of a variable."""
    category, tail = "''", ""
    if analysis.rows:
        category, tail = f"{identifier(analysis.rows[0])}::VARCHAR", "id_part(category) || '.' || "
    yield from _tallied(
        analysis,
        settings,
        f"SELECT DISTINCT {category} AS category, {tail}'' AS tail FROM "
        + ("chosen_by_all" if analysis.rows else "(SELECT 1)"),
        f"SELECT prefix, USUBJID, {category} AS category FROM chosen",
    )


def patients_at_highest_grade(analysis: Analysis, settings: Settings) -> Iterator[str]:
    """Patients by row of the table, whose highest grade in it lies in the column."""
    parts = {"AEBODSYS": "class", "AEDECOD": "term"}
    rows, had = [], []
    for variable in analysis.rows or ("overall",):
        if variable == "overall":
            rows.append("SELECT 'overall' AS part, 'overall' AS tail")
            own = "'overall'"
        else:
            part = parts.get(variable, variable.lower())
            own = f"'{part} ' || {identifier(variable)}::VARCHAR"
            rows.append(
                f"SELECT DISTINCT {own} AS part, '{part}.' || "
                f"id_part({identifier(variable)}::VARCHAR) AS tail FROM chosen_by_all "
                f"WHERE {identifier(variable)} IS NOT NULL"
            )
        had.append(f"SELECT prefix, USUBJID, {own} AS part, AETOXGR FROM chosen")
    columns = ", ".join(f"({_column(name)})" for name in analysis.grades)
    highest = (
        "SELECT prefix, USUBJID, part, max(AETOXGR) AS grade "
        f"FROM ({' UNION ALL '.join(had)}) GROUP BY ALL"
    )
    grade = f"(VALUES {columns}) AS grades(named, least, most)"
    yield from _tallied(
        analysis,
        settings,
        "SELECT part || ' ' || named AS category, tail || '.' || named || '.' AS tail "
        f"FROM ({' UNION ALL '.join(rows)}), {grade}",
        "SELECT prefix, USUBJID, part || ' ' || named AS category "
        f"FROM ({highest}) JOIN {grade} ON grade BETWEEN least AND most",
    )


def _column(name: str) -> str:
    """A column of grades as SQL values: its part of the id, the least and the greatest grade."""
    if name == "any":
        return "'any', 1, 5"
    if name.endswith("+"):
        return f"'g{name[0]}plus', {name[0]}, 5"
    if "-" in name:
        return f"'g{name[0]}to{name[2]}', {name[0]}, {name[2]}"
    return f"'g{name}', {name}, {name}"


def _tallied(analysis: Analysis, settings: Settings, categories: str, having: str) -> Iterator[str]:
    """n, percent and ci of the patients who have each category (`having`: prefix, USUBJID)."""
    tally = (
        f"(SELECT prefix || '.' || tail AS id, count(DISTINCT USUBJID) AS n, "
        f"any_value(size) AS size FROM size CROSS JOIN ({categories}) AS listed "
        f"LEFT JOIN ({having}) AS had USING (prefix, category) GROUP BY prefix, tail) AS tally"
    )
    if "n" in analysis.statistics:
        yield row("id || 'n'", "n", "n", "size", tally)
    if "percent" in analysis.statistics:
        yield row("id || 'percent'", "100 * n / nullif(size, 0)", "n", "size", tally)
    if "ci" in analysis.statistics:
        options = analysis.statistics["ci"]
        level = float(str(options.get("level", settings.level)))
        low, high = _bounds(str(options.get("interval", "exact")), level)
        yield pair(
            "id || 'ci'",
            f"CASE WHEN size > 0 THEN 100 * {low} END",
            f"CASE WHEN size > 0 THEN 100 * {high} END",
            "n",
            "size",
            tally,
        )


def _bounds(interval: str, level: float) -> tuple[str, str]:
    if interval == "exact":
        tail = (1 - level) / 2
        return f"exact_low(n, size, {tail!r})", f"exact_high(n, size, {tail!r})"
    z = NormalDist().inv_cdf(0.5 + level / 2)
    return f"wilson_bound(n, size, {z!r}, -1)", f"wilson_bound(n, size, {z!r}, 1)"


def summary(analysis: Analysis, settings: Settings) -> Iterator[str]:
    """Statistics of the known values of the chosen rows."""
    x = f"{identifier(analysis.value)}::DOUBLE"
    at = "list_sort(list(x) FILTER (x IS NOT NULL))"

    def quartile(share: float) -> str:
        place = f"{share} * n"
        return (
            f"CASE WHEN n > 0 THEN CASE WHEN {place} = floor({place}) "
            f"THEN (held[({place})::INT] + held[({place})::INT + 1]) / 2 "
            f"ELSE held[ceil({place})::INT] END END"
        )

    source = (
        f"(SELECT prefix, count(x) AS n, count(USUBJID) AS size, avg(x) AS mean, "
        f"stddev_samp(x) AS sd, min(x) AS low, max(x) AS high, {at} AS held FROM size LEFT JOIN "
        f"(SELECT prefix, USUBJID, {x} AS x FROM chosen) USING (prefix) GROUP BY prefix)"
    )
    single = {"n": "n", "missing": "size - n", "mean": "mean", "sd": "sd", "median": quartile(0.5)}
    for name, value in single.items():
        if name in analysis.statistics:
            yield row(f"prefix || '.{name}'", value, "n", "size", source)
    ends = {"quartiles": (quartile(0.25), quartile(0.75)), "range": ("low", "high")}
    for name, (low, high) in ends.items():
        if name in analysis.statistics:
            yield pair(f"prefix || '.{name}'", low, high, "n", "size", source)


def kaplan_meier(analysis: Analysis, settings: Settings) -> Iterator[str]:
    """Events, quartiles, survival and numbers at risk, by group."""
    asked = analysis.statistics
    total = (
        "(SELECT prefix, any_value(size) AS size, count(USUBJID) AS n, "
        "count(*) FILTER (CNSR = 0) AS events FROM size LEFT JOIN chosen USING (prefix) "
        "GROUP BY prefix) AS total"
    )
    if "n" in asked:
        yield row("prefix || '.n'", "n", "n", "size", total)
    if "events" in asked:
        yield row("prefix || '.events.n'", "events", "events", "n", total)
    for name, share in QUARTILES.items():
        if name in asked:
            found = f"{total} LEFT JOIN ({_quantiles(share, asked, settings)}) USING (prefix)"
            yield row(f"prefix || '.{name}.months'", "of_survival", "n", "size", found)
            yield pair(f"prefix || '.{name}.ci'", "of_low", "of_high", "n", "size", found)
    for months in _months(analysis, "survival_at"):
        part, days = _named(months), months * settings.month_days
        found = f"{total} LEFT JOIN ({_at(days, asked, settings)}) USING (prefix)"
        yield row(f"prefix || '.{part}.percent'", "100 * survival", "n", "size", found)
        yield pair(f"prefix || '.{part}.ci'", "100 * low", "100 * high", "n", "size", found)
    for months in _months(analysis, "at_risk"):
        days = months * settings.month_days
        left = (
            f"(SELECT prefix, count(*) FILTER (AVAL > {days - 1e-6!r}) AS left_over "
            "FROM chosen GROUP BY prefix)"
        )
        found = f"{total} LEFT JOIN {left} USING (prefix)"
        there = "coalesce(left_over, 0)"
        yield row(f"prefix || '.at_risk.{_named(months)}'", there, there, "size", found)


def _months(analysis: Analysis, statistic: str) -> list[float]:
    options = analysis.statistics.get(statistic, {})
    return [float(str(months)) for months in options.get("months", [])]  # type: ignore[attr-defined]


def _named(months: float) -> str:
    return "m" + f"{months:g}".replace(".", "_")


def _curve(asked: object, settings: Settings) -> str:
    """By prefix and day: survival and its pointwise bounds."""
    happened = "CNSR <> 0" if "reverse" in asked else "CNSR = 0"  # type: ignore[operator]
    s, m = "survival", f"({settings.z!r} * error)"
    low, high = {
        "log-log": (f"exp(ln({s}) / exp({m} / ln({s})))", f"exp(ln({s}) * exp({m} / ln({s})))"),
        "log": (f"{s} / exp({m})", f"least({s} * exp({m}), 1)"),
        "plain": (f"greatest({s} * (1 - {m}), 0)", f"least({s} * (1 + {m}), 1)"),
    }[settings.transform]
    open_ended = "survival > 0" + (" AND survival < 1" if settings.transform == "log-log" else "")
    return (
        f"SELECT *, CASE WHEN {open_ended} THEN {low} END AS low, "
        f"CASE WHEN {open_ended} THEN {high} END AS high FROM ("
        "SELECT *, product(1 - events / at_risk) OVER so_far AS survival, "
        "sqrt(sum(CASE WHEN at_risk > events THEN events / (at_risk * (at_risk - events)) END) "
        "OVER so_far) AS error FROM ("
        f"SELECT prefix, AVAL AS days, count(*) FILTER ({happened})::DOUBLE AS events, "
        "sum(count(*)) OVER (PARTITION BY prefix ORDER BY AVAL DESC)::DOUBLE AS at_risk "
        "FROM chosen GROUP BY prefix, AVAL) "
        "WINDOW so_far AS (PARTITION BY prefix ORDER BY days))"
    )


def _quantiles(share: float, asked: object, settings: Settings) -> str:
    """By prefix: the months at which the curve and its bounds have fallen by `share`."""
    curve = _curve(asked, settings)
    parts = [
        f"SELECT prefix, '{name}' AS name, 1 - {name} AS fall, min(days) AS reached "
        f"FROM curve WHERE {name} IS NOT NULL GROUP BY prefix, 1 - {name}"
        for name in ("survival", "low", "high")
    ]
    ends = [
        f"SELECT prefix, '{name}' AS name, max(days) AS last, "
        f"1 - arg_max_null({name}, days) AS fallen FROM curve GROUP BY prefix"
        for name in ("survival", "low", "high")
    ]
    least, most = share - TOLERANCE, share + TOLERANCE
    return (
        f"WITH curve AS ({curve}), falls AS ({' UNION ALL '.join(parts)}), "
        f"ends AS ({' UNION ALL '.join(ends)}), met AS (SELECT prefix, name, "
        f"arg_min(reached, fall) FILTER (fall >= {least!r}) AS at_first, "
        f"arg_min(reached, fall) FILTER (fall > {most!r}) AS after FROM falls GROUP BY ALL), "
        "told AS (SELECT prefix, name, CASE WHEN at_first IS NULL THEN NULL "
        "WHEN after IS NOT NULL THEN (at_first + after) / 2 "
        f"WHEN abs({share} - fallen) < {TOLERANCE!r} THEN (at_first + last) / 2 END "
        f"/ {settings.month_days!r} AS months FROM met JOIN ends USING (prefix, name)) "
        "SELECT prefix, "
        + ", ".join(
            f"any_value(months) FILTER (name = '{name}') AS of_{name}"
            for name in ("survival", "low", "high")
        )
        + " FROM told GROUP BY prefix"
    )


def _at(days: float, asked: object, settings: Settings) -> str:
    """By prefix: survival and bounds at a day; 1 before the first time, none past the last."""
    before = f"days <= {days + 1e-6!r}"
    return (
        f"SELECT prefix, CASE WHEN max(days) < {days - 1e-6!r} AND min(survival) > 0 THEN NULL "
        f"ELSE coalesce(arg_max(survival, days) FILTER ({before}), 1) END AS survival, "
        f"CASE WHEN max(days) < {days - 1e-6!r} AND min(survival) > 0 THEN NULL "
        f"WHEN count(*) FILTER ({before}) = 0 THEN 1 "
        f"ELSE arg_max_null(low, days) FILTER ({before}) END AS low, "
        f"CASE WHEN max(days) < {days - 1e-6!r} AND min(survival) > 0 THEN NULL "
        f"WHEN count(*) FILTER ({before}) = 0 THEN 1 "
        f"ELSE arg_max_null(high, days) FILTER ({before}) END AS high "
        f"FROM ({_curve(asked, settings)}) GROUP BY prefix"
    )


COMPARING = {"compare_patients_with", "trend_of_patients_with", "log_rank"}
PARTLY = {"log_rank"}  # of more than three groups there is no second derivation
METHODS: dict[str, Query] = {
    "patients_with": patients_with,
    "patients_at_highest_grade": patients_at_highest_grade,
    "summary": summary,
    "kaplan_meier": kaplan_meier,
    "event_rate": event_rate,
    "compare_patients_with": compare_patients_with,
    "trend_of_patients_with": trend_of_patients_with,
    "log_rank": log_rank,
}
