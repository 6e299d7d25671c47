// Where things stand. A tape is sorted already: one pass gives each item its layer, sweeps by the mean of the neighbours'
// places lessen crossings (Sugiyama, Tagawa, Toda 1981), and places across are the least-squares ones that keep the
// distances (isotonic regression, layer by layer), so that chains come out straight. "Along" is the way of the arrows.
// Before each layer lies a strip in which all arrows run straight along: a label that stands there meets no other arrow,
// no crossing, no box and, ports being a label apart, no other label. This holds by construction, and a test holds it.

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
  const strip = sizes.strip || (chains.some(([, joint]) => joint === null) ? sizes.farStrip : 0);
  const step = sizes.along + sizes.gapAlong + strip;
  const all = joints.map(({ at }) => at);
  const least = all.reduce((a, b) => Math.min(a, b), Infinity) - sizes.across / 2 - sizes.margin;
  for (const joint of joints) {
    joint.across = joint.at - least;
    joint.along = sizes.margin + sizes.along / 2 + joint.layer * step;
  }
  const places = joints.slice(0, items.length).map(({ along, across }) => ({ along, across }));
  return {
    places,
    routes: routes(chains, { ...sizes, strip }),
    along: 2 * sizes.margin + columns.length * step - sizes.gapAlong - strip,
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

const number = (column) => column.forEach((joint, n) => { joint.n = n; });

/** Sweeps by means of neighbours, then exchanges of neighbours; of all orders met, the one with the fewest crossings. */
function order(columns) {
  columns.forEach(number);
  const small = columns.reduce((sum, { length }) => sum + length, 0) < 1500;
  let best = { crossings: Infinity };
  for (let sweep = 0; sweep < (small ? 24 : 12) && best.crossings; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const column of down ? columns : columns.toReversed()) {
      for (const joint of column) joint.wish = mean(down ? joint.before : joint.after, "n", joint.n);
      column.sort((a, b) => a.wish - b.wish || a.n - b.n);
      number(column);
    }
    if (!small) continue;
    columns.forEach(exchange);
    const crossings = columns.reduce((sum, column) => sum + crossed(column), 0);
    if (crossings < best.crossings) best = { crossings, orders: columns.map((column) => [...column]) };
  }
  best.orders?.forEach((column, l) => {
    columns[l] = column;
    number(column);
  });
}

/** Crossings of the arrows into a layer. */
function crossed(column) {
  const ends = column.flatMap(({ before }) => before.map(([{ n }]) => n).sort((a, b) => a - b));
  let sum = 0;
  ends.forEach((n, i) => { for (let j = 0; j < i; j += 1) if (ends[j] > n) sum += 1; });
  return sum;
}

/** How many crossings there are between the arrows of two neighbours in this order. */
const between = (a, b) => ["before", "after"].reduce((sum, side) => {
  for (const [p] of a[side]) for (const [q] of b[side]) if (p.n > q.n) sum += 1;
  return sum;
}, 0);

function exchange(column) {
  for (let n = 1; n < column.length; n += 1) {
    const [a, b] = [column[n - 1], column[n]];
    if (between(b, a) < between(a, b)) [column[n - 1], column[n], a.n, b.n] = [b, a, n, n - 1];
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

/** Points of each arrow: pairs that are joined by a curve, level at both ends; and where in the strip a label stands. */
function routes(chains, { along, across, port, strip, tip }) {
  const into = new Map();
  chains.forEach((joints, n) => {
    const end = joints.at(-1);
    if (!into.has(end)) into.set(end, []);
    into.get(end).push(n);
  });
  const ports = [], fits = [];
  for (const [end, all] of into) {
    const height = (n) => chains[n].at(-2)?.across ?? -Infinity; // those that are only named come first
    all.sort((a, b) => height(a) - height(b) || a - b);
    const step = Math.min(port, (0.7 * across) / Math.max(1, all.length - 1));
    all.forEach((n, k) => {
      ports[n] = end.across + (k - (all.length - 1) / 2) * step;
      fits[n] = step === port || all.length === 1;
    });
  }
  return chains.map((joints, n) => {
    const q = ports[n], p = joints.at(-1).along - along / 2, far = joints[1] === null;
    const spot = { p: p - (strip + tip) / 2, q, fits: fits[n] };
    if (far) return { far, spot, points: [[p - tip - 4, q], [p, q]] };
    const points = [[joints[0].along + along / 2, joints[0].across]];
    for (const joint of joints.slice(1, -1)) points.push([joint.along - along / 2 - strip, joint.across], [joint.along + along / 2, joint.across]);
    points.push([p - strip, q], [p, q]);
    return { far, spot, points };
  });
}
