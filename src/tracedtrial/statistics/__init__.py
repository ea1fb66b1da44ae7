"""Statistics of a clinical trial as pure functions of arrays and counts.

Here live estimators, their exact or asymptotic intervals, and the decision rules of designs.
They touch no file, know no trial and round nothing. What is statistically undefined is NaN
(printed elsewhere as "NE", not estimable); what is not an argument at all is refused with a
`ValueError` that says name, rule and value.

Importing this package costs no more than importing numpy: scipy and pandas are imported by the
functions that need them.
"""

from tracedtrial.statistics.adverse_events import adverse_event_counts
from tracedtrial.statistics.continuous import Summary, summary
from tracedtrial.statistics.escalation import (
    DoseEscalation,
    escalation_probability,
    three_plus_three,
)
from tracedtrial.statistics.proportion import (
    Interval,
    Proportion,
    exact_interval,
    proportion,
    wilson_interval,
)
from tracedtrial.statistics.rates import Rate, event_rate
from tracedtrial.statistics.survival import (
    Estimate,
    KaplanMeier,
    kaplan_meier,
    reverse_kaplan_meier,
)
from tracedtrial.statistics.trend import cochran_armitage
from tracedtrial.statistics.two_groups import (
    Compared,
    Test,
    fisher_exact,
    log_rank,
    odds_ratio,
    risk_difference,
    risk_ratio,
)
from tracedtrial.statistics.two_stage import TwoStageDesign, TwoStageDesigns, simon_two_stage
from tracedtrial.statistics.two_stage_inference import TwoStageInference, two_stage_inference

__all__ = [
    "Compared",
    "DoseEscalation",
    "Estimate",
    "Interval",
    "KaplanMeier",
    "Proportion",
    "Rate",
    "Summary",
    "Test",
    "TwoStageDesign",
    "TwoStageDesigns",
    "TwoStageInference",
    "adverse_event_counts",
    "cochran_armitage",
    "escalation_probability",
    "event_rate",
    "exact_interval",
    "fisher_exact",
    "kaplan_meier",
    "log_rank",
    "odds_ratio",
    "proportion",
    "reverse_kaplan_meier",
    "risk_difference",
    "risk_ratio",
    "simon_two_stage",
    "summary",
    "three_plus_three",
    "two_stage_inference",
    "wilson_interval",
]
