// What of a program is shown: operations, folded where a loop repeated them or another function made them, so that at
// most LIMIT things are on view at first. A tape is in order, and every group is a stretch of it: folding makes no cycle.

export const LIMIT = 300;
const SMALL = 60; // programs up to this size begin unfolded
const PERIOD = 2000; // the longest loop body that is looked for

const leaf = (i) => ({ id: `v${i}`, node: i, from: i, to: i + 1 });
const group = (title, children, count = 0) => {
  const [first, last] = [children[0], children[children.length - 1]];
  return { id: `${title}@${first.from}-${last.to}`, title, children, count, from: first.from, to: last.to };
};

function signature(item, nodes) {
  if (item.children) return `${item.title}|${worked(item.children, nodes)}`;
  const { op, line } = nodes[item.node];
  return `${op}|${line ? line.number : ""}`;
}

/** How many of these are no constants: one that several calls use stands in the first of them. */
const worked = (items, nodes) => items.filter(({ node }) => node === undefined || nodes[node].op !== "constant").length;

/** Runs of operations that another function than the outermost made: where calls are not known. */
function byScope(items, nodes) {
  const scope = (item) => nodes[item.node].line?.function;
  const main = scope(items.findLast(scope) ?? items[0]);
  return folded(runs(items, scope).flatMap(([name, run]) => (name && name !== main && run.length > 2 ? [group(name, run)] : run)), nodes);
}

/** Items that follow one another and are alike in this: [[what it is, items], ...]. */
function runs(items, of) {
  const found = [];
  for (const item of items) {
    const what = of(item);
    if (found.length && found.at(-1)[0] === what) found.at(-1)[1].push(item);
    else found.push([what, [item]]);
  }
  return found;
}

/** Groups of calls within groups of their callers, from this depth of calls on. */
function byCalls(items, nodes, depth) {
  const found = runs(items, ({ node }) => nodes[node].way[depth]).flatMap(([call, run]) => {
    if (!call) return run;
    const inner = byCalls(run, nodes, depth + 1);
    if (worked(run, nodes) < 2) return inner;
    const [only] = inner;  // a call that does nothing but another: one group with both names
    return [inner.length === 1 ? group(`${call.name} > ${only.title}`, only.children, only.count) : group(call.name, inner)];
  });
  return folded(found, nodes);
}

/** How many calls all operations are in: the explored function's own, and of one that does nothing but to call another. */
function common(nodes) {
  const all = nodes.map(({ way }) => way).filter(({ length }) => length);
  let depth = 0;
  while (all.length && all.every((way) => way[depth] && way[depth] === all[0][depth])) depth += 1;
  return depth;
}

const folded = (items, nodes) => byRepeats(byRepeats(items, nodes), nodes);

/** How far items from i on repeat what comes a period later. */
function matches(words, i, period) {
  let n = 0;
  while (i + n + period < words.length && words[i + n] === words[i + n + period]) n += 1;
  return n;
}

function repeatAt(words, next, i, items) {
  let at = next[i];
  for (let tries = 0; tries < 4 && at >= 0 && at - i <= PERIOD; tries += 1, at = next[at]) {
    const count = Math.floor(matches(words, i, at - i) / (at - i)) + 1;
    if (count >= 3 && items[i + count * (at - i) - 1].to - items[i].from >= 6) return [at - i, count];
  }
  return null;
}

/** After the first line of the loop's own, or the function that it calls. */
function loopName(body, nodes) {
  const { line } = nodes[body.find(({ children }) => !children)?.node] ?? {};
  return line ? `${line.function}:${line.number}` : body.length === 1 ? body[0].title : "repeat";
}

/** The same items with loops folded: bodies that follow one another at least three times. */
function byRepeats(items, nodes) {
  const words = items.map((item) => signature(item, nodes));
  const next = new Int32Array(items.length).fill(-1), seen = new Map();
  for (let i = items.length - 1; i >= 0; i -= 1) {
    next[i] = seen.get(words[i]) ?? -1;
    seen.set(words[i], i);
  }
  const found = [];
  for (let i = 0; i < items.length;) {
    const repeat = items[i].children || nodes[items[i].node].op !== "input" ? repeatAt(words, next, i, items) : null;
    if (!repeat) {
      found.push(items[i]);
      i += 1;
      continue;
    }
    const [period, count] = repeat;
    const bodies = Array.from({ length: count }, (_, k) => {
      const body = items.slice(i + k * period, i + (k + 1) * period);
      return period === 1 ? body[0] : group(`step ${k + 1}`, period > 6 ? byRepeats(body, nodes) : body);
    });
    found.push(group(loopName(items.slice(i, i + period), nodes), chunks(bodies), count));
    i += period * count;
  }
  return found;
}

/** Too many to see at once: by stretches of the tape. */
function chunks(items) {
  if (items.length <= LIMIT / 3) return items;
  const size = Math.max(10, Math.ceil(items.length / 60));
  const found = [];
  for (let i = 0; i < items.length; i += size) {
    const part = items.slice(i, i + size);
    found.push(group(`${part[0].id.split("@")[0]} to ${part[part.length - 1].id.split("@")[0]}`, chunks(part)));
  }
  return found;
}

export function tree(nodes) {
  const leaves = nodes.map((_, i) => leaf(i)), depth = common(nodes);
  const items = depth ? byCalls(leaves, nodes, depth) : byScope(leaves, nodes);
  return named(items.length > LIMIT ? chunks(items) : items);
}

/** Gives each group its way: the titles of the groups around it, and its own. */
function named(items, way = []) {
  for (const item of items) {
    if (!item.children) continue;
    item.way = [...way, item.count ? `${item.title} × ${item.count}` : item.title];
    named(item.children, item.way);
  }
  return items;
}

export function allGroups(items, found = []) {
  for (const item of items) {
    if (!item.children) continue;
    found.push(item);
    allGroups(item.children, found);
  }
  return found;
}

/** Which groups begin open: all of a small program; of a large one calls, as long as few things are on view. */
export function openAtFirst(items, nodes) {
  if (nodes.length <= SMALL) return new Set(allGroups(items).map(({ id }) => id));
  const open = new Set(), waiting = items.filter(({ children }) => children);
  let size = items.length;
  for (const { id, count, children } of waiting) {
    if (count || size + children.length > SMALL) continue;
    open.add(id);
    size += children.length - 1;
    waiting.push(...children.filter((child) => child.children));
  }
  return open;
}

/** The items on view: operations and closed groups, of the nodes to keep (null: of all), and the open groups. */
export function onView(items, open, keep, found = { items: [], open: [] }) {
  for (const item of items) {
    if (keep && !some(item, keep)) continue;
    if (item.children && open.has(item.id)) {
      found.open.push(item);
      onView(item.children, open, keep, found);
    } else found.items.push(item);
  }
  return found;
}

function some(item, keep) {
  for (let i = item.from; i < item.to; i += 1) if (keep.has(i)) return true;
  return false;
}

/** Arrows between the items on view: [{from, to, pairs: [[operand, node], ...]}]. */
export function arrows(items, nodes) {
  const owner = new Int32Array(nodes.length).fill(-1);
  items.forEach((item, k) => owner.fill(k, item.from, item.to));
  const found = new Map();
  nodes.forEach(({ args }, i) => {
    if (owner[i] < 0) return;
    for (const a of new Set(args)) {
      if (owner[a] < 0 || owner[a] === owner[i]) continue;
      const key = owner[a] * items.length + owner[i];
      if (!found.has(key)) found.set(key, { from: owner[a], to: owner[i], pairs: [] });
      found.get(key).pairs.push([a, i]);
    }
  });
  return [...found.values()];
}

/** The nodes on a way from one to another: what the first reaches and the second stands on. */
export function between(nodes, from, to) {
  const reached = new Set([from]), needed = new Set([to]);
  nodes.forEach(({ args }, i) => {
    if (args.some((a) => reached.has(a))) reached.add(i);
  });
  for (let i = to; i >= 0; i -= 1) if (needed.has(i)) nodes[i].args.forEach((a) => needed.add(a));
  return new Set([...reached].filter((i) => needed.has(i)));
}

/** Opens every group around a node. */
export function reveal(items, node, open) {
  for (const item of items) {
    if (!item.children || node < item.from || node >= item.to) continue;
    open.add(item.id);
    reveal(item.children, node, open);
  }
}
