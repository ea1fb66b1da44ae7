"""The expected numbers of this trial, by a second hand: `python expected.py > expected.csv`.

Written from analysis/protocol.yaml and the data dictionary alone, in plain pandas and lifelines; it
shares no code with the tool, uses neither its ledger nor its protocol reader, and does its own
rounding.
"""

import csv
import re
import sys
import warnings
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from scipy.stats import beta

warnings.simplefilter("ignore")
RAW = Path(__file__).parent / "data" / "raw"
LEVELS = ["D100", "D200", "D400"]
CUTOFF = pd.Timestamp("2023-06-30")
ORDER = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]
OUT = {}


def table(name):
    return pd.read_csv(RAW / f"{name}.csv", dtype=str, keep_default_na=False)


def slug(words):
    return "_".join(re.findall("[a-z0-9]+", words.lower()))


def half_up(x, places=1):
    return str(Decimal(repr(float(x))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def share(name, n, total):
    OUT[f"{name}.n"] = str(n)
    OUT[f"{name}.percent"] = half_up(100 * n / total) + "%"


def exact(name, n, total):
    low = 0 if n == 0 else beta.ppf(0.025, n, total - n + 1)
    high = 1 if n == total else beta.ppf(0.975, n + 1, total - n)
    OUT[f"{name}.ci"] = f"{half_up(100 * low)}–{half_up(100 * high)}%"


dm, ex, ae = table("dm").set_index("USUBJID"), table("ex"), table("ae")
for column in ("EXDOSE", "EXADM", "EXPDOSE", "EXPADM"):
    ex[column] = ex[column].astype(float)
given = ex[(ex.EXDOSE > 0) & (ex.EXADM > 0)]
start = pd.to_datetime(given.groupby("USUBJID").EXSTDTC.min())
stop = pd.to_datetime(given.groupby("USUBJID").EXENDTC.max())
treated = [s for s in start.index if dm.ARMCD[s] in LEVELS]

# Dose-limiting toxicity and the 3 + 3 rule, walked through by hand.
dlt, complete = set(), set()
for row in ae[ae.AEDLTFL == "Y"].itertuples():
    if 0 <= (pd.Timestamp(row.AESTDTC) - start[row.USUBJID]).days < 21:
        dlt.add(row.USUBJID)
first = ex[ex.EXCYCLE == "1"]
for row in first.itertuples():
    if 4 * row.EXDOSE * row.EXADM >= 3 * row.EXPDOSE * row.EXPADM:
        complete.add(row.USUBJID)
escalation = [s for s in treated if dm.COHORT[s] != "EXPANSION"]
counting = [s for s in escalation if s in dlt or s in complete]
seen = {level: [0, 0, 0] for level in LEVELS}  # evaluable, toxic, cohorts
closed = None
for cohort in sorted({int(dm.COHORT[s]) for s in escalation}):
    members = [s for s in counting if dm.COHORT[s] == str(cohort)]
    level = dm.ARMCD[members[0]]
    toxic = sum(s in dlt for s in members)
    tally = seen[level]
    tally[0], tally[1], tally[2] = tally[0] + len(members), tally[1] + toxic, tally[2] + 1
    if tally[1] >= 2:
        closed, decision = LEVELS.index(level), "de-escalate"
    elif tally[0] == 3 and tally[1] == 1:
        decision = "expand"
    elif closed == LEVELS.index(level) + 1:
        decision = "stop"
    else:
        decision = "escalate"
    name = f"dlt.{level.lower()}.{('first', 'second')[tally[2] - 1]}_cohort"
    OUT |= {
        f"{name}.size": str(len(members)),
        f"{name}.n": f"{toxic}/{len(members)}",
        f"{name}.decision": decision,
    }
for level in LEVELS:
    OUT[f"dlt.{level.lower()}.total.n"] = f"{seen[level][1]}/{seen[level][0]}"
best_level = LEVELS[closed - 1]
OUT["dlt.rp2d.fictinib"] = best_level[1:] + " mg"

# RECIST: a sum of diameters at each scan.
tr, rs = table("tr"), table("rs")
tr = tr[tr.TRSTAT == ""]
elsewhere = set(tr[tr.TRGRPID == "NON-TARGET"].USUBJID)  # all of them at baseline
tr = tr[tr.TRGRPID == "TARGET"].assign(mm=lambda t: t.TRSTRESN.astype(float))
visits, post, agree = {}, {}, [0, 0]
for s in treated:
    t, r = tr[tr.USUBJID == s], rs[rs.USUBJID == s]
    before = t[pd.to_datetime(t.TRDTC) <= start[s]].sort_values("TRDTC").groupby("TRLNKID").last()
    base = before.mm.sum()
    low, was_complete, course = base, False, []
    dates = pd.concat(
        [
            t[["VISITNUM", "TRDTC"]].set_axis(["v", "d"], axis=1),
            r[r.RSTESTCD != "OVRLRESP"][["VISITNUM", "RSDTC"]].set_axis(["v", "d"], axis=1),
        ]
    )
    when = pd.to_datetime(dates.d).groupby(dates.v).max()
    besides = (r.RSTESTCD == "NTRGRESP").any() or s in elsewhere
    table_2 = before.empty and s in elsewhere
    for v, day in sorted(when[when > start[s]].items(), key=lambda item: item[1]):
        now = t[t.VISITNUM == v].set_index("TRLNKID")
        say = r[r.VISITNUM == v].set_index("RSTESTCD").RSSTRESC
        now = now[now.index.isin(before.index)]
        some = now.mm.sum()
        if base == 0 or set(before.index) - set(now.index):
            target = (
                "PD"
                if base > 0
                and (
                    some - low >= 5
                    and some >= 1.2 * low
                    or was_complete
                    and (now[now.TRTESTCD == "LDIAM"].mm > 0).any()
                )
                else "NE"
            )
        else:
            total = some
            soft = now[now.TRTESTCD == "LDIAM"].mm
            nodes = now[now.TRTESTCD == "LPERP"].mm
            if (total - low >= 5 and total - 1.2 * low > -1e-6) or (
                was_complete and soft.gt(0).any()
            ):
                target = "PD"
            elif not soft.gt(0).any() and (nodes < 10).all():
                target = "CR"
            else:
                target = "PR" if total - 0.7 * base < 1e-6 else "SD"
            low = min(low, total)
        other = say.get("NTRGRESP", "NE") if besides else "CR"
        if target == "PD" or other == "PD" or say.get("NEWLIND") == "Y":
            overall = "PD"
        elif table_2:
            overall = other
        elif target == "CR" and other != "CR":
            overall = "PR"
        else:
            overall = target
        was_complete = was_complete or overall == "CR"
        course.append((day, overall))
        if "OVRLRESP" in say:
            agree = [agree[0] + (say["OVRLRESP"] == overall), agree[1] + 1]
    visits[s], post[s] = course, (base > 0 or table_2) and any(c != "NE" for _, c in course)
OUT |= {"response.agreement.n": str(agree[0]), "response.visits.n": str(agree[1])}

# Confirmation after 28 days, stable disease from day 38 after the start on.
cm = table("cm")
later = cm[cm.CMCAT.str.startswith("SUBSEQUENT")]
therapy = pd.to_datetime(later.CMSTDTC).groupby(later.USUBJID).min()
best, responded, progressed = {}, {}, {}
for s in treated:
    course, limit = visits[s], therapy.get(s, CUTOFF)
    reached = []
    for k, (day, category) in enumerate(course):
        if category == "PD":
            progressed.setdefault(s, day)
        if day > limit:
            break
        if category in ("CR", "PR"):
            borne_out = False
            for next_day, next_category in course[k + 1 :]:
                if next_category == "NE":
                    continue
                if ORDER.index(next_category) > ORDER.index(category):
                    break
                if (next_day - day).days >= 28:
                    borne_out = next_day <= limit
                    break
            if borne_out:
                responded.setdefault(s, day)
            else:
                category = "NON-CR/NON-PD" if "NON-CR/NON-PD" in [c for _, c in course] else "SD"
        if category in ("SD", "NON-CR/NON-PD") and (day - start[s]).days < 38:
            category = "NE"
        reached.append(category)
        if category == "PD":
            break
    best[s] = min(reached, key=ORDER.index, default="NE")
evaluable = [s for s in treated if post[s]]
columns = {level.lower(): [s for s in evaluable if dm.ARMCD[s] == level] for level in LEVELS}
columns |= {"rp2d": columns[best_level.lower()], "evaluable": evaluable, "treated": treated}
for column, members in columns.items():
    for summary, wanted in (("orr", ORDER[:2]), ("dcr", ORDER[:3])):
        n = sum(best[s] in wanted for s in members)
        share(f"response.{column}.{summary}", n, len(members))
        exact(f"response.{column}.{summary}", n, len(members))
    for category in ORDER:
        share(
            f"response.{column}.best.{slug(category)}",
            sum(best[s] == category for s in members),
            len(members),
        )
for name, members in {
    "treated": treated,
    "dlt_evaluable": counting,
    "evaluable": evaluable,
    "expansion": [s for s in treated if dm.COHORT[s] == "EXPANSION"],
    "rp2d": columns["rp2d"],
}.items():
    OUT[f"population.{name}.n"] = str(len(members))
OUT["dor.n"] = str(sum(s in responded for s in evaluable))

# Times: FDA rule, months of 30.4375 days, log-log bands.
tables = {name: table(name) for name in ("ss", "ex", "tr", "rs", "ds", "ae", "cm")}
seen_alive = {
    "SSDTC": tables["ss"][tables["ss"].SSSTRESC == "ALIVE"],
    "EXENDTC": tables["ex"][
        tables["ex"].EXDOSE.astype(float) * tables["ex"].EXADM.astype(float) > 0
    ],
    "TRDTC": tables["tr"][tables["tr"].TRSTAT == ""],
    "RSDTC": tables["rs"],
    "DSSTDTC": tables["ds"][~tables["ds"].DSDECOD.isin(["DEATH", "LOST TO FOLLOW-UP"])],
    "AESTDTC": tables["ae"],
    "AEENDTC": tables["ae"][tables["ae"].AEOUT != "FATAL"],
    "CMSTDTC": tables["cm"],
    "CMENDTC": tables["cm"],
}
last_days = pd.concat(
    [
        pd.DataFrame(
            {
                "s": rows.USUBJID,
                "day": [
                    pd.to_datetime((text + "-01-01")[:10]) if text else pd.NaT
                    for text in rows[name]
                ],
            }
        )
        for name, rows in seen_alive.items()
    ]
)
alive = last_days[last_days.day <= CUTOFF].groupby("s").day.max()
death = pd.to_datetime(dm.DTHDTC.replace("", None)).dropna()
pfs, survival = [], []
for s in treated:
    looked = [start[s], *(day for day, category in visits[s] if category != "NE")]
    event = min((d for d in (progressed.get(s), death.get(s)) if d is not None), default=None)
    if s in therapy and (event is None or therapy[s] < event):
        end, happened = max(d for d in looked if d <= therapy[s]), 0
    elif event is None:
        end, happened = looked[-1], 0
    else:
        before = max(d for d in looked if d < event)
        gap = (event - before).days > 2 * 42 + 7
        end, happened = (before, 0) if gap else (event, 1)
    pfs.append(((end - start[s]).days + 1, happened))
    end = death.get(s, max(alive.get(s, start[s]), start[s]))
    survival.append(((end - start[s]).days + 1, int(s in death)))


def months(days):
    return "NE" if days in (float("inf"), None) or pd.isna(days) else half_up(days / 30.4375)


def curve(name, rows, flip=False):
    fit = KaplanMeierFitter().fit([d for d, _ in rows], [e ^ flip for _, e in rows])
    ends = median_survival_times(fit.confidence_interval_survival_function_).iloc[0].tolist()
    low, high = (months(end) for end in ends)
    OUT[f"{name}.median.months"] = months(fit.median_survival_time_)
    OUT[f"{name}.median.ci"] = "NE" if low == high == "NE" else f"{low}–{high}"
    return fit


fit = curve("pfs", pfs)
OUT["pfs.events.n"] = str(sum(e for _, e in pfs))
OUT["pfs.m6.percent"] = half_up(100 * fit.predict(6 * 30.4375)) + "%"
fit = curve("os", survival)
OUT["os.events.n"] = str(sum(e for _, e in survival))
OUT["os.m12.percent"] = half_up(100 * fit.predict(12 * 30.4375)) + "%"
for flipped in ("followup",):
    curve(flipped, survival, flip=True)


# Adverse events of the treatment, at each patient's highest grade. Rows of a term that touch are
# one event; of one that began before the first dose, only what gets worse than its last grade
# before.
def first_to_last(row):
    """Days of a row; every end of this trial has a day."""
    day, end = pd.Timestamp(row.AESTDTC), pd.Timestamp(row.AEENDTC)
    if (
        len(row.AESTDTC) == 7
        and row.AESTDTC == str(start[row.USUBJID])[:7]
        and (end >= start[row.USUBJID])
    ):
        day = max(day, start[row.USUBJID])
    return day, end


events = []
for (s, term), rows in ae.groupby(["USUBJID", "AEDECOD"]):
    days = sorted((*first_to_last(row), int(row.AESEQ), row) for row in rows.itertuples())
    over = pd.Timestamp("1900-01-01")
    for day, end, _, row in days:
        grade = int(row.AETOXGR)
        if (day - over).days > 1:
            at_dose, last, out = 0, 0, False
        if day < start[s]:
            at_dose = grade
        elif day <= stop[s] + pd.Timedelta(days=28):
            out = out or grade > at_dose
            if out:
                events.append((s, term, grade, row.AESER, grade > last))
        over, last = max(over, end), grade
events = pd.DataFrame(events, columns=["subject", "term", "grade", "serious", "counts"])
OUT["safety.events.n"] = str(events.counts.sum())
share("safety.severe", events[events.grade >= 3].subject.nunique(), len(treated))
share("safety.serious", events[events.serious == "Y"].subject.nunique(), len(treated))
share("ae.overall.total", events.subject.nunique(), len(treated))
for grade in (1, 2, 3, 5):
    share(
        f"ae.overall.g{grade}",
        int((events.groupby("subject").grade.max() == grade).sum()),
        len(treated),
    )
for term, own in events.groupby("term"):
    share(
        f"ae.term.{'_'.join(term.lower().replace('-', ' ').split())}.total",
        own.subject.nunique(),
        len(treated),
    )

writer = csv.writer(sys.stdout, lineterminator="\n")
writer.writerow(["id", "text"])
writer.writerows(sorted(OUT.items()))
