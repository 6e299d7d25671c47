// Where things stand. A tape is sorted already: one pass gives each item its layer, sweeps by the mean of the neighbours'
// places lessen crossings (Sugiyama, Tagawa, Toda 1981), and places across are the least-squares ones that keep the
// distances (isotonic regression, layer by layer), so that chains come out straight. "Along" is the way of the arrows.

const FAR = 12; // an arrow over more layers than that is only named at its end
const STRAIGHT = 8; // how much more than others the joints of a long arrow want to be in line

export function layout(items, arrows, sizes) {
  const layer = layers(items, arrows);
  const joints = items.map((_, k) => ({ k, layer: layer[k], before: [], after: [], size: sizes.across }));
  const chains = arrows.map((arrow) => chain(arrow, joints));
  const columns = [];
  for (const joint of joints) (columns[joint.layer] ??= []).push(joint);
  for (let l = 0; l < columns.length; l += 1) columns[l] ??= [];
  order(columns);
  place(columns, sizes.gapAcross);
  const step = sizes.along + sizes.gapAlong;
  const all = joints.map(({ at }) => at);
  const least = all.reduce((a, b) => Math.min(a, b), Infinity) - sizes.across / 2 - sizes.margin;
  for (const joint of joints) {
    joint.across = joint.at - least;
    joint.along = sizes.margin + sizes.along / 2 + joint.layer * step;
  }
  const places = joints.slice(0, items.length).map(({ along, across }) => ({ along, across }));
  return {
    places,
    routes: routes(chains, sizes),
    along: 2 * sizes.margin + columns.length * step - sizes.gapAlong,
    across: all.reduce((a, b) => Math.max(a, b), -Infinity) - least + sizes.across / 2 + sizes.margin,
  };
}

/** Each behind all that it takes; constants just before who takes them first. */
function layers(items, arrows) {
  const layer = new Int32Array(items.length), into = items.map(() => 0), first = new Map();
  arrows.sort((a, b) => a.to - b.to);
  for (const { from, to } of arrows) {
    layer[to] = Math.max(layer[to], layer[from] + 1);
    into[to] += 1;
  }
  for (const { from, to } of arrows) if (!into[from]) first.set(from, Math.min(first.get(from) ?? Infinity, layer[to] - 1));
  for (const [k, l] of first) if (items[k].kind === "constant" || l > FAR) layer[k] = l;
  return layer;
}

/** An arrow as joints, one a layer; null where it is too long to be drawn. */
function chain({ from, to }, joints) {
  const span = joints[to].layer - joints[from].layer;
  if (span > FAR) return [joints[from], null, joints[to]];
  const found = [joints[from]];
  for (let l = joints[from].layer + 1; l < joints[to].layer; l += 1) {
    const joint = { k: -1, layer: l, before: [], after: [], size: 10 };
    joints.push(joint);
    found.push(joint);
  }
  found.push(joints[to]);
  for (let n = 1; n < found.length; n += 1) {
    const weight = found[n - 1].k < 0 && found[n].k < 0 ? STRAIGHT : 1;
    found[n - 1].after.push([found[n], weight]);
    found[n].before.push([found[n - 1], weight]);
  }
  return found;
}

const mean = (near, of, other) => {
  let sum = 0, weights = 0;
  for (const [joint, weight] of near) {
    sum += weight * joint[of];
    weights += weight;
  }
  return weights ? sum / weights : other;
};

function order(columns) {
  const number = (column) => column.forEach((joint, n) => { joint.n = n; });
  columns.forEach(number);
  for (let sweep = 0; sweep < 12; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const column of down ? columns : columns.toReversed()) {
      for (const joint of column) joint.wish = mean(down ? joint.before : joint.after, "n", joint.n);
      column.sort((a, b) => a.wish - b.wish || a.n - b.n);
      number(column);
    }
  }
}

function place(columns, gap) {
  for (const column of columns) {
    let at = 0;
    for (const joint of column) {
      joint.at = at + joint.size / 2;
      at += joint.size + gap;
    }
    for (const joint of column) joint.at -= at / 2;
  }
  const size = columns.reduce((sum, { length }) => sum + length, 0);
  for (let sweep = 0; sweep < (size < 1500 ? 80 : 12); sweep += 1) {
    for (const column of sweep % 2 ? columns.toReversed() : columns) {
      for (const joint of column) joint.wish = mean([...joint.before, ...joint.after], "at", joint.at);
      settle(column, gap);
    }
  }
}

/** The places nearest to the wishes that keep order and distances: pools of neighbours that would overlap share a mean. */
function settle(column, gap) {
  const pools = [];
  let offset = 0;
  column.forEach((joint, n) => {
    if (n) offset += (column[n - 1].size + joint.size) / 2 + gap;
    joint.offset = offset;
    const weight = joint.k < 0 ? STRAIGHT : 1;
    let pool = { sum: weight * (joint.wish - offset), weight, n: 1 };
    while (pools.length && pools.at(-1).sum / pools.at(-1).weight > pool.sum / pool.weight) {
      const above = pools.pop();
      pool = { sum: pool.sum + above.sum, weight: pool.weight + above.weight, n: pool.n + above.n };
    }
    pools.push(pool);
  });
  let n = 0;
  for (const pool of pools) for (let k = 0; k < pool.n; k += 1, n += 1) column[n].at = column[n].offset + pool.sum / pool.weight;
}

/** Points of each arrow: pairs that are joined by a curve, level at both ends. */
function routes(chains, { along, across }) {
  const into = new Map();
  chains.forEach((joints, n) => {
    const end = joints.at(-1);
    if (!into.has(end)) into.set(end, []);
    into.get(end).push(n);
  });
  const port = [];
  for (const [end, all] of into) {
    const height = (n) => chains[n].at(-2)?.across ?? end.across;
    all.sort((a, b) => height(a) - height(b));
    const step = Math.min(18, (0.7 * across) / all.length);
    all.forEach((n, k) => { port[n] = end.across + (k - (all.length - 1) / 2) * step; });
  }
  return chains.map((joints, n) => {
    const end = [joints.at(-1).along - along / 2, port[n]];
    if (joints[1] === null) return { far: true, points: [[end[0] - 24, end[1]], end] };
    const points = [[joints[0].along + along / 2, joints[0].across]];
    for (const joint of joints.slice(1, -1)) points.push([joint.along - along / 2, joint.across], [joint.along + along / 2, joint.across]);
    points.push(end);
    return { far: false, points };
  });
}

const curve = ([p, q], [r, s], t) => {
  const u = 1 - t, m = (p + r) / 2;
  return [u * u * u * p + 3 * u * t * m + t * t * t * r, (u * u * u + 3 * u * u * t) * q + (3 * u * t * t + t * t * t) * s];
};

/** Where the middle of each label is to stand, so that it is on no box, no other label and no other arrow if that can be. */
export function labelled(found, widths, height, upright) {
  const CELL = 48, grid = new Map();
  const cell = (p, q) => `${Math.floor(p / CELL)},${Math.floor(q / CELL)}`;
  const put = (owner, p, q) => {
    const key = cell(p, q);
    if (!grid.has(key)) grid.set(key, []);
    grid.get(key).push([owner, p, q]);
  };
  found.routes.forEach(({ points }, n) => {
    for (let k = 0; k + 1 < points.length; k += 1) for (let t = 0; t <= 1; t += 1 / 16) put(n, ...curve(points[k], points[k + 1], t));
  });
  const cost = (n, p, q, a, b) => {
    let sum = 0;
    for (let i = p - a - CELL; i <= p + a + CELL; i += CELL) {
      for (let j = q - b - CELL; j <= q + b + CELL; j += CELL) {
        for (const [owner, r, s] of grid.get(cell(i, j)) ?? []) {
          if (owner !== n && Math.abs(r - p) < a && Math.abs(s - q) < b) sum += owner < 0 ? 20 : 1;
        }
      }
    }
    return sum;
  };
  return found.routes.map(({ points, far }, n) => {
    if (far || !widths[n]) return null;
    const [a, b] = upright ? [height / 2, widths[n] / 2] : [widths[n] / 2, height / 2];
    let best = null;
    for (let k = points.length - 2; k >= 0 && (!best || best.sum); k -= 2) {
      for (const t of [0.5, 0.62, 0.38, 0.72, 0.28, 0.8, 0.2]) {
        const [p, q] = curve(points[k], points[k + 1], t);
        const sum = cost(n, p, q, a + 3, b + 3) + (t > 0.7 || t < 0.3 ? 0.2 : 0);
        if (!best || sum < best.sum) best = { p, q, sum };
        if (!sum) break;
      }
    }
    for (let i = -1; i <= 1; i += 0.25) for (const j of [-1, 0, 1]) put(-1, best.p + i * a, best.q + j * b);
    return best;
  });
}
