"""Groups compared, and rates, in SQL: the methods beside those of single groups."""

from collections.abc import Iterator

from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.checks.second_engine.rows import pair, row
from tracedtrial.checks.second_engine.settings import Settings

SHARES = (
    "(SELECT any_value(start) AS start, list(n ORDER BY place) AS n, "
    "list(size ORDER BY place) AS size, list(place ORDER BY place) AS place, sum(n) AS events, "
    "sum(size) AS patients FROM asked, (SELECT place, any_value(size) AS size, "
    "count(DISTINCT USUBJID) AS n FROM cell JOIN size USING (prefix) "
    "LEFT JOIN chosen USING (prefix) GROUP BY place)) AS shares"
)


def event_rate(analysis: Analysis, settings: Settings) -> Iterator[str]:
    """Rows that open an event or raise its grade, over the time on treatment."""
    tail = (1 - settings.level) / 2
    source = (
        "(SELECT prefix, n, years FROM (SELECT prefix, count(EVENTFL) FILTER (EVENTFL = 'Y') AS n "
        "FROM size LEFT JOIN chosen USING (prefix) GROUP BY prefix) JOIN "
        "(SELECT prefix, coalesce(sum(TRTDURD), 0) / 365.25 AS years FROM size "
        "LEFT JOIN inside USING (prefix) LEFT JOIN adsl USING (USUBJID) GROUP BY prefix) "
        "USING (prefix)) AS rates"
    )
    asked = analysis.statistics
    if "events" in asked:
        yield row("prefix || '.events.n'", "n", "n", "n", source)
    if "years" in asked:
        yield row("prefix || '.years'", "years", "n", "n", source)
    if "rate" in asked:
        yield row("prefix || '.rate'", "100 * n / nullif(years, 0)", "n", "n", source)
    if "ci" in asked:
        low = f"CASE WHEN n = 0 THEN 0 ELSE poisson_upper(n - 1, {1 - tail!r}) END"
        yield pair(
            "prefix || '.ci'",
            f"CASE WHEN years > 0 THEN 100 * {low} / years END",
            f"CASE WHEN years > 0 THEN 100 * poisson_upper(n, {tail!r}) / years END",
            "n",
            "n",
            source,
        )


def compare_patients_with(analysis: Analysis, settings: Settings) -> Iterator[str]:
    """The first group against the second: difference, odds ratio, Fisher's test."""
    asked, z = analysis.statistics, repr(settings.z)
    one, two = "n[1] / size[1]", "n[2] / size[2]"

    def bound(group: int, side: int) -> str:
        return f"wilson_bound(n[{group}], size[{group}], {z}, {side})"

    there = "size[1] > 0 AND size[2] > 0"
    if "difference" in asked:
        below = f"sqrt(({one} - {bound(1, -1)}) ** 2 + ({bound(2, 1)} - {two}) ** 2)"
        above = f"sqrt(({bound(1, 1)} - {one}) ** 2 + ({two} - {bound(2, -1)}) ** 2)"
        low, high = (
            f"CASE WHEN {there} THEN 100 * ({one} - {two} {sign} {reach}) END"
            for sign, reach in (("-", below), ("+", above))
        )
        value = f"CASE WHEN {there} THEN 100 * ({one} - {two}) END"
        yield _together("difference.value", value)
        yield pair("start || '.difference.ci'", low, high, "events", "patients", SHARES)
    if "risk_ratio" in asked:
        ratio = "n[1] / size[1] / (n[2] / size[2])"
        some = "n[1] > 0 AND n[2] > 0"
        reach = f"{z} * sqrt(1 / n[1] - 1 / size[1] + 1 / n[2] - 1 / size[2])"
        yield _together("risk_ratio.value", f"CASE WHEN {some} THEN {ratio} END")
        full = f"{some} AND n[1] + n[2] < size[1] + size[2]"
        low, high = (f"CASE WHEN {full} THEN exp(ln({ratio}) {s} {reach}) END" for s in ("-", "+"))
        yield pair("start || '.risk_ratio.ci'", low, high, "events", "patients", SHARES)
    if "odds_ratio" in asked:
        cells = ("n[1]", "(size[1] - n[1])", "n[2]", "(size[2] - n[2])")
        a, b, c, d = cells
        full = " AND ".join(f"{cell} > 0" for cell in cells)
        ratio = f"{a} * {d} / ({b} * {c})"
        reach = f"{z} * sqrt({' + '.join(f'1 / {cell}' for cell in cells)})"
        yield _together("odds_ratio.value", f"CASE WHEN {full} THEN {ratio} END")
        low, high = (f"CASE WHEN {full} THEN exp(ln({ratio}) {s} {reach}) END" for s in ("-", "+"))
        yield pair("start || '.odds_ratio.ci'", low, high, "events", "patients", SHARES)
    if "fisher" in asked:
        p = "fisher_p(n[1], size[1], size[2], n[1] + n[2])"
        yield _together("fisher.p", f"CASE WHEN {there} THEN {p} END")


def trend_of_patients_with(analysis: Analysis, settings: Settings) -> Iterator[str]:
    """The test of a trend of shares across the groups in their order."""
    share = "(events / patients)"
    mean = "(list_dot_product(size, place) / patients)"
    excess = f"(list_dot_product(n, place) - {share} * list_dot_product(size, place))"
    spread = (
        f"{share} * (1 - {share}) * list_sum([size[k] * (place[k] - {mean}) ** 2 "
        "for k in range(1, len(size) + 1)])"
    )
    value = f"CASE WHEN patients > 0 AND {spread} > 0 THEN {excess} ** 2 / ({spread}) END"
    if "statistic" in analysis.statistics:
        yield _together("statistic", value)
    if "p" in analysis.statistics:
        yield _together("p", f"chi_square_above({value}, 1)")


def log_rank(analysis: Analysis, settings: Settings) -> Iterator[str]:
    """The log-rank test of two or three groups."""
    source = (
        "(WITH times AS (SELECT place, AVAL AS days, CNSR = 0 AS event FROM cell "
        "JOIN chosen USING (prefix)), moments AS (SELECT DISTINCT days FROM times WHERE event), "
        "tally AS (SELECT moments.days, place, count(*)::DOUBLE AS at_risk, "
        "count(*) FILTER (event AND times.days = moments.days)::DOUBLE AS died "
        "FROM moments JOIN times ON times.days >= moments.days GROUP BY ALL), "
        "summed AS (SELECT days, sum(at_risk) AS all_at_risk, sum(died) AS all_died, "
        "coalesce(sum(at_risk) FILTER (place = 1), 0) AS r1, "
        "coalesce(sum(at_risk) FILTER (place = 2), 0) AS r2, "
        "coalesce(sum(died) FILTER (place = 1), 0) AS d1, "
        "coalesce(sum(died) FILTER (place = 2), 0) AS d2 FROM tally GROUP BY days), "
        "parts AS (SELECT *, CASE WHEN all_at_risk > 1 "
        "THEN all_died * (all_at_risk - all_died) / (all_at_risk - 1) ELSE 0 END AS scale, "
        "r1 / all_at_risk AS p1, r2 / all_at_risk AS p2 FROM summed), "
        "quadratic AS (SELECT sum(d1 - all_died * p1) AS u1, sum(d2 - all_died * p2) AS u2, "
        "sum(scale * p1 * (1 - p1)) AS v11, sum(scale * p2 * (1 - p2)) AS v22, "
        "-sum(scale * p1 * p2) AS v12 FROM parts) "
        "SELECT start, groups - 1 AS freedom, n, patients, CASE groups "
        "WHEN 2 THEN u1 ** 2 / nullif(v11, 0) "
        "WHEN 3 THEN (u1 ** 2 * v22 - 2 * u1 * u2 * v12 + u2 ** 2 * v11) "
        "/ nullif(v11 * v22 - v12 ** 2, 0) END AS x FROM asked, quadratic, "
        "(SELECT count(*) AS n FROM chosen), (SELECT count(*) AS groups FROM cell), "
        "(SELECT sum(size) AS patients FROM size) WHERE groups <= 3) AS tested"
    )
    if "statistic" in analysis.statistics:
        yield row("start || '.statistic'", "x", "n", "patients", source)
    if "p" in analysis.statistics:
        yield row("start || '.p'", "chi_square_above(x, freedom)", "n", "patients", source)


def _together(tail: str, value: str) -> str:
    return row(f"start || '.{tail}'", value, "events", "patients", SHARES)
