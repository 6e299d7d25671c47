// Powers, the logistic function, and functions of errors: as math.wgsl, which they call.

// ((|a| + more) / 2^down)^b: the logarithm in two parts, so that its error, b times, stays below the last digit.
fn w_scaled_power(a: F, more: F, down: F, b: F) -> F {
  let n = w_normal(a);
  let k = w_log_exponent(n);
  let m = w_log_mantissa(n, k);
  let e = F(k) - w_normal_shift(a) - down;
  let f = m - 1.0;
  let d1 = w_head(m + 1.0);
  let d2 = m - (d1 - 1.0);
  let s = f / (m + 1.0);
  let s1 = w_head(s);
  let s2 = ((f - s1 * d1) - s1 * d2) / (m + 1.0);
  let z = s * s;
  let low = 2.0 * s2 + s * z * (0.666666667 + z * (0.4 + z * (0.285714286 + z * (0.222222222 + z * 0.181818182))));
  let whole = e * 0.693359375;
  let high = w_head(whole + (2.0 * s1 + low));
  let rest = ((whole - high) + 2.0 * s1) + ((low + more / a) - e * 2.12194440e-4);
  let held = clamp(b, F(-1e30), F(1e30));
  let b1 = w_head(held);
  let product = b1 * high;
  let tail = (held - b1) * high + held * rest;
  let far = w_absolute(held * (high + rest)) > F(200.0);
  return w_exp_of_two(select(product, held * (high + rest), far), select(tail, F(0.0), far));
}

fn w_power_of_size(a: F, b: F) -> F { return w_scaled_power(a, F(0.0), F(0.0), b); }

fn w_power(a: F, b: F) -> F {
  let x = w_absolute(a);
  let big = w_size_bits(b) >= U(0x4b800000u);
  let whole = big | (trunc(b) == b);
  let odd = whole & !big & ((I(select(b, F(0.0), big)) & I(1)) == I(1));
  let zero = x == F(0.0);
  let inf = w_isinf(a);
  var y = w_power_of_size(select(x, F(1.0), zero | inf), b);
  let up = (b > F(0.0)) == inf;
  y = select(y, select(F(0.0), F(w_infinity()), up), zero | inf);
  let tends = select(F(0.0), F(w_infinity()), (x > F(1.0)) == (b > F(0.0)));
  y = select(y, select(tends, F(1.0), x == F(1.0)), w_isinf(b));
  y = w_flipped(y, (w_sign_bit(a) != U(0u)) & odd);
  y = select(y, F(w_nan()), (a < F(0.0)) & !whole & !inf);
  y = select(y, F(w_nan()), w_isnan(a) | w_isnan(b));
  return select(y, F(1.0), (b == F(0.0)) | (a == F(1.0)));
}

fn w_power_i(a: I, b: I) -> I {
  var y = I(1);
  var base = a;
  var left = b;
  for (var n = 0u; n < 31u; n++) {
    y = select(y, y * base, (left & I(1)) == I(1));
    base = base * base;
    left = left >> U(1u);
  }
  return y;
}

fn w_integer_power(a: F, b: F) -> F { return w_power(a, b); }

fn w_sigmoid(x: F) -> F {
  let e = w_exp(-w_absolute(x));
  return select(select(1.0 / (1.0 + e), e / (1.0 + e), x < F(0.0)), x, w_isnan(x));
}

// exp(x x) erfc(x) for x >= 0.
fn w_erfcx_right(x: F) -> F {
  let t = (x - 2.0) / (x + 2.0);
  let p = 1.27697837 + t * (-0.0927637592 + t * (-0.166030377 + t * (0.164049432 + t * (-0.0542203225 + t * (-8.01879354e-3
    + t * (8.72472022e-3 + t * (1.21701113e-3 + t * (-1.46410719e-3 + t * (-3.57512763e-4 + t * (2.21475537e-4
    + t * (6.3218984e-5 - t * 2.01889488e-5)))))))))));
  return p / (1.0 + 2.0 * x);
}

fn w_erfc_right(x: F) -> F {
  let held = min(x, F(12.0));
  return w_exp_square(F(-1.0), held) * w_erfcx_right(held);
}

fn w_erf(x: F) -> F {
  let a = w_absolute(x);
  let z = min(a * a, F(1.0));
  let near = a * (1.12837923 + z * (-0.376126349 + z * (0.112837195 + z * (-0.0268607531 + z * (5.2044359e-3
    + z * (-8.18192726e-4 + z * 8.5388383e-5))))));
  return select(w_signed(select(1.0 - w_erfc_right(a), near, a < F(0.9)), x), x, w_isnan(x));
}

fn w_erfc(x: F) -> F {
  let y = w_erfc_right(w_absolute(x));
  let near = 1.0 - w_erf(x);
  return select(select(select(y, 2.0 - y, x < F(0.0)), near, w_absolute(x) < F(0.4)), x, w_isnan(x));
}

fn w_ndtr(x: F) -> F {
  let a = min(w_absolute(x), F(15.0));
  let y = 0.5 * w_exp_square(F(-0.5), a) * w_erfcx_right(0.707106781 * a);
  let near = 0.5 + 0.5 * w_erf(0.707106781 * x);
  return select(select(select(1.0 - y, y, x < F(0.0)), near, w_absolute(x) < F(0.6)), x, w_isnan(x));
}
