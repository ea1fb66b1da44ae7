# Reference values of the Clopper-Pearson interval from R's binom.test.
#
# Run in this folder:  Rscript binomial.R
# It writes binomial.csv.

designs <- do.call(rbind, lapply(c(1, 2, 6, 10, 21, 32, 100, 1000), function(n) {
  x <- if (n <= 32) 0:n else round(c(0, 0.003, 0.1, 0.37, 0.5, 0.99, 1) * n)
  expand.grid(successes = x, n = n, level = c(0.8, 0.95, 0.99))
}))
bounds <- mapply(
  function(x, n, level) binom.test(x, n, conf.level = level)$conf.int,
  designs$successes, designs$n, designs$level
)

file <- file("binomial.csv", "w")
writeLines(sprintf("# %s, stats, %s; made by binomial.R", R.version.string, Sys.Date()), file)
number <- function(x) {
  short <- sprintf("%.15g", x)
  ifelse(as.numeric(short) == x, short, sprintf("%.17g", x))
}
rows <- as.data.frame(lapply(data.frame(designs, low = bounds[1, ], high = bounds[2, ]), number))
write.csv(rows, file, row.names = FALSE, quote = FALSE)
close(file)
