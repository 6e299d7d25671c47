// Words and numbers as the page writes them, and elements of the document in one call each.

export function number(x) {
  if (x === undefined) return "";
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return String(x);
  return String(Number(x.toPrecision(4)));
}

export const norm = (x) => Math.hypot(...(x.length > 5e4 ? [Math.sqrt(x.reduce((s, each) => s + each * each, 0))] : x));

/** How many elements an array has: of a complex one two numbers are one. */
export const count = (x) => (x.isComplex ? x.length / 2 : x.length);

/** Element e of an array, complex ones as Python writes them. */
export function element(x, e, digits = number) {
  if (!x.isComplex) return digits(x[e]);
  const im = digits(x[2 * e + 1]);
  return `${digits(x[2 * e])}${im.startsWith("-") ? "" : "+"}${im}j`;
}

/** A number, or the norm of an array. */
export const brief = (x, digits = number) => (!x ? "" : count(x) === 1 ? element(x, 0, digits) : x.length ? `‖${digits(norm(x))}‖` : "empty");

export const shapeOf = ({ shape }) => (shape.length ? `(${shape.join(", ")}${shape.length === 1 ? "," : ""})` : "");

/** The name of element e as Python writes it: `[0, 3]`; of a number, nothing. */
export function indexed(shape, e) {
  if (!shape.length) return "";
  const found = [];
  for (let axis = shape.length - 1, rest = e; axis >= 0; axis -= 1) {
    found.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return `[${found.join(", ")}]`;
}

export const cut = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}…` : text);

/** The name of number e of a node's: that of an element, or of a part of it. */
export const named = ({ label, shape, dtype }, e) => (dtype.startsWith("complex")
  ? `${label}${indexed(shape, Math.floor(e / 2))}.${e % 2 ? "imag" : "real"}` : label + indexed(shape, e));

/** The same as brief in at most nine signs, for labels on arrows: with fewer digits where it must, of complex ones the size. */
export function short(x) {
  for (let digits = 3, less = brief(x); ; digits -= 1) {
    if (less.length <= 9) return less;
    if (!digits) return x.isComplex ? `|${number(Number(norm(x).toPrecision(1)))}|` : less;
    less = brief(x, (y) => number(Number(y.toPrecision(digits))));
  }
}

const most = (x) => x.reduce((m, each) => (Math.abs(each) > Math.abs(m) ? each : m), 0);

/** How large a thumbnail of an array of this shape is: a row of bars, or a matrix with its rows one below the other. */
export const thumbSize = (shape) => {
  const rows = rowsOf(shape);
  return rows > 1 ? Math.min(36, Math.max(15, 7 * rows)) : shape.some((n) => n > 1) ? 15 : 0;
};

const rowsOf = (shape) => shape.slice(0, -1).reduce((n, each) => n * each, 1);

/** A picture of an array's elements: {name: path}. */
export function thumbnail(given, shape, width) {
  const x = given.isComplex ? Float64Array.from({ length: count(given) }, (_, e) => Math.hypot(given[2 * e], given[2 * e + 1])) : given;
  const rows = rowsOf(shape), height = thumbSize(shape), largest = Math.abs(most(x)) || 1;
  return rows > 1 ? matrix(x, rows, width, height, largest) : { bars: bars(x, width, height, largest) };
}

/** Bars of an array's elements, in order, on the line of zero; of many, the largest of each stretch. */
function bars(x, width, height, largest) {
  const n = Math.min(24, x.length), wide = Math.min(9, width / n), left = (width - n * wide) / 2;
  let path = `M0 ${height / 2 - 0.4}h${width}v.8h-${width}z`;
  for (let k = 0; k < n; k += 1) {
    const top = most(x.subarray(Math.floor((k * x.length) / n), Math.floor(((k + 1) * x.length) / n)));
    const tall = Number.isFinite(top) ? (top / largest) * (height / 2) : 0, w = (0.75 * wide).toFixed(1);
    path += `M${(left + (k + 0.12) * wide).toFixed(1)} ${height / 2}v${(-tall).toFixed(1)}h${w}V${height / 2}z`;
  }
  return path;
}

/** A heat map: squares above zero, low bars below; in three strengths, `up1` to `down3`. Of many, the largest of each patch. */
function matrix(x, rows, width, height, largest) {
  const columns = x.length / rows, m = Math.min(rows, 9), n = Math.min(columns, 25), size = Math.min(height / m, width / n);
  const paths = {}, left = (width - n * size) / 2, top = (height - m * size) / 2;
  const cut = (k, of, all) => Math.floor((k * all) / of);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let found = 0;
      for (let r = cut(i, m, rows); r < cut(i + 1, m, rows); r += 1) {
        const from = r * columns, each = most(x.subarray(from + cut(j, n, columns), from + cut(j + 1, n, columns)));
        if (Math.abs(each) > Math.abs(found)) found = each;
      }
      const strength = Math.ceil(Math.min(1, Math.abs(found) / largest) * 3);
      if (!strength) continue;
      const up = found > 0, w = (0.86 * size).toFixed(1), tall = (up ? 0.86 : 0.4) * size;
      const path = `M${(left + j * size).toFixed(1)} ${(top + (i + (up ? 0 : 0.46)) * size).toFixed(1)}h${w}v${tall.toFixed(1)}h-${w}z`;
      const name = `${up ? "up" : "down"}${strength}`;
      paths[name] = (paths[name] ?? "") + path;
    }
  }
  return paths;
}

/** A name that no other page in the same document, as of a notebook, has: a reference goes to the first of a name. */
export const unique = (name) => `${name}-${Math.random().toString(36).slice(2, 10)}`;

const SVG = "http://www.w3.org/2000/svg";

function made(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-") && !(element instanceof SVGElement)) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const h = (tag, properties = {}, ...children) => made(document.createElement(tag), properties, children);
export const s = (tag, properties = {}, ...children) => made(document.createElementNS(SVG, tag), properties, children);

/** Sets text only where it changes: a step of a slider then lays out nothing anew. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
