// What the formulas of the rule table call: elementwise functions of JavaScript's numbers, which are float64. A piece begins
// with `function` or `const` and ends before a blank line; a document holds those that its program needs.

const sqrt = Math.sqrt;

const cbrt = Math.cbrt;

const exp = Math.exp;

const exp2 = (x) => Math.pow(2, x);

const expm1 = Math.expm1;

const log = Math.log;

const log2 = Math.log2;

const log10 = Math.log10;

const log1p = Math.log1p;

const sin = Math.sin;

const cos = Math.cos;

const tan = Math.tan;

const arcsin = Math.asin;

const arccos = Math.acos;

const arctan = Math.atan;

const arctan2 = Math.atan2;

const hypot = Math.hypot;

const sinh = Math.sinh;

const cosh = Math.cosh;

const tanh = Math.tanh;

const arcsinh = Math.asinh;

const arccosh = Math.acosh;

const arctanh = Math.atanh;

const floor = Math.floor;

const ceil = Math.ceil;

const trunc = Math.trunc;

const absolute = Math.abs;

const sign = (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x);

const has_infinity = (x) => x === Infinity || x === -Infinity;

const length_beside_one = (x) => hypot(x, 1);

// A NaN on either side comes through.
const maximum = (a, b) => (a >= b || a !== a ? a : b);

const minimum = (a, b) => (a <= b || a !== a ? a : b);

const signbit = (x) => x < 0 || Object.is(x, -0);

const copysign = (a, b) => (signbit(a) === signbit(b) ? a : -a);

// Halves to even: the last bit of a sum with 2^52 is that of the ones.
function rint(x) {
  if (!(Math.abs(x) < 4503599627370496)) return x;
  return copysign(Math.abs(x) + 4503599627370496 - 4503599627370496, x);
}

const fmod = (a, b) => a % b;

function remainder(a, b) {
  const r = a % b;
  if (r !== 0 && b < 0 !== r < 0) return r + b;
  return r === 0 ? copysign(0, b) : r;
}

function floor_divide(a, b) {
  if (b === 0) return a / b;
  const r = a % b;
  let q = (a - r) / b;
  if (r !== 0 && b < 0 !== r < 0) q -= 1;
  if (q === 0) return copysign(0, a / b);
  const whole = Math.floor(q);
  return q - whole > 0.5 ? whole + 1 : whole;
}

// Of whole numbers: divided by zero they are zero.
const whole_floor_divide = (a, b) => (b === 0 ? 0 : Math.floor(a / b));

const whole_remainder = (a, b) => (b === 0 ? 0 : remainder(a, b) + 0);

const whole_fmod = (a, b) => (b === 0 ? 0 : (a % b) + 0);

const whole_power = (a, b) => Math.round(Math.pow(a, b));

// C's power is 1 where the base is, or the exponent is 0.
const power = (a, b) => (a === 1 || (a === -1 && (b === Infinity || b === -Infinity)) ? 1 : Math.pow(a, b));

function integer_power(a, b) {
  if (b === 2) return a * a;
  if (b === 3) return a * a * a;
  return b === 1 ? a : b === -1 ? 1 / a : power(a, b);
}

function logaddexp(a, b) {
  if (a === b) return a + Math.LN2;
  return a !== a || b !== b ? NaN : Math.max(a, b) + Math.log1p(Math.exp(Math.min(a, b) - Math.max(a, b)));
}

function sigmoid(x) {
  const e = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

const exp_square = (a, b) => (a === 0 && b === b ? 1 : Math.exp(a * (b * b)));
