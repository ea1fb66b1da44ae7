-- The numbers of the abstract, of the response rates and of the adverse-event table, derived a
-- second time.
--
-- Given: the raw tables dm, cm, ex, ae, tr, rs, ds, ss as they stand in data/raw, every column
-- text; and analysis/protocol.yaml, one row a value: protocol(place, path, value), its path dotted, its
-- place the row's place in the file. Asked: the view numbers(id, n, denominator, text, value), and
-- patient_result(dataset, USUBJID, PARAMCD, place, variable, text), what the analysis datasets
-- hold of a patient; its place is a visit or a sequence number, if the row has one.

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

CREATE TABLE given AS
SELECT USUBJID, EXTRT, EXSTDTC::DATE AS begun, least(EXENDTC::DATE, cutoff()) AS ended,
       EXPDOSE::DECIMAL(18, 6) * EXPADM::INT AS planned,
       EXDOSE::DECIMAL(18, 6) * EXADM::INT AS given
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
       AETOXGR::INT AS grade, AEDLTFL AS flag, first_dose, last_dose,
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
                       OVER so_far END AS grade_before
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
CREATE VIEW completed AS
SELECT USUBJID
FROM (SELECT USUBJID, EXTRT, sum(given) AS given, sum(planned) AS planned
      FROM given JOIN in_window USING (USUBJID)
      WHERE begun BETWEEN first_dose AND window_end
      GROUP BY ALL)
WHERE planned > 0
  AND given * setting('dlt.required_dose.fraction.1')::INT
      >= planned * setting('dlt.required_dose.fraction.0')::INT
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
FROM (SELECT level, step, cohort, count(*) AS treated,
             count(*) FILTER (evaluable) AS size,
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

-- Response by RECIST 1.1. Target lesions in mm, non-target and new lesions as the investigator
-- judged them; what is dated after the first dose belongs to the visit, the rest to the baseline:
-- of a target lesion its last measurement (RECIST-1).

CREATE TABLE lesion AS
SELECT USUBJID, TRLNKID AS lesion, TRTESTCD = 'LPERP' AS node, TRSTRESN::DECIMAL(18, 6) AS size,
       VISITNUM::DECIMAL(9, 3) AS visit, TRDTC::DATE AS day, TRSEQ::INT AS seq,
       TRDTC::DATE > first_dose AS after
FROM tr JOIN treated USING (USUBJID)
WHERE TRGRPID = 'TARGET' AND TRSTAT IS DISTINCT FROM 'NOT DONE' AND TRDTC::DATE <= cutoff();

-- Who has non-target disease: at baseline, or by its response later (RECIST-2).
CREATE TABLE beside_at_baseline AS
SELECT DISTINCT USUBJID FROM tr JOIN treated USING (USUBJID)
WHERE TRGRPID = 'NON-TARGET' AND TRSTAT IS DISTINCT FROM 'NOT DONE'
  AND TRDTC::DATE <= least(first_dose, cutoff());

CREATE TABLE judged AS
SELECT USUBJID, RSTESTCD AS test, RSSTRESC AS result, VISITNUM::DECIMAL(9, 3) AS visit,
       RSDTC::DATE AS day, RSSEQ::INT AS seq
FROM rs JOIN treated USING (USUBJID)
WHERE RSTESTCD IN ('NTRGRESP', 'NEWLIND') AND RSDTC::DATE <= cutoff()
  AND RSDTC::DATE > first_dose;

CREATE TABLE target AS
SELECT USUBJID, lesion, last(size ORDER BY day, visit, seq) AS size_0
FROM lesion WHERE NOT after GROUP BY USUBJID, lesion;

CREATE TABLE baseline AS
SELECT USUBJID, count(*) AS targets, sum(size_0) AS sum_0 FROM target GROUP BY USUBJID;

-- A baseline is a target lesion with a size; without target lesions, a non-target one (RECIST-12).
CREATE VIEW based AS
SELECT USUBJID FROM baseline WHERE sum_0 > 0
UNION ALL SELECT USUBJID FROM beside_at_baseline ANTI JOIN baseline USING (USUBJID);

CREATE VIEW seen AS
SELECT USUBJID, visit, count(*) AS found, sum(size) AS total,
       bool_or(size > 0 AND NOT node) AS tumour, bool_and(size < 10 OR NOT node) AS nodes_normal
FROM (SELECT USUBJID, visit, lesion, last(size ORDER BY day, seq) AS size,
             last(node ORDER BY day, seq) AS node
      FROM lesion SEMI JOIN target USING (USUBJID, lesion)
      WHERE after GROUP BY USUBJID, visit, lesion)
GROUP BY USUBJID, visit;

CREATE VIEW visited AS
SELECT USUBJID, visit, max(day) AS day,
       last(result ORDER BY day, seq) FILTER (test = 'NTRGRESP') AS non_target,
       coalesce(last(result ORDER BY day, seq) FILTER (test = 'NEWLIND') = 'Y', false) AS new
FROM (SELECT USUBJID, visit, day, NULL AS test, NULL AS result, NULL AS seq FROM lesion WHERE after
      UNION ALL SELECT USUBJID, visit, day, test, result, seq FROM judged)
GROUP BY USUBJID, visit;

-- The sum of diameters counts where every target lesion was measured (RECIST-6); its lowest so far
-- includes the baseline. Non-target lesions that were not judged at a visit are not evaluated, and a
-- visit where nothing is said of new lesions found none (RECIST-7).
CREATE TABLE course AS
SELECT *, least(sum_0, min(total) OVER earlier) AS low
FROM (SELECT USUBJID, visit, day, new, sum_0, tumour, nodes_normal,
             sum_0 IS NULL AND USUBJID IN (FROM beside_at_baseline) AS only_beside,
             CASE WHEN sum_0 > 0 THEN total END AS measured_sum,
             CASE WHEN found = targets THEN measured_sum END AS total,
             CASE WHEN USUBJID IN (SELECT USUBJID FROM judged WHERE test = 'NTRGRESP')
                       OR USUBJID IN (FROM beside_at_baseline)
                  THEN coalesce(non_target, 'NE') ELSE 'CR' END AS non_target
      FROM visited LEFT JOIN baseline USING (USUBJID) LEFT JOIN seen USING (USUBJID, visit))
WINDOW earlier AS (PARTITION BY USUBJID ORDER BY day, visit
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);

-- Progression of the targets: those measured are a fifth and 5 mm above the lowest sum (RECIST-4);
-- after a complete response, any lesion but a node that is there again (RECIST-5). They are gone
-- where no tumour is left and every node is under 10 mm (RECIST-3).
CREATE VIEW measured AS
SELECT *, bool_or(clear AND non_target = 'CR' AND NOT new) OVER (
           PARTITION BY USUBJID ORDER BY day, visit
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS was_complete
FROM (SELECT *, 5 * (measured_sum - low) >= low AND measured_sum - low >= 5 AS grown,
             total IS NOT NULL AND NOT grown AND NOT tumour AND nodes_normal AS clear
      FROM course);

-- With target lesions by table 1 of the guideline (RECIST-8), without by table 2 (RECIST-9).
CREATE TABLE assessment AS
SELECT USUBJID, visit, day, 100 * (total / sum_0 - 1) AS change, CASE
    WHEN new OR non_target = 'PD' OR grown OR (measured_sum IS NOT NULL AND was_complete AND tumour)
        THEN 'PD'
    WHEN only_beside THEN non_target
    WHEN total IS NULL THEN 'NE'
    WHEN clear AND non_target = 'CR' THEN 'CR'
    WHEN clear OR 10 * total <= 7 * sum_0 THEN 'PR'
    ELSE 'SD' END AS response
FROM measured;

-- New therapy ends what counts, unless it began or was over before the first dose (DATE-6).
CREATE VIEW new_therapy AS
SELECT USUBJID, min(start_day(CMSTDTC, CMENDTC, first_dose)) AS new_therapy
FROM cm JOIN treated USING (USUBJID)
WHERE CMCAT = 'SUBSEQUENT ANTI-CANCER THERAPY' AND end_day(CMENDTC) >= first_dose
  AND start_day(CMSTDTC, CMENDTC, first_dose) BETWEEN first_dose AND cutoff()
GROUP BY ALL;

-- Confirmation: of the later assessable visits, the first that is worse or late enough decides; it
-- bears out a response that it equals or betters (RECIST-10). Stable disease must have lasted
-- (RECIST-11).
CREATE VIEW category AS
SELECT unnest(['CR', 'PR', 'SD', 'NON-CR/NON-PD', 'PD', 'NE']) AS response,
       unnest(range(1, 7)) AS rank;

CREATE VIEW ranked_visit AS
SELECT *, row_number() OVER (PARTITION BY USUBJID ORDER BY day, visit) AS place
FROM assessment JOIN category USING (response);

CREATE VIEW deciding AS
SELECT own.USUBJID, own.place, arg_min(later.rank, later.place) AS rank_later,
       arg_min(later.day, later.place) AS day_later
FROM ranked_visit AS own JOIN ranked_visit AS later
     ON own.USUBJID = later.USUBJID AND own.place < later.place AND later.response <> 'NE'
     AND (later.rank > own.rank
          OR later.day >= own.day + setting('response.confirmation.days')::INT)
WHERE own.response IN ('CR', 'PR')
GROUP BY own.USUBJID, own.place;

CREATE VIEW confirmed AS
SELECT USUBJID, visit, day, place, new_therapy, CASE
    WHEN counted IN ('SD', 'NON-CR/NON-PD') AND day - first_dose < setting('response.stable_disease.days')::INT
        THEN 'NE'
    ELSE counted END AS response
FROM (SELECT *, CASE
          WHEN response NOT IN ('CR', 'PR')
               OR NOT setting('response.confirmation.required')::BOOLEAN
               OR rank_later <= rank AND coalesce(day_later <= new_therapy, true) THEN response
          WHEN sum_0 IS NULL THEN 'NON-CR/NON-PD'
          ELSE 'SD' END AS counted
      FROM ranked_visit JOIN treated USING (USUBJID) LEFT JOIN deciding USING (USUBJID, place)
           LEFT JOIN new_therapy USING (USUBJID) LEFT JOIN baseline USING (USUBJID));

CREATE VIEW progression AS
SELECT USUBJID, min(place) AS progression, min(day) AS progressed
FROM confirmed WHERE response = 'PD' GROUP BY USUBJID;

CREATE VIEW best AS
SELECT USUBJID, arg_min(response, rank) AS best
FROM confirmed JOIN category USING (response) LEFT JOIN progression USING (USUBJID)
WHERE coalesce(place <= progression, true) AND coalesce(day <= new_therapy, true)
GROUP BY USUBJID;

-- Populations

-- POP-3: of the escalation; POP-5: with a response assessed; POP-4: of the expansion; POP-6: at
-- the recommended level.
CREATE TABLE population AS
WITH evaluable AS (
    SELECT treated.* FROM treated SEMI JOIN based USING (USUBJID)
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
    UNION ALL SELECT USUBJID, TRDTC::DATE FROM tr WHERE TRSTAT IS NULL
    UNION ALL SELECT USUBJID, RSDTC::DATE FROM rs
    UNION ALL SELECT USUBJID, DSSTDTC::DATE FROM ds
              WHERE DSDECOD NOT IN ('DEATH', 'LOST TO FOLLOW-UP')
    UNION ALL SELECT USUBJID, first_day(AESTDTC) FROM ae
    UNION ALL SELECT USUBJID, first_day(AEENDTC) FROM ae WHERE AEOUT <> 'FATAL'
    UNION ALL SELECT USUBJID, first_day(CMSTDTC) FROM cm
    UNION ALL SELECT USUBJID, first_day(CMENDTC) FROM cm)
WHERE setting('endpoints.last_alive.value') = 'all tables';

-- TTE-2: survival ends with death, or is censored at the last day known alive. TTE-9: follow-up is
-- Kaplan-Meier in reverse, that day as the event, death censoring it. The curve is the product of 1 - events / at risk over the days up to each.

CREATE TABLE followed AS
SELECT USUBJID, death IS NULL AS event,
       greatest(coalesce(death, last_alive), first_dose) - first_dose + 1 AS days
FROM treated LEFT JOIN (SELECT USUBJID, max(day) AS last_alive FROM known_alive
                        WHERE day <= cutoff() GROUP BY USUBJID) USING (USUBJID);

-- TTE-4, TTE-5: progression-free survival ends with progression or death; by the FDA rule it is
-- censored at the last assessment before new therapy, or before an event after missed ones.
CREATE VIEW looked_at AS
SELECT USUBJID, day FROM assessment WHERE response <> 'NE'
UNION ALL SELECT USUBJID, first_dose FROM treated;

CREATE VIEW ending AS
SELECT USUBJID, first_dose, least(progressed, death) AS ended_by,
       CASE WHEN setting('endpoints.pfs.rule') = 'FDA'
                 AND coalesce(new_therapy < ended_by, true) THEN new_therapy END AS stopped_by
FROM treated LEFT JOIN progression USING (USUBJID) LEFT JOIN new_therapy USING (USUBJID);

CREATE TABLE progression_free AS
SELECT USUBJID, event, CASE WHEN event THEN ended_by ELSE seen_last END - first_dose + 1 AS days
FROM (SELECT *, stopped_by IS NULL AND ended_by IS NOT NULL
             AND (setting('endpoints.pfs.rule') <> 'FDA' OR ended_by - seen_last
                  <= setting('endpoints.assessment.missed')::INT
                     * setting('endpoints.assessment.interval_days')::INT
                     + setting('endpoints.assessment.tolerance_days')::INT) AS event
      FROM (SELECT ending.*, max(day) AS seen_last
            FROM ending JOIN looked_at USING (USUBJID)
            WHERE CASE WHEN stopped_by IS NOT NULL THEN day <= stopped_by
                       ELSE coalesce(day < ended_by, true) END
            GROUP BY ALL));

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

CREATE TABLE listed_event AS
SELECT USUBJID, term, class, grade, counts
FROM emergent
WHERE grade >= setting('safety.grade.minimum')::INT
  AND USUBJID IN (SELECT USUBJID FROM population
                  WHERE population = setting('safety.population.value'));

CREATE VIEW event_group AS
SELECT split_part(path, '.', 3) AS name, value AS label
FROM protocol WHERE path SIMILAR TO 'safety\.groups\.[^.]+\.label';

CREATE VIEW grouped AS
SELECT DISTINCT split_part(path, '.', 3) AS name, term, class
FROM protocol JOIN listed_event
     ON path LIKE 'safety.groups.%.terms.%' AND value = term
     OR path LIKE 'safety.groups.%.classes.%' AND value = class;

CREATE VIEW coded AS
SELECT term, class, 'ae.term.' || slug(term)
       || CASE WHEN count(*) OVER (PARTITION BY slug(term)) > 1 THEN '.' || slug(class) ELSE '' END
       AS line
FROM (SELECT DISTINCT term, class FROM listed_event);

CREATE TABLE line_event AS
SELECT 'ae.overall' AS line, USUBJID, grade, counts FROM listed_event
UNION ALL
SELECT 'ae.group.' || name, USUBJID, grade, counts FROM listed_event JOIN grouped USING (term, class)
UNION ALL SELECT 'ae.class.' || slug(class), USUBJID, grade, counts FROM listed_event
UNION ALL SELECT line, USUBJID, grade, counts FROM listed_event JOIN coded USING (term, class);

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
SELECT label, count(USUBJID) AS patients,
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

CREATE VIEW cohort_id AS
SELECT *, 'dlt.' || slug(level) || '.'
       || ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'][place] || '_cohort' AS id
FROM cohort_outcome;

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
WHERE setting('escalation.recommended.level') IS NOT NULL
UNION ALL
SELECT 'dlt.rp2d.' || slug(drug), NULL, NULL,
       coalesce(any_value(plain(amount) || ' ' || unit) FILTER (level IN (SELECT level FROM
                recommended)), 'NE')
FROM dose JOIN drug USING (drug) GROUP BY drug;

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

CREATE VIEW median AS
SELECT 'followup' AS name, median FROM km_median('followed')
UNION ALL SELECT 'pfs', median FROM km_median('progression_free');

CREATE VIEW median_number AS
SELECT name || '.median.months' AS id, patients('treated') AS n,
       coalesce(rounded((2 * median)::INT * 10000, 2 * scaled, places), 'NE') AS text,
       median::DOUBLE * 10000 / scaled AS value
FROM (SELECT *, (setting('endpoints.month_days.value')::DECIMAL(9, 4) * 10000)::INT AS scaled,
             setting('display.months_decimals.value')::INT AS places
      FROM median);

CREATE VIEW common_number AS
SELECT 'safety.most_common' AS id, count(*) FILTER (common) AS n, count(*) AS denominator,
       listed(list(lower(label) ORDER BY patients DESC, severe DESC, label) FILTER (common), 'and')
       AS text
FROM (SELECT *, patients > 0 AND 100 * patients
                >= setting('safety.most_common.percent')::INT * safety_patients() AS common
      FROM ranked);

-- Counts of patients, each with its share.
CREATE VIEW share AS
SELECT id, n, denominator FROM response_number
UNION ALL SELECT cell, n, safety_patients() FROM ae_cell;

CREATE VIEW numbers AS
SELECT id, NULL AS n, NULL AS denominator, text, NULL AS value FROM protocol_number
UNION ALL SELECT id, n, n, format('{:,}', n), NULL FROM population_number
UNION ALL SELECT id, n, denominator, text, NULL FROM escalation_number
UNION ALL SELECT id || '.n', n, denominator, format('{:,}', n), NULL FROM share
UNION ALL SELECT id || '.percent', n, denominator, percent(n, denominator),
          100.0::DOUBLE * n / nullif(denominator, 0) FROM share
UNION ALL SELECT line || '.total.events', events, events, format('{:,}', events), NULL
          FROM (SELECT line, count(*) FILTER (counts) AS events
                FROM line LEFT JOIN line_event USING (line) GROUP BY line)
UNION ALL SELECT id, n, n, text, value FROM median_number
UNION ALL SELECT id, n, denominator, text, NULL FROM common_number;

-- The patients: what is derived of each, before anything is counted

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
SELECT 'adrs', USUBJID, 'CBOR', NULL, 'AVALC', coalesce(best, 'NE')
FROM treated LEFT JOIN best USING (USUBJID)
UNION ALL
SELECT 'adrs', USUBJID, 'NASSESS', NULL, 'AVAL', count(response)::VARCHAR
FROM treated LEFT JOIN (FROM assessment SEMI JOIN based USING (USUBJID)
                        WHERE response <> 'NE') USING (USUBJID)
GROUP BY USUBJID
UNION ALL
SELECT 'adtte', USUBJID, 'OS', NULL, variable, text
FROM (SELECT USUBJID, days::VARCHAR AS AVAL, event::INT::VARCHAR AS CNSR FROM followed)
     UNPIVOT (text FOR variable IN (AVAL, CNSR))
UNION ALL
SELECT 'adtte', USUBJID, 'PFS_' || setting('endpoints.pfs.rule'), NULL, 'AVAL', days::VARCHAR
FROM progression_free;
