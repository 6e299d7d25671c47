// Special functions, by the methods of the core's files of the same purpose, in float64: the sources are named there. A piece
// begins with `function` or `const` and ends before a blank line.

const whole_order = (order) => (order >= 0 && order < 1e6 && order === Math.floor(order) ? order : -1);

const is_whole = (x) => x === Math.floor(x);

// What differs from the nearest whole number, times pi: the period is exact.
const turned = (x) => Math.PI * (x - rint(x));

function cot_pi(x) {
  const r = x - rint(x);
  return Math.abs(r) < 0.25 ? 1 / Math.tan(Math.PI * r) : Math.tan(Math.PI * (0.5 - Math.abs(r))) * Math.sign(r);
}

// f(0) + x (f(1) + x (f(2) + ...)), n terms.
function horner(n, x, f) {
  let sum = 0;
  for (let k = n - 1; k >= 0; k -= 1) sum = f(k) + x * sum;
  return sum;
}

// The first term and all that follow(term, k) makes of it, until they are nothing beside their sum.
function series(term, follow, sum = term) {
  for (let k = 1; k < 5000 && Math.abs(term) > 1e-18 * Math.abs(sum); k += 1) {
    term = follow(term, k);
    sum += term;
  }
  return sum;
}

function erf(x) {
  if (Math.abs(x) > 2) return Math.sign(x) - Math.sign(x) * erfc(Math.abs(x));
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * series(x, (t, k) => (t * 2 * x * x) / (2 * k + 1));
}

function erfc(x) {
  if (x < 0.5) return 1 - erf(x);
  return x > 27.3 ? 0 : x > 2 ? exp_square(-1, x) * erfcx(x) : 1 - erf(x);
}

// From 2 on the continued fraction DLMF 7.9.1.
function erfcx(x) {
  if (!(x > 2)) return Math.exp(x * x) * erfc(x);
  if (x > 1e8) return 1 / (x * Math.sqrt(Math.PI));
  let below = x;
  for (let k = 100; k >= 1; k -= 1) below = x + k / 2 / below;
  return 1 / (below * Math.sqrt(Math.PI));
}

function erfcx_moment(order, x) {
  const n = whole_order(order);
  if (n < 0 || x !== x) return NaN;
  if (!Number.isFinite(x)) return x > 0 ? 0 : Infinity;
  if (n === 0 || x <= 0) {
    let [before, now] = [2 / Math.sqrt(Math.PI), erfcx(x)];
    for (let k = 1; k <= n; k += 1) [before, now] = [now, (before - 2 * x * now) / (2 * k)];
    return now;
  }
  if (x < 1) {
    let power = 1, sum = 0;
    for (let k = 1; k <= n; k += 1) power /= k;
    for (let k = 0; k < 120; k += 1) {
      sum += power * gamma((n + k + 1) / 2);
      power *= (-2 * x) / (k + 1);
    }
    return sum / Math.sqrt(Math.PI);
  }
  let ratio = 0, product = erfcx(x);
  for (let k = n + 20 + Math.floor(300 / (x * x)); k >= 1; k -= 1) {
    ratio = 1 / (2 * x + 2 * (k + 1) * ratio);
    if (k <= n) product *= ratio;
  }
  return product;
}

// erf(y) = p for |p| <= 1/2.
function inverse_center(p) {
  const c = Math.PI / 12, t = p * p, half = Math.sqrt(Math.PI) / 2;
  let y = p * half * (1 + t * (c + t * c * c * 2.1));
  for (let k = 0; k < 2; k += 1) {
    const step = (erf(y) - p) * Math.exp(y * y) * half;
    y -= step / (1 + y * step);
  }
  return y;
}

// erfc(y) = q for 0 < q <= 1/2.
function inverse_tail(q) {
  if (q === 0) return Infinity;
  const log = Math.log(q * (2 - q)), b = log / 2 + 2 / (Math.PI * 0.147);
  let y = Math.sqrt(Math.sqrt(b * b - log / 0.147) - b);
  for (let k = 0; k < 3; k += 1) {
    const found = y > 2 ? Math.log(erfcx(y)) - y * y : Math.log(erfc(y));
    y += ((found - Math.log(q)) * erfcx(y) * Math.sqrt(Math.PI)) / 2;
  }
  return y;
}

function erfinv(x) {
  if (!(Math.abs(x) <= 1)) return NaN;
  return Math.abs(x) <= 0.5 ? inverse_center(x) : copysign(inverse_tail(1 - Math.abs(x)), x);
}

function erfcinv(x) {
  if (!(x >= 0 && x <= 2)) return NaN;
  if (Math.abs(x - 1) <= 0.5) return inverse_center(1 - x);
  return x < 1 ? inverse_tail(x) : -inverse_tail(2 - x);
}

const ndtr = (x) => erfc(-x * Math.SQRT1_2) / 2;

function log_ndtr(x) {
  const u = x * Math.SQRT1_2;
  if (x > 0) return Math.log1p(-erfc(u) / 2);
  return x === -Infinity ? x : Math.log(erfcx(-u) / 2) - (x * x) / 2;
}

function ndtri(x) {
  if (!(x >= 0 && x <= 1)) return NaN;
  if (Math.abs(x - 0.5) <= 0.25) return inverse_center(2 * x - 1) * Math.SQRT2;
  const tail = inverse_tail(2 * Math.min(x, 1 - x)) * Math.SQRT2;
  return x < 0.5 ? -tail : tail;
}

const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330];

// log Gamma(x) less its Stirling part, for x >= 12.
function stirling_rest(x) {
  return horner(10, 1 / (x * x), (k) => bernoulli[k] / ((2 * k + 1) * (2 * k + 2))) / x;
}

const is_pole = (x) => x <= 0 && is_whole(x);

function gamma(x) {
  if (is_pole(x)) return x === 0 ? 1 / x : NaN;
  if (x < 0.5) {
    const y = Math.PI / (Math.sin(turned(x)) * gamma(1 - x));
    return rint(x) % 2 === 0 ? y : -y;
  }
  if (x > 172) return Infinity;
  let product = 1, up = x;
  if (is_whole(x)) {
    for (let k = 2; k < x; k += 1) product *= k;
    return product;
  }
  for (; up < 12; up += 1) product *= up;
  const half = Math.pow(up, up / 2 - 0.25);
  return ((half * Math.exp(-up) * half) / product) * Math.sqrt(2 * Math.PI) * Math.exp(stirling_rest(up));
}

// Coefficients of Taylor's series of functions that come of log Gamma, made when they are first asked for.
const zetas = new Map();

function zetas_at(x) {
  if (!zetas.has(x)) zetas.set(x, Array.from({ length: 42 }, (_, k) => (k < 2 ? 0 : zeta_whole(k, x))));
  return zetas.get(x);
}

// log Gamma(1 + h) for small h: its Taylor series.
function log_gamma_1p(h) {
  if (Math.abs(h) > 0.25) return lgamma(1 + h);
  const c = zetas_at(1);
  return h * (h * horner(38, h, (k) => ((k % 2 ? -1 : 1) * c[k + 2]) / (k + 2)) - 0.5772156649015329);
}

function lgamma(x) {
  if (x !== x) return x;
  if (is_pole(x) || !Number.isFinite(x)) return Infinity;
  if (Math.abs(x) < 1e-100) return -Math.log(Math.abs(x));
  if (Math.abs(x - 1) <= 0.25) return log_gamma_1p(x - 1) + 0;
  if (Math.abs(x - 2) <= 0.25) return log_gamma_1p(x - 2) + Math.log1p(x - 2);
  if (x < -20) return Math.log(Math.PI / Math.abs(Math.sin(turned(x)))) - lgamma(1 - x);
  if (x < 12) return Math.log(Math.abs(gamma(x)));
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + stirling_rest(x);
}

// Hurwitz zeta(s, x) for x > 0 and whole s >= 2, by Euler and Maclaurin.
function zeta_whole(s, x) {
  let sum = 0;
  const shift = x < 14 + s ? Math.ceil(14 + s - x) : 0;
  for (let k = 0; k < shift; k += 1) sum += Math.pow(1 / (x + k), s);
  const z = x + shift, power = Math.pow(1 / z, s);
  let tail = Math.pow(z, 1 - s) / (s - 1) + power / 2, term = (s * power) / z;
  for (let k = 1; k <= 10; k += 1) {
    term /= (2 * k - 1) * 2 * k;
    tail += bernoulli[k - 1] * term;
    term *= ((s + 2 * k - 1) * (s + 2 * k)) / (z * z);
  }
  return sum + tail;
}

function digamma(x) {
  if (x === 0) return -1 / x;
  if (x === Infinity) return x;
  if (is_pole(x)) return NaN;
  if (Math.abs(x) < 1e-20) return -1 / x;
  if (x < 0) return digamma(1 - x) - Math.PI * cot_pi(x);
  const root = 1.4616321449683622, off = x - root - 9.549995429965697e-17;
  if (Math.abs(off) < 0.45) return off * horner(40, off, (k) => (k % 2 ? -1 : 1) * zetas_at(root)[k + 2]);
  let shifted = 0, up = x;
  for (; up < 12; up += 1) shifted += 1 / up;
  const r = 1 / (up * up);
  return Math.log(up) - 0.5 / up - r * horner(10, r, (k) => bernoulli[k] / (2 * k + 2)) - shifted;
}

// Derivative number n of cot(pi x), a polynomial in c = cot(pi x).
function cotangent_derivative(n, c) {
  let p = [0, 1];
  for (let k = 0; k < n; k += 1) {
    const q = new Array(p.length + 1).fill(0);
    for (let j = 1; j < p.length; j += 1) {
      q[j - 1] -= j * p[j];
      q[j + 1] -= j * p[j];
    }
    p = q;
  }
  return horner(p.length, c, (k) => p[k]) * Math.pow(Math.PI, n);
}

function polygamma(order, x) {
  const n = whole_order(order);
  if (n < 0 || n > 70) return NaN;
  if (n === 0) return digamma(x);
  if (is_pole(x)) return n % 2 ? Infinity : NaN;
  if (!Number.isFinite(x)) return x > 0 ? (n % 2 ? 0 : -0) : NaN;
  if (x > 0) return (n % 2 ? 1 : -1) * gamma(n + 1) * zeta_whole(n + 1, x);
  return -(gamma(n + 1) * zeta_whole(n + 1, 1 - x) + Math.PI * cotangent_derivative(n, cot_pi(x)));
}

function digamma_difference(a, b) {
  const pole = a > 0 ? a : Math.abs(a - rint(a));  // how far it is
  if (b === 0 && pole > 0 && (a < 0 || a < 1e-300)) return 0;
  if (Math.abs(b) < 1e-2 * pole && Number.isFinite(a)) {
    const m = a + b / 2, square = b * b;
    return -b * (polygamma(1, m) + (square / 24) * (polygamma(3, m) + (square / 80) * polygamma(5, m)));
  }
  return digamma(a) - digamma(a + b);
}

const gamma_sign = (x) => (x > 0 || Math.floor(x) % 2 === 0 ? 1 : -1);

// log |B(a, b)| and its sign, for a >= b.
function log_beta(a, b) {
  if (a >= 12 && b >= 12) {
    const rests = stirling_rest(a) + stirling_rest(b) - stirling_rest(a + b);
    return [0.9189385332046728 - Math.log(b) / 2 - (a - 0.5) * Math.log1p(b / a) - b * Math.log1p(a / b) + rests, 1];
  }
  if (a >= 12 && a + b >= 12) {
    const rests = stirling_rest(a) - stirling_rest(a + b);
    return [lgamma(b) - (a - 0.5) * Math.log1p(b / a) - b * Math.log(a + b) + b + rests, gamma_sign(b)];
  }
  return [lgamma(a) + lgamma(b) - lgamma(a + b), gamma_sign(a) * gamma_sign(b) * gamma_sign(a + b)];
}

// For a whole a <= 0: finite only where the pole of Gamma(a + b) is one too.
function log_beta_at_pole(a, b) {
  if (!is_whole(b) || !(1 - a - b > 0)) return [Infinity, 1];
  const [log, sign] = log_beta(Math.max(1 - a - b, b), Math.min(1 - a - b, b));
  return [log, b % 2 ? -sign : sign];
}

function signed_log_beta(p, q) {
  const a = Math.max(p, q), b = Math.min(p, q);
  if (b === -Infinity) return [NaN, 1];
  if (is_pole(b)) return log_beta_at_pole(b, a);
  if (is_pole(a)) return log_beta_at_pole(a, b);
  if (a === Infinity) return [b > 0 ? -Infinity : Infinity, gamma_sign(b)];
  return log_beta(a, b);
}

const betaln = (a, b) => (a !== a || b !== b ? NaN : signed_log_beta(a, b)[0]);

function beta(a, b) {
  if (a !== a || b !== b) return NaN;
  const [log, sign] = signed_log_beta(a, b);
  return sign * Math.exp(log);
}

function exprel_moment(order, x) {
  const n = whole_order(order);
  if (n < 0 || x !== x) return NaN;
  if (!Number.isFinite(x)) return x > 0 ? Infinity : 0;
  if (Math.abs(x) > 40 + n) {
    const top = Math.exp(x);
    let y = Math.expm1(x) / x;
    for (let k = 1; k <= n && y !== Infinity; k += 1) y = (top - k * y) / x;
    return y + 0;
  }
  if (x > 0) return series(1 / (n + 1), (t, k) => (t * x * (n + k)) / (k * (n + k + 1)));
  return Math.exp(x) * series(1 / (n + 1), (t, k) => (t * -x) / (n + k + 1));
}

function log1p_moment(order, x) {
  const n = whole_order(order);
  if (n < 0 || !(x >= -1)) return NaN;
  if (x === -1) return Infinity;
  const end = 1 / (1 + x);
  if (x < -0.95 || x > 30 || n === 0) {
    if (x === 0) return 1;
    let y = Math.log1p(x) / x, power = 1;
    for (let k = 1; k <= n; k += 1) y = (y - (power *= end) / k) / x;
    return y;
  }
  let power = 1, sum = 0;
  for (let k = 0; power > 1e-19 * sum; k += 1) {
    sum += power / (n + k + 1);
    power *= x > 0 ? x * end : (-x * (n + k + 1)) / (k + 1);
  }
  return x > 0 ? sum * Math.pow(end, n + 1) : sum;
}

function log_ratio(a, b) {
  if (!(a > 0 && b > 0) || a === Infinity || b === Infinity) return Math.log(a) - Math.log(b);
  const ratio = a / b;
  if (ratio > 0.5 && ratio < 2) return Math.log1p((a - b) / b);
  return ratio > 1e-290 && ratio < 1e290 ? Math.log(ratio) : Math.log(a) - Math.log(b);
}

function rel_entr(a, b) {
  if (a !== a || b !== b) return NaN;
  if (a > 0 && b > 0) return a * log_ratio(a, b);
  return a === 0 && b >= 0 ? 0 : Infinity;
}

function kl_div(a, b) {
  if (a !== a || b !== b) return NaN;
  if (!(a > 0 && b > 0)) return a === 0 && b >= 0 ? b : Infinity;
  if (a === Infinity || b === Infinity) return a === b ? NaN : Infinity;
  const t = (a - b) / b;
  if (Math.abs(t) > 0.005) return a * (Math.abs(t) < 0.5 ? Math.log1p(t) : log_ratio(a, b)) - (a - b);
  return b * t * t * horner(9, t, (k) => (k % 2 ? -1 : 1) / ((k + 2) * (k + 1)));
}

function sinc_derivative(order, x) {
  const n = whole_order(order);
  if (n < 0 || !Number.isFinite(x)) return NaN;
  const t = Math.PI * x, scale = Math.pow(Math.PI, n);
  if (Math.abs(t) <= n + (n ? 1.5 : 1e-4)) {
    let sum = 0, power = 1;
    for (let j = 0; j < 60; j += 1) {
      const m = j + n;
      if (m % 2 === 0) sum += ((m % 4 ? -1 : 1) * power) / (m + 1);
      power *= t / (j + 1);
    }
    return scale * sum;
  }
  const side = rint(x) % 2 ? -1 : 1, turn = [side * Math.sin(turned(x)), side * Math.cos(turned(x))];
  let f = turn[0] / t;
  for (let k = 1; k <= n; k += 1) f = (turn[k % 2] * (k % 4 < 2 ? 1 : -1) - k * f) / t;
  return scale * f;
}

// exp(-x) I_n(x) for x >= 0.
function scaled_i(n, x) {
  if (x > 25 && (x > n * n || x > 5000)) {
    let term = 1, sum = 1;
    for (let k = 1; k < 60; k += 1) {
      const next = (-term * (4 * n * n - (2 * k - 1) ** 2)) / (k * 8 * x);
      if (Math.abs(next) > Math.abs(term) && k > n) break;
      sum += term = next;
    }
    return sum / Math.sqrt(2 * Math.PI) / Math.sqrt(x);
  }
  let first = 1;
  for (let k = 1; k <= n; k += 1) first *= x / (2 * k);
  return Math.exp(-x) * series(first, (t, k) => (t * x * x) / 4 / (k * (k + n)));
}

const odd_in = (n, x, y) => (n % 2 && signbit(x) ? -y : y);

const i0 = (x) => bessel_i(0, x);

const i1 = (x) => bessel_i(1, x);

const i0e = (x) => (Number.isFinite(x) ? scaled_i(0, Math.abs(x)) : x !== x ? x : 0);

const i1e = (x) => (Number.isFinite(x) ? odd_in(1, x, scaled_i(1, Math.abs(x))) : x !== x ? x : copysign(0, x));

function bessel_i(order, x) {
  const n = Math.abs(order);
  if (!is_whole(n) || n >= 1000 || x !== x) return NaN;
  if (Math.abs(x) > 20000) return odd_in(n, x, Infinity);
  const size = Math.abs(x), half = Math.exp(size / 2);
  return odd_in(n, x, scaled_i(n, size) * half * half);
}

function i0e_moment(order, x) {
  const k = whole_order(order), size = Math.abs(x);
  if (k < 0 || k >= 1000 || x !== x) return NaN;
  if (size === Infinity) return 0;
  if (size > 25) {
    let coefficient = 1, sum = 0, rising = 1;
    for (let j = 0; j < k; j += 1) rising *= j + 0.5;
    for (let j = 0; j < 60; j += 1) {
      const term = coefficient * rising;
      sum += term;
      coefficient *= (2 * j + 1) ** 2 / (8 * (j + 1) * size);
      rising *= (j + k + 0.5) / (j + 0.5);
      if (coefficient * rising > term || term < 1e-18 * sum) break;
    }
    return sum / Math.pow(size, k) / Math.sqrt(2 * Math.PI) / Math.sqrt(size);
  }
  if (k <= 1) return scaled_i(0, size) - (k ? scaled_i(1, size) : 0);
  let sum = 0;
  for (let j = 0; j < 72; j += 1) {
    const weight = 2 * Math.sin((Math.PI * (j + 0.5)) / 144) ** 2;
    sum += Math.pow(weight, k) * Math.exp(-size * weight);
  }
  return sum / 72;
}

// J_0, J_1, ... of x >= 0 up to J_n at least: downwards from where they are nothing, their sum known (Miller).
function bessel_row(n, x) {
  if (x < 1e-4) {
    const row = new Float64Array(n + 4).fill(1);
    for (let k = 1; k < row.length; k += 1) row[k] = (row[k - 1] * x) / (2 * k);
    return row.map((y, k) => y * (1 - (x * x) / (4 * (k + 1))));
  }
  const start = 2 * Math.ceil((Math.max(n, x) + 12 * Math.cbrt(Math.max(n, x) + 1) + 20) / 2);
  const row = new Float64Array(start + 2);
  row[start] = 1e-300;
  let sum = 0;
  for (let k = start; k >= 1; k -= 1) {
    row[k - 1] = ((2 * k) / x) * row[k] - row[k + 1];
    if (Math.abs(row[k - 1]) > 1e200) {
      for (let j = k - 1; j <= start; j += 1) row[j] *= 1e-300;
      sum *= 1e-300;
    }
    if (k % 2) sum += (k > 1 ? 2 : 1) * row[k - 1];
  }
  return row.map((y) => y / sum);
}

// [J_n(x), Y_n(x)] for large x by Hankel's series (DLMF 10.17.3).
function bessel_large(n, x) {
  let term = 1, p = 1, q = 0;
  for (let k = 1; k < 40; k += 1) {
    const next = (term * (4 * n * n - (2 * k - 1) ** 2)) / (k * 8 * x);
    if (Math.abs(next) > Math.abs(term) && k > n) break;
    term = next;
    if (k % 2) q += k % 4 === 1 ? term : -term;
    else p += k % 4 === 0 ? term : -term;
  }
  const c = Math.cos(x), s = Math.sin(x), r = Math.SQRT1_2;
  const turn = [[r * (c + s), r * (s - c)], [r * (s - c), -r * (c + s)]][n % 2];
  const [cosine, sine] = n % 4 < 2 ? turn : [-turn[0], -turn[1]];
  const size = Math.sqrt(2 / Math.PI / x);
  return [size * (p * cosine - q * sine), size * (p * sine + q * cosine)];
}

function bessel_j(order, x) {
  const n = Math.abs(order);
  if (!is_whole(n) || n >= 1000 || x !== x) return NaN;
  const size = Math.abs(x), sign = n % 2 && order < 0 !== signbit(x) ? -1 : 1;
  if (size === 0 || size === Infinity) return n === 0 && size === 0 ? 1 : sign * 0;
  return sign * (size > 50 + n * n ? bessel_large(n, size)[0] : bessel_row(n, size)[n]);
}

const j0 = (x) => bessel_j(0, x);

const j1 = (x) => bessel_j(1, x);

// Y_0 by Neumann's series (DLMF 10.8.3), Y_1 by its derivative, the others upwards.
function bessel_y(order, x) {
  const n = Math.abs(order), sign = n % 2 && order < 0 ? -1 : 1;
  if (!is_whole(n) || n >= 1000 || x !== x || x < 0) return NaN;
  if (x === 0) return -sign * Infinity;
  if (x === Infinity) return n === 1 ? sign * 0 : 0;
  if (x > 50 + n * n) return sign * bessel_large(n, x)[1];
  const row = bessel_row(1, x), log = Math.log(x / 2) + 0.5772156649015329;
  let y0 = 0, y1 = 0;
  for (let k = Math.ceil(row.length / 2) - 1; k >= 1; k -= 1) {
    y0 += ((k % 2 ? -1 : 1) * row[2 * k]) / k;
    y1 += ((k % 2 ? -1 : 1) * (row[2 * k - 1] - row[2 * k + 1])) / k;
  }
  let before = (2 / Math.PI) * (log * row[0] - 2 * y0);
  let now = (2 / Math.PI) * (log * row[1] - row[0] / x + y1);
  if (n === 0) return before;
  for (let k = 1; k < n; k += 1) [before, now] = [now, ((2 * k) / x) * now - before];
  return sign * now;
}

const y0 = (x) => bessel_y(0, x);

const y1 = (x) => bessel_y(1, x);
