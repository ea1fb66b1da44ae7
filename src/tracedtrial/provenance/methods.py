"""Analysis methods: sets of statistical operations, each with what it is calculated from."""

from dataclasses import dataclass

NUMERATOR, DENOMINATOR = "NUMERATOR", "DENOMINATOR"


@dataclass(frozen=True)
class Operation:
    """One statistic. `numerator` and `denominator` are operations, as `method.operation`."""

    name: str
    pattern: str = ""
    numerator: str = ""
    denominator: str = ""
    description: str = ""


TWO = "The raw value holds both, parted by a semicolon: the text prints them as one."
COUNT = Operation("Count", "X")
MEDIAN, RANGE = Operation("Median"), Operation("Least and greatest value", description=TWO)


def _bounds(pattern: str = "") -> Operation:
    return Operation("Confidence limits, lower and upper", pattern, description=TWO)


def _share(own: str, whole: str = "count.n") -> Operation:
    return Operation("Percentage", "percent", own, whole)


METHODS: dict[str, tuple[str, dict[str, Operation]]] = {
    "count": ("Count", {"n": COUNT}),
    "count_percent": ("Count and percentage", {"n": COUNT, "percent": _share("count_percent.n")}),
    "proportion": (
        "Count, percentage and exact interval",
        {"n": COUNT, "percent": _share("proportion.n"), "ci": _bounds("interval")},
    ),
    "events": (
        "Patients and events",
        {"n": COUNT, "percent": _share("events.n"), "events": Operation("Number of events", "X")},
    ),
    "median_range": ("Median and range", {"median": MEDIAN, "range": RANGE}),
    "cohort_toxicity": (
        "Dose-limiting toxicity by cohort",
        {
            "size": Operation("Evaluable patients", "X"),
            "n": Operation(
                "Patients with a DLT, of those evaluable", "X/X", denominator="cohort_toxicity.size"
            ),
            "decision": Operation("Decision of the escalation rule"),
        },
    ),
    "replacement": (
        "Treated and replaced patients",
        {
            "treated": Operation("Treated patients", "X"),
            "replaced": Operation("Treated patients who were not evaluable", "X"),
        },
    ),
    "level_toxicity": (
        "Dose-limiting toxicity by dose level",
        {
            "n": Operation(
                "Patients with a DLT, of those evaluable", "X/X", denominator="cohort_toxicity.size"
            ),
            "events": Operation("Events by rising grade, then name"),
        },
    ),
    "recommendation": (
        "Recommended dose",
        {
            "rp2d": Operation("Dose level"),
            "rule": Operation("Dose level by the rule"),
            "dose": Operation("Dose"),
        },
    ),
    "definition": (
        "Adjudication against definition",
        {
            "agreement": Operation("Events on which both agree", "X"),
            "disagreement": Operation("Events on which they differ", "X"),
        },
    ),
    "agreement": (
        "Agreement of two assessments",
        {
            "visits": Operation("Visits assessed by both", "X"),
            "n": Operation("Visits with equal categories", "X"),
            "percent": _share("agreement.n", "agreement.visits"),
        },
    ),
    "kaplan_meier": (
        "Kaplan-Meier median",
        {
            "n": Operation("Patients", "X"),
            "events": Operation("Number of events", "X"),
            "median": Operation("Median", "months"),
            "ci": _bounds("months interval"),
        },
    ),
    "reverse_kaplan_meier": (
        "Reverse Kaplan-Meier median",
        {"median": Operation("Median", "months"), "ci": _bounds("months interval")},
    ),
    "survival": (
        "Kaplan-Meier estimate at a time",
        {
            "survival": Operation("Survival", "percent"),
            "survival ci": _bounds("interval"),
            "at_risk": Operation("Patients at risk", "X"),
        },
    ),
    "ranking": ("Ranking by frequency", {"ranking": Operation("Names, the most frequent first")}),
    "frequency": ("Frequency in words", {"frequency": Operation("The protocol's word")}),
    "statistic": (
        "Statistic",
        {
            "value": Operation("Value"),
            "n": COUNT,
            "percent": Operation("Percentage", "percent"),
            "ci": _bounds(),
            "median": MEDIAN,
            "range": RANGE,
        },
    ),
}


def operation_id(method: str, operation: str) -> str:
    """The id of a method's operation.

    Examples
    --------
    >>> operation_id("survival", "survival ci")
    'operation.survival.survival_ci'
    """
    return f"operation.{method}.{operation.replace(' ', '_')}"


def relationship_id(method: str, operation: str, role: str) -> str:
    """The id of the relationship of an operation to its numerator or denominator."""
    return f"{operation_id(method, operation)}.{role.lower()}"


def methods(used: set[str], protocol: dict) -> list[dict]:
    """The methods that analyses use, with all their operations."""
    patterns = _patterns({name: entry["value"] for name, entry in protocol["display"].items()})
    return [
        {
            "id": f"method.{name}",
            "name": title,
            "operations": [
                _operation(name, key, operation, order, patterns)
                for order, (key, operation) in enumerate(operations.items(), 1)
            ],
        }
        for name, (title, operations) in METHODS.items()
        if name in used
    ]


def _operation(method: str, key: str, operation: Operation, order: int, patterns: dict) -> dict:
    made: dict = {"id": operation_id(method, key), "name": operation.name, "order": order}
    if operation.description:
        made["description"] = operation.description
    roles = [
        (role, other)
        for role, other in ((NUMERATOR, operation.numerator), (DENOMINATOR, operation.denominator))
        if other
    ]
    if roles:
        made["referencedOperationRelationships"] = [
            {
                "id": relationship_id(method, key, role),
                "referencedOperationRole": {"controlledTerm": role},
                "operationId": operation_id(*other.split(".")),
            }
            for role, other in roles
        ]
    if operation.pattern:
        made["resultPattern"] = patterns.get(operation.pattern, operation.pattern)
    return made


def _patterns(places: dict[str, int]) -> dict[str, str]:
    """How results are printed, by the protocol's display rules."""

    def number(decimals: int) -> str:
        return "X." + "X" * decimals if decimals else "X"

    percent, interval, months = (
        number(places[f"{kind}_decimals"]) for kind in ("percent", "interval", "months")
    )
    return {
        "percent": f"{percent}%",
        "interval": f"{interval}–{interval}%",
        "months": months,
        "months interval": f"{months}–{months}",
    }
