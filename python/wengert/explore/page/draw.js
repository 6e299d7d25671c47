// The picture: SVG of things that can be tabbed to, or, where there are very many, a canvas of what is in the window.

import { layout } from "./layout.js";
import { cut, s, unique, write } from "./text.js";

export const MANY = 2000;
const WIDTH = 136, MARGIN = 16, LINE = 17, STRIP = 72;
export const THUMB = WIDTH - 36;

/** Sizes, places and ways of everything on view; `labels`: which arrows bear numbers, or null. */
export function planned({ items, arrows, lines, upright, labels }) {
  const thumb = Math.max(0, ...items.map(({ thumb: size }) => size ?? 0)), height = 16 + LINE * lines + (thumb && thumb + 4);
  const sizes = upright
    ? { along: height, across: WIDTH, gapAlong: 40, gapAcross: labels ? 34 : 20, port: 72, strip: labels ? 30 : 0, farStrip: 30 }
    : { along: WIDTH, across: height, gapAlong: labels ? 68 : 52, gapAcross: 22, port: 18, strip: labels ? STRIP : 0, farStrip: STRIP };
  const found = layout(items, arrows, { ...sizes, margin: MARGIN, tip: 9 });
  const turn = (p, q) => (upright ? [q, p] : [p, q]);
  const path = ({ points }) => {
    let text = `M${turn(...points[0])}`;
    for (let k = 1; k < points.length; k += 1) {
      const [[p, q], [r, t]] = [points[k - 1], points[k]], m = (p + r) / 2;
      text += q === t ? `L${turn(r, t)}` : `C${turn(m, q)} ${turn(m, t)} ${turn(r, t)}`;
    }
    return text;
  };
  const [width, depth] = turn(found.along, found.across);
  return {
    height, width, depth, upright, thumb,
    places: found.places.map(({ along, across }) => turn(along, across)),
    paths: found.routes.map(path),
    tips: found.routes.map(({ points }) => turn(...points.at(-1))),
    far: named(arrows, items, found.routes),
    spots: found.routes.map(({ far, spot }, n) => (far || labels?.(arrows[n]) ? turn(spot.p, spot.q) : null)),
  };
}

/** Names of what comes from so far that it is not drawn; one for all where they would stand on each other. */
function named(arrows, items, routes) {
  const crowds = new Map();
  return arrows.map(({ from, to }, n) => {
    if (!routes[n].far) return null;
    if (routes[n].spot.fits) return cut(items[from].name, 9);
    if (!crowds.has(to)) crowds.set(to, arrows.filter((arrow, m) => arrow.to === to && routes[m].far).length);
    const count = crowds.get(to);
    crowds.set(to, 0);
    return count ? `${count} earlier` : null;
  });
}

const TIP = unique("wg-tip");
const ARROW = "M0 0L7 3.5L0 7z";

export class Picture {
  constructor(plan, items, arrows, on) {
    this.plan = plan;
    const { width, depth, height } = plan;
    this.edges = arrows.map((_, n) => s("path", { class: "edge", d: plan.paths[n], "marker-end": `url(#${TIP})` }));
    const text = (kind, [x, y], said = "") => s("text", { class: kind, x, y: y + 4 }, said);
    this.labels = plan.spots.map((spot, n) => (spot && !plan.far[n] ? text("label", spot) : null));
    const names = plan.far.map((name, n) => (name ? text("far", plan.spots[n], name) : null));
    this.boxes = items.map((item, k) => this.box(item, plan.places[k], height, on));
    this.element = s("svg", { width, height: depth, viewBox: `0 0 ${width} ${depth}`, role: "group", "aria-label": "Computation graph" },
      s("defs", {}, s("marker", { id: TIP, viewBox: "0 0 7 7", refX: 7, refY: 3.5, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, s("path", { d: ARROW }))),
      s("g", { "aria-hidden": "true" }, ...this.edges, ...names.filter(Boolean), ...this.labels.filter(Boolean)),
      ...this.boxes.map(({ element }) => element));
  }

  box(item, [x, y], height, on) {
    const [left, top] = [x - WIDTH / 2, y - height / 2], round = item.kind === "input" ? height / 2 : 7;
    const texts = Array.from({ length: item.lines }, (_, n) => s("text", { class: `line${n}`, x: WIDTH / 2, y: 20 + LINE * n }));
    const title = s("title");
    const back = item.kind === "group" ? [s("rect", { class: "back", x: 5, y: -5, width: WIDTH, height, rx: 7 })] : [];
    const thumb = item.thumb ? s("g", { class: "thumb", transform: `translate(${(WIDTH - THUMB) / 2} ${height - 6 - this.plan.thumb})` }) : null;
    const element = s("g", {
      class: `node ${item.kind}`, tabindex: 0, role: "button", transform: `translate(${left} ${top})`, "data-id": item.id,
      onclick: () => on.choose(item), onfocus: () => on.look(item), onmouseenter: () => on.look(item), onmouseleave: () => on.look(null),
      onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); on.choose(item); } },
    }, title, ...back, s("rect", { class: "face", width: WIDTH, height, rx: round }),
    ...(item.segment ? [s("text", { class: "mark", x: 12, y: 16 }, "↻")] : []),
    ...(item.kind === "guard" ? [s("text", { class: "mark", x: WIDTH - 12, y: 16 }, "?")] : []), ...texts, ...(thumb ? [thumb] : []));
    return { element, texts, title, thumb };
  }

  /** Numbers and marks as they are now: nothing moves. */
  update(items, arrows, shown) {
    items.forEach((item, k) => {
      const { texts, title, thumb, element } = this.boxes[k], { lines, said: full, pieces, classes } = shown.node(item);
      texts.forEach((text, n) => {
        const said = lines[n]?.[1] ?? "";
        if (n === 0 && said.length > 16 && text.textContent !== said) {
          text.setAttribute("textLength", WIDTH - 14);
          text.setAttribute("lengthAdjust", "spacingAndGlyphs");
        }
        write(text, said);
        if (text.dataset.of !== lines[n]?.[0]) text.dataset.of = lines[n]?.[0] ?? "";
      });
      if (thumb) thumb.replaceChildren(...Object.entries(pieces).map(([name, d]) => s("path", { class: name, d })));
      write(title, full);
      if (element.getAttribute("aria-label") !== full) element.setAttribute("aria-label", full);
      const name = `node ${item.kind}${item.segment ? " segment" : ""} ${classes}`;
      if (element.getAttribute("class") !== name) element.setAttribute("class", name);
    });
    arrows.forEach((arrow, n) => {
      const { text, hot } = shown.arrow(arrow);
      if (this.labels[n]) write(this.labels[n], text);
      const name = hot ? "edge hot" : "edge";
      if (this.edges[n].getAttribute("class") !== name) this.edges[n].setAttribute("class", name);
    });
  }

  zoom(by) {
    this.element.setAttribute("width", this.plan.width * by);
    this.element.setAttribute("height", this.plan.depth * by);
  }

  focus(k) {
    this.boxes[k]?.element.focus();
  }
}

const DENSITY = { 1: 0.35, 2: 0.65 }; // of the colours in a heat map, as in the style sheet

/** The same for very many: only what the window shows is drawn, and the table is the way for those who see no picture. */
export class Canvas {
  constructor(plan, items, arrows, on, frame) {
    Object.assign(this, { plan, items, arrows, frame, by: 1 });
    this.paths = plan.paths.map((path) => new Path2D(path));
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `Computation graph of ${items.length} parts; the table lists them`);
    this.canvas.addEventListener("click", (event) => {
      const k = this.under(event);
      if (k >= 0) on.choose(items[k]);
    });
    this.element = document.createElement("div");
    this.element.className = "sheet";
    this.element.append(this.canvas);
    frame.onscroll = () => this.paint();
    this.zoom(1);
  }

  under({ offsetX, offsetY }) {
    const x = (offsetX + this.frame.scrollLeft) / this.by, y = (offsetY + this.frame.scrollTop) / this.by;
    return this.plan.places.findIndex(([p, q]) => Math.abs(p - x) < WIDTH / 2 && Math.abs(q - y) < this.plan.height / 2);
  }

  zoom(by) {
    this.by = by;
    this.element.style.width = `${this.plan.width * by}px`;
    this.element.style.height = `${this.plan.depth * by}px`;
    this.paint();
  }

  update(items, arrows, shown) {
    this.shown = shown;
    this.paint();
  }

  focus() {
    this.canvas.focus();
  }

  paint() {
    if (!this.shown) return;
    const { canvas, frame, plan, by } = this;
    const [width, height] = [frame.clientWidth, frame.clientHeight], dense = globalThis.devicePixelRatio || 1;
    if (canvas.width !== width * dense || canvas.height !== height * dense) [canvas.width, canvas.height] = [width * dense, height * dense];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    const pen = canvas.getContext("2d"), color = (name) => this.color(name);
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.setTransform(dense * by, 0, 0, dense * by, -frame.scrollLeft * dense, -frame.scrollTop * dense);
    const [left, top, right, end] = [frame.scrollLeft / by - 500, frame.scrollTop / by - 500, (frame.scrollLeft + width) / by + 500, (frame.scrollTop + height) / by + 500];
    const seen = plan.places.map(([x, y]) => x > left && x < right && y > top && y < end);
    this.colors = new Map(); // anew: light may have become dark
    pen.strokeStyle = color("--rim");
    this.arrows.forEach(({ from, to }, n) => { if (seen[from] || seen[to]) pen.stroke(this.paths[n]); });
    pen.fillStyle = color("--rim");
    this.arrows.forEach(({ to }, n) => { if (seen[to]) this.tip(pen, plan.tips[n]); });
    pen.textAlign = "center";
    plan.places.forEach(([x, y], k) => { if (seen[k]) this.box(pen, this.items[k], x, y, color); });
  }

  tip(pen, [x, y]) {
    const [p, q] = this.plan.upright ? [0, 1] : [1, 0];
    pen.beginPath();
    for (const [along, across] of [[0, 0], [-9, 4.5], [-9, -4.5]]) pen.lineTo(x + p * along + q * across, y + q * along + p * across);
    pen.fill();
  }

  /** A colour as the page has it now: only a property's used value is one that a canvas takes. */
  color(name) {
    if (!this.colors.has(name)) {
      this.canvas.style.color = `var(${name})`;
      this.colors.set(name, getComputedStyle(this.canvas).color);
    }
    return this.colors.get(name);
  }

  box(pen, item, x, y, color) {
    const { lines, classes, pieces } = this.shown.node(item), { height } = this.plan;
    pen.fillStyle = color(item.segment ? "--segment" : "--box");
    pen.lineWidth = classes.includes("now") ? 3 : 1;
    pen.beginPath();
    pen.roundRect(x - WIDTH / 2, y - height / 2, WIDTH, height, item.kind === "input" ? height / 2 : 7);
    pen.fill();
    pen.stroke();
    pen.save();
    pen.translate(x - THUMB / 2, y + height / 2 - 6 - this.plan.thumb);
    for (const [name, d] of Object.entries(pieces ?? {})) {
      pen.fillStyle = color(name.startsWith("down") ? "--mark" : "--value");
      pen.globalAlpha = DENSITY[name.at(-1)] ?? 1;
      pen.fill(new Path2D(d));
    }
    pen.restore();
    lines.forEach(([of, text], n) => {
      pen.fillStyle = color(of === "value" ? "--value" : of === "adjoint" ? "--adjoint" : of === "tangent" ? "--tangent" : "--ink");
      pen.font = `${n ? "" : "600 "}12px system-ui`;
      pen.fillText(text, x, y - height / 2 + 20 + LINE * n);
    });
  }
}
