# Reference values of the Kaplan-Meier estimate from R's survival package.
#
# Run in this folder:  Rscript survival.R
# It writes survival-data.csv, survival-curves.csv, survival-quantiles.csv, survival-times.csv.

library(survival)
set.seed(20161130)

subjects <- function(time, event) data.frame(time = time, event = as.integer(event))

days <- sample(1:40, 150, replace = TRUE)
follow_up <- rexp(200, 1 / 12)
months <- c(31, 45, 31, 62, 45, 90, 62, 31)

sets <- list(
  lung = subjects(lung$time, lung$status == 2),
  lung_sex_1 = with(subset(lung, sex == 1), subjects(time, status == 2)),
  lung_sex_2 = with(subset(lung, sex == 2), subjects(time, status == 2)),
  aml_maintained = with(subset(aml, x == "Maintained"), subjects(time, status)),
  aml_nonmaintained = with(subset(aml, x == "Nonmaintained"), subjects(time, status)),
  all_tied = subjects(rep(7, 5), c(1, 0, 1, 1, 0)),
  all_tied_events = subjects(rep(7, 4), rep(1, 4)),
  all_events = subjects(c(3, 1, 4, 1, 5, 9, 2, 6), rep(1, 8)),
  no_event = subjects(c(5, 3, 8, 3), rep(0, 4)),
  event_and_censoring_tied = subjects(c(1, 2, 2, 2, 3, 3, 4, 4), c(1, 1, 0, 1, 0, 1, 1, 0)),
  flat_half_to_next_event = subjects(c(1, 2, 3, 4, 5, 6), c(1, 1, 1, 0, 0, 1)),
  flat_half_to_last_censoring = subjects(c(1, 2, 3, 4, 5, 6), c(1, 1, 1, 0, 0, 0)),
  flat_half_ends_at_last_event = subjects(c(2, 4, 6, 8), c(1, 1, 0, 0)),
  flat_at_all_quartiles = subjects(1:8, c(1, 1, 1, 1, 1, 1, 0, 0)),
  unsorted = subjects(c(9, 1, 1, 6, 2, 8), c(1, 1, 0, 0, 1, 1)),
  one_event = subjects(4, 1),
  one_censored = subjects(4, 0),
  event_at_time_zero = subjects(c(0, 0, 2, 5, 5, 7), c(1, 0, 1, 0, 1, 1)),
  censored_before_first_event = subjects(c(1, 2, 3, 4, 5), c(0, 0, 1, 1, 0)),
  months_from_days = subjects(
    c(months / 30.4375, months * 12 / 365.25), c(1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1)
  ),
  nearly_tied = subjects(c(1, 1 + 1e-9, 1 + 2e-8, 2, 2 + 3e-8, 3), c(1, 0, 1, 1, 1, 0)),
  upper_band_not_monotone = subjects(
    c(7, 9, 10, 10, 13, 17, 18, 19, 28), c(1, 1, 1, 1, 1, 1, 0, 1, 1)
  ),
  tied_days = subjects(days, rbinom(150, 1, 0.6)),
  continuous = subjects(follow_up, rbinom(200, 1, 0.7))
)

header <- sprintf(
  "# %s, survival %s, %s; made by survival.R",
  R.version.string, packageVersion("survival"), Sys.Date()
)
number <- function(x) {
  short <- sprintf("%.15g", x)
  exact <- is.na(x) | suppressWarnings(as.numeric(short)) == x
  ifelse(is.na(x), "", ifelse(exact, short, sprintf("%.17g", x)))
}
write_table <- function(name, rows) {
  numeric <- vapply(rows, is.double, TRUE)
  rows[numeric] <- lapply(rows[numeric], number)
  file <- file(name, "w")
  writeLines(header, file)
  write.csv(rows, file, row.names = FALSE, quote = FALSE)
  close(file)
}

transforms <- c("log-log", "log", "plain")
designs <- rbind(
  expand.grid(set = names(sets), reverse = c(FALSE, TRUE), level = 0.95, stringsAsFactors = FALSE),
  data.frame(set = "lung", reverse = FALSE, level = 0.8)
)

fitted <- function(design, transform) {
  data <- sets[[design$set]]
  if (design$reverse) data$event <- 1 - data$event
  survfit(Surv(time, event) ~ 1, data, conf.type = transform, conf.int = design$level)
}

curve <- function(design) {
  fits <- lapply(transforms, function(transform) fitted(design, transform))
  bounds <- do.call(cbind, lapply(fits, function(fit) cbind(fit$lower, fit$upper)))
  colnames(bounds) <- paste(rep(c("low", "high"), 3), rep(transforms, each = 2))
  fit <- fits[[1]]
  data.frame(
    design, time = fit$time, at_risk = as.integer(fit$n.risk), events = as.integer(fit$n.event),
    censored = as.integer(fit$n.censor), survival = fit$surv, bounds,
    row.names = NULL, check.names = FALSE
  )
}

quantiles <- function(design) {
  p <- c(0.1, 0.25, 0.5, 0.75, 0.9)
  do.call(rbind, lapply(transforms, function(transform) {
    found <- quantile(fitted(design, transform), p)
    data.frame(
      design, transform = transform, p = p, value = as.vector(found$quantile),
      low = as.vector(found$lower), high = as.vector(found$upper), row.names = NULL
    )
  }))
}

at_times <- function(design) {
  fit <- fitted(design, "log")
  asked <- sort(c(0, fit$time, fit$time + 0.5))
  found <- summary(fit, times = asked, extend = TRUE)
  data.frame(
    design[c("set", "reverse")], time = found$time, survival = found$surv,
    at_risk = as.integer(found$n.risk), row.names = NULL
  )
}

over <- function(designs, table) {
  do.call(rbind, lapply(seq_len(nrow(designs)), function(i) table(designs[i, ])))
}

write_table("survival-data.csv", do.call(rbind, lapply(names(sets), function(name) {
  data.frame(set = name, sets[[name]])
})))
write_table("survival-curves.csv", over(designs, curve))
write_table("survival-quantiles.csv", over(designs, quantiles))
small <- designs$level == 0.95 & !grepl("^lung|continuous", designs$set)
write_table("survival-times.csv", over(designs[small, ], at_times))
