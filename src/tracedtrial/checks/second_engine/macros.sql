-- What the methods share. Sources: Clopper and Pearson 1934; Wilson 1927; Kaplan and Meier 1958.

CREATE OR REPLACE MACRO id_part(words) AS coalesce(nullif(
    trim(regexp_replace(lower(words), '[^a-z0-9]+', '_', 'g'), '_'), ''), 'empty');

-- The probability of n events or fewer among size, each of probability p.
CREATE OR REPLACE MACRO at_most(n, size, p) AS list_sum([
    exp(lgamma(size + 1) - lgamma(k + 1) - lgamma(size - k + 1)
        + k * ln(p) + (size - k) * ln(1 - p))
    for k in range(0, n + 1)]);

-- The share at which so few have `tail` left, by sixty halvings; 1 where all have the event.
CREATE OR REPLACE MACRO upper_share(n, size, tail) AS CASE WHEN n = size THEN 1.0 ELSE
    list_reduce(list_prepend({'low': 0.0::DOUBLE, 'high': 1.0::DOUBLE},
        [{'low': step::DOUBLE, 'high': 0.0::DOUBLE} for step in range(0, 60)]),
    lambda held, step: CASE WHEN at_most(n, size, (held.low + held.high) / 2) > tail
        THEN {'low': (held.low + held.high) / 2, 'high': held.high}
        ELSE {'low': held.low, 'high': (held.low + held.high) / 2} END).low END;

CREATE OR REPLACE MACRO exact_low(n, size, tail) AS 1 - upper_share(size - n, size, tail);
CREATE OR REPLACE MACRO exact_high(n, size, tail) AS upper_share(n, size, tail);

CREATE OR REPLACE MACRO wilson_bound(n, size, z, side) AS
    (n + z * z / 2 + side * z * sqrt(n * (size - n) / size::DOUBLE + z * z / 4)) / (size + z * z);

-- The mean at which so few have `tail` left, of a Poisson count; by eighty halvings.
CREATE OR REPLACE MACRO poisson_at_most(n, mean) AS list_sum([
    exp(-mean + k * ln(mean) - lgamma(k + 1)) for k in range(0, n + 1)]);
CREATE OR REPLACE MACRO poisson_upper(n, tail) AS list_reduce(
    list_prepend({'low': 0.0::DOUBLE, 'high': (n + 10 * sqrt(n) + 30)::DOUBLE},
        [{'low': step::DOUBLE, 'high': 0.0::DOUBLE} for step in range(0, 80)]),
    lambda held, step: CASE WHEN poisson_at_most(n, (held.low + held.high) / 2) > tail
        THEN {'low': (held.low + held.high) / 2, 'high': held.high}
        ELSE {'low': held.low, 'high': (held.low + held.high) / 2} END).low;

-- The probability of a standard normal value above z, by Simpson's rule from 0 to z.
CREATE OR REPLACE MACRO above_normal(z) AS 0.5 - z / 6000 / sqrt(2 * pi()) * list_sum([
    CASE WHEN k IN (0, 2000) THEN 1 WHEN k % 2 = 1 THEN 4 ELSE 2 END
    * exp(-0.5 * pow(z * k / 2000, 2)) for k in range(0, 2001)]);
CREATE OR REPLACE MACRO chi_square_above(x, freedom) AS CASE freedom
    WHEN 1 THEN 2 * above_normal(sqrt(x)) WHEN 2 THEN exp(-x / 2) END;

-- The probability of a with these margins, and of all tables no likelier than the one seen.
CREATE OR REPLACE MACRO ln_choose(n, k) AS lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
CREATE OR REPLACE MACRO ln_table(a, first, second, events) AS
    ln_choose(first, a) + ln_choose(second, events - a) - ln_choose(first + second, events);
CREATE OR REPLACE MACRO fisher_p(a, first, second, events) AS least(1, list_sum([
    CASE WHEN ln_table(k, first, second, events) <= ln_table(a, first, second, events) + 1e-7
        THEN exp(ln_table(k, first, second, events)) ELSE 0 END
    for k in range(greatest(0, events - second), least(first, events) + 1)]));
