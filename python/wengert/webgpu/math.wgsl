// Functions of float32 for kernels: each kernel gets those it uses. F, I, U and B are one element or four side by side, so
// every text serves both. WGSL's own functions are allowed errors of thousands of ulp, and most implementations use that
// (tanh has no right digit near 0). Range reduction is by constants of few digits, so that products are exact without a
// fused multiply-add, and what must not be simplified away is cut off by its bits.
// NaN and infinity are made, and told, by their bits: WGSL has no constants for them, and compilers may assume there are none.
// Polynomials were fitted here, in the least-maximum sense. A blank line ends a piece.

var<private> w_nought: u32;

fn w_infinity() -> f32 { return bitcast<f32>(0x7f800000u | w_nought); }

fn w_nan() -> f32 { return bitcast<f32>(0x7fc00000u | w_nought); }

fn w_size_bits(x: F) -> U { return bitcast<U>(x) & U(0x7fffffffu); }

fn w_sign_bit(x: F) -> U { return bitcast<U>(x) & U(0x80000000u); }

fn w_isnan(x: F) -> B { return w_size_bits(x) > U(0x7f800000u); }

fn w_isinf(x: F) -> B { return w_size_bits(x) == U(0x7f800000u); }

fn w_is_nan(x: F) -> B { return w_isnan(x); }

fn w_is_number(x: F) -> B { return w_size_bits(x) <= U(0x7f800000u); }

fn w_is_nan_i(x: I) -> B { return B(false); }

fn w_is_number_i(x: I) -> B { return B(true); }

fn w_isnan_i(x: I) -> B { return B(false); }

fn w_isinf_i(x: I) -> B { return B(false); }

fn w_has_infinity(x: F) -> B { return w_isinf(x); }

fn w_has_infinity_i(x: I) -> B { return B(false); }

// x - x: 0, or NaN where x is not finite.
fn w_self_difference(x: F) -> F { return select(F(w_nan()), F(0.0), w_size_bits(x) < U(0x7f800000u)); }

fn w_self_difference_i(x: I) -> I { return I(0); }

// -x, of zeros too.
fn w_minus(x: F) -> F { return bitcast<F>(bitcast<U>(x) ^ U(0x80000000u)); }

// -x where it is asked for: by the bits, for one compiler was seen to lose the exponent where signs are taken and given
// by bits later on (of sin(sin(x)), by tanh).
fn w_flipped(x: F, wanted: B) -> F { return bitcast<F>(bitcast<U>(x) ^ select(U(0u), U(0x80000000u), wanted)); }

fn w_minus_i(x: I) -> I { return -x; }

// x with the sign of s: one of two numbers, for one compiler was seen to lose the exponent where the sign's bit was put in
// (of logsumexp(x) and ndtr(x), by tanh).
fn w_signed(x: F, s: F) -> F {
  let a = w_absolute(x);
  return select(a, w_minus(a), w_sign_bit(s) != U(0u));
}

// A whole number that has x's place in the order: zeros are alike, NaNs come last, as NumPy sorts.
fn w_sorting_key(x: F) -> U {
    let raw = bitcast<U>(x);
    let bits = select(raw, U(0u), w_size_bits(x) == U(0u));
    return select(bits ^ (U(0x80000000u) | (U(0u) - (bits >> U(31u)))), U(0xffffffffu), w_isnan(x));
}

// The first 12 binary digits: a product of two such is exact.
fn w_head(x: F) -> F { return bitcast<F>(bitcast<U>(x) & U(0xfffff000u)); }

fn w_added(a: F, b: F) -> F { return a + b; }

fn w_added_i(a: I, b: I) -> I { return a + b; }

fn w_multiplied(a: F, b: F) -> F { return a * b; }

fn w_multiplied_i(a: I, b: I) -> I { return a * b; }

fn w_square(x: F) -> F { return x * x; }

fn w_maximum(a: F, b: F) -> F { return select(select(select(b, a, a > b), b, w_isnan(b)), a, w_isnan(a)); }

fn w_minimum(a: F, b: F) -> F { return select(select(select(b, a, a < b), b, w_isnan(b)), a, w_isnan(a)); }

fn w_maximum_i(a: I, b: I) -> I { return max(a, b); }

fn w_minimum_i(a: I, b: I) -> I { return min(a, b); }

fn w_clip(x: F, low: F, high: F) -> F { return w_minimum(w_maximum(x, low), high); }

fn w_clip_i(x: I, low: I, high: I) -> I { return min(max(x, low), high); }

fn w_absolute(x: F) -> F { return bitcast<F>(w_size_bits(x)); }

fn w_absolute_i(x: I) -> I { return abs(x); }

fn w_sign(x: F) -> F {
  return select(select(select(F(0.0), F(-1.0), x < F(0.0)), F(1.0), x > F(0.0)), x, w_isnan(x));
}

fn w_sign_i(x: I) -> I { return sign(x); }

fn w_copysign(a: F, b: F) -> F { return w_signed(a, b); }

fn w_floor(x: F) -> F { return select(w_signed(floor(x), x), x, w_size_bits(x) >= U(0x4b000000u)); }

fn w_ceil(x: F) -> F { return select(w_signed(ceil(x), x), x, w_size_bits(x) >= U(0x4b000000u)); }

fn w_trunc(x: F) -> F { return select(w_signed(trunc(x), x), x, w_size_bits(x) >= U(0x4b000000u)); }

fn w_rint(x: F) -> F { return select(w_signed(round(x), x), x, w_size_bits(x) >= U(0x4b000000u)); }

fn w_floor_i(x: I) -> I { return x; }

fn w_ceil_i(x: I) -> I { return x; }

fn w_trunc_i(x: I) -> I { return x; }

fn w_rint_i(x: I) -> I { return x; }

// b taken from a as often as it goes: exact as long as the quotient is below 2^12 or so.
fn w_fmod(a: F, b: F) -> F {
  let x = w_absolute(a);
  let y = w_absolute(b);
  let q = trunc(x / y);
  let q1 = w_head(q);
  let y1 = w_head(y);
  var r = ((x - q1 * y1) - q1 * (y - y1)) - (q - q1) * y;
  r = select(r, r + y, r < F(0.0));
  r = select(r, r - y, r >= y);
  r = select(r, x, x < y);
  let wrong = w_isnan(a) | w_isnan(b) | w_isinf(a) | (b == F(0.0));
  return select(w_signed(r, a), F(w_nan()), wrong);
}

fn w_remainder(a: F, b: F) -> F {
  let r = w_fmod(a, b);
  let other = (r != F(0.0)) & ((r < F(0.0)) != (b < F(0.0))) & w_is_number(r);
  return select(select(r, w_signed(F(0.0), b), r == F(0.0)), r + b, other);
}

fn w_floor_divide(a: F, b: F) -> F {
  let r = w_remainder(a, b);
  let q = w_rint((a - r) / b);
  return select(select(q, a / b, b == F(0.0)), F(w_nan()), w_isnan(a) | w_isnan(b) | w_isinf(a));
}

fn w_floor_divide_i(a: I, b: I) -> I {
  let safe = select(b, I(1), b == I(0));
  let q = a / safe;
  let down = (a - q * safe != I(0)) & ((a < I(0)) != (safe < I(0)));
  return select(select(q, q - I(1), down), I(0), b == I(0));
}

fn w_remainder_i(a: I, b: I) -> I { return select(a - b * w_floor_divide_i(a, b), I(0), b == I(0)); }

fn w_sqrt(x: F) -> F {
  let y = sqrt(select(x, F(1.0), (x <= F(0.0)) | w_isnan(x) | w_isinf(x)));
  let edge = select(F(w_nan()), x, (x == F(0.0)) | w_isnan(x) | (w_isinf(x) & (x > F(0.0))));
  return select(y, edge, (x <= F(0.0)) | w_isnan(x) | w_isinf(x));
}

// 2^k for whole k, in two factors, so that results below the smallest normal number are rounded once.
fn w_times_power_of_two(x: F, k: I) -> F {
  let half = k >> U(1u);
  let rest = k - half;
  return x * bitcast<F>((half + I(127)) << U(23u)) * bitcast<F>((rest + I(127)) << U(23u));
}

fn w_exp_tail(r: F) -> F {
  return r * r * (((((1.99191578e-4 * r + 1.39469479e-3) * r + 8.33326299e-3) * r + 4.16662581e-2) * r + 0.166666672) * r + 0.5);
}

// exp(x + low), where low is small beside x.
fn w_exp_of_two(x: F, low: F) -> F {
  let held = clamp(x, F(-110.0), F(95.0));
  let k = round(held * 1.44269504);
  let r = ((held - k * 0.693359375) + k * 2.12194440e-4) + low;
  let y = w_times_power_of_two(1.0 + (r + w_exp_tail(r)), I(k));
  return select(select(select(y, F(0.0), x < F(-109.0)), F(w_infinity()), x > F(89.5)), x, w_isnan(x));
}

fn w_exp(x: F) -> F { return w_exp_of_two(x, F(0.0)); }

// exp(a b b), the square in two parts.
fn w_exp_square(a: F, b: F) -> F {
  let b1 = w_head(b);
  let b2 = b - b1;
  let a1 = w_head(a);
  let p = a * (b1 * b1);
  let p1 = w_head(a1 * (b1 * b1));
  let square = b * b;
  let far = w_absolute(a * square) > F(1e4);
  let high = w_head(b1 * b1);
  let low = (b1 * b1 - high) + (b1 + b) * b2;
  let q = a1 * high;
  let q_low = (a - a1) * square + a1 * low;
  let y = w_exp_of_two(q, select(q_low, F(0.0), far));
  return select(select(y, F(1.0), (a == F(0.0)) | (b == F(0.0))), a + b, w_isnan(a) | w_isnan(b));
}

fn w_exp2(x: F) -> F {
  let held = clamp(x, F(-160.0), F(135.0));
  let k = round(held);
  let r = (held - k) * 0.693147181;
  let y = w_times_power_of_two(1.0 + (r + w_exp_tail(r)), I(k));
  return select(select(select(y, F(0.0), x < F(-159.0)), F(w_infinity()), x >= F(128.0)), x, w_isnan(x));
}

fn w_expm1(x: F) -> F {
  let held = clamp(x, F(-30.0), F(95.0));
  let k = round(held * 1.44269504);
  let r = (held - k * 0.693359375) + k * 2.12194440e-4;
  let p = r + w_exp_tail(r);
  let power = w_times_power_of_two(F(1.0), min(I(k), I(120)));
  let y = select(power * p + (power - 1.0), w_exp(x), k > F(30.0));
  return select(select(y, F(-1.0), x < F(-20.0)), x, w_isnan(x) | (x == F(0.0)));
}

// log(1 + f) - f for 1 + f between sqrt(1/2) and sqrt(2).
fn w_log_tail(f: F) -> F {
  let s = f / (2.0 + f);
  let z = s * s;
  let r = z * (0.666666667 + z * (0.4 + z * (0.285714286 + z * (0.222222222 + z * 0.181818182))));
  let h = 0.5 * f * f;
  return s * (h + r) - h;
}

// Where x = 2^k m, m between sqrt(1/2) and sqrt(2): k.
fn w_log_exponent(x: F) -> I { return (I(bitcast<U>(x) - U(0x3f3504f3u)) >> U(23u)); }

fn w_log_mantissa(x: F, k: I) -> F { return bitcast<F>(bitcast<U>(x) - (bitcast<U>(k) << U(23u))); }

// Subnormal numbers are made larger first.
fn w_normal(x: F) -> F { return select(x, x * 8388608.0, w_size_bits(x) < U(0x00800000u)); }

fn w_normal_shift(x: F) -> F { return select(F(0.0), F(23.0), w_size_bits(x) < U(0x00800000u)); }

fn w_log_edges(x: F, y: F) -> F {
  let top = select(y, x, w_isnan(x) | (x > F(3.4e38)));
  let low = select(F(w_nan()), F(-w_infinity()), x == F(0.0));
  return select(top, low, (x <= F(0.0)) & !w_isnan(x));
}

fn w_log(x: F) -> F {
  let n = w_normal(x);
  let k = w_log_exponent(n);
  let f = w_log_mantissa(n, k) - 1.0;
  let e = F(k) - w_normal_shift(x);
  return w_log_edges(x, e * 0.693359375 + (f + (w_log_tail(f) - e * 2.12194440e-4)));
}

fn w_log2(x: F) -> F {
  let n = w_normal(x);
  let k = w_log_exponent(n);
  let f = w_log_mantissa(n, k) - 1.0;
  let t = w_log_tail(f);
  let f1 = w_head(f);
  // log2(e) is 1.4375 + 0.0051950408
  let y = f1 * 1.4375 + ((f - f1) * 1.4375 + (t * 1.44269504 + f * 0.00519504089));
  return w_log_edges(x, (F(k) - w_normal_shift(x)) + y);
}

fn w_log10(x: F) -> F {
  let n = w_normal(x);
  let k = w_log_exponent(n);
  let f = w_log_mantissa(n, k) - 1.0;
  let t = w_log_tail(f);
  let e = F(k) - w_normal_shift(x);
  let f1 = w_head(f);
  // log10(e) is 0.43359375 + 0.00070073190, log10(2) is 0.30078125 + 0.00024874566
  let y = f1 * 0.43359375 + ((f - f1) * 0.43359375 + (t * 0.434294482 + f * 7.00731903e-4));
  return w_log_edges(x, e * 0.30078125 + (y + e * 2.48745664e-4));
}

fn w_log1p(x: F) -> F {
  let near = (x > F(-0.2929)) & (x < F(0.4142));
  let f = select(F(0.0), x, near);
  return select(select(w_log(1.0 + x), f + w_log_tail(f), near), x, (x == F(0.0)) | w_isnan(x));
}

fn w_log_ratio(a: F, b: F) -> F {
  let f = (a - b) / b;
  let q = a / b;
  let far = !((q > F(1e-30)) & (q < F(1e30)));
  return select(select(w_log(q), w_log(a) - w_log(b), far), w_log1p(f), w_absolute(f) < F(0.25));
}

fn w_rel_entr(a: F, b: F) -> F {
  let inside = (a > F(0.0)) & (b > F(0.0));
  let y = select(F(w_infinity()), F(0.0), (a == F(0.0)) & (b >= F(0.0)));
  return select(select(y, a * w_log_ratio(a, b), inside), F(w_nan()), w_isnan(a) | w_isnan(b));
}

fn w_logaddexp(a: F, b: F) -> F {
  let top = w_maximum(a, b);
  let y = top + w_log1p(w_exp(-w_absolute(a - b)));
  return select(y, top, w_isinf(top) | w_isnan(top));
}

// x less so many quarters of a circle, for |x| up to 10000.
fn w_quarters(x: F) -> F { return round(clamp(x, F(-1e5), F(1e5)) * 0.636619772); }

fn w_in_quarter(x: F, k: F) -> F {
  return ((x - k * 1.5703125) - k * 4.837512969970703125e-4) - k * 7.54978995e-8;
}

fn w_sin_part(r: F) -> F {
  let z = r * r;
  return r + r * z * (-0.166666672 + z * (8.33332911e-3 + z * (-1.98393391e-4 + z * 2.71834119e-6)));
}

fn w_cos_part(r: F) -> F {
  let z = r * r;
  return 1.0 - (0.5 * z - z * z * (4.16666679e-2 + z * (-1.38888834e-3 + z * (2.47995413e-5 - z * 2.72117461e-7))));
}

fn w_sin(x: F) -> F {
  let k = w_quarters(x);
  let r = w_in_quarter(x, k);
  let q = I(k) & I(3);
  let y = select(w_sin_part(r), w_cos_part(r), (q & I(1)) == I(1));
  let s = w_flipped(y, (q & I(2)) == I(2));
  return select(select(s, x, x == F(0.0)), F(w_nan()), w_size_bits(x) >= U(0x7f800000u));
}

fn w_cos(x: F) -> F {
  let k = w_quarters(x);
  let r = w_in_quarter(x, k);
  let q = (I(k) + I(1)) & I(3);
  let y = select(w_sin_part(r), w_cos_part(r), (q & I(1)) == I(1));
  return select(w_flipped(y, (q & I(2)) == I(2)), F(w_nan()), w_size_bits(x) >= U(0x7f800000u));
}

fn w_tan(x: F) -> F {
  let k = w_quarters(x);
  let r = w_in_quarter(x, k);
  let s = w_sin_part(r);
  let c = w_cos_part(r);
  let y = select(s / c, -c / s, (I(k) & I(1)) == I(1));
  return select(select(y, x, x == F(0.0)), F(w_nan()), w_size_bits(x) >= U(0x7f800000u));
}

fn w_asin_tail(z: F) -> F {
  return z * (0.166667506 + z * (7.49533474e-2 + z * (4.54674885e-2 + z * (2.41882373e-2 + z * 4.215803e-2))));
}

fn w_arcsin(x: F) -> F {
  let a = w_absolute(x);
  let far = a > F(0.5);
  let z = select(a * a, 0.5 * (1.0 - a), far);
  let s = select(a, sqrt(max(z, F(0.0))), far);
  let p = s + s * w_asin_tail(z);
  let y = select(p, 0.785398163 - ((2.0 * p - 0.785398163) + 4.37113883e-8), far);
  return select(w_signed(y, x), F(w_nan()), (a > F(1.0)) | w_isnan(x));
}

fn w_arccos(x: F) -> F {
  let a = w_absolute(x);
  let far = a > F(0.5);
  let z = select(a * a, 0.5 * (1.0 - a), far);
  let s = select(a, sqrt(max(z, F(0.0))), far);
  let p = s + s * w_asin_tail(z);
  let middle = select(1.57079637 - (p + 4.37113883e-8), 1.57079637 + (p - 4.37113883e-8), x < F(0.0));
  let y = select(middle, select(2.0 * p, 3.14159274 - (2.0 * p + 8.74227766e-8), x < F(0.0)), far);
  return select(y, F(w_nan()), (a > F(1.0)) | w_isnan(x));
}

fn w_arctan(x: F) -> F {
  let a = w_absolute(x);
  let far = a > F(2.41421356);
  let middle = (a > F(0.414213562)) & !far;
  let t = select(select(a, (a - 1.0) / (a + 1.0), middle), -1.0 / max(a, F(1.0)), far);
  let z = t * t;
  let p = t + t * z * (-0.333333164 + z * (0.199985325 + z * (-0.142445326 + z * (0.106003553 - z * 6.09321631e-2))));
  let y = select(select(p, 0.785398163 + (p - 2.18556941e-8), middle), 1.57079637 + (p - 4.37113883e-8), far);
  return select(w_signed(y, x), x, w_isnan(x));
}

fn w_arctan2(a: F, b: F) -> F {
  let x = w_absolute(b);
  let y = w_absolute(a);
  let both = w_isinf(x) & w_isinf(y);
  let steep = y > x;
  let top = select(y, x, steep);
  let bottom = select(x, y, steep);
  let q = select(top / bottom, F(0.0), (bottom == F(0.0)) | (w_isinf(bottom) & !both));
  let t = w_arctan(select(q, F(1.0), both));
  let first = select(t, 1.57079637 - (t + 4.37113883e-8), steep);
  let angle = select(first, 3.14159274 - (first + 8.74227766e-8), w_sign_bit(b) != U(0u));
  return select(w_signed(angle, a), F(w_nan()), w_isnan(a) | w_isnan(b));
}

fn w_hypot(a: F, b: F) -> F {
  let x = w_absolute(a);
  let y = w_absolute(b);
  let top = select(y, x, x > y);
  let low = select(x, y, x > y);
  let r = low / select(top, F(1.0), (top == F(0.0)) | w_isinf(top));
  let h = select(top * sqrt(1.0 + r * r), F(0.0), top == F(0.0));
  return select(select(h, F(w_nan()), w_isnan(a) | w_isnan(b)), F(w_infinity()), w_isinf(a) | w_isinf(b));
}

fn w_length_beside_one(x: F) -> F { return w_hypot(x, F(1.0)); }

fn w_sinh(x: F) -> F {
  let a = w_absolute(x);
  let e = w_expm1(min(a, F(40.0)));
  let h = w_exp(0.5 * a);
  let y = select(0.5 * (e + e / (e + 1.0)), (0.5 * h) * h, a > F(20.0));
  return select(w_signed(y, x), x, w_isnan(x) | (x == F(0.0)));
}

fn w_cosh(x: F) -> F {
  let a = w_absolute(x);
  let e = w_exp(min(a, F(40.0)));
  let h = w_exp(0.5 * a);
  return select(select(0.5 * e + 0.5 / e, (0.5 * h) * h, a > F(20.0)), x, w_isnan(x));
}

fn w_tanh(x: F) -> F {
  let a = w_absolute(x);
  let e = w_expm1(2.0 * min(a, F(15.0)));
  return select(w_signed(e / (e + 2.0), x), x, w_isnan(x) | (x == F(0.0)));
}

fn w_arcsinh(x: F) -> F {
  let a = w_absolute(x);
  let m = min(a, F(1e4));
  let near = w_log1p(m + m * m / (1.0 + sqrt(m * m + 1.0)));
  let y = select(near, w_log(a) + 0.693147181, a > F(1e4));
  return select(w_signed(y, x), x, w_isnan(x) | (x == F(0.0)) | w_isinf(x));
}

fn w_arccosh(x: F) -> F {
  let t = min(x, F(1e4)) - 1.0;
  let y = select(w_log1p(t + sqrt(max(t, F(0.0))) * sqrt(max(t, F(0.0)) + 2.0)), w_log(x) + 0.693147181, x > F(1e4));
  return select(y, F(w_nan()), (x < F(1.0)) | w_isnan(x));
}

fn w_arctanh(x: F) -> F {
  let a = w_absolute(x);
  let y = 0.5 * w_log1p(2.0 * a / (1.0 - a));
  let edge = select(F(w_nan()), F(w_infinity()), a == F(1.0));
  return select(select(w_signed(y, x), w_signed(edge, x), a >= F(1.0)), x, w_isnan(x) | (x == F(0.0)));
}

fn w_cbrt(x: F) -> F {
  let a = w_absolute(x);
  let small = a < F(1e-20);
  let large = a > F(1e20);
  let n = a * select(select(F(1.0), F(4.72236648e21), small), F(2.11758237e-22), large);
  let t0 = bitcast<F>(bitcast<U>(n) / U(3u) + U(709958130u));
  let t1 = t0 - (t0 * t0 * t0 - n) * t0 / (2.0 * t0 * t0 * t0 + n);
  let t = w_head(t1 - (t1 * t1 * t1 - n) * t1 / (2.0 * t1 * t1 * t1 + n));
  // The last step from a number whose square is exact.
  let r = n / (t * t);
  let y = (t + t * (r - t) / (2.0 * t + r)) * select(select(F(1.0), F(5.96046448e-8), small), F(16777216.0), large);
  return select(w_signed(y, x), x, (x == F(0.0)) | (w_size_bits(x) >= U(0x7f800000u)));
}
