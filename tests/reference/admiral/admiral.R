# Answers of admiral, admiralonco and survival to the random courses of courses.py.
#
# Run in this folder:  Rscript admiral.R PATH/adrs_imwg.Rmd
# The argument is admiralonco's article on IMWG response, a vignette of its sources: its own
# functions are evaluated from there. It writes NAME-answers.csv for each table of courses.

suppressPackageStartupMessages({
  library(admiral)
  library(admiralonco)
  library(cli)
  library(dplyr)
  library(tidyr)
  library(lubridate)
  library(survival)
})
options(lifecycle_verbosity = "quiet", admiral_message = FALSE)
set_admiral_options(subject_keys = exprs(USUBJID))

versions <- vapply(
  c("admiral", "admiraldev", "admiralonco", "dplyr", "survival"),
  function(name) paste(name, packageVersion(name)), ""
)
header <- sprintf(
  "# %s, %s, %s; made by admiral.R",
  R.version.string, paste(versions, collapse = ", "), Sys.Date()
)
write_answers <- function(name, rows) {
  file <- file(paste0(name, "-answers.csv"), "w")
  writeLines(header, file)
  write.csv(rows, file, row.names = FALSE, quote = FALSE, na = "")
  close(file)
}
courses <- function(name, ...) {
  read.csv(paste0(name, ".csv"), colClasses = "character", na.strings = "") %>%
    rename(USUBJID = course) %>%
    mutate(across(any_of("seq"), as.integer), across(any_of(c(...)), as.Date))
}
first_dose <- as.Date("2014-06-17")

# IMWG: the article's functions

article <- commandArgs(TRUE)[[1]]
lines <- readLines(article)
inside <- cumsum(grepl("^```\\{r", lines)) > cumsum(grepl("^```$", lines)) & !grepl("^```", lines)
wanted <- c(
  "aval_resp_imwg", "aval_resp_conf", "confirmation_period", "derive_confirmed_response",
  "bor_scr", "bor_vgpr", "bor_mr", "bor_sd_imwg", "bor_ne_imwg", "no_data_missing"
)
adsl_vars <- exprs(RANDDT, TRTSDT)
for (call in parse(text = lines[inside])) {
  if (identical(call[[1]], as.name("<-")) && as.character(call[[2]])[[1]] %in% wanted) eval(call)
}

reported <- function(name) {
  courses(name, "therapy") %>%
    transmute(
      USUBJID, RSSEQ = seq, RSDTC = date, AVALC = category, NACTDT = therapy, AVISIT = RSSEQ,
      PDIFL = imaging, DTHPDFL = death,
      PDOFL = if_else(category == "PD" & is.na(imaging), "Y", NA_character_),
      RANDDT = first_dose - 1
    ) %>%
    derive_vars_dt(
      dtc = RSDTC, new_vars_prefix = "A", highest_imputation = "D", date_imputation = "last",
      flag_imputation = "none"
    ) %>%
    mutate(ADTM = as_datetime(ADT), AVAL = aval_resp_imwg(AVALC))
}
at_each_record <- function(records) suppressWarnings(derive_confirmed_response(records))
confirmed <- function(name) {
  records <- reported(name)
  at_records <- at_each_record(records)
  ovr <- at_records %>%
    restrict_derivation(
      derivation = derive_var_extreme_flag,
      args = params(
        by_vars = exprs(USUBJID, ADT), order = exprs(AVAL, RSSEQ), new_var = ANL01FL,
        mode = "first"
      ),
      filter = !is.na(AVAL)
    ) %>%
    filter(ANL01FL == "Y" & (is.na(NACTDT) | ADT < NACTDT)) %>%
    derive_var_relative_flag(
      by_vars = exprs(USUBJID), order = exprs(ADT, RSSEQ), new_var = ANL03FL,
      condition = AVALC == "PD", mode = "first", selection = "before", inclusive = TRUE
    ) %>%
    filter(ANL03FL == "Y")
  adsl <- distinct(records, USUBJID, RANDDT) %>% mutate(TRTSDT = RANDDT)
  best <- derive_extreme_event(
    by_vars = exprs(USUBJID), tmp_event_nr_var = event_nr, order = exprs(event_nr, ADT),
    mode = "first", source_datasets = list(ovr = ovr, adsl = adsl),
    events = list(
      bor_scr, bor_cr, bor_vgpr, bor_pr, bor_mr, bor_sd_imwg, bor_pd, bor_ne_imwg, no_data_missing
    ),
    set_values_to = exprs(PARAMCD = "CBOR")
  )
  at_records %>%
    transmute(course = USUBJID, seq = RSSEQ, confirmed = AVALC) %>%
    left_join(transmute(best, course = USUBJID, best = AVALC, best_date = ADT), by = "course") %>%
    arrange(course, seq)
}
for (name in c("imwg", "labs")) write_answers(name, confirmed(name))

# RECIST 1.1: 28 days to confirm, stable disease from day 38 on, any number of NE in between

assessed <- courses("recist", "date", "therapy") %>%
  transmute(
    USUBJID, ASEQ = seq, ADT = date, AVALC = category, PARAMCD = "OVR", TRTSDT = first_dose,
    NACTDT = therapy
  )
patients <- distinct(assessed, USUBJID, TRTSDT)
first_pd <- assessed %>%
  filter(AVALC == "PD") %>%
  group_by(USUBJID) %>%
  summarise(ADT = min(ADT)) %>%
  mutate(PARAMCD = "PD", AVALC = "Y")
assessed <- bind_rows(assessed, first_pd)
pd_date <- date_source(dataset_name = "adrs", date = ADT, filter = PARAMCD == "PD")
bor <- suppressMessages(suppressWarnings(derive_param_confirmed_bor(
  assessed,
  dataset_adsl = patients, source_pd = pd_date, source_datasets = list(adrs = assessed),
  filter_source = PARAMCD == "OVR" & (is.na(NACTDT) | ADT <= NACTDT),
  reference_date = TRTSDT, ref_start_window = 38, ref_confirm = 28, max_nr_ne = 99,
  missing_as_ne = TRUE, set_values_to = exprs(PARAMCD = "CBOR")
)))
response <- suppressMessages(suppressWarnings(derive_param_confirmed_resp(
  assessed,
  dataset_adsl = patients, source_pd = pd_date, source_datasets = list(adrs = assessed),
  filter_source = PARAMCD == "OVR" & (is.na(NACTDT) | ADT <= NACTDT),
  ref_confirm = 28, max_nr_ne = 99, set_values_to = exprs(PARAMCD = "CRSP")
)))
write_answers("recist", left_join(
  filter(bor, PARAMCD == "CBOR") %>% transmute(course = USUBJID, best = AVALC),
  filter(response, PARAMCD == "CRSP") %>%
    transmute(course = USUBJID, response_date = ADT),
  by = "course"
))

# Adverse events: first dose on the start, last dose 100 days later, 30 days after it

emergent <- courses("events") %>%
  mutate(
    TRTSDT = first_dose, TRTEDT = first_dose + 100, AETOXGR = as.integer(grade), AEGRPID = "1"
  ) %>%
  derive_vars_dt(
    dtc = end, new_vars_prefix = "AEN", highest_imputation = "M", date_imputation = "last",
    flag_imputation = "none"
  ) %>%
  derive_vars_dt(
    dtc = start, new_vars_prefix = "AST", highest_imputation = "M", date_imputation = "first",
    min_dates = exprs(TRTSDT), max_dates = exprs(AENDT)
  ) %>%
  derive_var_trtemfl(
    start_date = ASTDT, end_date = AENDT, trt_start_date = TRTSDT, trt_end_date = TRTEDT,
    end_window = 30, intensity = AETOXGR, group_var = AEGRPID
  ) %>%
  derive_vars_dy(reference_date = TRTSDT, source_vars = exprs(ASTDT)) %>%
  arrange(USUBJID, seq)
write_answers("events", emergent %>% transmute(
  course = USUBJID, seq, ASTDT, ASTDTF, ASTDY, TRTEMFL = coalesce(TRTEMFL, "N")
))

# Time to event. FDA: an event counts unless new therapy came before it, or more than 70 days
# (twice 28 and 14) went by since the last adequate assessment. EMA: whenever it occurs.

judged <- function(patients, adequate) {
  patients %>%
    mutate(TRTSDT = first_dose, EVENTDT = pmin(PDDT, DTHDT, na.rm = TRUE)) %>%
    derive_vars_joined(
      dataset_add = adequate, by_vars = exprs(USUBJID), order = exprs(ADT),
      join_type = "all", filter_join = is.na(EVENTDT) | ADT < EVENTDT, mode = "last",
      new_vars = exprs(SEENDT = ADT)
    ) %>%
    mutate(
      SEENDT = coalesce(SEENDT, TRTSDT),
      FDA = case_when(
        !is.na(NACTDT) & (is.na(EVENTDT) | NACTDT < EVENTDT) ~ 2,
        is.na(EVENTDT) ~ 1,
        EVENTDT - SEENDT > 70 ~ 3,
        TRUE ~ 0
      )
    )
}
ended <- function(parameter, patients, adequate, events, censorings, start = "TRTSDT") {
  adequate <- derive_vars_merged(adequate,
    dataset_add = patients, by_vars = exprs(USUBJID), new_vars = exprs(NACTDT, EVENTDT, FDA)
  )
  derive_param_tte(
    dataset_adsl = patients, source_datasets = list(adsl = patients, adequate = adequate),
    start_date = !!as.name(start), event_conditions = events, censor_conditions = censorings,
    check_type = "none", set_values_to = exprs(PARAMCD = !!parameter)
  ) %>%
    derive_vars_duration(new_var = AVAL, start_date = STARTDT, end_date = ADT)
}
described <- function(rows) {
  rows %>%
    transmute(
      course = USUBJID, parameter = PARAMCD, AVAL, CNSR, EVNTDESC = coalesce(EVNTDESC, "")
    ) %>%
    arrange(course, parameter)
}
fda_events <- list(
  event_source("adsl", FDA == 0, PDDT, exprs(EVNTDESC = "Progression")),
  event_source("adsl", FDA == 0, DTHDT, exprs(EVNTDESC = "Death"))
)
ema_events <- list(
  event_source("adsl", date = PDDT, set_values_to = exprs(EVNTDESC = "Progression")),
  event_source("adsl", date = DTHDT, set_values_to = exprs(EVNTDESC = "Death"))
)
death <- list(event_source("adsl", date = DTHDT, set_values_to = exprs(EVNTDESC = "Death")))
response <- list(event_source("adsl", date = RSPDT, set_values_to = exprs(EVNTDESC = "Response")))
fda_censorings <- list(
  censor_source("adequate", FDA == 1, ADT, 1),
  censor_source("adsl", FDA == 1, TRTSDT, 1),
  censor_source("adequate", FDA == 2 & ADT <= NACTDT, ADT, 2),
  censor_source("adsl", FDA == 2, TRTSDT, 2),
  censor_source("adequate", FDA == 3 & ADT < EVENTDT, ADT, 3),
  censor_source("adsl", FDA == 3, TRTSDT, 3)
)
ema_censorings <- list(
  censor_source("adequate", date = ADT), censor_source("adsl", date = TRTSDT)
)
alive <- list(censor_source("adsl", date = ALIVEDT), censor_source("adsl", date = TRTSDT))

visits <- courses("times", "date", "therapy", "death", "alive")
adequate <- filter(visits, !category %in% "NE" & !is.na(date)) %>% transmute(USUBJID, ADT = date)
adsl <- distinct(visits, USUBJID, NACTDT = therapy, DTHDT = death, ALIVEDT = alive) %>%
  derive_vars_merged(
    dataset_add = filter(visits, category == "PD"), by_vars = exprs(USUBJID),
    order = exprs(date), mode = "first", new_vars = exprs(PDDT = date)
  ) %>%
  judged(adequate)
write_answers("times", described(bind_rows(
  ended("PFS_FDA", adsl, adequate, fda_events, fda_censorings),
  ended("PFS_EMA", adsl, adequate, ema_events, ema_censorings),
  ended("OS", adsl, adequate, death, alive)
)))

# The same from the confirmed responses of the laboratory courses; a duration is of FDA's rule

records <- reported("labs")
adequate <- filter(records, AVALC != "NE") %>% select(USUBJID, ADT)
at_records <- at_each_record(records)
adsl <- distinct(records, USUBJID, NACTDT) %>%
  mutate(DTHDT = as.Date(NA)) %>%
  derive_vars_merged(
    dataset_add = filter(at_records, AVALC == "PD"), by_vars = exprs(USUBJID),
    order = exprs(ADT), mode = "first", new_vars = exprs(PDDT = ADT)
  ) %>%
  derive_vars_merged(
    dataset_add = at_records, by_vars = exprs(USUBJID), order = exprs(ADT), mode = "first",
    filter_add = AVALC %in% c("sCR", "CR", "VGPR", "PR") & (is.na(NACTDT) | ADT <= NACTDT),
    new_vars = exprs(RSPDT = ADT)
  ) %>%
  judged(adequate)
responders <- filter(adsl, !is.na(RSPDT))
write_answers("labs-times", described(bind_rows(
  ended("PFS_FDA", adsl, adequate, fda_events, fda_censorings),
  ended("PFS_EMA", adsl, adequate, ema_events, ema_censorings),
  ended("TTR", responders, adequate, response, ema_censorings),
  ended("DOR", responders, adequate, fda_events, fda_censorings, "RSPDT")
)))

# Kaplan-Meier. `past` says what ended the curve where the last time asked is past it: `event`,
# nobody is left and the estimate stays 0, or `censoring`; survfit gives no estimate there.

estimated <- function(course) {
  words <- strsplit(course[["subjects"]], " ")[[1]]
  asked <- as.numeric(strsplit(course[["asked"]], " ")[[1]])
  fit <- survfit(
    Surv(as.numeric(sub("+", "", words, fixed = TRUE)), !endsWith(words, "+")) ~ 1,
    conf.type = "log-log"
  )
  quantiles <- quantile(fit, c(0.25, 0.5, 0.75))
  carried <- summary(fit, times = asked, extend = TRUE)
  number <- function(x) paste(ifelse(is.na(x), "NA", sprintf("%.15g", x)), collapse = " ")
  data.frame(
    course = course[["USUBJID"]], quantile = number(quantiles$quantile),
    low = number(quantiles$lower), high = number(quantiles$upper),
    survival = number(carried$surv), at_risk = number(carried$n.risk),
    past = if (any(endsWith(words[as.numeric(sub("+", "", words, fixed = TRUE)) ==
      max(fit$time)], "+"))) "censoring" else "event"
  )
}
asked <- read.csv("survival.csv", colClasses = "character") %>% rename(USUBJID = course)
write_answers("survival", bind_rows(apply(asked, 1, estimated)))
