"""Dose-limiting toxicities by cohort and level, and the recommended phase II dose."""

from collections.abc import Iterator

import numpy as np

from tracedtrial.analyses.escalation import Cohort
from tracedtrial.analyses.trial import Trial
from tracedtrial.datasets.dataset import NOTHING, by_subject, union, without
from tracedtrial.record.number import Number, slug
from tracedtrial.record.roles import merged
from tracedtrial.statistics import three_plus_three

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
RULE = "3 + 3 rule on patients evaluable for dose-limiting toxicity"
RULE_SOURCE = "Storer, Biometrics 1989;45:925-37"


def cohort_toxicity(trial: Trial) -> Iterator[Number]:
    """Of each cohort: patients treated, evaluable, replaced, with a DLT; the rule's decision."""
    # Who was treated in which cohort tells their order; who in the expansion alone, the levels.
    order = {"decision": _entered(trial, trial.decision.expanded)}
    for cohort, decision in zip(trial.decision.cohorts, trial.decision.decisions):
        prefix = f"dlt.{slug(cohort.level)}.{ORDINALS[cohort.place - 1]}_cohort"
        keys = {"table": "escalation", "level": slug(cohort.level), "cohort": str(cohort.place)}
        records = merged(_records(trial, cohort.treated, cohort.evaluable, cohort.toxic), order)
        yield Number(
            f"{prefix}.size",
            "count",
            cohort.size,
            "patients",
            population="dlt_evaluable",
            n=cohort.size,
            denominator=cohort.size,
            method="count of patients",
            keys={**keys, "statistic": "size"},
            section="dlt",
            records=_without_toxicity(records),
        )
        yield from _replacement(trial, cohort, prefix, keys, order)
        yield _fraction(
            f"{prefix}.n",
            cohort.dlts,
            cohort.size,
            keys,
            records,
            estimable=decision != "incomplete",
        )
        weighed = merged(_weighed(trial, cohort), order)
        yield Number(
            f"{prefix}.decision",
            "text",
            decision,
            "decision",
            method=RULE,
            reference=RULE_SOURCE,
            population="dlt_evaluable",
            keys={**keys, "statistic": "decision"},
            section="escalation.rule",
            functions=(three_plus_three,),
            records=weighed,
        )


def _replacement(
    trial: Trial, cohort: Cohort, prefix: str, keys: dict, order: dict[str, np.ndarray]
) -> Iterator[Number]:
    """Patients of the cohort who were treated, and those of them who were not evaluable.

    These are replaced: the rows that fell short of the required dosing make them so, those that
    completed it and the toxicities keep the others from it.
    """
    owner, subject = trial.data.raw.subject_of, trial.data.adsl.sources
    sources = trial.data.addl.sources
    kept = union(sources["completed"], sources["dlt"])
    kept = kept[cohort.evaluable[owner[kept]]]
    entry, opening = (
        rows[cohort.treated[owner[rows]]]
        for rows in (union(subject["assigned"], subject[name]) for name in ("dosed", "opening"))
    )
    left, count = cohort.treated & ~cohort.evaluable, int(cohort.treated.sum())
    short = sources["short"][left[owner[sources["short"]]]]
    shared = {"population": "treated", "denominator": count, "section": "dlt"}
    yield Number(
        f"{prefix}.treated",
        "count",
        count,
        "patients",
        n=count,
        method="count of patients",
        keys={**keys, "statistic": "treated"},
        records=merged({"population": entry}, order),
        **shared,
    )
    yield Number(
        f"{prefix}.replaced",
        "count",
        int(left.sum()),
        "patients",
        n=int(left.sum()),
        method="treated patients not evaluable",
        keys={**keys, "statistic": "replaced"},
        records=merged(
            {"population": without(opening, short), "supports": short, "against": kept}, order
        ),
        **shared,
    )


def level_toxicity(trial: Trial) -> Iterator[Number]:
    """Of each level: patients with a DLT among the evaluable, and their DLTs by grade and name."""
    for level in trial.protocol["dose_levels"]:
        here = [cohort for cohort in trial.decision.cohorts if cohort.level == level]
        if not here:
            continue
        masks = [
            np.any([getattr(c, name) for c in here], axis=0)
            for name in ("treated", "evaluable", "toxic")
        ]
        records = _records(trial, *masks)
        keys = {"table": "escalation", "level": slug(level)}
        parents = tuple(f"dlt.{slug(level)}.{ORDINALS[c.place - 1]}_cohort.n" for c in here)
        yield _fraction(
            f"dlt.{slug(level)}.total.n",
            sum(c.dlts for c in here),
            sum(c.size for c in here),
            keys,
            records,
            parents=parents,
        )
        yield Number(
            f"dlt.{slug(level)}.events",
            "list",
            _events(trial, masks[2]),
            "events",
            population="dlt_evaluable",
            n=int(masks[2].sum()),
            denominator=int(masks[1].sum()),
            method="DLTs by rising grade, then name",
            keys={**keys, "statistic": "events"},
            section="dlt",
            records=records,
        )


def recommendation(trial: Trial) -> Iterator[Number]:
    """The recommended phase II dose: its level, and its dose of each drug.

    Where the protocol declares the level (DLT-10), the rule's own answer stands beside it.
    """
    decision, protocol = trial.decision, trial.protocol
    if decision.declared:
        yield _by_rule(trial, "dlt.rule.level", "rule")
        level = _declared(trial)
    else:
        level = _by_rule(trial, "dlt.rp2d.level", "rp2d")
    yield level
    for drug, entry in protocol["drugs"].items():
        dose = protocol["dose_levels"][decision.level]["doses"][drug] if decision.level else None
        yield Number(
            f"dlt.rp2d.{slug(drug)}",
            "dose",
            dose,
            "dose",
            unit=entry["unit"],
            population=level.population,
            method="dose of the recommended level",
            section="dose_levels",
            parents=(level.id,),
            source=level.source,
            records=level.records,
        )


def _by_rule(trial: Trial, id: str, statistic: str) -> Number:
    """The level that the 3 + 3 rule recommends (DLT-9)."""
    level = trial.decision.by_rule
    parents = tuple(
        f"dlt.{slug(c.level)}.{ORDINALS[c.place - 1]}_cohort.decision"
        for c in trial.decision.cohorts
    )
    return Number(
        id,
        "text",
        _label(trial, level),
        "dose level",
        method=RULE,
        reference=RULE_SOURCE,
        population="dlt_evaluable",
        section="escalation.rule",
        keys=_level_keys(level, statistic),
        parents=parents,
        functions=(three_plus_three,),
        records={"decision": trial.decision.records},
    )


def _declared(trial: Trial) -> Number:
    """The level that the protocol declares as recommended; it rests on no row (DLT-10)."""
    level = trial.decision.declared
    return Number(
        "dlt.rp2d.level",
        "text",
        _label(trial, level),
        "dose level",
        source="protocol",
        method="as the protocol has it",
        section="escalation.recommended",
        keys=_level_keys(level, "rp2d"),
    )


def _level_keys(level: str | None, statistic: str) -> dict[str, str]:
    return {"table": "escalation", "level": slug(level) if level else "", "statistic": statistic}


def _label(trial: Trial, level: str | None) -> str | None:
    return trial.protocol["dose_levels"][level]["label"] if level else None


def definition_agreement(trial: Trial) -> Iterator[Number]:
    """DLT-2: events on which the adjudicated flag and the definition agree, or do not."""
    sources, escalated = trial.data.addl.sources, _escalated(trial)
    owner = trial.data.raw.subject_of
    both = np.intersect1d(sources["dlt"], sources["rule"])
    either = sources["either"][escalated[owner[sources["either"]]]]
    agreed = np.intersect1d(both, either)
    population = {"population": _entered(trial)}
    for name, rows in (("agreement", agreed), ("disagreement", without(either, agreed))):
        yield Number(
            f"dlt.{name}.n",
            "count",
            len(rows),
            "events",
            n=len(rows),
            denominator=len(either),
            population="dlt_evaluable",
            method="adjudicated flag against the protocol's definition",
            section="dlt.definition",
            keys={"table": "escalation", "statistic": name},
            records=merged({"supports": rows}, {"against": without(either, rows)}, population),
        )


def _fraction(
    id: str,
    n: int,
    denominator: int,
    keys: dict,
    records: dict,
    *,
    estimable: bool = True,
    parents: tuple[str, ...] = (),
) -> Number:
    return Number(
        id,
        "of",
        n if estimable else None,
        "patients with a DLT",
        population="dlt_evaluable",
        n=n,
        denominator=denominator,
        method="patients with a DLT of those evaluable",
        section="dlt",
        parents=parents,
        keys={**keys, "statistic": "n"},
        records=records,
    )


def _records(
    trial: Trial, treated: np.ndarray, evaluable: np.ndarray, toxic: np.ndarray
) -> dict[str, np.ndarray]:
    """Rows by role; doses that fall short, of patients not evaluable, are `against`."""
    sources, owner = trial.data.addl.sources, trial.data.raw.subject_of
    subject, short = trial.data.adsl.sources, sources["short"]
    entry = union(subject["assigned"], subject["dosed"], sources["completed"], sources["dlt"])
    return merged(
        {
            "supports": sources["dlt"][toxic[owner[sources["dlt"]]]],
            "against": short[treated[owner[short]]],
            "population": entry[evaluable[owner[entry]]],
        }
    )


def _without_toxicity(records: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rows of who was evaluable; to that it is the same what came of it."""
    return {role: rows for role, rows in records.items() if role != "supports"}


def _weighed(trial: Trial, last: Cohort) -> dict[str, np.ndarray]:
    """Rows that the rule weighs after a cohort, as far as they can turn its decision.

    It looks at the patients so far at the cohort's level and the next one opened below, and at
    whether the next one opened above is too toxic.
    """
    cohorts = trial.decision.cohorts[: trial.decision.cohorts.index(last) + 1]
    opened = {cohort.level for cohort in cohorts}
    levels = [level for level in trial.protocol["dose_levels"] if level in opened]
    at = levels.index(last.level)
    made = [
        _turning(trial, cohort)
        for cohort in cohorts
        if cohort.level in levels[max(at - 1, 0) : at + 1]
    ]
    made += [
        _toxicities(trial, cohort) for cohort in cohorts if cohort.level in levels[at + 1 : at + 2]
    ]
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


def _entered(trial: Trial, others: np.ndarray | bool = False) -> np.ndarray:
    """Rows that put the patients of all cohorts, and `others`, into theirs."""
    entry = union(trial.data.adsl.sources["assigned"], trial.data.adsl.sources["opening"])
    return entry[(_escalated(trial) | others)[trial.data.raw.subject_of[entry]]]


def _events(trial: Trial, toxic: np.ndarray) -> tuple[str, ...]:
    adae = trial.data.adae.frame.loc[trial.data.addl.sources["dlt"]]
    own = adae[toxic[by_subject(adae)]]
    pairs = sorted({(grade, term.lower()) for grade, term in zip(own["AETOXGR"], own["AEDECOD"])})
    return tuple(f"grade {grade} {term}" for grade, term in pairs)
