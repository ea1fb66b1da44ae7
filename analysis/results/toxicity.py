"""Dose-limiting toxicities by cohort and level, and the recommended phase II dose."""

from collections.abc import Iterator

import numpy as np

from analysis.derive.dataset import NOTHING, by_subject, union, without
from analysis.results.escalation import Cohort
from analysis.results.number import Number, slug
from analysis.results.records import merged
from analysis.results.trial import Trial
from analysis.stats import three_plus_three

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
RULE = "3 + 3 rule on patients evaluable for dose-limiting toxicity"
RULE_SOURCE = "Storer, Biometrics 1989;45:925-37"


def cohort_toxicity(trial: Trial) -> Iterator[Number]:
    """Of each cohort: patients treated, evaluable, replaced, with a DLT; the rule's decision."""
    order = {"decision": _entered(trial)}  # who was treated in which cohort tells their order
    for cohort, decision in zip(trial.decision.cohorts, trial.decision.decisions):
        prefix = f"dlt.{slug(cohort.level)}.{ORDINALS[cohort.place - 1]}_cohort"
        keys = {"table": "escalation", "level": slug(cohort.level), "cohort": str(cohort.place)}
        records = merged(_records(trial, cohort.treated, cohort.evaluable, cohort.toxic), order)
        yield Number(f"{prefix}.size", "count", cohort.size, "patients",
                     population="dlt_evaluable", n=cohort.size, denominator=cohort.size,
                     method="count of patients", keys={**keys, "statistic": "size"},
                     section="dlt", records=_without_toxicity(records))
        yield from _replacement(trial, cohort, prefix, keys, order)
        yield _fraction(f"{prefix}.n", cohort.dlts, cohort.size, keys, records,
                        estimable=decision != "incomplete")
        weighed = merged(_weighed(trial, cohort), order)
        yield Number(f"{prefix}.decision", "text", decision, "decision", method=RULE,
                     reference=RULE_SOURCE, population="dlt_evaluable",
                     keys={**keys, "statistic": "decision"}, section="escalation.rule",
                     functions=(three_plus_three,), records=weighed)


def _replacement(trial: Trial, cohort: Cohort, prefix: str, keys: dict,
                 order: dict[str, np.ndarray]) -> Iterator[Number]:
    """Patients of the cohort who were treated, and those of them who were not evaluable.

    These are replaced; the rows that fell short of the required dosing keep them out.
    """
    owner, subject = trial.data.raw.subject_of, trial.data.adsl.sources
    entry, opening = (rows[cohort.treated[owner[rows]]] for rows in (
        union(subject["assigned"], subject[name]) for name in ("dosed", "opening")))
    left, count = cohort.treated & ~cohort.evaluable, int(cohort.treated.sum())
    short = trial.data.addl.sources["short"]
    short = short[left[owner[short]]]
    shared = {"population": "treated", "denominator": count, "section": "dlt"}
    yield Number(f"{prefix}.treated", "count", count, "patients", n=count,
                 method="count of patients", keys={**keys, "statistic": "treated"},
                 records=merged({"population": entry}, order), **shared)
    yield Number(f"{prefix}.replaced", "count", int(left.sum()), "patients", n=int(left.sum()),
                 method="treated patients not evaluable", keys={**keys, "statistic": "replaced"},
                 records=merged({"population": without(opening, short), "supports": short}, order),
                 **shared)


def level_toxicity(trial: Trial) -> Iterator[Number]:
    """Of each level: patients with a DLT among the evaluable, and their DLTs by grade and name."""
    for level in trial.protocol["dose_levels"]:
        here = [cohort for cohort in trial.decision.cohorts if cohort.level == level]
        if not here:
            continue
        masks = [np.any([getattr(c, name) for c in here], axis=0)
                 for name in ("treated", "evaluable", "toxic")]
        records = _records(trial, *masks)
        keys = {"table": "escalation", "level": slug(level)}
        parents = tuple(f"dlt.{slug(level)}.{ORDINALS[c.place - 1]}_cohort.n" for c in here)
        yield _fraction(f"dlt.{slug(level)}.total.n", sum(c.dlts for c in here),
                        sum(c.size for c in here), keys, records, parents=parents)
        yield Number(f"dlt.{slug(level)}.events", "list", _events(trial, masks[2]), "events",
                     population="dlt_evaluable", n=int(masks[2].sum()),
                     denominator=int(masks[1].sum()), method="DLTs by rising grade, then name",
                     keys={**keys, "statistic": "events"}, section="dlt", records=records)


def recommendation(trial: Trial) -> Iterator[Number]:
    """The recommended phase II dose: its level, and its dose of each drug."""
    level, protocol = trial.decision.level, trial.protocol
    label = protocol["dose_levels"][level]["label"] if level else None
    records = {"decision": trial.decision.records}
    parents = tuple(f"dlt.{slug(c.level)}.{ORDINALS[c.place - 1]}_cohort.decision"
                    for c in trial.decision.cohorts)
    yield Number("dlt.rp2d.level", "text", label, "dose level", method=RULE, reference=RULE_SOURCE,
                 population="dlt_evaluable", section="escalation.rule", records=records,
                 keys={"table": "escalation", "level": slug(level) if level else "",
                       "statistic": "rp2d"},
                 parents=parents, functions=(three_plus_three,))
    for drug, entry in protocol["drugs"].items():
        dose = protocol["dose_levels"][level]["doses"][drug] if level else None
        yield Number(f"dlt.rp2d.{slug(drug)}", "dose", dose, "dose", unit=entry["unit"],
                     population="dlt_evaluable", method="dose of the recommended level",
                     section="dose_levels", parents=("dlt.rp2d.level",), records=records)


def definition_agreement(trial: Trial) -> Iterator[Number]:
    """Events on which the adjudicated flag and the protocol's definition agree, or do not."""
    sources, escalated = trial.data.addl.sources, _escalated(trial)
    owner = trial.data.raw.subject_of
    both = np.intersect1d(sources["dlt"], sources["rule"])
    either = sources["either"][escalated[owner[sources["either"]]]]
    agreed = np.intersect1d(both, either)
    population = {"population": _entered(trial)}
    for name, rows in (("agreement", agreed), ("disagreement", without(either, agreed))):
        yield Number(f"dlt.{name}.n", "count", len(rows), "events", n=len(rows),
                     denominator=len(either), population="dlt_evaluable",
                     method="adjudicated flag against the protocol's definition",
                     section="dlt.definition", keys={"table": "escalation", "statistic": name},
                     records=merged({"supports": rows}, {"against": without(either, rows)},
                                    population))


def _fraction(id: str, n: int, denominator: int, keys: dict, records: dict, *,
              estimable: bool = True, parents: tuple[str, ...] = ()) -> Number:
    return Number(id, "of", n if estimable else None, "patients with a DLT",
                  population="dlt_evaluable", n=n, denominator=denominator,
                  method="patients with a DLT of those evaluable", section="dlt", parents=parents,
                  keys={**keys, "statistic": "n"}, records=records)


def _records(trial: Trial, treated: np.ndarray, evaluable: np.ndarray,
             toxic: np.ndarray) -> dict[str, np.ndarray]:
    """Rows by role; doses that fall short, of patients not evaluable, are `against`."""
    sources, owner = trial.data.addl.sources, trial.data.raw.subject_of
    subject, short = trial.data.adsl.sources, sources["short"]
    entry = union(subject["assigned"], subject["dosed"], sources["completed"], sources["dlt"])
    return merged({"supports": sources["dlt"][toxic[owner[sources["dlt"]]]],
                   "against": short[treated[owner[short]]],
                   "population": entry[evaluable[owner[entry]]]})


def _without_toxicity(records: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rows of who was evaluable; to that it is the same what came of it."""
    return {role: rows for role, rows in records.items() if role != "supports"}


def _weighed(trial: Trial, last: Cohort) -> dict[str, np.ndarray]:
    """Rows that the rule weighs after a cohort, as far as they can turn its decision.

    It looks at the patients so far at the cohort's level and the level below, and at whether the
    level above is too toxic.
    """
    levels = list(trial.protocol["dose_levels"])
    cohorts = trial.decision.cohorts[:trial.decision.cohorts.index(last) + 1]
    at = levels.index(last.level)
    made = [_turning(trial, cohort) for cohort in cohorts
            if cohort.level in levels[max(at - 1, 0):at + 1]]
    made += [_toxicities(trial, cohort) for cohort in cohorts
             if cohort.level in levels[at + 1:at + 2]]
    return merged(*made)


def _turning(trial: Trial, cohort: Cohort) -> dict[str, np.ndarray]:
    """A cohort's rows by role; of those that fall short, the ones that alone keep a patient out."""
    records = _records(trial, cohort.treated, cohort.evaluable, cohort.toxic)
    turning = np.intersect1d(records.get("against", NOTHING), trial.data.addl.sources["turning"])
    return merged({**records, "against": turning})


def _toxicities(trial: Trial, cohort: Cohort) -> dict[str, np.ndarray]:
    """The dose-limiting events of a cohort."""
    dlt = trial.data.addl.sources["dlt"]
    return {"against": dlt[cohort.toxic[trial.data.raw.subject_of[dlt]]]}


def _escalated(trial: Trial) -> np.ndarray:
    masks = [cohort.treated for cohort in trial.decision.cohorts]
    return np.any(masks, axis=0) if masks else np.zeros(len(trial.data.raw.subjects), bool)


def _entered(trial: Trial) -> np.ndarray:
    """Rows that put the patients of all cohorts into theirs."""
    entry = union(trial.data.adsl.sources["assigned"], trial.data.adsl.sources["opening"])
    return entry[_escalated(trial)[trial.data.raw.subject_of[entry]]]


def _events(trial: Trial, toxic: np.ndarray) -> tuple[str, ...]:
    adae = trial.data.adae.frame.loc[trial.data.addl.sources["dlt"]]
    own = adae[toxic[by_subject(adae)]]
    pairs = sorted({(grade, term.lower()) for grade, term in zip(own["AETOXGR"], own["AEDECOD"])})
    return tuple(f"grade {grade} {term}" for grade, term in pairs)
