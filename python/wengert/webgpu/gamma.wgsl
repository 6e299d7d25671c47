// The logarithm of the gamma function and its derivatives: as math.wgsl, which they call. Near their zeros on the right
// polynomials of the distance from them keep all digits, beyond 3 the asymptotic series (DLMF 5.11), below 0 reflection
// (DLMF 5.5.3, 5.5.4). Derivatives are sums of powers, by Euler's and Maclaurin's formula (DLMF 25.11.5).

// sin(pi r) for |r| <= 1/2.
fn w_sin_half_turn(r: F) -> F {
  let z = r * r;
  return r * (3.14159274 + z * (-5.16770983 + z * (2.55006981 + z * (-0.598242104 + z * 0.0775603876))));
}

// How far the next whole number is: exact.
fn w_off_whole(x: F) -> F { return x - round(x); }

fn w_is_pole(x: F) -> B { return (x <= F(0.0)) & (floor(x) == x); }

// log Gamma(1 + u) for |u| <= 1/2.
fn w_lgamma_about_one(u: F) -> F {
  return u * (u - 1.0) * (0.577215672 + u * (-0.245251313 + u * (0.155434012 + u * (-0.115153365 + u * (0.0922544599
    + u * (-0.0771068111 + u * (0.0663787797 + u * (-0.0615434647 + u * (0.0563465767 + u * (-0.0304622911
    + u * (0.0231223051 + u * (-0.0869050473 + u * 0.0867456496))))))))))));
}

// log Gamma(2 + v) for -1/2 <= v <= 1.
fn w_lgamma_about_two(v: F) -> F {
  return v * (v + 1.0) * (0.422784328 + v * (-0.100317307 + v * (0.0329651795 + v * (-0.0123842405 + v * (4.99577727e-3
    + v * (-2.10528402e-3 + v * (9.29196889e-4 + v * (-4.28855477e-4 + v * (1.71691529e-4 - v * 3.69061781e-5)))))))));
}

fn w_lgamma_far(x: F) -> F {
  let k = w_log_exponent(x);
  let f = w_log_mantissa(x, k) - 1.0;
  let e = F(k);
  let less_one = ((e * 0.693359375 - 1.0) + f) + (w_log_tail(f) - e * 2.12194440e-4);
  let z = 1.0 / (x * x);
  let rest = (0.0833333135 + z * (-2.77447165e-3 + z * 7.09349755e-4)) / x;
  return select((x - 0.5) * less_one + (0.418938533 + rest), F(w_infinity()), x > F(4.0850034e36));
}

fn w_lgamma(x: F) -> F {
  let a = w_absolute(x);
  let near = a < F(0.5);
  let p = w_lgamma_about_one(select(F(0.0), select(a - 1.0, x, near), a < F(1.5)));
  let q = w_lgamma_about_two(select(F(0.0), a - 2.0, (a >= F(1.5)) & (a < F(3.0))));
  let right = select(select(q, p, a < F(1.5)), w_lgamma_far(max(a, F(3.0))), a >= F(3.0));
  let left = w_log(3.14159265 / (a * w_absolute(w_sin_half_turn(w_off_whole(x))))) - right;
  let y = select(select(right, left, x < F(0.0)), p - w_log(a), near);
  let edge = select(F(w_infinity()), F(0.0), y == F(0.0));
  return select(select(y, edge, (y == F(0.0)) | w_is_pole(x) | w_isinf(x)), x, w_isnan(x));
}

// About its zero, 1.46163214..., from 0 less to 1 more.
fn w_digamma_about_zero(w: F) -> F {
  return w * (0.967672229 + w * (-0.442763239 + w * (0.258499205 + w * (-0.163937569 + w * (0.107843459
    + w * (-0.0723231956 + w * (0.0485861748 + w * (-0.0319366641 + w * (0.0233745556 + w * (-0.0206500832
    + w * 0.011118657))))))))));
}

// Of 2 + v, 0 <= v <= 1.
fn w_digamma_past_two(v: F) -> F {
  return 0.422784328 + v * (0.644933105 + v * (-0.202033982 + v * (0.082114093 + v * (-0.0359855965
    + v * (0.0149740614 + v * (-4.81207436e-3 + v * 8.10386089e-4))))));
}

fn w_digamma_far(x: F) -> F {
  let z = 1.0 / (x * x);
  return (w_log(x) - 0.5 / x) - z * (0.0833332017 + z * (-8.31145141e-3 + z * 3.40188364e-3));
}

fn w_digamma(x: F) -> F {
  let a = w_absolute(x);
  let low = a < F(1.0);
  let off = select(a - 1.46163213, a - 0.461632133, low) - 1.24381501e-8;
  let p = w_digamma_about_zero(select(F(0.0), off, a < F(2.0)));
  let q = w_digamma_past_two(select(F(0.0), a - 2.0, (a >= F(2.0)) & (a < F(3.0))));
  let near = select(select(q, p, a < F(2.0)), p - 1.0 / a, low);
  let right = select(near, w_digamma_far(max(a, F(3.0))), a >= F(3.0));
  let r = w_off_whole(x);
  let turned = 3.14159265 * w_sin_half_turn(0.5 - w_absolute(r)) / w_sin_half_turn(r);
  let left = select(right + 1.0 / a, p, low) - turned;
  let y = select(select(right, left, x < F(0.0)), F(w_nan()), w_is_pole(x));
  return select(select(y, w_signed(F(w_infinity()), w_minus(x)), x == F(0.0)), x, w_isnan(x) | (x == F(w_infinity())));
}

// ((x + n) / 2^down)^-s, what x + n is rounded by told too.
fn w_term(s: F, x: F, n: F, down: F) -> F {
  let t = x + n;
  let h = w_head(t);
  return w_scaled_power(t, ((n - h) + x) - (t - h), down, -s);
}

// Sum of the terms of all n >= 0, for x > 0 and s > 1: small ones first; where x is large the formula alone.
fn w_sum_of_powers(s: F, x: F, down: F) -> F {
  let far = x > 1.5 * s + 9.0;
  let first = select(F(8.0), F(0.0), far);
  let t = x + first;
  let z = 1.0 / (t * t);
  let third = (s + 1.0) * (s + 2.0) * z * (1.38888889e-3 - (s + 3.0) * (s + 4.0) * z * 3.30687831e-5);
  var sum = w_term(s, x, first, down) * (t / (s - 1.0) + (0.5 + (s / t) * (0.0833333333 - third)));
  for (var n = 7; n >= 0; n--) {
    sum = sum + select(w_term(s, x, F(f32(n)), down), F(0.0), far);
  }
  return sum;
}

// n! in two parts, less a power of two, which is the third.
fn w_factorial(n: F) -> array<F, 3> {
  var high = F(1.0);
  var low = F(0.0);
  var power = F(0.0);
  for (var k = 2u; k <= 70u; k++) {
    let by = select(F(1.0), F(f32(k)), n >= F(f32(k)));
    let first = high * by;
    let rest = low * by;
    high = w_head(first + rest);
    low = (first - high) + rest;
    let large = high > F(1e18);
    high = select(high, high * 8.67361738e-19, large);
    low = select(low, low * 8.67361738e-19, large);
    power = select(power, power + 60.0, large);
  }
  return array<F, 3>(high, low, power);
}

fn w_polygamma(n: F, x: F) -> F {
  let s = clamp(n, F(1.0), F(70.0)) + 1.0;
  let odd = (I(s) & I(1)) == I(1);
  let pole = w_is_pole(x);
  let r = select(w_off_whole(x), F(0.5), pole);
  let right = x > F(0.0);
  let a = select(w_absolute(r), x, right);
  let down = clamp(F(I(bitcast<U>(a) >> U(23u)) - I(127)), F(-20.0), F(100.0));
  let held = select(F(1.0), x, right & !w_isinf(x));
  var sum = w_sum_of_powers(s, held, down);
  if (any(x < F(0.0))) {
    let other = w_sum_of_powers(s, 1.0 - r, down) - w_sum_of_powers(s, 1.0 + w_absolute(x), down);
    let power = w_scaled_power(a, F(0.0), down, -s);
    let both = w_flipped(power, odd & (r < F(0.0))) + (w_sum_of_powers(s, 1.0 + r, down) + w_flipped(other, odd));
    sum = select(both, sum, right);
  }
  let f = w_factorial(n);
  let scale = I(clamp(f[2] - down * s, F(-252.0), F(254.0)));
  var y = w_flipped(w_times_power_of_two(sum * (f[0] + f[1]), scale), odd);
  y = select(y, w_flipped(F(0.0), odd), w_isinf(x));
  y = select(y, select(F(w_infinity()), F(w_nan()), odd), pole);
  y = select(y, F(w_nan()), w_isnan(x) | !((n >= F(1.0)) & (n <= F(70.0)) & (floor(n) == n)));
  return select(y, w_digamma(x), n == F(0.0));
}
