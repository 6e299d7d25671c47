// Arrays of a page: their elements, types and broadcasting, and how elementwise functions run over them.

/** Elements of a document: base64 of little-endian float64. */
export function decoded(text) {
  return new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
}

/** Complex numbers of an array, each as its real and its imaginary part. */
class Pairs extends Float64Array {}
Pairs.prototype.isComplex = true;

export const zeros = (type) => new (type.complex ? Pairs : Float64Array)(type.length);

/** An array of this type of as many numbers as it has: a document holds one of elements that are all alike. */
export function typed(type, given) {
  const y = zeros(type);
  if (given.length === y.length) y.set(given);
  else for (let e = 0; e < y.length; e += given.length) y.set(given, e);
  return y;
}

export const whole = {
  int8: (x) => (x << 24) >> 24, int16: (x) => (x << 16) >> 16, int32: (x) => x | 0, int64: (x) => x + 0,
  uint8: (x) => x & 255, uint16: (x) => x & 65535, uint32: (x) => x >>> 0, uint64: (x) => x + 0,
};
/** What an element type makes of a number. */
export const rounding = { ...whole, float32: Math.fround, complex64: Math.fround, bool: (x) => (Number(x) === 0 ? 0 : 1) };

export const sizeOf = (shape) => shape.reduce((n, each) => n * each, 1);
export const differentiable = (type) => type.complex || type.dtype.startsWith("float");

/** Zero times infinity is zero where either is "nothing": a derivative that did not arrive, a slope that is not there. */
export function strong(seed, partial) {
  const y = seed * partial;
  return y === y ? y : seed === 0 ? seed : partial === 0 && seed === seed ? partial : y;
}

/** Where each element of an array of shape `to` lies in one of shape `from` that is broadcast to it; null: at its own place. */
export function places(from, to) {
  const size = sizeOf(to);
  if (sizeOf(from) === size) return null;
  const at = new Int32Array(size);
  const gap = to.length - from.length;
  let inner = 1, step = 1;
  for (let axis = to.length - 1; axis >= 0; axis -= 1) {
    const n = axis >= gap ? from[axis - gap] : 1;
    if (n > 1) for (let i = 0; i < size; i += 1) at[i] += (Math.floor(i / inner) % n) * step;
    inner *= to[axis];
    step *= n;
  }
  return at;
}

/** One elementwise operation on arrays that are broadcast. */
export function elementwise(f, type, a, b, atA, atB, round) {
  const y = new Float64Array(type.size);
  for (let i = 0; i < type.size; i += 1) {
    const p = a[atA ? atA[i] : i];
    const q = b ? b[atB ? atB[i] : i] : 0;
    y[i] = round ? round(f(p, q)) : f(p, q);
  }
  return y;
}

/** Reads numbers of an array, complex ones as {re, im}, where it lies: function of the place. */
export const reader = (x, at) => (!x ? () => 0 : x.isComplex ? (e) => {
  const p = 2 * (at ? at[e] : e);
  return { re: x[p], im: x[p + 1] };
} : (e) => x[at ? at[e] : e]);

export function put(y, e, z) {
  if (y.isComplex) [y[2 * e], y[2 * e + 1]] = typeof z === "object" ? [z.re, z.im] : [z, 0];
  else y[e] = z;
}

/** The same where complex numbers go in or come out. */
export function paired(f, type, args, at, round) {
  const y = zeros(type);
  const [a, b] = [0, 1].map((k) => reader(args[k], at[k]));
  for (let e = 0; e < type.size; e += 1) put(y, e, f(a(e), b(e)));
  return round ? y.map(round) : y;
}
