// Matrices of complex numbers. Where real ones of twice the size say the same (a + i b acts as [[a, -b], [b, a]] does), those
// of structural.js are asked. A piece begins with `function` or `const` and ends before a blank line.

// Matrices of real numbers that act as these do: a square of four for each, its parts the first column.
function c_acting(x, { shape, dtype }) {
  const [m, n] = shape.slice(-2), y = new Float64Array(2 * x.length);
  for (let e = 0; e < x.length / 2; e += 1) {
    const p = 4 * n * Math.floor(e / n) + 2 * (e % n);
    [y[p], y[p + 1], y[p + 2 * n], y[p + 2 * n + 1]] = [x[2 * e], -x[2 * e + 1], x[2 * e + 1], x[2 * e]];
  }
  return [y, { dtype, shape: [...shape.slice(0, -2), 2 * m, 2 * n] }];
}

function c_acted(y, { shape }, size) {
  const n = shape.at(-1), at = (e) => 4 * n * Math.floor(e / n) + 2 * (e % n);
  return c_together(...[0, 2 * n].map((down) => Float64Array.from({ length: size }, (_, e) => y[at(e) + down])));
}

function c_by_acting(f, xs, at, types, type) {
  const all = xs.map((x, k) => c_acting(x, types[k]));
  return c_acted(f(all.map(([y]) => y), at, all.map(([, t]) => t)), type, type.size);
}

const c_inv = (xs, at, types, type) => c_by_acting(inv, xs, at, types, type);

// A transposed matrix acts as the transposed one of its conjugate.
const c_solve = ([a, b], [over], types, type) => c_by_acting(solve, [over ? c_conjugate([a]) : a, b], [over], types, type);

// A triangle of each matrix, `least` at or below its diagonal; with ones there for a unit one.
function c_triangle(x, { shape }, lower, unit) {
  const n = shape.at(-1), m = shape.at(-2);
  return x.map((each, k) => {
    const e = k >> 1, c = e % n, r = Math.floor(e / n) % m;
    return r === c ? (unit ? 1 - (k % 2) : each) : r > c === Boolean(lower) ? each : 0;
  });
}

const c_triangular_solve = ([a, b], [lower, over, unit], types, type) => c_solve([c_triangle(a, types[0], lower, unit), b], [over], types, type);

// The size of what stands on the diagonal is what counts there.
const c_cholesky = ([a], at, types, type) => {
  const n = type.shape.at(-1);
  return c_by_acting(cholesky, [a.map((each, k) => (k % 2 && (k >> 1) % n === Math.floor((k >> 1) / n) % n ? 0 : each))], at, types, type);
};

function c_matrices(x, { shape }) {
  const [m, n] = shape.slice(-2), all = c_elements(x), found = [];
  for (let s = 0; s < all.length; s += m * n) found.push(Array.from({ length: m }, (_, r) => all.slice(s + r * n, s + (r + 1) * n)));
  return found;
}

const c_stacked = (all) => c_row(all.flat(2));

const c_slogdet = ([a], at, [type]) => c_stacked(c_matrices(a, type).map((m) => {
  let sign = 1, log = 0;
  for (let k = 0; k < m.length; k += 1) {
    const p = m.reduce((best, row, r) => (r >= k && c_size(row[k]) > c_size(m[best][k]) ? r : best), k), size = c_size(m[p][k]);
    if (p !== k) sign = c_negative(sign);
    [m[p], m[k]] = [m[k], m[p]];
    sign = c_multiply(size ? c_divide(m[k][k], size) : 0, sign);
    log += Math.log(size);
    for (let r = k + 1; r < m.length && size; r += 1) {
      const factor = c_divide(m[r][k], m[k][k]);
      for (let c = k + 1; c < m.length; c += 1) m[r][c] = c_subtract(m[r][c], c_multiply(factor, m[k][c]));
    }
  }
  return [[sign, log]];
}));

const c_dot = (a, b) => a.reduce((sum, x, k) => c_add(sum, c_multiply(c_conjugate_of(x), b[k])), c_of(0, 0));

// Householder's reflections that make a triangle, of a real diagonal: [vectors and factors, triangle].
function c_reflections(m) {
  const a = m.map((row) => [...row]), width = a[0]?.length ?? 0, steps = [];
  for (let k = 0; k < Math.min(a.length, width); k += 1) {
    const x = a.slice(k).map((row) => row[k]), tail = c_dot(x.slice(1), x.slice(1)).re;
    if (tail <= 2.3e-308 && x[0].im * x[0].im <= 2.3e-308) continue;
    const size = -Math.sqrt(c_size(x[0]) ** 2 + tail) * (x[0].re < 0 ? -1 : 1), off = c_subtract(x[0], size);
    const v = [c_of(1, 0), ...x.slice(1).map((each) => c_divide(each, off))];
    steps.push([k, v, c_conjugate_of(c_divide(c_subtract(size, x[0]), size))]);
    c_reflect(a, steps.at(-1), false);
    for (let r = k + 1; r < a.length; r += 1) a[r][k] = c_of(0, 0);
  }
  return [steps, a];
}

function c_reflect(a, [k, v, factor], back) {
  for (let c = 0; c < a[0].length; c += 1) {
    const along_v = c_multiply(back ? c_conjugate_of(factor) : factor, c_dot(v, a.slice(k).map((row) => row[c])));
    v.forEach((each, r) => { a[k + r][c] = c_subtract(a[k + r][c], c_multiply(each, along_v)); });
  }
}

function c_reflected(steps, a) {
  for (const step of [...steps].reverse()) c_reflect(a, step, true);
  return a;
}

const c_identity = (m, n) => identity(m, n).map((row) => row.map((x) => c_of(x, 0)));

const c_qr = ([a], at, [type]) => c_stacked(c_matrices(a, type).map((m) => {
  const [steps, r] = c_reflections(m), q = turned_over(c_reflected(steps, c_identity(m.length, m[0].length)));
  return q.map((row, k) => [...row, ...r[k]]);
}));

// Columns that complete those of a basis.
function c_rest_of(m, height) {
  const width = m[0]?.length ?? 0, last = c_identity(height, height).map((row) => row.slice(width));
  return width ? c_reflected(c_reflections(m)[0], last) : last;
}

const c_complement = ([a], at, [type]) => c_stacked(c_matrices(a, type).map((m) => c_rest_of(m, type.shape.at(-2))));

// Of real vectors that stand for complex ones, and for their multiples by i, those that are independent, of length 1; with
// `also` changed in the same way. Of 2n that are at right angles as real ones n are found.
function c_independent(rows, also = rows) {
  const found = [];
  rows.forEach((row, k) => {
    let [x, y] = [row, also[k]].map((each) => c_elements(Float64Array.from(each)));
    for (const [u, v] of found) {
      const along_u = c_dot(u, x), less = (all, of) => all.map((each, j) => c_subtract(each, c_multiply(along_u, of[j])));
      [x, y] = [less(x, u), less(y, v)];
    }
    const size = Math.sqrt(c_dot(x, x).re);
    if (size * size * rows.length > 1) found.push([...[x, y].map((all) => all.map((each) => c_multiply(1 / size, each))), k]);
  });
  return found;
}

const c_acting_rows = ([x], [type]) => {
  const [y, of] = c_acting(x, type);
  return matrices(y, of);
};

const c_eigh = ([a], [vectors], types) => {
  const n = types[0].shape.at(-1);
  const all = c_acting_rows([a], types).map((m) => {
    for (let k = 0; k < n; k += 1) [m[2 * k][2 * k + 1], m[2 * k + 1][2 * k]] = [0, 0];
    const [w, v] = symmetric_eigen(m), values = w.filter((_, k) => k % 2 === 0);
    return vectors ? [values, ...turned_over(c_independent(v).map(([x]) => x))] : [values];
  });
  return vectors ? c_stacked(all) : stacked(all);
};

const c_svd = ([a], [vectors], types) => {
  const [m, n] = types[0].shape.slice(-2), wide = m <= n;
  const all = c_acting_rows([a], types).map((each) => {
    const [s, u, v] = wide_singular(wide ? each : turned_over(each)), values = s.filter((_, k) => k % 2 === 0);
    if (!vectors) return [values];
    const none = s.findIndex((x) => !(x > 1e-15 * s[0])), whole = none < 0 ? s.length : none;
    const pairs = c_independent(u.slice(0, whole), v.slice(0, whole)), rank = pairs.length;
    const full = (k, rows) => [...pairs.map((pair) => pair[k]), ...c_independent([...pairs.map((pair) => c_row(pair[k])), ...rows.slice(whole)]).slice(rank).map(([x]) => x)];
    const [left, right] = (wide ? [full(0, u), full(1, v)] : [full(1, v), full(0, u)]).map((rows) => turned_over(rows.slice(0, values.length)));
    return [values, ...left, ...right];
  });
  return vectors ? c_stacked(all) : stacked(all);
};
