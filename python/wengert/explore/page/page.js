// The page: controls, the picture, the table, and what happens when someone touches them.

import { open } from "../engine.js";
import { Picture, Canvas, planned, MANY, THUMB } from "./draw.js";
import { allGroups, arrows, between, onView, openAtFirst, reveal, tree } from "./groups.js";
import { Sweeps } from "./sweeps.js";
import { brief, count, cut, element, h, indexed, named, norm, number, shapeOf, short, thumbnail, thumbSize, unique, write } from "./text.js";

const ASK = 50000; // operations that are not drawn unasked
const LABELS = 800; // arrows that bear numbers; more are not read
const ROWS = 500; // of the table, and elements of an array

/** Shows one of [{title, about, doc, code}] in an element. */
export function mount(root, shows) {
  root.classList.add("wengert");
  const main = h("div");
  const begin = (k) => {
    if (shows[k].doc.nodes.length <= ASK) new Page(main, shows[k]);
    else main.replaceChildren(asked(shows[k].doc.nodes.length, () => new Page(main, shows[k])));
  };
  const choice = h("select", { className: "show", onchange: () => begin(choice.selectedIndex) }, ...shows.map(({ title }) => h("option", {}, title)));
  root.replaceChildren(h("div", { className: "bar" }, h("label", {}, "Function ", choice)), main);
  begin(0);
}

const SEGMENT = "↻ Shaded: a checkpoint segment. A gradient that is not of a program computes it again instead of keeping its values.";

const asked = (n, go) => h("p", { className: "warning" }, `This program has ${n} operations: to draw it may take a while. `,
  h("button", { onclick: go }, "Show it"));

class Page {
  constructor(root, { doc, code, about }) {
    this.root = root;
    this.model = open(doc, code());
    this.sweeps = new Sweeps(this.model);
    this.tree = tree(this.model.nodes);
    this.open = openAtFirst(this.tree, this.model.nodes);
    this.on = { values: true, adjoints: true, partials: true, tangents: false, differences: false };
    [this.keep, this.scale, this.timer, this.chosen] = [null, 1, null, null];
    this.build(about);
    this.redraw();
    // A page of its own hears keys wherever they are pressed; beside others, in a notebook, its own alone.
    (root.closest("main.wengert") ? document : root).onkeydown = (event) => this.key(event);
    this.upright = this.narrow();
    this.watch = new ResizeObserver(() => { if (this.upright !== this.narrow()) { this.upright = this.narrow(); this.redraw(); } });
    this.watch.observe(this.frame);
  }

  narrow() {
    return this.frame.clientWidth > 0 && this.frame.clientWidth < 640;
  }

  build(about) {
    this.status = h("p", { role: "status", className: "status" });
    this.warning = h("p", { className: "warning", role: "alert", hidden: true });
    this.chips = h("div", { className: "bar chips" });
    this.frame = h("div", { className: "graph" });
    this.source = h("pre", { className: "source", tabIndex: 0, "aria-label": "Source line" }, "Point at an operation to see the line that it comes from.\nPress it to see its elements and its slopes.");
    this.detail = h("section", { className: "detail", "aria-label": "Chosen operation", hidden: true });
    this.rows = h("tbody");
    this.table = h("details", { ontoggle: () => this.update() }, h("summary", {}, "The same as a table"),
      h("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": "Table of operations" }, h("table", {}, h("thead", {}, h("tr", {}, ...["node", "operation", "value", "adjoint", "tangent", "line"].map((t) => h("th", { scope: "col" }, t)))), this.rows)));
    const inputs = h("section", { className: "inputs", "aria-label": "Inputs" }, ...this.sliders());
    this.root.replaceChildren(h("p", { className: "about" }, about), inputs, this.stepping(), this.toggles(), this.status, this.warning,
      this.finding(), this.chips, this.frame, this.model.nodes.some(({ line }) => line?.segment) ? h("p", { className: "about" }, SEGMENT) : "", this.source, this.detail, this.table);
  }

  /** A slider and a number box for each number among the inputs; of an array, for one element at a time. */
  sliders() {
    this.marks = [];
    return this.model.inputs.flatMap((node, k) => {
      if (node === undefined || node === null || !this.sweeps.inputs[k].length) return [];
      return this.model.nodes[node].dtype.startsWith("complex") ? [this.slider(node, k, 0), this.slider(node, k, 1)] : [this.slider(node, k)];
    });
  }

  /** Of a complex input one moves one part: the real one, 0, or the imaginary one. */
  slider(node, k, part) {
    const { label: all, dtype, shape } = this.model.nodes[node], x = this.sweeps.inputs[k], n = count(x);
    const label = part === undefined ? all : `${all}.${part ? "imag" : "real"}`;
    const whole = !/^(float|complex)/.test(dtype), say = h("output", { className: "slope" });
    const slider = h("input", { type: "range" }), box = h("input", { type: "number", step: whole ? 1 : "any" });
    const which = h("input", { type: "number", min: 0, max: n - 1, value: 0, "aria-label": `Element of ${label}`, className: "which" });
    const place = () => Math.min(n - 1, Math.max(0, Math.trunc(which.value) || 0));
    const at = () => (part === undefined ? place() : 2 * place() + part);
    const begin = () => {
      const name = n > 1 ? `${label}, element ${place()}` : label, now = x[at()];
      const step = whole ? 1 : 10 ** Math.floor(Math.log10(Math.max(1, 2 * Math.abs(now)) / 50));
      Object.assign(slider, { min: now - 100 * step, max: now + 100 * step, step });
      [slider.value, box.value] = [now, Number(now.toPrecision(6))];
      slider.setAttribute("aria-label", name);
      box.setAttribute("aria-label", `${name}, as a number`);
      this.update();
    };
    const take = (from) => {
      if (!Number.isFinite(from.valueAsNumber)) return;
      x[at()] = from.valueAsNumber;
      (from === slider ? box : slider).value = Number(from.valueAsNumber.toPrecision(12));
      this.recompute();
    };
    slider.oninput = () => take(slider);
    box.oninput = () => take(box);
    which.oninput = begin;
    this.marks.push({ k, at, say });
    begin();
    return h("div", { className: "input" }, h("b", {}, label), n > 1 ? h("span", {}, `${shapeOf({ shape })} element `, which) : "", slider, box, say);
  }

  stepping() {
    const button = (text, name, go) => h("button", { type: "button", title: name, "aria-label": name, onclick: go }, text);
    this.play = button("▶ Play", "Play", () => this.playing(!this.timer));
    this.where = h("input", { type: "range", className: "where", min: 0, "aria-label": "Step", oninput: () => this.go(this.where.valueAsNumber) });
    return h("div", { className: "bar", role: "toolbar", "aria-label": "Steps of the sweeps" },
      button("Start", "To the beginning (Home)", () => this.go(0)), button("← Back", "One step back (Left arrow)", () => this.go(this.sweeps.at - 1)),
      this.play, button("Step →", "One step on (Right arrow)", () => this.go(this.sweeps.at + 1)),
      button("End", "To the end (End)", () => this.go(this.sweeps.last)), this.where);
  }

  toggles() {
    const toggle = (key, text, mark) => h("label", { className: mark }, h("input", { type: "checkbox", checked: this.on[key], onchange: (event) => { this.on[key] = event.target.checked; this.redraw(); } }), text);
    const { directions } = this.sweeps, { outputs, nodes, values } = this.model;
    const choice = (label, options, go) => (options.length < 2 ? "" : h("label", {}, label, h("select", { onchange: (event) => go(event.target.selectedIndex) }, ...options.map((t) => h("option", {}, t)))));
    const results = outputs.flatMap((i, k) => Array.from({ length: Math.min(200, values[i].length) }, (_, e) => [k, e]));
    const again = (change) => { change(); this.sweeps.again(); this.go(this.sweeps.last); };
    this.bearing = toggle("partials", "local partials on arrows", "partial");
    return h("div", { className: "bar toggles", role: "group", "aria-label": "What is shown" },
      toggle("values", "values =", "value"), toggle("adjoints", "adjoints ∂", "adjoint"), this.bearing,
      toggle("tangents", "tangents ·", "tangent"),
      choice("along ", directions.map(([k, e]) => (nodes[this.model.inputs[k]] ? named(nodes[this.model.inputs[k]], e) : "")), (n) => { this.sweeps.seed = n; this.sweeps.found = null; this.update(); }),
      toggle("differences", "compare with finite differences", ""),
      choice("derivatives of ", results.map(([k, e]) => named(nodes[outputs[k]], e)), (n) => again(() => { [this.sweeps.output, this.sweeps.element] = results[n]; })));
  }

  finding() {
    const { nodes } = this.model;
    if (nodes.length < 4) return "";
    const search = h("input", { type: "search", placeholder: "name, operation, line", onkeydown: (event) => { if (event.key === "Enter") this.find(search.value); } });
    const id = unique("wg-names"), list = h("datalist", { id }, ...nodes.slice(0, 300).map(({ label }) => h("option", { value: label })));
    const [from, to] = [h("input", { className: "name", "aria-label": "From" }), h("input", { className: "name", "aria-label": "to" })];
    for (const each of [from, to]) each.setAttribute("list", id);
    const slice = () => {
      const [a, b] = [from, to].map(({ value }) => nodes.findIndex(({ label }) => label === value.trim()));
      this.keep = a >= 0 && b >= 0 ? between(nodes, a, b) : null;
      if (this.keep?.size === 0) this.keep = null;
      this.redraw();
      write(this.status, this.keep ? `Only the ${this.keep.size} nodes on the way from ${from.value} to ${to.value}.` : a < 0 || b < 0 ? "Everything is shown: name two nodes to see what lies between them." : "Nothing lies between these.");
    };
    const scaled = (by) => { this.scale = Math.min(4, Math.max(0.1, by)); this.picture.zoom(this.scale); };
    const button = (text, name, onclick) => h("button", { type: "button", "aria-label": name, title: name, onclick }, text);
    const groups = allGroups(this.tree);
    return h("div", { className: "bar" }, h("label", {}, "Search ", search), h("span", {}, "Only between ", from, " and ", to, " ", button("Show", "Show only what lies between", slice)),
      ...(groups.length ? [button("Fold all", "Fold all", () => { this.open.clear(); this.redraw(); this.middle(this.picture.plan); }), button("Unfold all", "Unfold all", () => { this.open = new Set(groups.map(({ id }) => id)); this.redraw(); this.middle(this.picture.plan); })] : []),
      button("−", "Smaller", () => scaled(this.scale / 1.25)), button("+", "Larger", () => scaled(this.scale * 1.25)),
      button("Fit", "Fit into the window", () => scaled(Math.min(1, this.frame.clientWidth / this.picture.plan.width))), list);
  }

  find(words) {
    const { nodes } = this.model, wanted = words.trim().toLowerCase(), start = (this.chosen ?? -1) + 1;
    const fits = ({ text, op, line }) => [text, op, line?.text ?? "", line?.function ?? ""].some((t) => t.toLowerCase().includes(wanted));
    const all = nodes.flatMap((node, i) => (fits(node) ? [i] : [])), found = all.find((i) => i >= start) ?? all[0];
    if (!wanted || found === undefined) return write(this.status, `Nothing is called “${words}”.`);
    reveal(this.tree, found, this.open);
    this.redraw();
    this.choose({ node: found, id: `v${found}` });
    this.toSee(found);
    return write(this.status, `${all.indexOf(found) + 1} of ${all.length}: ${nodes[found].text}.`);
  }

  /** Everything about the picture anew: what is on view, and where it stands. */
  redraw() {
    const { nodes } = this.model, view = onView(this.tree, this.open, this.keep);
    const lines = 1 + this.on.values + this.on.adjoints + this.on.tangents, first = !this.picture;
    this.items = view.items.map((item) => this.told(item, lines));
    this.arrows = arrows(this.items, nodes);
    this.owner = new Int32Array(nodes.length).fill(-1);
    this.items.forEach((item, k) => this.owner.fill(k, item.from, item.to));
    const labels = this.on.partials && this.arrows.length <= LABELS ? (arrow) => this.bears(arrow) : null;
    this.bearing.hidden = this.arrows.length > LABELS;
    const plan = planned({ items: this.items, arrows: this.arrows, lines, upright: this.narrow(), labels });
    const many = this.items.length + this.arrows.length > MANY, on = { choose: (item) => this.choose(item), look: (item) => this.look(item) };
    this.picture = many ? new Canvas(plan, this.items, this.arrows, on, this.frame) : new Picture(plan, this.items, this.arrows, on);
    this.frame.replaceChildren(this.picture.element);
    if (first) this.scale = Math.min(1, Math.max(0.85, this.frame.clientWidth / plan.width));
    if (this.scale !== 1) this.picture.zoom(this.scale);
    if (first || plan.upright) this.middle(plan);
    this.view = view.open;
    const last = new Set([...this.open].filter((id) => view.open.some((group) => group.id === id)).slice(-6));
    this.chips.replaceChildren(...view.open.filter(({ id }) => last.has(id)).map((group) => h("button", { type: "button", onclick: () => this.fold(group) }, `Fold ${ending(group.way, 36)}`)));
    this.update();
  }

  /** Scrolls to where the arrows begin. */
  middle({ places, upright }) {
    const { frame } = this, k = upright ? 0 : 1, size = upright ? frame.clientWidth : frame.clientHeight;
    const to = (places[0]?.[k] ?? 0) * this.scale - size / 2;
    frame.scrollTo(upright ? { left: to, top: 0 } : { left: 0, top: to });
  }

  told(item, lines) {
    const { nodes } = this.model;
    if (item.children) return { ...item, kind: "group", lines, name: ending(item.way, 20), segment: nodes.slice(item.from, item.to).every(({ line }) => line?.segment) };
    const node = nodes[item.node];
    return { ...item, kind: node.kind, lines, name: node.label, segment: Boolean(node.line?.segment), thumb: thumbSize(node.shape) };
  }

  /** Whether an arrow can bear a slope: one between two operations, where a formula says it. */
  bears({ pairs, to, from }) {
    return pairs.length === 1 && !this.items[to].children && !this.items[from].children && Boolean(this.model.nodes[pairs[0][1]].partials);
  }

  /** The slope that such an arrow bears: a number, or the norm of an array. */
  slope({ pairs }) {
    const found = this.sweeps.partials(...pairs[0]);
    return found.length && found.every(Boolean) ? short(found.reduce((a, b) => a.map((x, e) => x + b[e]))) : "";
  }

  shown() {
    const { sweeps, on } = this, current = sweeps.current, now = this.owner[current.node];
    const targets = new Set((current.contributions ?? []).map(({ to }) => to));
    const hot = (arrow) => (current.contributions ? arrow.pairs.some(([a, i]) => i === current.node && targets.has(a)) : arrow.pairs.some(([, i]) => i === current.node));
    const seen = this.chosen === null ? null : this.model.nodes[this.chosen].line;
    return {
      node: (item) => {
        if (item.children) return this.folded(item, item === this.items[now]);
        const i = item.node, { text, kind, line } = this.model.nodes[i], lines = [["title", cut(text, 20)]];
        const value = sweeps.value(i), adjoint = kind === "constant" ? undefined : sweeps.adjoint(i), tangent = on.tangents && value && kind !== "constant" ? sweeps.tangents[i] : undefined;
        if (on.values) lines.push(["value", value ? `= ${brief(value)}` : "?"]);
        if (on.adjoints) lines.push(["adjoint", adjoint ? `∂ ${brief(adjoint)}` : ""]);
        if (on.tangents) lines.push(["tangent", tangent ? `· ${brief(tangent)}` : ""]);
        const said = `${`${text} ${shapeOf(this.model.nodes[i])}`.trim()}, ${kind}${item.segment ? " of a checkpoint segment" : ""}, value ${value ? brief(value) : "not known yet"}${adjoint ? `, adjoint ${brief(adjoint)}` : ""}${tangent ? `, tangent ${brief(tangent)}` : ""}`;
        const same = seen && line && seen.number === line.number && seen.file === line.file;
        const pieces = item.thumb && value ? thumbnail(value, this.model.nodes[i].shape, THUMB) : {};
        return { lines, said, pieces, classes: `${item === this.items[now] && sweeps.at < sweeps.last ? "now" : ""} ${i === this.chosen ? "chosen" : same ? "same" : ""}` };
      },
      arrow: (arrow) => ({ text: on.partials && this.bears(arrow) ? this.slope(arrow) : "", hot: sweeps.at < sweeps.last && hot(arrow) }),
    };
  }

  folded(item, now) {
    const n = item.to - item.from;
    return { lines: [["title", item.name], ["value", `${n} operations`], ["title", "open ⊕"]].slice(0, item.lines), said: `${crumbs(item)}, ${n} operations, folded: press to open`, classes: now && this.sweeps.at < this.sweeps.last ? "now" : "" };
  }

  /** Numbers as they are now. */
  update() {
    if (!this.picture) return;
    const { sweeps } = this;
    this.picture.update(this.items, this.arrows, this.shown());
    [this.where.max, this.where.value] = [sweeps.last, sweeps.at];
    const told = sweeps.told();
    this.where.setAttribute("aria-valuetext", `Step ${sweeps.at} of ${sweeps.last}`);
    write(this.status, told);
    this.warning.hidden = !sweeps.broken;
    write(this.warning, sweeps.broken ? `The recorded branch does not apply at these inputs: ${sweeps.broken.text}. What is shown is the branch that was recorded.` : "");
    this.marks.forEach((mark) => this.mark(mark));
    if (this.table.open) this.list();
    if (!this.detail.hidden) this.elements();
  }

  mark({ k, at, say }) {
    const { sweeps, model } = this, node = model.inputs[k], of = model.nodes[model.outputs[sweeps.output]], y = of.dtype.startsWith("complex") ? named(of, sweeps.element) : of.label, bar = sweeps.sweep.adjoints[node];
    if (!/^(float|complex)/.test(model.nodes[node].dtype)) return;
    const e = at(), x = sweeps.inputs[k][e], slope = model.sign(bar, e) * bar[e];
    let text = `∂${y}/∂${named(model.nodes[node], e)} = ${number(slope)}`;
    if (this.on.differences) {
      const difference = model.difference(sweeps.output, k, e, 6e-6 * Math.max(1, Math.abs(x)), sweeps.element);
      text += `; difference ${number(difference)}, off by ${number(Number(Math.abs(difference - slope).toPrecision(1)))}`;
    }
    write(say, text);
  }

  list() {
    const { nodes } = this.model, { sweeps } = this, tangents = this.on.tangents ? sweeps.tangents : null;
    const shown = nodes.map((_, i) => i).filter((i) => !this.keep || this.keep.has(i)).slice(0, ROWS);
    const cells = (i) => [nodes[i].label, `${nodes[i].text} ${shapeOf(nodes[i])}`.trim(), brief(sweeps.value(i)) || "?", brief(sweeps.adjoint(i)), brief(tangents?.[i]), nodes[i].line ? `${nodes[i].line.file}:${nodes[i].line.number}` : ""];
    this.rows.replaceChildren(...shown.map((i) => h("tr", { className: i === sweeps.current.node ? "now" : "" }, ...cells(i).map((t, n) => h(n ? "td" : "th", n ? {} : { scope: "row" }, t)))),
      ...(nodes.length > ROWS ? [h("tr", {}, h("td", { colSpan: 6 }, `The first ${ROWS} of ${nodes.length}: "Only between" chooses others.`))] : []));
  }

  look(item) {
    const { line, way } = this.model.nodes[item?.children ? item.from : item?.node] ?? {};
    if (line) write(this.source, `${line.file}:${line.number}  ${way.map(({ name }) => name).join(" > ") || line.function}\n    ${line.text}`);
  }

  /** Opens a group, or an operation to its elements. */
  choose(item) {
    if (item.children) {
      this.open.add(item.id);
      this.redraw();
      this.picture.focus(this.owner[item.from]);
      write(this.status, `${crumbs(item)} is open: ${item.children.length} parts.`);
      return;
    }
    this.chosen = this.chosen === item.node && !this.detail.hidden ? null : item.node;
    this.detail.hidden = this.chosen === null;
    this.look(item);
    this.update();
  }

  elements() {
    const i = this.chosen, { nodes } = this.model, { sweeps } = this, { text, partials, args, label } = nodes[i];
    const [x, bar, dx] = [sweeps.value(i), sweeps.adjoint(i), this.on.tangents ? sweeps.tangents[i] : undefined];
    const slopes = (partials ?? []).flatMap((t, k) => (t ? [h("li", {}, `d${label}/d${nodes[args[k]].label} = ${t}`)] : []));
    const row = (e) => h("tr", {}, h("th", { scope: "row" }, indexed(nodes[i].shape, e) || "·"), ...[x, bar, dx].map((each) => h("td", {}, each ? element(each, e) : "")));
    const size = count(this.model.values[i]), n = Math.min(ROWS, size);
    this.detail.replaceChildren(h("h2", {}, `${text} ${shapeOf(nodes[i])}`), h("ul", {}, ...slopes),
      x && size > 1 ? h("p", {}, `norm ${number(norm(x))}${size > n ? `; the first ${n} of ${size} elements` : ""}`) : "",
      h("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": "Elements" }, h("table", {}, h("thead", {}, h("tr", {}, ...["element", "value", "adjoint", "tangent"].map((t) => h("th", { scope: "col" }, t)))), h("tbody", {}, ...Array.from({ length: n }, (_, e) => row(e))))));
  }

  recompute() {
    const end = this.sweeps.at === this.sweeps.last;
    this.sweeps.run();
    this.sweeps.at = end ? this.sweeps.last : Math.min(this.sweeps.at, this.sweeps.last);
    this.update();
  }

  go(to) {
    this.sweeps.at = Math.max(0, Math.min(this.sweeps.last, to));
    this.update();
    const { node } = this.sweeps.current;
    if (this.sweeps.at > 0 && this.sweeps.at < this.sweeps.last) this.toSee(node);
    this.look(node >= 0 ? { node } : null);
  }

  toSee(node) {
    const k = this.owner[node];
    if (k < 0) return;
    const [x, y] = this.picture.plan.places[k].map((p) => p * this.scale), { frame } = this;
    const inside = Math.abs(x - frame.scrollLeft - frame.clientWidth / 2) < frame.clientWidth / 2 - 80 && Math.abs(y - frame.scrollTop - frame.clientHeight / 2) < frame.clientHeight / 2 - 40;
    if (inside) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    frame.scrollTo({ left: x - frame.clientWidth / 2, top: y - frame.clientHeight / 2, behavior: calm ? "auto" : "smooth" });
  }

  playing(on) {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = on ? "⏸ Pause" : "▶ Play";
    this.play.setAttribute("aria-label", on ? "Pause" : "Play");
    if (!on) return;
    if (this.sweeps.at === this.sweeps.last) this.go(0);
    this.timer = setInterval(() => {
      if (!this.root.isConnected || this.sweeps.at >= this.sweeps.last) this.playing(false);
      else this.go(this.sweeps.at + 1);
    }, 900);
  }

  key(event) {
    if (event.target.matches?.("input:not([type=checkbox]), select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return null;
    if (event.key === "-" || event.key === "Backspace") return this.foldAround(event.target.closest?.(".node")?.dataset.id);
    const { at, last } = this.sweeps, to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return null;
    event.preventDefault();
    return this.go(to);
  }

  /** Folds the innermost open group around what has the focus, which then has it. */
  foldAround(id) {
    const item = this.items.find((each) => each.id === id);
    const group = item && this.view.findLast(({ from, to }) => from <= item.from && item.to <= to);
    if (group) this.fold(group);
  }

  fold(group) {
    this.open.delete(group.id);
    this.redraw();
    this.picture.focus(this.owner[group.from]);
    write(this.status, `${crumbs(group)} is folded: ${group.to - group.from} operations.`);
  }
}

const crumbs = ({ way }) => way.join(" > ");

/** As much of the end of a way as n signs hold: `… > relu`. */
function ending(way, n) {
  for (let k = 0; k < way.length; k += 1) {
    const text = [...(k ? ["…"] : []), ...way.slice(k)].join(" > ");
    if (text.length <= n) return text;
  }
  return cut(way.at(-1), n);
}
