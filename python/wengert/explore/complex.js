// Complex numbers: of elementwise functions objects {re, im}, in formulas beside JavaScript's own numbers, which are real;
// of arrays rows of parts, real and imaginary by turns. By the methods of the core's complex.hpp and complex.cpp; inverse
// functions by W. Kahan, Branch cuts for complex elementary functions (1987). A piece begins with `function` or `const`
// and ends before a blank line.

const c_of = (re, im) => ({ re, im });

const c_re = (x) => (typeof x === "object" ? x.re : x);

const c_im = (x) => (typeof x === "object" ? x.im : 0);

const c_size = (x) => Math.hypot(c_re(x), c_im(x));

const c_negative = (x) => c_of(-c_re(x), -c_im(x));

const c_add = (a, b) => c_of(c_re(a) + c_re(b), typeof a === "object" ? a.im + c_im(b) : c_im(b));

const c_subtract = (a, b) => c_of(c_re(a) - c_re(b), typeof b !== "object" ? c_im(a) : typeof a === "object" ? a.im - b.im : -b.im);

function c_multiply(a, b) {
  if (typeof a !== "object") return c_of(a * c_re(b), a * c_im(b));
  return c_of(a.re * c_re(b) - a.im * c_im(b), a.re * c_im(b) + a.im * c_re(b));
}

// By the larger part of b, against overflow (R. L. Smith, 1962).
function c_divide(a, b) {
  const [p, q, real] = [c_re(a), c_im(a), typeof a !== "object"], [r, s] = [c_re(b), c_im(b)];
  if (r === 0 && s === 0) return c_of(p / Math.abs(r), q / Math.abs(s));
  if (Math.abs(r) >= Math.abs(s)) {
    const ratio = s / r, size = 1 / (r + s * ratio);
    return real ? c_of(p * size, -p * ratio * size) : c_of((p + q * ratio) * size, (q - p * ratio) * size);
  }
  const ratio = r / s, size = 1 / (s + r * ratio);
  return real ? c_of(p * ratio * size, -p * size) : c_of((p * ratio + q) * size, (q * ratio - p) * size);
}

const c_conjugate_of = (x) => c_of(c_re(x), -c_im(x));

// Of two truth values too.
const c_equal = (a, b) => c_re(a) === c_re(b) && c_im(a) === c_im(b);

const c_not_equal = (a, b) => !c_equal(a, b);

const c_both = (a, b) => a && b;

const c_either = (a, b) => a || b;

// By the real parts, then by the imaginary ones; nothing is above or below a NaN.
const c_less = (a, b) => (c_re(a) < c_re(b) && c_im(a) === c_im(a) && c_im(b) === c_im(b)) || (c_re(a) === c_re(b) && c_im(a) < c_im(b));

const c_greater = (a, b) => c_less(b, a);

const c_less_equal = (a, b) => c_less(a, b) || c_equal(a, b);

const c_greater_equal = (a, b) => c_less_equal(b, a);

const c_is_nan = (x) => c_not_equal(x, x);

const c_maximum = (a, b) => (c_greater_equal(a, b) || c_is_nan(a) ? a : b);

const c_minimum = (a, b) => (c_less_equal(a, b) || c_is_nan(a) ? a : b);

const c_rint = (x) => c_of(rint(x.re), rint(x.im));

const c_has_infinity = (x) => has_infinity(x.re) || has_infinity(x.im);

// Half of it twice where the whole overflows before it is turned.
function c_exp({ re, im }) {
  if (im === 0) return c_of(Math.exp(re), im);
  if (re <= 709) return c_of(Math.exp(re) * Math.cos(im), Math.exp(re) * Math.sin(im));
  const half = Math.exp(re / 2);
  return c_of(half * Math.cos(im) * half, half * Math.sin(im) * half);
}

// Near a size of 1 the logarithm is taken from what it lies off 1.
function c_log(x) {
  const [re, im] = [c_re(x), c_im(x)], size = Math.hypot(re, im);
  const log = size > 0.5 && size < 2 ? 0.5 * Math.log1p((re - 1) * (re + 1) + im * im) : Math.log(size);
  return c_of(log, Math.atan2(im, re));
}

const c_exp2 = (x) => c_exp(c_multiply(Math.LN2, x));

const c_log2 = (x) => c_of(c_log(x).re / Math.LN2, c_log(x).im / Math.LN2);

const c_log10 = (x) => c_of(c_log(x).re / Math.LN10, c_log(x).im / Math.LN10);

function c_expm1({ re, im }) {
  const s = Math.sin(im / 2);
  return c_of(Math.expm1(re) * Math.cos(im) - 2 * s * s, Math.exp(re) * Math.sin(im));
}

function c_log1p({ re, im }) {
  const off = re * (2 + re) + im * im;
  return c_of(Math.abs(off) < 0.5 ? 0.5 * Math.log1p(off) : Math.log(Math.hypot(1 + re, im)), Math.atan2(im, 1 + re));
}

function c_sqrt(x) {
  const [re, im] = [c_re(x), c_im(x)], most = Math.max(Math.abs(re), Math.abs(im));
  if (most === 0 || Math.abs(im) === Infinity) return c_of(most, im);
  if ((most > 1e300 && most < Infinity) || most < 1e-290) {
    const by = most > 1 ? 2 ** -200 : 2 ** 200, y = c_sqrt(c_of(re * by, im * by));
    return c_of(y.re / Math.sqrt(by), y.im / Math.sqrt(by));
  }
  const s = Math.sqrt((Math.hypot(re, im) + Math.abs(re)) / 2);
  return re >= 0 ? c_of(s, im / (2 * s)) : c_of(Math.abs(im) / (2 * s), copysign(s, im));
}

const c_sin = ({ re, im }) => c_of(Math.sin(re) * Math.cosh(im), Math.cos(re) * Math.sinh(im));

const c_cos = ({ re, im }) => c_of(Math.cos(re) * Math.cosh(im), -Math.sin(re) * Math.sinh(im));

const c_sinh = ({ re, im }) => c_of(Math.sinh(re) * Math.cos(im), Math.cosh(re) * Math.sin(im));

const c_cosh = ({ re, im }) => c_of(Math.cosh(re) * Math.cos(im), Math.sinh(re) * Math.sin(im));

function c_tanh({ re, im }) {
  if (Math.abs(re) > 20) return c_of(Math.sign(re), 4 * Math.sin(im) * Math.cos(im) * Math.exp(-2 * Math.abs(re)));
  const t = Math.tan(im), s = Math.sinh(re), b = 1 + t * t, below = 1 + b * s * s;
  return c_of((b * Math.sqrt(1 + s * s) * s) / below, t / below);
}

const c_times_i = ({ re, im }) => c_of(-im, re);

const c_by_i = ({ re, im }) => c_of(im, -re);

const c_tan = (x) => c_by_i(c_tanh(c_times_i(x)));

function c_arcsin(x) {
  const below = c_sqrt(c_subtract(1, x)), above = c_sqrt(c_add(1, x));
  return c_of(Math.atan2(x.re, c_multiply(below, above).re), Math.asinh(c_multiply(c_conjugate_of(below), above).im));
}

function c_arccos(x) {
  const below = c_sqrt(c_subtract(1, x)), above = c_sqrt(c_add(1, x));
  return c_of(2 * Math.atan2(below.re, above.re), Math.asinh(c_multiply(c_conjugate_of(above), below).im));
}

function c_arccosh(x) {
  const below = c_sqrt(c_subtract(x, 1)), above = c_sqrt(c_add(1, x));
  return c_of(Math.asinh(c_multiply(c_conjugate_of(below), above).re), 2 * Math.atan2(below.im, above.re));
}

const c_arcsinh = (x) => c_times_i(c_arcsin(c_by_i(x)));

function c_arctanh({ re, im }) {
  const size = Math.hypot(re, im), right = Math.abs(re);
  if (size > 1e100) return c_of(re / size / size, copysign(Math.PI / 2, im));
  return c_of(copysign(0.25 * Math.log1p((4 * right) / ((1 - right) ** 2 + im * im)), re), 0.5 * Math.atan2(2 * im, (1 - re) * (1 + re) - im * im));
}

const c_arctan = (x) => c_by_i(c_arctanh(c_times_i(x)));

const c_length_beside_one = (x) => c_multiply(c_sqrt(c_of(1 - x.im, x.re)), c_sqrt(c_of(1 + x.im, -x.re)));

function c_whole_power(a, n) {
  if (n < 0) return c_divide(c_of(1, 0), c_whole_power(a, -n));
  if (n <= 3) return n === 1 ? a : c_multiply(c_whole_power(a, n - 1), a);
  let y = c_of(1, 0);
  for (let rest = n, square = a; rest; rest >>= 1, square = c_multiply(square, square)) if (rest & 1) y = c_multiply(y, square);
  return y;
}

function c_power(a, b) {
  if (c_equal(b, 0)) return c_of(1, 0);
  if (c_equal(a, 0)) return c_re(b) > 0 ? c_of(0, 0) : c_of(NaN, NaN);
  const whole = c_im(b) === 0 && Math.abs(c_re(b)) < 100 && is_whole(c_re(b));
  return whole ? c_whole_power(a, c_re(b)) : c_exp(c_multiply(b, c_log(a)));
}

const c_integer_power = (a, b) => c_power(a, b);

function c_sinc_derivative(order, x) {
  const n = whole_order(c_re(order)), t = c_multiply(Math.PI, x);
  let f = c_of(0, 0);
  if (c_size(t) > n + 1.5) {
    const side = rint(x.re) % 2 ? -1 : 1, rest = c_of(turned(x.re), t.im);
    const turns = [c_multiply(side, c_sin(rest)), c_multiply(side, c_cos(rest))];
    f = c_divide(turns[0], t);
    for (let k = 1; k <= n; k += 1) f = c_divide(c_subtract(c_multiply(k % 4 < 2 ? 1 : -1, turns[k % 2]), c_multiply(k, f)), t);
  } else {
    let power = c_of(1, 0);
    for (let j = 0; j < 60; j += 1) {
      const m = j + n;
      if (m % 2 === 0) f = c_add(f, c_multiply((m % 4 ? -1 : 1) / (m + 1), power));
      power = c_multiply(1 / (j + 1), c_multiply(power, t));
    }
  }
  return c_multiply(Math.pow(Math.PI, n), f);
}

// Arrays: one of their parts, and both together.
const c_part = (x, k) => Float64Array.from({ length: x.length / 2 }, (_, e) => x[2 * e + k]);

function c_together(re, im) {
  const y = new Float64Array(2 * re.length);
  for (let e = 0; e < re.length; e += 1) [y[2 * e], y[2 * e + 1]] = [re[e], im[e]];
  return y;
}

const c_elements = (x) => Array.from({ length: x.length / 2 }, (_, e) => c_of(x[2 * e], x[2 * e + 1]));

const c_row = (all) => Float64Array.from(all.flatMap((x) => [c_re(x), c_im(x)]));

const is_complex = ({ dtype }) => dtype.startsWith("complex");

// What treats real and imaginary parts alike.
const by_parts = (f) => (xs, at, types, type, places) => {
  const [re, im] = [0, 1].map((k) => f(xs.map((x, n) => (is_complex(types[n]) ? c_part(x, k) : x)), at, types, type, places));
  return c_together(re, im);
};

const c_stop = ([x]) => x;

const c_reshape = ([x]) => x;

const c_broadcast_to = by_parts(broadcast_to);

const c_transpose = by_parts(transpose);

const c_slice = by_parts(slice);

const c_pad = by_parts(pad);

const c_slice_set = by_parts(slice_set);

const c_gather = by_parts(gather);

const c_scatter_add = by_parts(scatter_add);

const c_scatter_set = by_parts(scatter_set);

const c_concatenate = by_parts(concatenate);

const c_select = by_parts(select);

const c_sum = by_parts(sum);

const c_cumsum = by_parts(cumsum);

function c_astype([x], at, [from], type) {
  if (!is_complex(from)) return c_together(x, x.map(() => 0));
  if (is_complex(type)) return x;
  return type.dtype === "bool" ? c_part(x, 0).map((re, e) => (re || x[2 * e + 1] ? 1 : 0)) : astype([c_part(x, 0)], at, [from], type);
}

const c_real_part = ([x]) => c_part(x, 0);

const c_imaginary_part = ([x]) => c_part(x, 1);

const c_complex_of = ([re, im]) => c_together(re, im);

const c_conjugate = ([x]) => x.map((each, k) => (k % 2 ? -each : each));

const c_modulus = ([x]) => Float64Array.from(c_elements(x), c_size);

// Along an axis to infinity the direction is known, between two it is not.
const c_phase = ([x]) => c_row(c_elements(x).map((z) => {
  const size = c_size(z), far = (part) => (Math.abs(part) === Infinity ? copysign(1, part) : 0);
  if (size !== Infinity) return size === 0 ? 0 : c_of(z.re / size, z.im / size);
  return far(z.re) && far(z.im) ? c_of(NaN, NaN) : c_of(far(z.re), far(z.im));
}));

const c_reduced = (x, at, type, f) => lines(at, type).map((line) => f(line.map((p) => c_of(x[2 * p], x[2 * p + 1]))));

const c_prod = ([x], at, [type]) => c_row(c_reduced(x, at, type, (line) => line.reduce(c_multiply, 1)));

const c_best = (line, better) => line.reduce((k, z, i) => (!c_is_nan(line[k]) && (better(z, line[k]) || c_is_nan(z)) ? i : k), 0);

const c_max = ([x], at, [type]) => c_row(c_reduced(x, at, type, (line) => line[c_best(line, c_greater)]));

const c_min = ([x], at, [type]) => c_row(c_reduced(x, at, type, (line) => line[c_best(line, c_less)]));

const c_argmax = ([x], at, [type]) => Float64Array.from(c_reduced(x, at, type, (line) => c_best(line, c_greater)));

const c_argmin = ([x], at, [type]) => Float64Array.from(c_reduced(x, at, type, (line) => c_best(line, c_less)));

const c_norm = ([x], at, types) => norm([c_modulus([x])], at, types);

function c_cumprod([x], [axis], [{ shape }]) {
  const step = strides_of(shape)[axis], y = c_elements(x);
  for (let i = 0; i < y.length; i += 1) if (Math.floor(i / step) % shape[axis]) y[i] = c_multiply(y[i - step], y[i]);
  return c_row(y);
}

// NaNs go last; equal elements keep their order.
function c_argsort([x], [axis], [{ shape }]) {
  const y = new Float64Array(x.length / 2), all = c_elements(x);
  for (const line of lines([0, axis], { shape })) {
    const order = line.map((_, k) => k), nan = (k) => Number(c_is_nan(all[line[k]]));
    order.sort((i, j) => nan(i) - nan(j) || Number(c_less(all[line[j]], all[line[i]])) - Number(c_less(all[line[i]], all[line[j]])) || i - j);
    order.forEach((k, i) => { y[line[i]] = k; });
  }
  return y;
}

function c_matmul([a, b], ...rest) {
  const product = (i, j) => matmul([c_part(a, i), c_part(b, j)], ...rest);
  const [re, less, im, more] = [product(0, 0), product(1, 1), product(0, 1), product(1, 0)];
  return c_together(re.map((x, e) => x - less[e]), im.map((x, e) => x + more[e]));
}

// Sums of x[j] exp(sign 2 pi i j k / n), by halves as long as n is even (J. W. Cooley & J. W. Tukey, 1965).
function c_transformed(re, im, sign) {
  const n = re.length, y = [new Float64Array(n), new Float64Array(n)];
  const turn = Array.from({ length: n }, (_, k) => [cos_turn(k / n), sign * cos_turn(k / n - 0.25)]);
  if (n % 2 || n < 4) {
    for (let k = 0; k < n; k += 1) {
      for (let j = 0; j < n; j += 1) {
        const [c, s] = turn[(j * k) % n];
        y[0][k] += re[j] * c - im[j] * s;
        y[1][k] += re[j] * s + im[j] * c;
      }
    }
    return y;
  }
  const half = (x, k) => Float64Array.from({ length: n / 2 }, (_, j) => x[2 * j + k]);
  const [even, odd] = [0, 1].map((k) => c_transformed(half(re, k), half(im, k), sign));
  for (let k = 0; k < n / 2; k += 1) {
    const [c, s] = turn[k], p = odd[0][k] * c - odd[1][k] * s, q = odd[0][k] * s + odd[1][k] * c;
    [y[0][k], y[1][k], y[0][k + n / 2], y[1][k + n / 2]] = [even[0][k] + p, even[1][k] + q, even[0][k] - p, even[1][k] - q];
  }
  return y;
}

// Cosine of a part of a whole turn: exact at the quarters.
function cos_turn(part) {
  const r = Math.abs(part - rint(part));
  return r < 0.125 ? Math.cos(2 * Math.PI * r) : r > 0.375 ? -Math.cos(2 * Math.PI * (0.5 - r)) : Math.sin(2 * Math.PI * (0.25 - r));
}

function c_fourier([x], [sign, axis], [type]) {
  const y = new Float64Array(x.length);
  for (const line of lines([0, axis], type)) {
    const [re, im] = c_transformed(...[0, 1].map((k) => Float64Array.from(line, (p) => x[2 * p + k])), sign);
    line.forEach((p, k) => { [y[2 * p], y[2 * p + 1]] = [re[k], im[k]]; });
  }
  return y;
}
