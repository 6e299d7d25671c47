// The incomplete gamma and beta functions and Hurwitz's zeta function, whose derivatives by their parameters are those of the
// series themselves, on dual numbers {v, d}: by the methods of the core's files, where the sources are named. A piece begins
// with `function` or `const` and ends before a blank line.

const is_dual = (x) => typeof x === "object";

const n_add = (a, b) => (is_dual(a) ? (is_dual(b) ? { v: n_add(a.v, b.v), d: n_add(a.d, b.d) } : { v: n_add(a.v, b), d: a.d })
  : is_dual(b) ? { v: n_add(a, b.v), d: b.d } : a + b);

const n_scaled = (x, c) => (is_dual(x) ? { v: n_scaled(x.v, c), d: n_scaled(x.d, c) } : x * c);

const n_sub = (a, b) => n_add(a, n_scaled(b, -1));

const n_mul = (a, b) => (is_dual(a) ? (is_dual(b) ? { v: n_mul(a.v, b.v), d: n_add(n_mul(a.v, b.d), n_mul(a.d, b.v)) } : n_scaled(a, b))
  : is_dual(b) ? n_scaled(b, a) : a * b);

function n_div(a, b) {
  if (!is_dual(b)) return is_dual(a) ? { v: n_div(a.v, b), d: n_div(a.d, b) } : a / b;
  const q = n_div(is_dual(a) ? a.v : a, b.v);
  return { v: q, d: n_div(n_sub(is_dual(a) ? a.d : 0, n_mul(q, b.d)), b.v) };
}

const n_sum = (...all) => all.reduce(n_add);

const n_product = (...all) => all.reduce(n_mul);

// f of a dual number, by its derivative.
const n_lift = (f, slope) => (x) => (is_dual(x) ? { v: n_lift(f, slope)(x.v), d: n_mul(slope(x.v), x.d) } : f(x));

const n_exp = n_lift(Math.exp, (x) => n_exp(x));

const n_log = n_lift(Math.log, (x) => n_div(1, x));

const n_log1p = n_lift(Math.log1p, (x) => n_div(1, n_add(x, 1)));

const n_expm1 = n_lift(Math.expm1, (x) => n_exp(x));

const n_sqrt = (x) => n_exp(n_scaled(n_log(x), 0.5));

const n_log_gamma = (order) => n_lift((x) => (order ? polygamma(order - 1, x) : lgamma(x)), (x) => n_log_gamma(order + 1)(x));

const n_log_gamma_1p = n_lift((x) => log_gamma_1p(x), (x) => n_log_gamma(1)(n_add(x, 1)));

// x - log(1 + x).
const n_less_log1p = n_lift(
  (x) => (Math.abs(x) > 0.1 ? x - Math.log1p(x) : x * x * horner(22, x, (k) => (k % 2 ? -1 : 1) / (k + 2))),
  (x) => n_div(x, n_add(x, 1)),
);

const plain = (x) => (is_dual(x) ? plain(x.v) : x);

const n_size = (x) => (is_dual(x) ? n_size(x.v) + n_size(x.d) : Math.abs(x));

function n_stirling_rest(x) {
  const r = n_div(1, n_mul(x, x));
  let sum = 0;
  for (let k = 9; k >= 0; k -= 1) sum = n_add(bernoulli[k] / ((2 * k + 1) * (2 * k + 2)), n_mul(r, sum));
  return n_div(sum, x);
}

// 1 / (b0 + a1 / (b1 + a2 / (b2 + ...))) by Lentz's method; step(n) gives a and b.
function n_fraction(b0, step) {
  let c = b0, d = 0, f = b0;
  for (let n = 1; n < 20000; n += 1) {
    const [a, b] = step(n);
    d = n_div(1, n_add(b, n_mul(a, d)));
    c = n_add(b, n_div(a, c));
    const factor = n_mul(c, d);
    f = n_mul(f, factor);
    if (n_size(n_sub(factor, 1)) < 2e-16 * (1 + n)) return n_div(1, f);
  }
  return NaN;
}

const n_bend = (off, ratio) => (Math.abs(plain(off)) < 0.5 ? n_less_log1p(off) : n_sub(off, n_log(ratio)));

function power_at_zero(a, order, coefficient) {
  if (a > order) return 0;
  return is_whole(a) ? coefficient : (order - Math.floor(a)) % 2 === 1 ? Infinity : -Infinity;
}

function binomial(n, k) {
  let y = 1;
  for (let j = 0; j < k; j += 1) y *= (n - j) / (j + 1);
  return y;
}

// f of operands seeded for these orders, and its derivative of them.
function derived(x, orders, f) {
  const by = orders.flatMap((n, k) => new Array(n).fill(k));
  const seeded = x.map((each, k) => by.reduce((v, of) => ({ v, d: of === k ? 1 : 0 }), each));
  return by.reduce((y) => (is_dual(y) ? y.d : 0), f(...seeded));
}

function gamma_peak(a, x) {
  if (plain(a) < 12) return n_exp(n_sub(n_sub(n_mul(a, n_log(x)), x), n_log_gamma_1p(a)));
  const loss = n_add(n_mul(a, n_bend(n_div(n_sub(x, a), a), n_div(x, a))), n_stirling_rest(a));
  return n_div(n_exp(n_scaled(loss, -1)), n_sqrt(n_scaled(a, 2 * Math.PI)));
}

function gamma_series(a, x) {
  let term = 1, sum = 1;
  for (let k = 1; k < 20000; k += 1) {
    term = n_div(n_mul(term, x), n_add(a, k));
    sum = n_add(sum, term);
    if (n_size(term) < 1e-18 * n_size(sum)) return sum;
  }
  return NaN;
}

function gamma_upper_small(a, x) {
  const level = n_sub(n_mul(a, n_log(x)), n_log_gamma_1p(a));
  let power = 1, sum = 0;
  for (let k = 1; k < 60; k += 1) {
    power = n_scaled(n_mul(power, x), -1 / k);
    sum = n_add(sum, n_div(power, n_add(a, k)));
  }
  return n_sub(n_scaled(n_expm1(level), -1), n_product(n_exp(level), a, sum));
}

function gamma_part(upper, a, x) {
  const p = plain(a), t = plain(x);
  if (t <= 1 && p <= 1) {
    const y = gamma_upper_small(a, x);
    if (upper) return y;
    if (plain(y) < 0.5) return n_sub(1, y);
  }
  if (t < p + 1) {
    const y = n_mul(gamma_peak(a, x), gamma_series(a, x));
    return upper ? n_sub(1, y) : y;
  }
  const fraction = n_fraction(n_sub(n_add(x, 1), a), (n) => [n_scaled(n_sub(n, a), -n), n_sub(n_add(x, 2 * n + 1), a)]);
  const y = n_product(gamma_peak(a, x), a, fraction);
  return upper ? y : n_sub(1, y);
}

// At the ends of the operands' ranges; undefined between them.
function gamma_edge(upper, [a, x], orders) {
  const order = orders[0] + orders[1], one = upper ? 1 : 0;
  if (!(a >= 0 && x >= 0) || (a === 0 && x === 0)) return NaN;
  if (a === Infinity) return x === Infinity ? NaN : order ? 0 : one;
  if (x === Infinity) return order ? 0 : 1 - one;
  if (x > 0) return undefined;
  if (orders[1] === 0) return order ? 0 : one;
  if (orders[0] > 0) return a > orders[1] ? 0 : NaN;
  const m = orders[1] - 1, n = Math.min(Math.floor(a), 100) - 1;
  return (upper ? -1 : 1) * power_at_zero(a, m + 1, n < 0 ? 0 : ((m - n) % 2 ? -1 : 1) * binomial(m, n));
}

function gamma_derivative(upper, x, orders) {
  const edge = gamma_edge(upper, x, orders);
  if (edge !== undefined) return edge;
  if (!orders[1]) return derived(x, orders, (a, t) => gamma_part(upper, a, t));
  const y = derived(x, [orders[0], orders[1] - 1], (a, t) => n_div(n_mul(a, gamma_peak(a, t)), t));
  return upper ? -y : y;
}

function beta_peak(a, b, x, rest) {
  const sum = n_add(a, b), p = plain(a), q = plain(b);
  if (p < q) return beta_peak(b, a, rest, x);
  if (q >= 12) {
    const off = n_sub(n_mul(x, b), n_mul(rest, a));
    const loss = n_add(
      n_mul(a, n_bend(n_div(off, a), n_div(n_mul(x, sum), a))),
      n_mul(b, n_bend(n_scaled(n_div(off, b), -1), n_div(n_mul(rest, sum), b))),
    );
    const rests = n_sub(n_stirling_rest(sum), n_add(n_stirling_rest(a), n_stirling_rest(b)));
    return n_mul(n_exp(n_sub(rests, loss)), n_sqrt(n_div(sum, n_scaled(n_mul(a, b), 2 * Math.PI))));
  }
  const powers = n_sub(n_add(n_mul(a, n_log(x)), n_mul(b, n_log(rest))), n_log_gamma_1p(b));
  if (p < 12) return n_exp(n_add(n_sub(powers, n_log_gamma_1p(a)), n_log_gamma_1p(sum)));
  const ratio = n_sum(n_mul(n_sub(a, 0.5), n_log1p(n_div(b, a))), n_mul(b, n_log(sum)), n_scaled(b, -1),
    n_sub(n_stirling_rest(sum), n_stirling_rest(a)));
  return n_mul(n_exp(n_add(powers, ratio)), n_add(n_div(b, a), 1));
}

function beta_fraction(a, b, x, rest) {
  const below = n_sub(n_mul(a, rest), n_mul(b, x));
  return n_fraction(n_div(n_mul(a, n_add(below, 1)), n_add(a, 1)), (m) => {
    const odd = n_add(a, 2 * m - 1), share = n_div(n_product(n_scaled(n_sub(b, m), m), x), odd);
    const numerator = n_product(n_div(n_mul(n_add(a, m - 1), n_add(n_add(a, b), m - 1)), odd), share, x);
    const more = n_div(n_mul(n_add(a, m), n_add(n_add(below, 1), n_scaled(n_add(rest, 1), m))), n_add(odd, 2));
    return [numerator, n_sum(m, share, more)];
  });
}

function beta_fraction_small(a, b, x) {
  return n_fraction(1, (n) => {
    const m = Math.floor(n / 2), twice = n_add(a, 2 * m);
    if (n === 1) return [n_scaled(n_div(n_mul(n_add(a, b), x), n_add(a, 1)), -1), 1];
    return [n % 2 ? n_scaled(n_div(n_product(n_add(a, m), n_add(n_add(a, b), m), x), n_mul(twice, n_add(twice, 1))), -1)
      : n_div(n_mul(n_scaled(n_sub(b, m), m), x), n_mul(n_sub(twice, 1), twice)), 1];
  });
}

function beta_below(a, b, x, rest) {
  const scaled = n_div(n_mul(beta_peak(a, b, x, rest), b), n_add(a, b));
  return n_mul(scaled, plain(a) < 1 ? beta_fraction_small(a, b, x) : n_mul(a, beta_fraction(a, b, x, rest)));
}

function beta_part(a, b, x, rest) {
  const p = plain(a), q = plain(b), t = plain(x);
  const below = p * plain(rest) >= q * t || (q < 0.5 && q < p && t < 0.9);
  return below ? beta_below(a, b, x, rest) : n_sub(1, beta_below(b, a, rest, x));
}

function beta_density_at_zero(a, b, order) {
  const m = order - 1, n = Math.floor(Math.min(a, 100)) - 1;
  if (n < 0 || n > m) return power_at_zero(a, order, 0);
  let coefficient = binomial(b - 1, m - n) * ((m - n) % 2 ? -1 : 1);
  for (let j = 2; j <= m; j += 1) coefficient *= j;
  return power_at_zero(a, order, coefficient * Math.exp(lgamma(a + b) - lgamma(a) - lgamma(b)));
}

function beta_edge([a, b, x], orders) {
  const order = orders[0] + orders[1] + orders[2];
  if (!(a >= 0 && b >= 0 && x >= 0 && x <= 1) || (a === 0 && b === 0) || (a === Infinity && b === Infinity)) return NaN;
  if (a === 0 || b === Infinity) return order ? NaN : x > 0 ? 1 : 0;
  if (b === 0 || a === Infinity) return order ? NaN : x < 1 ? 0 : 1;
  if (x > 0 && x < 1) return undefined;
  if (orders[2] === 0) return order ? 0 : x;
  if (orders[0] + orders[1] > 0) return (x > 0 ? b : a) > orders[2] ? 0 : NaN;
  return x > 0 ? (orders[2] % 2 ? 1 : -1) * beta_density_at_zero(b, a, orders[2]) : beta_density_at_zero(a, b, orders[2]);
}

function beta_derivative(x, orders) {
  const edge = beta_edge(x, orders);
  if (edge !== undefined) return edge;
  if (!orders[2]) return derived(x, orders, (a, b, t) => beta_part(a, b, t, n_sub(1, t)));
  return derived(x, [orders[0], orders[1], orders[2] - 1], (a, b, t) => {
    const rest = n_sub(1, t);
    return n_div(n_product(beta_peak(a, b, t, rest), a, b), n_product(n_add(a, b), t, rest));
  });
}

function zeta_sum(s, from) {
  let sum = 0, q = from;
  for (; q < 14 + Math.abs(plain(s)); q += 1) {
    const term = n_exp(n_scaled(s, -Math.log(q)));
    sum = n_add(sum, term);
    if (n_size(term) <= 1e-18 * n_size(sum)) return sum;
  }
  const power = n_exp(n_scaled(s, -Math.log(q)));
  let term = n_scaled(n_mul(s, power), 1 / q);
  sum = n_sum(sum, n_div(n_scaled(power, q), n_sub(s, 1)), n_scaled(power, 0.5));
  for (let k = 1; k <= 10; k += 1) {
    term = n_scaled(term, 1 / ((2 * k - 1) * 2 * k));
    sum = n_add(sum, n_scaled(term, bernoulli[k - 1]));
    term = n_scaled(n_product(term, n_add(s, 2 * k - 1), n_add(s, 2 * k)), 1 / (q * q));
  }
  return sum;
}

function zeta_derivative([s, given], [by_s, by_q]) {
  if (s !== s || given !== given) return NaN;
  if (s === 1 || is_pole(given)) return by_s + by_q ? NaN : Infinity;
  let q = given, below = 0;
  if (q < 0) {
    if (!is_whole(s) || by_s > 0 || q < -1e6) return NaN;
    for (; q < 0; q += 1) below += Math.pow(q, -(s + by_q));
  }
  if (!Number.isFinite(s)) return q === 1 && by_s + by_q === 0 ? 1 : NaN;
  if (q === Infinity) return 0;
  return derived([s], [by_s], (v) => {
    let factor = 1;
    for (let j = 0; j < by_q; j += 1) factor = n_scaled(n_mul(factor, n_add(v, j)), -1);
    return n_mul(factor, n_add(zeta_sum(n_add(v, by_q), q), below));
  });
}

function parametric(xs, [which, ...orders], types, type, places) {
  const family = [
    (...x) => gamma_derivative(false, x, orders), (...x) => gamma_derivative(true, x, orders),
    (...x) => beta_derivative(x, orders), (...x) => zeta_derivative(x, orders),
  ][which];
  return together(xs, types, type, places, family);
}
