// Values of structural primitives: functions of the operands' elements (row-major), the attributes, the operands' types, the
// type of the value, and `places`, which tells where each element of a shape lies in one that is broadcast to it. Their
// derivatives are programs of these. Where the core raises (a singular matrix, say), elements are NaN here: a slider moves on.

const stop = ([x]) => x;

const astype = ([x], at, [from], type) => (type.dtype.startsWith("float") || type.dtype === "bool" ? x : x.map(Math.trunc));

const reshape = ([x]) => x;

const strides_of = (shape) => shape.map((_, k) => shape.slice(k + 1).reduce((n, each) => n * each, 1));

// Where elements lie that take the given steps along axes: [stride, start, step, count] each, the last axis fastest.
function offsets(axes) {
  let all = [0];
  for (const [stride, start, step, count] of axes) {
    const next = new Array(all.length * count);
    for (let i = 0, n = 0; i < all.length; i += 1) {
      for (let k = 0; k < count; k += 1, n += 1) next[n] = all[i] + (start + k * step) * stride;
    }
    all = next;
  }
  return all;
}

const along = (shape, axes) => offsets(axes.map((axis) => [strides_of(shape)[axis], 0, 1, shape[axis]]));

// What attributes of a slice show.
const shown = (shape, at) => offsets(strides_of(shape).map((stride, k) => [stride, ...at.slice(3 * k, 3 * k + 3)]));

const counts = (at, n) => Array.from({ length: n }, (_, k) => at[3 * k + 2]);

const taken = (x, positions) => Float64Array.from(positions, (p) => x[p]);

const broadcast_to = ([x], at, [from], type, places) => {
  const found = places(from.shape, type.shape);
  return found ? taken(x, found) : x;
};

const transpose = ([x], at, [{ shape }]) => taken(x, along(shape, at));

const slice = ([x], at, [{ shape }]) => taken(x, shown(shape, at));

function pad([x], at, [from], type) {
  const y = new Float64Array(type.size);
  shown(type.shape, at).forEach((p, i) => { y[p] = x[i]; });
  return y;
}

function slice_set([x, v], at, [{ shape }, of_v], type, places) {
  const y = Float64Array.from(x), found = places(of_v.shape, counts(at, shape.length));
  shown(shape, at).forEach((p, i) => { y[p] = v[found ? found[i] : i]; });
  return y;
}

const position = (p, x) => (p < 0 ? p + x.length : p);

const gather = ([x, at]) => at.map((p) => x[position(p, x)]);

const scatter_add = ([x, at, v], _, types, type, places) => scattered(x, at, v, types, places, (old, each) => old + each);

const scatter_set = ([x, at, v], _, types, type, places) => scattered(x, at, v, types, places, (old, each) => each);

function scattered(x, at, v, types, places, put) {
  const y = Float64Array.from(x), found = places(types[2].shape, types[1].shape);
  at.forEach((p, i) => { y[position(p, y)] = put(y[position(p, y)], v[found ? found[i] : i]); });
  return y;
}

function concatenate(xs, [axis], types, type) {
  const inner = strides_of(type.shape)[axis], y = new Float64Array(type.size), row = inner * type.shape[axis];
  let start = 0;
  xs.forEach((x, k) => {
    const width = inner * types[k].shape[axis];
    for (let i = 0; i < x.length; i += 1) y[Math.floor(i / width) * row + start + (i % width)] = x[i];
    start += width;
  });
  return y;
}

function together(xs, types, type, places, f) {
  const found = types.map(({ shape }) => places(shape, type.shape));
  return Float64Array.from({ length: type.size }, (_, i) => f(...xs.map((x, k) => x[found[k] ? found[k][i] : i])));
}

const select = (xs, at, types, type, places) => together(xs, types, type, places, (c, x, y) => (c ? x : y));

const clip = (xs, at, types, type, places) => together(xs, types, type, places, (x, low, high) => {
  const raised = x < low || low !== low ? low : x;
  return raised > high || high !== high ? high : raised;
});

// Where the elements of each line along these axes lie.
function lines([, ...axes], { shape }) {
  const line = along(shape, axes.sort((a, b) => a - b));
  return along(shape, shape.map((_, k) => k).filter((k) => !axes.includes(k))).map((start) => line.map((offset) => start + offset));
}

const reduced = (x, at, type, f) => Float64Array.from(lines(at, type), (line) => f(line.map((p) => x[p])));

// In pairs of halves: the error grows with the logarithm of the length.
function total(x, from = 0, to = x.length) {
  if (to - from > 8) return total(x, from, (from + to) >> 1) + total(x, (from + to) >> 1, to);
  let sum = from < to ? x[from] : 0;
  for (let i = from + 1; i < to; i += 1) sum += x[i];
  return sum;
}

const sum = ([x], at, [type]) => reduced(x, at, type, (line) => total(line));

const prod = ([x], at, [type]) => reduced(x, at, type, (line) => line.reduce((y, each) => y * each, 1));

// The first of the best; a NaN is better than anything.
const best = (line, better) => line.reduce((k, each, i) => (line[k] === line[k] && (better(each, line[k]) || each !== each) ? i : k), 0);

const above = (a, b) => a > b;

const below = (a, b) => a < b;

const max = ([x], at, [type]) => reduced(x, at, type, (line) => line[best(line, above)]);

const min = ([x], at, [type]) => reduced(x, at, type, (line) => line[best(line, below)]);

const argmax = ([x], at, [type]) => reduced(x, at, type, (line) => best(line, above));

const argmin = ([x], at, [type]) => reduced(x, at, type, (line) => best(line, below));

const logsumexp = ([x], at, [type]) => reduced(x, at, type, (line) => {
  const top = line.length ? line[best(line, above)] : -Infinity;
  return Number.isFinite(top) ? top + Math.log(total(line.map((each) => Math.exp(each - top)))) : top;
});

const norm = ([x], at, [type]) => reduced(x, at, type, (line) => {
  const top = line.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  if (top === 0 || !Number.isFinite(top)) return total(line.map(Math.abs));
  return top * Math.sqrt(total(line.map((each) => (each / top) ** 2)));
});

function running(x, [axis], { shape }, f) {
  const step = strides_of(shape)[axis], y = Float64Array.from(x);
  for (let i = 0; i < y.length; i += 1) if (Math.floor(i / step) % shape[axis]) y[i] = f(y[i - step], x[i]);
  return y;
}

const cumsum = ([x], at, [type]) => running(x, at, type, (a, b) => a + b);

const cumprod = ([x], at, [type]) => running(x, at, type, (a, b) => a * b);

// NaNs go last; equal elements keep their order.
function argsort([x], [axis], [{ shape }]) {
  const y = new Float64Array(x.length), step = strides_of(shape)[axis];
  for (const start of along(shape, shape.map((_, k) => k).filter((k) => k !== axis))) {
    const at = (k) => x[start + k * step];
    const order = Array.from({ length: shape[axis] }, (_, k) => k);
    order.sort((i, j) => (at(i) < at(j) || (at(i) === at(i) && at(j) !== at(j)) ? -1 : at(j) < at(i) || at(i) !== at(i) ? (at(j) !== at(j) ? i - j : 1) : i - j));
    order.forEach((k, i) => { y[start + i * step] = k; });
  }
  return y;
}

function matmul([a, b], [turned_a, turned_b], [of_a, of_b], type, places) {
  const left = of_a.shape.length > 1 ? of_a.shape : [1, ...of_a.shape], ta = of_a.shape.length > 1 && turned_a;
  const right = of_b.shape.length > 1 ? of_b.shape : [...of_b.shape, 1], tb = of_b.shape.length > 1 && turned_b;
  const [h, w] = left.slice(-2), [hb, wb] = right.slice(-2);
  const m = ta ? w : h, k = ta ? h : w, n = tb ? hb : wb;
  const gone = (of_a.shape.length < 2) + (of_b.shape.length < 2);
  const stack = type.shape.slice(0, type.shape.length - 2 + gone), y = new Float64Array(type.size);
  const [at_a, at_b] = [left, right].map((shape) => places(shape.slice(0, -2), stack));
  for (let s = 0, i = 0; m * n > 0 && s < type.size / (m * n); s += 1) {
    const from_a = (at_a ? at_a[s] : s) * h * w, from_b = (at_b ? at_b[s] : s) * hb * wb;
    for (let r = 0; r < m; r += 1) {
      for (let c = 0; c < n; c += 1, i += 1) {
        for (let j = 0; j < k; j += 1) y[i] += a[from_a + (ta ? j * w + r : r * w + j)] * b[from_b + (tb ? c * wb + j : j * wb + c)];
      }
    }
  }
  return y;
}

// A matrix of a stack as rows, and back.
function matrices(x, { shape }) {
  const [m, n] = shape.slice(-2), all = [];
  for (let start = 0; start < x.length; start += m * n) {
    all.push(Array.from({ length: m }, (_, r) => Array.from(x.subarray(start + r * n, start + (r + 1) * n))));
  }
  return all;
}

const stacked = (all) => Float64Array.from(all.flat(2));

const identity = (m, n = m) => Array.from({ length: m }, (_, r) => Array.from({ length: n }, (_, c) => (r === c ? 1 : 0)));

const turned_over = (a, n) => Array.from({ length: n ?? a[0].length }, (_, c) => a.map((row) => row[c]));

// Rows exchanged so that pivots are large: the factors in one matrix, the order of the rows, the sign of that.
function factored(a) {
  const lu = a.map((row) => [...row]), order = a.map((_, k) => k);
  let sign = 1;
  for (let k = 0; k < lu.length; k += 1) {
    let p = k;
    for (let r = k + 1; r < lu.length; r += 1) if (Math.abs(lu[r][k]) > Math.abs(lu[p][k])) p = r;
    if (p !== k) {
      [lu[p], lu[k], order[p], order[k]] = [lu[k], lu[p], order[k], order[p]];
      sign = -sign;
    }
    for (let r = k + 1; r < lu.length && lu[k][k] !== 0; r += 1) {
      const factor = (lu[r][k] /= lu[k][k]);
      for (let c = k + 1; c < lu.length; c += 1) lu[r][c] -= factor * lu[k][c];
    }
  }
  return [lu, order, sign];
}

// x with t x = b, t a triangle of a; rows of b.
function triangle_solved(a, b, lower, unit) {
  const x = b.map((row) => [...row]), n = a.length;
  for (let i = 0; i < n; i += 1) {
    const r = lower ? i : n - 1 - i;
    for (let k = lower ? 0 : r + 1; k < (lower ? r : n); k += 1) x[r].forEach((_, c) => { x[r][c] -= a[r][k] * x[k][c]; });
    if (!unit) x[r] = x[r].map((each) => (a[r][r] === 0 ? NaN : each / a[r][r]));
  }
  return x;
}

function solved(a, b) {
  const [lu, order] = factored(a);
  return triangle_solved(lu, triangle_solved(lu, order.map((k) => b[k]), true, true), false, false);
}

const each_pair = ([a, b], [of_a, of_b], f) => {
  const right = matrices(b, of_b);
  return stacked(matrices(a, of_a).map((m, k) => f(m, right[k])));
};

const inv = ([a], at, [type]) => stacked(matrices(a, type).map((m) => solved(m, identity(m.length))));

const solve = (xs, [turned], types) => each_pair(xs, types, (a, b) => solved(turned ? turned_over(a) : a, b));

const triangular_solve = (xs, [lower, turned, unit], types) => each_pair(xs, types, (a, b) => (
  triangle_solved(turned ? turned_over(a) : a, b, Boolean(lower) !== Boolean(turned), unit)));

const cholesky = ([a], at, [type]) => stacked(matrices(a, type).map((m) => {
  const l = m.map((row) => row.map(() => 0));
  for (let r = 0; r < m.length; r += 1) {
    for (let c = 0; c <= r; c += 1) {
      let rest = m[r][c];
      for (let k = 0; k < c; k += 1) rest -= l[r][k] * l[c][k];
      l[r][c] = r > c ? rest / l[c][c] : rest > 0 ? Math.sqrt(rest) : NaN;
    }
  }
  return l;
}));

const slogdet = ([a], at, [type]) => stacked(matrices(a, type).map((m) => {
  const [lu, , sign] = factored(m), pivots = lu.map((row, k) => row[k]);
  return pivots.reduce(([s, log], p) => [s * Math.sign(p), log + Math.log(Math.abs(p))], [sign, 0]);
}));

// Eigenvalues, ascending, and eigenvectors as rows, by Jacobi's rotations: those of the lower triangle's symmetric matrix.
function symmetric_eigen(m) {
  const n = m.length, a = m.map((row, r) => row.map((_, c) => (c < r ? m[r][c] : m[c][r]))), v = identity(n);
  for (let sweep = 0; sweep < 60; sweep += 1) {
    let off = 0;
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        if (a[p][q] === 0 || Math.abs(a[p][q]) < 1e-18 * Math.sqrt(Math.abs(a[p][p] * a[q][q]))) continue;
        off += 1;
        rotate(a, v, p, q);
      }
    }
    if (off === 0) break;
  }
  const order = a.map((_, k) => k).sort((p, q) => a[p][p] - a[q][q]);
  return [order.map((k) => a[k][k]), order.map((k) => v[k])];
}

function turn_of(off, difference) {
  const theta = difference / (2 * off), t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  return [1 / Math.hypot(t, 1), t / Math.hypot(t, 1)];
}

function turn_rows(a, p, q, c, s) {
  for (let k = 0; k < a[p].length; k += 1) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
}

function rotate(a, v, p, q) {
  const [c, s] = turn_of(a[p][q], a[q][q] - a[p][p]);
  turn_rows(a, p, q, c, s);
  for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  a[p][q] = a[q][p] = 0;
  turn_rows(v, p, q, c, s);
}

const eigh = ([a], [vectors], [type]) => stacked(matrices(a, type).map((m) => {
  const [w, v] = symmetric_eigen(m);
  return vectors ? [w, ...turned_over(v)] : [w];
}));

const dot = (a, b) => total(a.map((each, k) => each * b[k]));

// Of at least as many columns as rows: rows turned until they are at right angles (Hestenes): [values, left, right] in rows.
function wide_singular(m) {
  const a = m.map((row) => [...row]), u = identity(a.length);
  for (let sweep = 0, off = 1; off > 0 && sweep < 60; sweep += 1) {
    off = 0;
    for (let p = 0; p < a.length; p += 1) {
      for (let q = p + 1; q < a.length; q += 1) {
        const [pp, qq, pq] = [dot(a[p], a[p]), dot(a[q], a[q]), dot(a[p], a[q])];
        if (pq === 0 || !(Math.abs(pq) > 1e-16 * Math.sqrt(pp * qq))) continue;
        off += 1;
        const [c, s] = turn_of(pq, qq - pp);
        turn_rows(a, p, q, c, s);
        turn_rows(u, p, q, c, s);
      }
    }
  }
  const sizes = a.map((row) => Math.sqrt(dot(row, row)));
  const order = sizes.map((_, k) => k).sort((p, q) => sizes[q] - sizes[p]);
  return [order.map((k) => sizes[k]), order.map((k) => u[k]), completed(order.map((k) => a[k]), order.map((k) => sizes[k]))];
}

// Rows of length 1; those that have no direction of their own at right angles to the others.
function completed(rows, sizes) {
  const least = 1e-300 + 1e-16 * (sizes[0] ?? 0), found = [];
  rows.forEach((row, k) => {
    if (sizes[k] > least) found.push(row.map((each) => each / sizes[k]));
    else found.push(turned_over(rest_of(turned_over(found, row.length), row.length))[0]);
  });
  return found;
}

const svd = ([a], [vectors], [type]) => stacked(matrices(a, type).map((m) => {
  const wide = m.length <= m[0].length;
  const [s, u, v] = wide_singular(wide ? m : turned_over(m));
  const [left, right] = (wide ? [u, v] : [v, u]).map((rows) => turned_over(rows));
  return vectors ? [s, ...left, ...right] : [s];
}));

// Householder's reflections that make a triangle: [vectors and factors, triangle].
function reflections(m) {
  const a = m.map((row) => [...row]), width = a[0]?.length ?? 0, steps = [];
  for (let k = 0; k < Math.min(a.length, width); k += 1) {
    const x = a.slice(k).map((row) => row[k]), tail = dot(x.slice(1), x.slice(1));
    if (tail <= 2.3e-308) continue;
    const size = -Math.sqrt(x[0] * x[0] + tail) * (x[0] < 0 ? -1 : 1);
    const v = [1, ...x.slice(1).map((each) => each / (x[0] - size))];
    steps.push([k, v, (size - x[0]) / size]);
    reflect(a, steps.at(-1));
    for (let r = k + 1; r < a.length; r += 1) a[r][k] = 0;
  }
  return [steps, a];
}

function reflect(a, [k, v, factor]) {
  for (let c = 0; c < a[0].length; c += 1) {
    const along_v = factor * dot(v, a.slice(k).map((row) => row[c]));
    v.forEach((each, r) => { a[k + r][c] -= each * along_v; });
  }
}

function reflected(steps, a) {
  for (const step of [...steps].reverse()) reflect(a, step);
  return a;
}

const qr = ([a], at, [type]) => stacked(matrices(a, type).map((m) => {
  const [steps, r] = reflections(m), q = turned_over(reflected(steps, identity(m.length, m[0].length)));
  return q.map((row, k) => [...row, ...r[k]]);
}));

// Columns that complete those of a basis.
function rest_of(m, height) {
  const last = identity(height).map((row) => row.slice(m[0]?.length ?? 0));
  return m[0]?.length ? reflected(reflections(m)[0], last) : last;
}

const complement = ([a], at, [type]) => stacked(matrices(a, type).map((m) => rest_of(m, m.length)));
