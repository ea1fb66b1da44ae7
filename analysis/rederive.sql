-- The numbers of the abstract and of the adverse-event table, derived a second time.
--
-- Given: the raw tables dm, sc, cm, ex, ae, lb, rs, ds, ss as they stand in data/raw, every column
-- text; and analysis/protocol.yaml, one row a value: protocol(place, path, value), its path dotted, its
-- place the row's place in the file. Asked: the view numbers(id, n, denominator, text), and
-- patient_result(dataset, USUBJID, PARAMCD, place, variable, text), what the analysis datasets
-- hold of a patient; its place is a visit or a sequence number, if the row has one; and
-- number_record(id, role, domain, USUBJID, seq), the raw rows behind some of the numbers.

-- Words and rounding

CREATE MACRO setting(name) AS (SELECT value FROM protocol WHERE path = name);

CREATE MACRO slug(words) AS trim(regexp_replace(lower(words), '[^a-z0-9]+', '_', 'g'), '_');

CREATE MACRO plain(number) AS rtrim(rtrim(number::DECIMAL(18, 6)::VARCHAR, '0'), '.');

CREATE MACRO listed(items, word) AS CASE
    WHEN len(items) > 2 THEN array_to_string(items[:-2], ', ') || ', ' || word || ' ' || items[-1]
    ELSE coalesce(nullif(array_to_string(items, ' ' || word || ' '), ''), 'none') END;

-- top / bottom, neither negative, to so many places; a half goes up. Whole numbers throughout.
CREATE MACRO shifted(top, bottom, scale) AS (2 * top::HUGEINT * scale + bottom) // (2 * bottom);
CREATE MACRO pointed(digits, scale) AS digits // scale || CASE scale WHEN 1 THEN ''
    ELSE '.' || substr((scale + digits % scale)::VARCHAR, 2) END;
CREATE MACRO rounded(top, bottom, places) AS CASE WHEN bottom <> 0 THEN
    pointed(shifted(top, bottom, (10 ** places)::HUGEINT), (10 ** places)::HUGEINT) END;
CREATE MACRO percent(n, denominator) AS coalesce(
    rounded(100 * n, denominator, setting('display.percent_decimals.value')::INT) || '%', 'NE');

-- Dates. A partial one may mean any day from its first to its last (DATE-1). A start is its first
-- day, or the first dose where that is later and both start and end allow it (DATE-2); an end is
-- its last day, and far ahead while the event goes on (DATE-3). What begins after the cut-off does
-- not count (DATE-5).

CREATE MACRO cutoff() AS setting('trial.cutoff.value')::DATE;

CREATE MACRO first_day(day) AS
    (day || CASE length(day) WHEN 4 THEN '-01-01' WHEN 7 THEN '-01' ELSE '' END)::DATE;
CREATE MACRO final_day(day) AS CASE length(day)
    WHEN 4 THEN (day || '-12-31')::DATE WHEN 7 THEN last_day(first_day(day)) ELSE day::DATE END;
CREATE MACRO end_day(day) AS coalesce(final_day(day), DATE '9999-12-30');
CREATE MACRO start_day(day, until, dose) AS CASE
    WHEN final_day(day) >= dose AND end_day(until) >= dose THEN greatest(first_day(day), dose)
    ELSE first_day(day) END;
-- There is no study day 0 (DATE-4).
CREATE MACRO study_day(day, dose) AS day - dose + CASE WHEN day < dose THEN 0 ELSE 1 END;

-- The protocol's lists

CREATE VIEW dose_level AS
SELECT split_part(path, '.', 2) AS level, value AS label,
       row_number() OVER (ORDER BY place) AS step
FROM protocol WHERE path SIMILAR TO 'dose_levels\.[^.]+\.label';

CREATE VIEW drug AS
SELECT split_part(path, '.', 2) AS drug, value AS unit
FROM protocol WHERE path SIMILAR TO 'drugs\.[^.]+\.unit';

CREATE VIEW dose AS
SELECT split_part(path, '.', 2) AS level, split_part(path, '.', 4) AS drug,
       value::DECIMAL(18, 6) AS amount
FROM protocol WHERE path SIMILAR TO 'dose_levels\.[^.]+\.doses\.[^.]+';

-- Patients

-- EXP-1
CREATE TABLE given AS
SELECT USUBJID, EXTRT, EXSEQ AS seq, EXSTDTC::DATE AS begun, least(EXENDTC::DATE, cutoff()) AS ended,
       EXPDOSE::DECIMAL(18, 6) * EXPADM::INT AS planned,
       EXDOSE::DECIMAL(18, 6) * EXADM::INT AS given,
       given > 0 AND EXDOSE::DECIMAL(18, 6) < EXPDOSE::DECIMAL(18, 6) AS reduced
FROM ex WHERE EXSTDTC::DATE <= cutoff();

-- POP-1, POP-2: assigned to a dose level, and given a dose.
CREATE TABLE treated AS
SELECT USUBJID, ARMCD AS level, COHORT AS cohort,
       min(begun) AS first_dose, max(ended) AS last_dose,
       any_value(CASE WHEN DTHDTC::DATE <= cutoff() THEN DTHDTC::DATE END) AS death
FROM dm JOIN given USING (USUBJID)
WHERE given > 0 AND ARMCD IN (SELECT level FROM dose_level)
GROUP BY ALL;

-- Adverse events

CREATE TABLE event AS
SELECT USUBJID, AESEQ AS seq, level, cohort, AEDECOD AS term, AEBODSYS AS class,
       AETOXGR::INT AS grade,
       AEDLTFL AS flag, AEREL AS related, first_dose, last_dose,
       start_day(AESTDTC, AEENDTC, first_dose) AS begun, end_day(AEENDTC) AS until
FROM ae JOIN treated USING (USUBJID)
WHERE start_day(AESTDTC, AEENDTC, first_dose) <= cutoff();

-- Rows of a patient and term are one event as long as each begins at most so many days after all
-- before it are over (AE-1).
CREATE TABLE episode AS
SELECT *, sum(opens::INT) OVER earlier AS number
FROM (SELECT *, coalesce(begun > max(until) OVER before
                         + setting('safety.emergent.gap_days')::INT, true) AS opens
      FROM event
      WINDOW before AS (PARTITION BY USUBJID, term ORDER BY begun, until, seq::INT
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
WINDOW earlier AS (PARTITION BY USUBJID, term ORDER BY begun, until, seq::INT);

-- A row is within the window from the first dose to so many days after the last (AE-2), as what was
-- over before the first dose never is (AE-3). If its event began before, it must be of a higher
-- grade than the last, or highest, grade before the first dose (AE-4). From then on all rows of
-- the event are emergent (AE-5); those that open it or raise its grade count as events (AE-6).
CREATE TABLE emerging AS
SELECT *, inside AND bool_or(inside AND coalesce(grade > grade_before, true)) OVER so_far
          AS emergent, emergent AND (opens OR grade > grade_of_last) AS counts
FROM (SELECT *, begun BETWEEN first_dose AND last_dose
                      + setting('safety.emergent.days_after_last_dose')::INT AS inside,
             lag(grade) OVER so_far AS grade_of_last,
             CASE setting('safety.emergent.worse_than')
                  WHEN 'highest' THEN max(grade) FILTER (begun < first_dose) OVER so_far
                  ELSE last_value(CASE WHEN begun < first_dose THEN grade END IGNORE NULLS)
                       OVER so_far END AS grade_before,
             row_number() OVER so_far AS place,
             first_value(begun) OVER so_far < first_dose AS brought
      FROM episode
      WINDOW so_far AS (PARTITION BY USUBJID, term, number ORDER BY begun, until, seq::INT))
WINDOW so_far AS (PARTITION BY USUBJID, term, number ORDER BY begun, until, seq::INT);

CREATE VIEW emergent AS SELECT * FROM emerging WHERE emergent;

-- DLT-1: flagged, and begun within the window from the first dose.

CREATE VIEW in_window AS
SELECT USUBJID, first_dose, first_dose + setting('dlt.window.days')::INT - 1 AS window_end
FROM treated;

CREATE VIEW dlt AS
SELECT event.* FROM event JOIN in_window USING (USUBJID)
WHERE flag = 'Y' AND begun BETWEEN in_window.first_dose AND window_end;

-- DLT-3: the required share of every drug's planned dose in the window.
CREATE VIEW drug_in_window AS
SELECT USUBJID, EXTRT, list(seq) AS doses, sum(planned) > 0
       AND sum(given) * setting('dlt.required_dose.fraction.1')::INT
           >= sum(planned) * setting('dlt.required_dose.fraction.0')::INT AS enough
FROM given JOIN in_window USING (USUBJID)
WHERE begun BETWEEN first_dose AND window_end
GROUP BY ALL;

CREATE VIEW completed AS
SELECT USUBJID FROM drug_in_window WHERE enough
GROUP BY USUBJID HAVING count(*) = (SELECT count(*) FROM drug);

-- DLT-4: a DLT, or the window completed. DLT-5: who has neither does not count.
CREATE VIEW escalated AS
SELECT USUBJID, level, TRY_CAST(cohort AS INT) AS cohort, toxic,
       toxic OR USUBJID IN (SELECT USUBJID FROM completed) AS evaluable
FROM (SELECT *, USUBJID IN (SELECT USUBJID FROM dlt) AS toxic FROM treated)
WHERE cohort <> setting('escalation.expansion_cohort.value');

-- The 3 + 3 rule

-- DLT-7: levels at which only the expansion was treated are no levels of the escalation.
CREATE VIEW ladder AS
SELECT level, row_number() OVER (ORDER BY step) AS step
FROM dose_level
WHERE level IN (SELECT level FROM escalated) OR level NOT IN (SELECT level FROM treated);

-- DLT-6: cohorts in the order of their numbers; a level's counts add up.
CREATE TABLE cohort AS
SELECT *, row_number() OVER treated_before AS place, sum(size) OVER treated_before AS size_so_far,
       sum(dlts) OVER treated_before AS dlts_so_far
FROM (SELECT level, step, cohort, count(*) AS treated, count(*) FILTER (evaluable) AS size,
             count(*) FILTER (toxic) AS dlts
      FROM escalated JOIN ladder USING (level)
      GROUP BY level, step, cohort)
WINDOW treated_before AS (PARTITION BY level ORDER BY cohort);

CREATE MACRO passes(size, dlts) AS size >= 3 AND dlts = 0 OR size >= 6 AND dlts <= 1;
CREATE MACRO enough(size, dlts) AS passes(size, dlts)
    AND (size >= 6 OR NOT setting('escalation.six_at_final.value')::BOOLEAN);

-- The levels opened so far, with their counts up to each cohort.
CREATE VIEW opened AS
SELECT here.cohort, here.step, other.step AS other_step, sum(other.size) AS size,
       sum(other.dlts) AS dlts
FROM cohort AS here JOIN cohort AS other
     ON (other.cohort, other.step) <= (here.cohort, here.step)
GROUP BY ALL;

-- DLT-7: the levels next to a cohort's are the next ones opened, else the next ones declared.
CREATE VIEW neighbours AS
SELECT cohort.*,
       coalesce(arg_max(other.size, other_step) FILTER (other_step < cohort.step), 0)
       AS below_size,
       coalesce(arg_max(other.dlts, other_step) FILTER (other_step < cohort.step), 0)
       AS below_dlts,
       coalesce(arg_min(other.dlts, other_step) FILTER (other_step > cohort.step), 0)
       AS above_dlts
FROM cohort JOIN opened AS other USING (cohort, step)
GROUP BY ALL;

-- DLT-8: two DLT stop a level; 0/3 and 1/6 escalate; 1/3 expands, and 0/3 at the last level
-- where six are asked; of fewer patients nothing can be said.
CREATE VIEW cohort_outcome AS
SELECT *, decision = 'incomplete' AS incomplete
FROM (SELECT *, CASE
          WHEN dlts_so_far >= 2 AND (step = 1 OR below_dlts >= 2 OR enough(below_size, below_dlts))
              THEN 'stop'
          WHEN dlts_so_far >= 2 THEN 'de-escalate'
          WHEN size_so_far < 3 THEN 'incomplete'
          WHEN passes(size_so_far, dlts_so_far) AND above_dlts < 2
               AND step < (SELECT max(step) FROM ladder) THEN 'escalate'
          WHEN enough(size_so_far, dlts_so_far) THEN 'stop'
          WHEN size_so_far - size < 3 THEN 'expand'
          ELSE 'incomplete' END AS decision
      FROM neighbours);

CREATE VIEW level_tally AS
SELECT level, step, sum(size) AS size, sum(dlts) AS dlts FROM cohort GROUP BY level, step;

-- DLT-9: the highest level opened that needs no further patient, over levels all passed and
-- under one with two DLT or more, or none opened.
CREATE VIEW ruled AS
SELECT level, step
FROM level_tally AS here
WHERE enough(size, dlts)
  AND coalesce((SELECT arg_min(dlts, step) FROM level_tally AS above
                WHERE above.step > here.step), 2) >= 2
  AND (SELECT coalesce(bool_and(passes(size, dlts)), true) FROM level_tally AS below
       WHERE below.step < here.step)
ORDER BY step DESC LIMIT 1;

-- DLT-10: the protocol's level, where it declares one.
CREATE VIEW recommended AS
SELECT level FROM dose_level
WHERE level = coalesce(setting('escalation.recommended.level'), (SELECT level FROM ruled));

CREATE MACRO normal(free_kappa, free_lambda) AS
    free_kappa BETWEEN 0.26 * free_lambda AND 1.65 * free_lambda;

-- Response by the IMWG criteria. A result is a value after or, for the baseline, up to the first
-- dose; of several of a test at a visit the last counts.

CREATE TABLE result AS
SELECT USUBJID, LBTESTCD AS test, LBDTC::DATE AS day, VISITNUM::DECIMAL(9, 3) AS visit,
       LBDTC::DATE > first_dose AS after, LBSTRESC AS word,
       LBSTRESN::DECIMAL(18, 6) AS amount, LBSEQ::INT AS seq
FROM lb JOIN treated USING (USUBJID)
WHERE LBTESTCD IN ('MPROTS', 'MPROTU', 'IFIXS', 'IFIXU', 'KAPPA', 'LAMBDA', 'PLASMC')
  AND LBDTC::DATE <= cutoff() AND (LBSTRESN IS NOT NULL OR LBSTRESC IS NOT NULL);

-- IMWG-1: the last value up to the first dose. IMWG-2: what is measurable there.
CREATE VIEW baseline_value AS
SELECT USUBJID, any_value(SCSTRESC) AS measurable,
       last(amount ORDER BY day, visit, seq) FILTER (test = 'MPROTS') AS serum_0,
       last(amount ORDER BY day, visit, seq) FILTER (test = 'MPROTU') AS urine_0,
       last(amount ORDER BY day, visit, seq) FILTER (test = 'KAPPA') AS free_kappa_0,
       last(amount ORDER BY day, visit, seq) FILTER (test = 'LAMBDA') AS free_lambda_0,
       abs(free_kappa_0 - free_lambda_0) AS chains_0
FROM result
     LEFT JOIN (FROM sc WHERE SCTESTCD = 'MEASDIS'
                AND coalesce(SCDTC::DATE <= cutoff(), true)) USING (USUBJID)
WHERE NOT after GROUP BY USUBJID;

CREATE MACRO limit_of(name) AS setting('response.measurable.' || name)::DECIMAL(18, 6);

CREATE TABLE baseline AS
SELECT *, coalesce(CASE measurable WHEN 'SERUM' THEN serum_followed
                                   WHEN 'URINE' THEN urine_followed
                                   WHEN 'FLC' THEN chains_followed END, false) AS assessable
FROM (SELECT *, coalesce(serum_0 >= limit_of('serum'), false) AS serum_followed,
             coalesce(urine_0 >= limit_of('urine'), false) AS urine_followed,
             coalesce(greatest(free_kappa_0, free_lambda_0) >= limit_of('light_chain')
                      AND NOT normal(free_kappa_0, free_lambda_0), false) AS chains_followed
      FROM baseline_value);

CREATE VIEW measured AS
SELECT USUBJID, visit, max(day) AS day,
       last(amount ORDER BY day, seq) FILTER (test = 'MPROTS') AS serum,
       last(amount ORDER BY day, seq) FILTER (test = 'MPROTU') AS urine,
       last(amount ORDER BY day, seq) FILTER (test = 'PLASMC') AS marrow,
       last(word ORDER BY day, seq) FILTER (test = 'IFIXS') AS fixation_serum,
       last(word ORDER BY day, seq) FILTER (test = 'IFIXU') AS fixation_urine,
       last(amount ORDER BY day, seq) FILTER (test = 'KAPPA') AS free_kappa,
       last(amount ORDER BY day, seq) FILTER (test = 'LAMBDA') AS free_lambda
FROM result WHERE after GROUP BY USUBJID, visit;

-- Light chains count as involved less uninvolved.
CREATE TABLE course AS
SELECT *,
       (free_kappa - free_lambda) * sign(free_kappa_0 - free_lambda_0) AS chains,
       CASE measurable WHEN 'SERUM' THEN serum WHEN 'URINE' THEN urine WHEN 'FLC' THEN chains
       END AS value,
       CASE measurable WHEN 'SERUM' THEN serum_0 WHEN 'URINE' THEN urine_0 WHEN 'FLC' THEN chains_0
       END AS value_0
FROM measured LEFT JOIN baseline USING (USUBJID);

-- IMWG-7: the lowest value is one that two measurements in a row reach, of which the greater
-- counts; the baseline, or else the first measurement, counts as it stands.
CREATE TABLE amount AS
SELECT USUBJID, day, visit, what, amount,
       CASE setting('response.progression.lowest') WHEN 'confirmed'
            THEN greatest(amount, lag(amount) OVER measurements) ELSE amount END AS reached
FROM (SELECT USUBJID, DATE '0001-01-01' AS day, -1::DECIMAL(9, 3) AS visit, what, amount
      FROM (SELECT USUBJID, serum_0 AS serum, urine_0 AS urine, chains_0 AS chains FROM baseline)
           UNPIVOT (amount FOR what IN (serum, urine, chains))
      UNION ALL
      SELECT USUBJID, day, visit, what, amount
      FROM (SELECT USUBJID, day, visit, serum, urine, chains FROM course)
           UNPIVOT (amount FOR what IN (serum, urine, chains)))
WINDOW measurements AS (PARTITION BY USUBJID, what ORDER BY day, visit);

-- IMWG-8: up by a quarter and by so much from the lowest value. IMWG-9: from 5 g/dL on a rise of
-- 1 g/dL in serum is enough. Light chains count where they alone are measurable.
CREATE VIEW progressed AS
SELECT DISTINCT USUBJID, visit
FROM (SELECT *, amount - lowest AS rise
      FROM (SELECT *, min(reached) OVER (PARTITION BY USUBJID, what ORDER BY day, visit
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS lowest
            FROM amount)) LEFT JOIN baseline USING (USUBJID)
WHERE visit >= 0 AND (
    4 * rise >= lowest AND CASE what WHEN 'serum' THEN rise >= 0.5 WHEN 'urine' THEN rise >= 200
                                     ELSE measurable = 'FLC' AND rise > 100 END
    OR what = 'serum' AND lowest >= 5 AND rise >= 1
       AND setting('response.progression.rise_from_5') = 'sufficient');

-- IMWG-5: the last marrow result within an unbroken run of visits negative by immunofixation, or
-- shortly before it, serves a complete response if it is below 5%.
CREATE TABLE serving AS
SELECT run.USUBJID, run.visit, arg_max(result.seq, (result.day, result.visit, result.seq)) AS seq,
       arg_max(result.amount, (result.day, result.visit, result.seq)) AS plasma_cells
FROM (SELECT *, min(day) FILTER (negative) OVER (PARTITION BY USUBJID, broken) AS begun
      FROM (SELECT USUBJID, day, visit,
                   fixation_serum = 'NEGATIVE' AND fixation_urine = 'NEGATIVE' AS negative,
                   count(*) FILTER ('POSITIVE' IN (fixation_serum, fixation_urine))
                       OVER (PARTITION BY USUBJID ORDER BY day, visit) AS broken
            FROM course)) AS run
     JOIN result ON result.USUBJID = run.USUBJID AND test = 'PLASMC' AND result.after
          AND result.amount IS NOT NULL AND result.day <= run.day
WHERE negative
GROUP BY run.USUBJID, run.visit, run.day, run.begun
HAVING plasma_cells < 5
   AND max(result.day) >= run.begun - setting('response.marrow.days_before')::INT;

-- IMWG-3: a visit without a value that is followed is not evaluable, unless it shows progression,
-- or what was measured shows the response. IMWG-4 and IMWG-6: the categories.
CREATE VIEW graded AS
SELECT USUBJID, visit, day,
       CASE WHEN assessable THEN 100 * (value - value_0) / value_0 END AS change, CASE
    WHEN (USUBJID, visit) IN (SELECT (USUBJID, visit) FROM progressed) THEN 'PD'
    WHEN NOT coalesce(assessable, false) THEN 'NE'
    WHEN measurable = 'FLC' THEN CASE
        WHEN served AND normal(free_kappa, free_lambda) THEN 'CR'
        WHEN chains IS NULL THEN 'NE'
        WHEN 10 * chains <= chains_0 THEN 'VGPR'
        WHEN 2 * chains <= chains_0 THEN 'PR'
        ELSE 'SD' END
    WHEN served THEN 'CR'
    WHEN negative AND coalesce(serum, 0) = 0 AND coalesce(urine, 0) = 0 THEN 'VGPR'
    WHEN serum_followed AND serum IS NULL OR urine_followed AND urine IS NULL THEN 'NE'
    WHEN (NOT serum_followed OR 10 * serum <= serum_0) AND urine < 100 THEN 'VGPR'
    WHEN (NOT serum_followed OR 2 * serum <= serum_0)
         AND (NOT urine_followed OR 10 * urine <= urine_0 OR urine < 200) THEN 'PR'
    WHEN (NOT serum_followed OR 4 * serum <= 3 * serum_0)
         AND (NOT urine_followed OR 2 * urine <= urine_0) THEN 'MR'
    ELSE 'SD' END AS response
FROM (SELECT *, coalesce(fixation_serum = 'NEGATIVE' AND fixation_urine = 'NEGATIVE', false)
             AS negative, (USUBJID, visit) IN (SELECT (USUBJID, visit) FROM serving) AS served
      FROM course);

-- IMWG-10: progression shown by imaging overrides what the values say at the visit.
CREATE VIEW imaging AS
SELECT USUBJID, VISITNUM::DECIMAL(9, 3) AS visit, max(RSDTC::DATE) AS day
FROM rs JOIN treated USING (USUBJID)
WHERE RSSTRESC = 'PD' AND PDIFL = 'Y' AND RSDTC::DATE <= cutoff() AND RSDTC::DATE > first_dose
GROUP BY ALL;

CREATE TABLE assessment AS
SELECT USUBJID, visit, coalesce(graded.day, imaging.day) AS day, change,
       imaging.day IS NOT NULL AS shown,
       CASE WHEN shown THEN 'PD' ELSE response END AS response
FROM graded FULL JOIN imaging USING (USUBJID, visit);

-- The results behind a visit: its own, and the marrow that serves its complete response.
CREATE VIEW served_result AS
SELECT USUBJID, visit, seq FROM result WHERE after
UNION
SELECT USUBJID, visit, seq FROM serving JOIN assessment USING (USUBJID, visit)
WHERE response = 'CR';

-- New therapy ends what counts, unless it began or was over before the first dose (DATE-6).
CREATE VIEW later_therapy AS
SELECT USUBJID, CMSEQ AS seq, start_day(CMSTDTC, CMENDTC, first_dose) AS begun
FROM cm JOIN treated USING (USUBJID)
WHERE CMCAT = 'SUBSEQUENT ANTI-CANCER THERAPY' AND end_day(CMENDTC) >= first_dose
  AND start_day(CMSTDTC, CMENDTC, first_dose) BETWEEN first_dose AND cutoff();

CREATE VIEW new_therapy AS
SELECT USUBJID, min(begun) AS new_therapy FROM later_therapy GROUP BY USUBJID;

-- IMWG-11: the next assessable visit bears out a response or lowers it. IMWG-12: progression is
-- borne out by imaging or by progression at the next one.
CREATE VIEW category AS
SELECT unnest(['sCR', 'CR', 'VGPR', 'PR', 'MR', 'SD', 'PD', 'NE']) AS response,
       unnest(range(1, 9)) AS rank;

CREATE VIEW confirmed AS
SELECT USUBJID, visit, day, place, new_therapy,
       CASE WHEN rank <= 5 OR response = 'PD' AND NOT shown THEN next_visit END AS decided_by, CASE
    WHEN response = 'PD' AND (shown OR next_response = 'PD') THEN 'PD'
    WHEN response = 'PD' THEN 'NE'
    WHEN next_response IS NULL OR next_response = 'PD' OR next_day > new_therapy THEN 'SD'
    WHEN next_rank > rank THEN next_response
    ELSE response END AS response
FROM (SELECT *, row_number() OVER visits AS place, lead(response) OVER visits AS next_response,
             lead(visit) OVER visits AS next_visit, lead(rank) OVER visits AS next_rank,
             lead(day) OVER visits AS next_day
      FROM assessment JOIN category USING (response) LEFT JOIN new_therapy USING (USUBJID)
      WHERE response <> 'NE'
      WINDOW visits AS (PARTITION BY USUBJID ORDER BY day, visit));

-- IMWG-13: what counts is all up to the first confirmed progression and the day of new therapy.
CREATE VIEW counting AS
SELECT confirmed.*
FROM confirmed LEFT JOIN (SELECT USUBJID, min(place) AS progression FROM confirmed
                          WHERE response = 'PD' GROUP BY ALL) USING (USUBJID)
WHERE coalesce(place <= progression, true) AND coalesce(day <= new_therapy, true);

-- IMWG-14: the best of what counts; evaluable is who has a measurable baseline and one visit.
CREATE VIEW best AS
SELECT USUBJID, arg_min(response, rank) AS best
FROM counting JOIN category USING (response) GROUP BY USUBJID;

-- Populations

CREATE VIEW measured_at_baseline AS
SELECT USUBJID FROM baseline WHERE assessable;

-- POP-3: of the escalation; POP-5: with a response assessed; POP-4: of the expansion; POP-6: at
-- the recommended level.
CREATE TABLE population AS
WITH evaluable AS (
    SELECT treated.* FROM treated SEMI JOIN measured_at_baseline USING (USUBJID)
    WHERE USUBJID IN (SELECT USUBJID FROM assessment WHERE response <> 'NE'))
SELECT 'treated' AS population, USUBJID, level FROM treated
UNION ALL SELECT 'dlt_evaluable', USUBJID, level FROM escalated WHERE evaluable
UNION ALL SELECT 'evaluable', USUBJID, level FROM evaluable
UNION ALL SELECT 'expansion', USUBJID, level FROM treated
          WHERE cohort = setting('escalation.expansion_cohort.value')
UNION ALL SELECT 'rp2d', USUBJID, level FROM evaluable JOIN recommended USING (level);

CREATE VIEW population_size AS
SELECT asked AS population, count(USUBJID) AS patients
FROM (SELECT unnest(['treated', 'dlt_evaluable', 'evaluable', 'expansion', 'rp2d']) AS asked)
     LEFT JOIN population ON population = asked
GROUP BY asked;

CREATE MACRO patients(chosen) AS (
    SELECT patients FROM population_size WHERE population = chosen);

-- TTE-3: the last day known alive by the cut-off, over all tables or the contacts only. What
-- happened after it is not counted; a partial date shows the patient alive on its first day.
CREATE VIEW known_alive AS
SELECT USUBJID, SSDTC::DATE AS day FROM ss WHERE SSSTRESC = 'ALIVE'
UNION ALL
SELECT USUBJID, day FROM (
    SELECT USUBJID, ended AS day FROM given WHERE given > 0
    UNION ALL SELECT USUBJID, LBDTC::DATE FROM lb WHERE LBSTAT IS NULL
    UNION ALL SELECT USUBJID, RSDTC::DATE FROM rs
    UNION ALL SELECT USUBJID, DSSTDTC::DATE FROM ds
              WHERE DSDECOD NOT IN ('DEATH', 'LOST TO FOLLOW-UP')
    UNION ALL SELECT USUBJID, first_day(AESTDTC) FROM ae
    UNION ALL SELECT USUBJID, first_day(AEENDTC) FROM ae WHERE AEOUT <> 'FATAL'
    UNION ALL SELECT USUBJID, first_day(CMSTDTC) FROM cm
    UNION ALL SELECT USUBJID, first_day(CMENDTC) FROM cm)
WHERE setting('endpoints.last_alive.value') = 'all tables';

-- TTE-1: days count from the first dose, day 1. TTE-2: survival ends with death, or is censored at the last day known alive. TTE-9: follow-up is
-- Kaplan-Meier in reverse, that day as the event, death censoring it. The curve is the product of 1 - events / at risk over the days up to each.

CREATE TABLE followed AS
SELECT USUBJID, death IS NULL AS event,
       CASE WHEN death IS NOT NULL THEN 0 WHEN last_alive IS NOT NULL THEN 1 ELSE 2 END AS censored,
       greatest(coalesce(death, last_alive), first_dose) - first_dose + 1 AS days
FROM treated LEFT JOIN (SELECT USUBJID, max(day) AS last_alive FROM known_alive
                        WHERE day <= cutoff() GROUP BY USUBJID) USING (USUBJID);

CREATE MACRO km_curve(lifetimes) AS TABLE
SELECT days, product(1 - events / at_risk) OVER (ORDER BY days) AS survival
FROM (SELECT days, count(*) FILTER (event) AS events,
             sum(count(*)) OVER (ORDER BY days DESC) AS at_risk
      FROM query_table(lifetimes) GROUP BY days);

-- TTE-10: the first day on which the curve is below a half; where it runs level at a half, the
-- middle of that stretch, which ends there or with the last observation.
CREATE MACRO km_median(lifetimes) AS TABLE
SELECT CASE WHEN min(days) FILTER (abs(survival - 0.5) < 1.5e-8) IS NULL
            THEN min(days) FILTER (survival < 0.5)
            ELSE (min(days) FILTER (abs(survival - 0.5) < 1.5e-8)
                  + coalesce(min(days) FILTER (survival < 0.5 - 1.5e-8), max(days))) / 2
            END AS median
FROM km_curve(lifetimes);

-- Adverse-event table: events of the minimum grade or more in the safety population, by row. A
-- term's id carries its class only where two terms would share the id.

CREATE TABLE graded_event AS
FROM emerging
WHERE grade >= setting('safety.grade.minimum')::INT
  AND USUBJID IN (SELECT USUBJID FROM population
                  WHERE population = setting('safety.population.value'));

CREATE TABLE listed_event AS
SELECT USUBJID, seq, term, class, grade, counts FROM graded_event WHERE emergent;

CREATE VIEW event_group AS
SELECT split_part(path, '.', 3) AS name, value AS label
FROM protocol WHERE path SIMILAR TO 'safety\.groups\.[^.]+\.label';

CREATE VIEW grouped AS
SELECT DISTINCT split_part(path, '.', 3) AS name, term, class
FROM protocol JOIN graded_event
     ON path LIKE 'safety.groups.%.terms.%' AND value = term
     OR path LIKE 'safety.groups.%.classes.%' AND value = class;

CREATE VIEW coded AS
SELECT term, class, 'ae.term.' || slug(term)
       || CASE WHEN count(*) OVER (PARTITION BY slug(term)) > 1 THEN '.' || slug(class) ELSE '' END
       AS line
FROM (SELECT DISTINCT term, class FROM listed_event);

CREATE VIEW placed AS
SELECT 'ae.overall' AS line, term, class FROM graded_event GROUP BY term, class
UNION ALL SELECT 'ae.group.' || name, term, class FROM grouped
UNION ALL SELECT 'ae.class.' || slug(class), term, class FROM graded_event GROUP BY term, class
UNION ALL SELECT line, term, class FROM coded;

CREATE TABLE line_event AS
SELECT line, USUBJID, seq, grade, counts FROM listed_event JOIN placed USING (term, class);

CREATE VIEW line AS
SELECT DISTINCT line FROM line_event
UNION SELECT 'ae.overall'
UNION SELECT 'ae.group.' || name FROM event_group;

-- A patient counts once in a line, at the highest grade there.
CREATE VIEW highest AS
SELECT line, USUBJID, max(grade) AS grade FROM line_event GROUP BY line, USUBJID;

CREATE VIEW grade_column AS
SELECT line, value::INT AS grade FROM line, protocol WHERE path LIKE 'safety.grade.columns.%'
UNION SELECT line.line, grade FROM line CROSS JOIN listed_event;

CREATE TABLE ae_cell AS
SELECT line || '.g' || grade AS cell, count(USUBJID) AS n
FROM grade_column LEFT JOIN highest USING (line, grade) GROUP BY line, grade
UNION ALL
SELECT line || '.total', count(USUBJID) FROM line LEFT JOIN highest USING (line) GROUP BY line;

-- Groups compete with the terms outside them: by patients, then by those with a severe event.
CREATE TABLE ranked AS
SELECT line, label, count(USUBJID) AS patients,
       count(USUBJID) FILTER (grade >= setting('safety.grade.severe')::INT) AS severe
FROM (SELECT 'ae.group.' || name AS line, label FROM event_group
      UNION ALL SELECT line, term FROM coded ANTI JOIN grouped USING (term, class))
     LEFT JOIN highest USING (line)
GROUP BY line, label;

CREATE MACRO safety_patients() AS patients(setting('safety.population.value'));

-- The numbers: id, n, denominator, printed text

CREATE VIEW protocol_number AS
SELECT 'dose.' || slug(level) || '.' || slug(drug) AS id, plain(amount) || ' ' || unit AS text
FROM dose JOIN drug USING (drug)
UNION ALL
SELECT 'dose.' || slug(drug) || '.levels',
       listed([plain(each) for each in list_sort(list(DISTINCT amount))], 'or') || ' ' || unit
FROM dose JOIN drug USING (drug) GROUP BY drug, unit
UNION ALL SELECT 'trial.phase', setting('trial.phase.value')
UNION ALL SELECT 'design.rule', setting('escalation.rule.value')
UNION ALL SELECT 'safety.grade.minimum', setting('safety.grade.minimum');

CREATE VIEW population_number AS
SELECT 'population.' || population || '.n' AS id, patients AS n FROM population_size
UNION ALL
SELECT 'level.' || slug(dose_level.level) || '.' || asked || '.n', count(USUBJID)
FROM dose_level CROSS JOIN (SELECT unnest(['treated', 'evaluable']) AS asked)
     LEFT JOIN population ON population = asked AND population.level = dose_level.level
GROUP BY dose_level.level, asked;

CREATE VIEW baseline_column AS
SELECT 'baseline' AS name, USUBJID FROM treated
UNION ALL
SELECT 'baseline.by.' || slug(dose_level.level), USUBJID
FROM dose_level LEFT JOIN treated USING (level);

-- BASE-1, BASE-2: whom each row of the baseline table counts, by the first result of a test.
CREATE VIEW characteristic AS
SELECT own.value AS name, what.value AS source, own.path AS path
FROM protocol AS own
     JOIN protocol AS what ON what.path IN (replace(own.path, '.id', '.test'),
                                            replace(own.path, '.id', '.column'))
WHERE own.path SIMILAR TO 'baseline\.characteristics\.[0-9]+\.id';

CREATE VIEW coded_value AS
SELECT USUBJID, SCTESTCD AS source, first(SCSTRESC ORDER BY SCSEQ::INT) AS code
FROM sc WHERE coalesce(SCDTC::DATE <= cutoff(), true) GROUP BY USUBJID, SCTESTCD
UNION ALL
FROM (SELECT USUBJID, AGE, SEX, RACE, ETHNIC FROM dm)
     UNPIVOT (code FOR source IN (AGE, SEX, RACE, ETHNIC));

CREATE VIEW characterized AS
SELECT name || '.' || slug(split_part(levels.path, '.', 5)) AS line, USUBJID
FROM characteristic
     JOIN protocol AS levels ON levels.path LIKE replace(characteristic.path, '.id', '.levels.%')
     LEFT JOIN coded_value ON coded_value.source = characteristic.source
          AND coded_value.code = split_part(levels.path, '.', 5)
UNION ALL
SELECT name || '.missing', USUBJID
FROM characteristic LEFT JOIN (
     SELECT name, USUBJID
     FROM characteristic CROSS JOIN treated ANTI JOIN coded_value USING (USUBJID, source)
     ) USING (name)
UNION ALL
-- BASE-4: refractory to a drug in any prior line
SELECT 'refractory.' || asked.value, USUBJID
FROM protocol AS asked
     JOIN protocol AS drugs ON drugs.path LIKE replace(asked.path, '.id', '.drugs.%')
     LEFT JOIN cm ON CMDECOD = drugs.value AND CMREFRFL = 'Y'
          AND CMCAT = 'PRIOR ANTI-CANCER THERAPY'
          AND coalesce(first_day(CMSTDTC) <= cutoff(), true)
WHERE asked.path SIMILAR TO 'baseline\.refractory\.[0-9]+\.id';

CREATE VIEW baseline_number AS
SELECT name || '.' || line AS id,
       count(DISTINCT baseline_column.USUBJID) FILTER (
           baseline_column.USUBJID = characterized.USUBJID) AS n,
       count(DISTINCT baseline_column.USUBJID) AS denominator
FROM baseline_column CROSS JOIN characterized GROUP BY name, line;

-- DISP-1 to DISP-3, EXP-2: who ended treatment and why, who died, who was given a smaller dose
CREATE VIEW ended AS
SELECT USUBJID, DSDECOD AS reason FROM ds
WHERE DSSCAT = 'END OF TREATMENT' AND DSSTDTC::DATE <= cutoff();

CREATE VIEW treatment_number AS
SELECT 'disposition.ongoing' AS id, count(*) AS n
FROM treated ANTI JOIN ended USING (USUBJID)
UNION ALL
SELECT 'disposition.off', count(DISTINCT USUBJID) FROM treated JOIN ended USING (USUBJID)
UNION ALL
SELECT 'disposition.off.' || slug(asked), count(DISTINCT treated.USUBJID)
FROM (SELECT unnest(['PROGRESSIVE DISEASE', 'ADVERSE EVENT', 'WITHDRAWAL BY SUBJECT',
                     'PHYSICIAN DECISION', 'DEATH', 'LOST TO FOLLOW-UP', 'COMPLETED', 'OTHER'])
      AS asked) LEFT JOIN (treated JOIN ended USING (USUBJID)) ON reason = asked
GROUP BY asked
UNION ALL
SELECT 'disposition.deaths', count(death) FROM treated
UNION ALL
SELECT 'disposition.deaths_on_study', count(*) FROM treated
WHERE death <= last_dose + setting('safety.emergent.days_after_last_dose')::INT
UNION ALL
SELECT 'exposure.reduced', count(DISTINCT USUBJID)
FROM given JOIN treated USING (USUBJID) WHERE reduced
UNION ALL
SELECT 'exposure.' || slug(drug) || '.reduced', count(DISTINCT treated.USUBJID)
FROM drug LEFT JOIN (given JOIN treated USING (USUBJID)) ON EXTRT = drug AND reduced
GROUP BY drug;

CREATE VIEW cohort_id AS
SELECT *, 'dlt.' || slug(level) || '.'
       || ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'][place] || '_cohort' AS id
FROM cohort_outcome;

-- DLT-2: events in the window that are flagged, or meet one of the definition's conditions.
CREATE VIEW condition AS
SELECT split_part(path, '.', 4) AS condition, value::INT AS least_grade
FROM protocol WHERE path SIMILAR TO 'dlt\.definition\.any\.[0-9]+\.grade';

CREATE MACRO named_in(condition, list_name, name) AS EXISTS (
    FROM protocol WHERE value = name
    AND path LIKE 'dlt.definition.any.' || condition || '.' || list_name || '.%');
CREATE MACRO has_list(condition, list_name) AS EXISTS (
    FROM protocol WHERE path LIKE 'dlt.definition.any.' || condition || '.' || list_name || '.%');

CREATE VIEW defined AS
SELECT USUBJID, seq
FROM event JOIN in_window USING (USUBJID) CROSS JOIN condition
WHERE begun BETWEEN in_window.first_dose AND window_end
  AND related = 'RELATED' AND grade >= least_grade
  AND (named_in(condition, 'terms', term) OR NOT has_list(condition, 'terms'))
  AND (named_in(condition, 'classes', class) OR NOT has_list(condition, 'classes'))
  AND NOT named_in(condition, 'not_classes', class);

CREATE VIEW agreement AS
SELECT count(*) FILTER (flagged AND met) AS agreed, count(*) FILTER (flagged OR met) AS events
FROM (SELECT (USUBJID, seq) IN (SELECT (USUBJID, seq) FROM dlt) AS flagged,
             (USUBJID, seq) IN (SELECT (USUBJID, seq) FROM defined) AS met
      FROM event SEMI JOIN escalated USING (USUBJID));

CREATE VIEW dlt_listed AS
SELECT level, list(DISTINCT {'grade': grade, 'term': lower(term)}) AS events
FROM dlt WHERE cohort <> setting('escalation.expansion_cohort.value') GROUP BY level;

CREATE VIEW escalation_number AS
SELECT id || '.size' AS id, size AS n, size AS denominator, size::VARCHAR AS text FROM cohort_id
UNION ALL
SELECT id || '.n', dlts, size, CASE WHEN incomplete THEN 'NE' ELSE dlts || '/' || size END
FROM cohort_id
UNION ALL
SELECT id || '.treated', treated, treated, treated::VARCHAR FROM cohort_id
UNION ALL
SELECT id || '.replaced', treated - size, treated, (treated - size)::VARCHAR FROM cohort_id
UNION ALL
SELECT id || '.decision', NULL, NULL, decision FROM cohort_id
UNION ALL
SELECT 'dlt.' || slug(level) || '.total.n', dlts, size, dlts::INT || '/' || size::INT
FROM level_tally
UNION ALL
SELECT 'dlt.' || slug(level) || '.events', dlts, size,
       listed(['grade ' || each.grade || ' ' || each.term for each in list_sort(events)], 'and')
FROM level_tally LEFT JOIN dlt_listed USING (level)
UNION ALL
SELECT 'dlt.rp2d.level', NULL, NULL, coalesce(any_value(label), 'NE')
FROM recommended JOIN dose_level USING (level)
UNION ALL
SELECT 'dlt.rule.level', NULL, NULL,
       coalesce((SELECT label FROM ruled JOIN dose_level USING (level)), 'NE')
WHERE setting('escalation.recommended.level') IS NOT NULL;

CREATE VIEW response_column AS
SELECT asked.name, USUBJID
FROM (SELECT unnest(['treated', 'evaluable']) AS name
      UNION SELECT setting('response.population.value')) AS asked
     LEFT JOIN population ON population = asked.name
UNION ALL
SELECT slug(dose_level.level), USUBJID
FROM dose_level LEFT JOIN population
     ON population = 'evaluable' AND population.level = dose_level.level;

CREATE VIEW summary AS
SELECT own.value AS name, least_rank.rank AS rank_to, equal_rank.rank AS rank_only
FROM protocol AS own
     LEFT JOIN protocol AS bar ON bar.path = replace(own.path, '.id', '.at_least')
     LEFT JOIN protocol AS same ON same.path = replace(own.path, '.id', '.equal')
     LEFT JOIN category AS least_rank ON least_rank.response = bar.value
     LEFT JOIN category AS equal_rank ON equal_rank.response = same.value
WHERE own.path SIMILAR TO 'response\.summaries\.[0-9]+\.id';

-- A patient without a best response is none that responded.
CREATE VIEW response_number AS
SELECT 'response.' || response_column.name || '.' || summary.name AS id,
       count(*) FILTER (rank <= rank_to OR rank = rank_only) AS n,
       count(USUBJID) AS denominator
FROM response_column CROSS JOIN summary LEFT JOIN best USING (USUBJID)
     LEFT JOIN category ON response = best
GROUP BY response_column.name, summary.name;

-- Exact intervals of Clopper and Pearson: the upper bound is the share at which so few patients or
-- fewer have half of the error left, found by halving; the lower one is that of all the others.
CREATE MACRO so_few(n, size, p) AS list_sum([
    exp(lgamma(size + 1) - lgamma(k + 1) - lgamma(size - k + 1)
        + k * ln(p) + (size - k) * ln(1 - p))
    for k in range(0, n + 1)]);

CREATE VIEW upper_bound AS
WITH RECURSIVE halved AS (
    SELECT DISTINCT unnest([n, denominator - n]) AS n, denominator, 0::DOUBLE AS low,
           1::DOUBLE AS high, 0 AS step
    FROM response_number WHERE denominator > 0
    UNION ALL
    SELECT n, denominator, CASE WHEN above THEN middle ELSE low END,
           CASE WHEN above THEN high ELSE middle END, step + 1
    FROM (SELECT *, (low + high) / 2 AS middle,
                 so_few(n, denominator, middle)
                 > (1 - setting('endpoints.level.value')::DOUBLE) / 2 AS above
          FROM halved WHERE step < 60))
SELECT n, denominator, CASE WHEN n = denominator THEN 1 ELSE high END AS bound
FROM halved WHERE step = 60;

CREATE MACRO shown_percent(share) AS rounded(
    (share * 1e14)::HUGEINT, 1e12::HUGEINT, setting('display.interval_decimals.value')::INT);

CREATE VIEW interval_number AS
SELECT id || '.ci' AS id, n, denominator,
       CASE WHEN denominator = 0 THEN 'NE' ELSE
           shown_percent(1 - below.bound) || '–' || shown_percent(above.bound) || '%' END AS text
FROM response_number AS share
     LEFT JOIN upper_bound AS above USING (n, denominator)
     LEFT JOIN upper_bound AS below
          ON below.n = share.denominator - share.n AND below.denominator = share.denominator;

CREATE VIEW followup_number AS
SELECT 'followup.median.months' AS id, patients('treated') AS n,
       coalesce(rounded((2 * median)::INT * 10000, 2 * scaled, places), 'NE') AS text,
       median::DOUBLE * 10000 / scaled AS value
FROM (SELECT median, (setting('endpoints.month_days.value')::DECIMAL(9, 4) * 10000)::INT AS scaled,
             setting('display.months_decimals.value')::INT AS places
      FROM km_median('followed'));

CREATE VIEW common_line AS
SELECT *, patients > 0 AND 100 * patients
          >= setting('safety.most_common.percent')::INT * safety_patients() AS common
FROM ranked;

CREATE VIEW common_number AS
SELECT 'safety.most_common' AS id, count(*) FILTER (common) AS n, count(*) AS denominator,
       listed(list(lower(label) ORDER BY patients DESC, severe DESC, label) FILTER (common), 'and')
       AS text
FROM common_line;

-- Patients with a severe, a serious, or a fatal event of any grade
CREATE VIEW grave_number AS
SELECT unnest(['safety.severe', 'safety.serious', 'safety.fatal']) AS id, unnest([
    count(DISTINCT USUBJID) FILTER (grade >= setting('safety.grade.severe')::INT),
    count(DISTINCT USUBJID) FILTER (AESER = 'Y'),
    count(DISTINCT USUBJID) FILTER (grade = 5)]) AS n
FROM emergent JOIN ae USING (USUBJID) JOIN population USING (USUBJID)
WHERE AESEQ = seq AND population = setting('safety.population.value');

CREATE VIEW infrequent_number AS
SELECT 'safety.' || name || '.frequency' AS id, n, denominator,
       CASE WHEN denominator = 0 THEN 'NE'
            WHEN 100 * n < setting('safety.infrequent.percent')::INT * denominator
            THEN setting('safety.infrequent.word') ELSE setting('safety.infrequent.otherwise')
       END AS text
FROM (SELECT value AS name, n, safety_patients() AS denominator
      FROM protocol JOIN ae_cell ON cell = 'ae.group.' || value || '.total'
      WHERE path LIKE 'safety.infrequent.of.%');

-- Counts of patients, each with its share.
CREATE VIEW share AS
SELECT id, n, denominator FROM baseline_number
UNION ALL SELECT id, n, patients('treated') FROM treatment_number
UNION ALL SELECT id, n, denominator FROM response_number
UNION ALL SELECT cell, n, safety_patients() FROM ae_cell
UNION ALL SELECT id, n, safety_patients() FROM grave_number;

CREATE VIEW numbers AS
SELECT id, NULL AS n, NULL AS denominator, text, NULL AS value FROM protocol_number
UNION ALL SELECT id, n, n, format('{:,}', n), NULL FROM population_number
UNION ALL SELECT id, n, denominator, text, NULL FROM escalation_number
UNION ALL SELECT 'dlt.agreement.n', agreed, events, format('{:,}', agreed), NULL FROM agreement
UNION ALL SELECT 'dlt.disagreement.n', events - agreed, events, format('{:,}', events - agreed),
          NULL FROM agreement
UNION ALL SELECT 'disposition.reasons', sum(patients)::INT, patients('treated'), coalesce(listed(
              list(lower(reason) || ' in ' || patients ORDER BY patients DESC, lower(reason)),
              'and'), 'none'), NULL
          FROM (SELECT reason, count(DISTINCT USUBJID) AS patients
                FROM treated JOIN ended USING (USUBJID) GROUP BY reason)
UNION ALL SELECT id || '.n', n, denominator, format('{:,}', n), NULL FROM share
UNION ALL SELECT id || '.percent', n, denominator, percent(n, denominator),
          100.0::DOUBLE * n / nullif(denominator, 0) FROM share
UNION ALL SELECT line || '.total.events', events, events, format('{:,}', events), NULL
          FROM (SELECT line, count(*) FILTER (counts) AS events
                FROM line LEFT JOIN line_event USING (line) GROUP BY line)
UNION ALL SELECT id, n, denominator, text, NULL FROM interval_number
UNION ALL SELECT id, n, n, text, value FROM followup_number
UNION ALL SELECT id, n, denominator, text, NULL FROM common_number
UNION ALL SELECT id, n, denominator, text, NULL FROM infrequent_number;

-- The rows that carry patients into a number's numerator

-- All that is weighed for a response, each with the rank of what its visit says: the baseline and
-- the kind of disease hold for all, and what ends the matter for none.
CREATE VIEW response_row AS
SELECT USUBJID, 'LB' AS domain, seq::VARCHAR AS seq,
       CASE WHEN after THEN category.rank ELSE 0 END AS rank
FROM (SELECT USUBJID, visit, seq, after FROM result
      UNION SELECT USUBJID, visit, seq, true FROM served_result)
     LEFT JOIN assessment USING (USUBJID, visit)
     LEFT JOIN category ON category.response = assessment.response
UNION ALL
SELECT USUBJID, 'SC', SCSEQ, 0
FROM sc WHERE SCTESTCD = 'MEASDIS' AND coalesce(SCDTC::DATE <= cutoff(), true)
UNION ALL
SELECT USUBJID, 'RS', RSSEQ, NULL
FROM rs WHERE RSSTRESC = 'PD' AND PDIFL = 'Y' AND RSDTC::DATE <= cutoff()
UNION ALL
SELECT USUBJID, 'CM', seq, NULL FROM later_therapy;

-- Of exactly a response all rows of a patient support, of at least one those as good.
CREATE VIEW response_support AS
SELECT 'response.' || response_column.name || '.' || summary.name AS id, domain,
       response_column.USUBJID, seq
FROM response_column CROSS JOIN summary
     JOIN best USING (USUBJID) JOIN category AS reached ON reached.response = best
     JOIN response_row USING (USUBJID)
WHERE reached.rank = rank_only OR reached.rank <= rank_to AND response_row.rank <= rank_to;

-- In the adverse-event table a patient's events at the highest grade.
CREATE VIEW event_support AS
SELECT line || '.g' || grade AS id, 'AE' AS domain, USUBJID, seq
FROM line_event JOIN highest USING (line, USUBJID, grade)
UNION ALL SELECT line || form, 'AE', USUBJID, seq
FROM line_event CROSS JOIN (SELECT unnest(['.total', '.total.events']) AS form);

-- What came before a row of an event from before the first dose decides whether it is emergent, and
-- what came before an emergent row of any event whether that counts (AE-4 to AE-6): such rows are
-- against, as are a patient's events below the highest grade.
CREATE TABLE line_earlier AS
SELECT DISTINCT line, earlier.USUBJID, earlier.seq,
       later.brought AND later.begun >= later.first_dose AS decides
FROM line JOIN placed USING (line) JOIN graded_event AS later USING (term, class)
     JOIN emerging AS earlier
          ON earlier.USUBJID = later.USUBJID AND earlier.term = later.term
          AND earlier.number = later.number AND earlier.place < later.place
WHERE later.emergent OR decides;

CREATE VIEW event_against AS
SELECT line || '.g' || grade AS id, 'AE' AS domain, USUBJID, seq
FROM grade_column
     JOIN (SELECT line, USUBJID, seq FROM line_event
           UNION SELECT line, USUBJID, seq FROM line_earlier WHERE decides) USING (line)
UNION SELECT line || '.total', 'AE', USUBJID, seq FROM line_earlier WHERE decides
UNION SELECT line || '.total.events', 'AE', USUBJID, seq FROM line_earlier
EXCEPT FROM event_support;

CREATE VIEW number_record AS
SELECT id || form AS id, 'supports' AS role, domain, USUBJID, seq
FROM (SELECT id FROM response_number UNION ALL SELECT cell FROM ae_cell)
     LEFT JOIN (FROM response_support UNION ALL FROM event_support) USING (id)
     CROSS JOIN (SELECT unnest(['.n', '.percent']) AS form)
UNION ALL
SELECT cell || form, 'against', domain, USUBJID, seq
FROM ae_cell LEFT JOIN event_against ON id = cell
     CROSS JOIN (SELECT unnest(['.n', '.percent']) AS form)
UNION ALL
SELECT id, role, domain, USUBJID, seq
FROM (SELECT line || '.total.events' AS id, unnest(['supports', 'against']) AS role FROM line)
     LEFT JOIN (SELECT 'supports' AS role, * FROM event_support
                UNION ALL SELECT 'against', * FROM event_against) AS record
          USING (role, id)
UNION ALL
SELECT 'safety.most_common', 'supports', 'AE', USUBJID, seq
FROM common_line JOIN line_event USING (line) WHERE common;

-- The patients: what is derived of each, before anything is counted

-- TTE-4: progression-free survival ends with progression or death (0) or the last look (1).
-- TTE-5: by the FDA's rule it is censored at the last look before new therapy (2), or before an
-- event that follows missed assessments (3). TTE-6: by the EMA's the event counts whenever it came.
CREATE VIEW ending AS
SELECT USUBJID, rule, first_dose, least(progressed, death) AS ended_by,
       CASE WHEN progressed = ended_by THEN 'Progression' ELSE 'Death' END AS event,
       CASE WHEN rule = 'FDA' AND coalesce(new_therapy < ended_by, true) THEN new_therapy END
       AS stopped_by
FROM treated CROSS JOIN (SELECT unnest(['FDA', 'EMA']) AS rule)
     LEFT JOIN new_therapy USING (USUBJID)
     LEFT JOIN (SELECT USUBJID, min(day) AS progressed FROM confirmed WHERE response = 'PD'
                GROUP BY ALL) USING (USUBJID);

CREATE VIEW progression_free AS
SELECT *, CASE censored WHEN 0 THEN ended_by ELSE seen_last END AS last_day
FROM (SELECT *, coalesce(seen, first_dose) AS seen_last, CASE
          WHEN stopped_by IS NOT NULL THEN 2
          WHEN ended_by IS NULL THEN 1
          WHEN rule = 'FDA' AND ended_by - seen_last
               > setting('endpoints.assessment.missed')::INT
                 * setting('endpoints.assessment.interval_days')::INT
                 + setting('endpoints.assessment.tolerance_days')::INT THEN 3
          ELSE 0 END AS censored
      FROM (SELECT ending.*, max(day) AS seen
            FROM ending LEFT JOIN assessment
                 ON assessment.USUBJID = ending.USUBJID AND response <> 'NE'
                 AND CASE WHEN stopped_by IS NOT NULL THEN day <= stopped_by
                          ELSE coalesce(day < ended_by, true) END
            GROUP BY ALL));

-- TTE-7: a response lasts from its first day to the end by the protocol's rule. TTE-8: time to it.
CREATE VIEW first_response AS
SELECT USUBJID, min(day) AS responded FROM counting
WHERE response IN ('sCR', 'CR', 'VGPR', 'PR') GROUP BY USUBJID;

-- The rows behind a visit: results, the progression by imaging, all that the investigator said.
CREATE VIEW reading AS
SELECT USUBJID, VISITNUM::DECIMAL(9, 3) AS visit, RSSEQ AS seq,
       RSSTRESC = 'PD' AND PDIFL = 'Y' AS shown
FROM rs JOIN treated USING (USUBJID)
WHERE RSTESTCD = 'OVRLRESP' AND RSDTC::DATE <= cutoff() AND RSDTC::DATE > first_dose;

CREATE VIEW weighed AS
SELECT USUBJID, visit, 'LB' AS domain, seq FROM served_result
UNION ALL SELECT USUBJID, visit, 'RS', seq::INT FROM reading WHERE shown;

-- The visits on which the best response, the first confirmed response and progression stand.
CREATE VIEW standing AS
SELECT 'CBOR' AS parameter, USUBJID, arg_min((visit, decided_by), (day, visit)) AS visits
FROM (SELECT USUBJID, visit, day, response, decided_by, new_therapy FROM confirmed
      UNION ALL
      SELECT USUBJID, visit, day, response, NULL, new_therapy
      FROM assessment LEFT JOIN new_therapy USING (USUBJID) WHERE response = 'NE')
     LEFT JOIN best USING (USUBJID)
WHERE response = coalesce(best, 'NE') AND coalesce(day <= new_therapy, true)
GROUP BY USUBJID
UNION ALL
SELECT 'CRSP', USUBJID, arg_min((visit, decided_by), place)
FROM counting WHERE response IN ('sCR', 'CR', 'VGPR', 'PR') GROUP BY USUBJID
UNION ALL
SELECT 'PD', USUBJID, arg_min((visit, decided_by), place)
FROM confirmed WHERE response = 'PD' GROUP BY USUBJID;

-- What a DLT evaluation rests on: the toxicities, else the doses that suffice, else those that do
-- not; where there is nothing, the first dose.
CREATE VIEW decided AS
SELECT USUBJID, seq FROM dlt
UNION ALL
SELECT USUBJID, unnest(doses) FROM drug_in_window ANTI JOIN dlt USING (USUBJID)
WHERE NOT enough OR USUBJID IN (SELECT USUBJID FROM completed);

CREATE VIEW patient_result AS
SELECT 'adsl' AS dataset, USUBJID, NULL AS PARAMCD, NULL AS place, variable, text
FROM (SELECT USUBJID, first_dose::VARCHAR AS TRTSDT, last_dose::VARCHAR AS TRTEDT,
             coalesce(death::VARCHAR, '') AS DTHDT FROM treated)
     UNPIVOT (text FOR variable IN (TRTSDT, TRTEDT, DTHDT))
UNION ALL
SELECT 'addl', USUBJID, NULL, NULL, variable, CASE WHEN so THEN 'Y' ELSE 'N' END
FROM (SELECT *, DLTFL OR WINDOWFL AS DLTEVLFL
      FROM (SELECT USUBJID, USUBJID IN (SELECT USUBJID FROM dlt) AS DLTFL,
                   USUBJID IN (SELECT USUBJID FROM completed) AS WINDOWFL FROM treated))
     UNPIVOT (so FOR variable IN (DLTFL, WINDOWFL, DLTEVLFL))
UNION ALL
SELECT 'addl', USUBJID, NULL, NULL, 'SRCSEQ', string_agg(seq, ';' ORDER BY seq::INT)
FROM (FROM decided UNION ALL
      SELECT USUBJID, seq FROM given JOIN treated USING (USUBJID) ANTI JOIN decided USING (USUBJID)
      WHERE given > 0 AND begun = first_dose)
GROUP BY USUBJID
UNION ALL
SELECT 'adex', USUBJID, NULL, seq, variable, text
FROM (SELECT USUBJID, seq, planned::VARCHAR AS PLANNED, given::VARCHAR AS GIVEN,
             CASE WHEN given > 0 THEN 'Y' ELSE 'N' END AS DOSED,
             CASE WHEN reduced THEN 'Y' ELSE 'N' END AS REDUCED
      FROM given JOIN treated USING (USUBJID))
     UNPIVOT (text FOR variable IN (PLANNED, GIVEN, DOSED, REDUCED))
UNION ALL
SELECT 'adae', USUBJID, NULL, seq, variable, text
FROM (SELECT USUBJID, seq, begun::VARCHAR AS ASTDT, study_day(begun, first_dose)::VARCHAR AS ASTDY,
             CASE WHEN emergent THEN 'Y' ELSE 'N' END AS TRTEMFL,
             CASE WHEN counts THEN 'Y' ELSE 'N' END AS EVENTFL
      FROM emerging)
     UNPIVOT (text FOR variable IN (ASTDT, ASTDY, TRTEMFL, EVENTFL))
UNION ALL
SELECT 'adrs', USUBJID, 'OVR', visit::VARCHAR, 'AVALC', response FROM assessment
UNION ALL
SELECT 'adrs', USUBJID, 'OVR', visit::VARCHAR, 'CNFRESP', response
FROM (SELECT USUBJID, visit, response FROM confirmed
      UNION ALL SELECT USUBJID, visit, response FROM assessment WHERE response = 'NE')
UNION ALL
SELECT 'adrs', USUBJID, 'OVR', visit::VARCHAR, 'PCHG', coalesce(change::VARCHAR, '')
FROM assessment
UNION ALL
SELECT 'adrs', USUBJID, 'OVR', visit::VARCHAR, 'SRCSEQ', concat_ws(' | ', results, readings)
FROM assessment
     LEFT JOIN (SELECT USUBJID, visit, string_agg(seq, ';' ORDER BY seq) AS results
                FROM served_result GROUP BY ALL) USING (USUBJID, visit)
     LEFT JOIN (SELECT USUBJID, visit, string_agg(seq, ';' ORDER BY seq::INT) AS readings
                FROM reading GROUP BY ALL) USING (USUBJID, visit)
UNION ALL
SELECT 'adrs', USUBJID, parameter, NULL, 'SRCSEQ', string_agg(seqs, ' | ' ORDER BY domain)
FROM (SELECT parameter, USUBJID, domain, string_agg(DISTINCT seq, ';' ORDER BY seq) AS seqs
      FROM standing JOIN weighed USING (USUBJID)
      WHERE visit IN (visits[1], visits[2]) GROUP BY ALL)
GROUP BY parameter, USUBJID
UNION ALL
SELECT 'adrs', USUBJID, 'CBOR', NULL, 'SRCSEQ', string_agg(seq, ';' ORDER BY seq::INT)
FROM given JOIN treated USING (USUBJID)
     ANTI JOIN (FROM standing WHERE parameter = 'CBOR') USING (USUBJID)
WHERE given > 0 AND begun = first_dose GROUP BY USUBJID
UNION ALL
SELECT 'adrs', USUBJID, 'CBOR', NULL, 'AVALC', coalesce(best, 'NE')
FROM treated LEFT JOIN best USING (USUBJID)
UNION ALL
SELECT 'adrs', USUBJID, 'NASSESS', NULL, 'AVAL', count(response)::VARCHAR
FROM treated LEFT JOIN (FROM assessment SEMI JOIN measured_at_baseline USING (USUBJID)
                        WHERE response <> 'NE') USING (USUBJID)
GROUP BY USUBJID
UNION ALL
SELECT 'adtte', USUBJID, parameter, NULL, variable, text
FROM (SELECT USUBJID, parameter, days::VARCHAR AS AVAL, censored::VARCHAR AS CNSR,
             CASE censored WHEN 0 THEN event ELSE '' END AS EVNTDESC
      FROM (SELECT USUBJID, 'OS' AS parameter, days, censored, 'Death' AS event FROM followed
            UNION ALL
            SELECT USUBJID, 'PFS_' || rule, last_day - first_dose + 1, censored, event
            FROM progression_free
            UNION ALL
            SELECT USUBJID, 'DOR', greatest(last_day, responded) - responded + 1, censored, event
            FROM progression_free JOIN first_response USING (USUBJID)
            WHERE rule = setting('endpoints.pfs.rule')
            UNION ALL
            SELECT USUBJID, 'TTR', responded - first_dose + 1, 0, 'Response'
            FROM treated JOIN first_response USING (USUBJID)))
     UNPIVOT (text FOR variable IN (AVAL, CNSR, EVNTDESC));
