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
