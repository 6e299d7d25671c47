// Words and numbers as the page writes them, and elements of the document in one call each.

export function number(x) {
  if (x === undefined) return "";
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return String(x);
  return String(Number(x.toPrecision(4)));
}

export const norm = (x) => Math.hypot(...(x.length > 5e4 ? [Math.sqrt(x.reduce((s, each) => s + each * each, 0))] : x));

/** A number, or the norm of an array. */
export const brief = (x) => (!x ? "" : x.length === 1 ? number(x[0]) : x.length ? `‖${number(norm(x))}‖` : "empty");

export const shapeOf = ({ shape }) => (shape.length ? `(${shape.join(", ")}${shape.length === 1 ? "," : ""})` : "");

export const cut = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}…` : text);

/** Bars of an array's elements, in order: the path of a thumbnail. */
export function bars(x, width, height) {
  const n = Math.min(24, x.length), most = x.reduce((m, each) => Math.max(m, Math.abs(each) || 0), 0) || 1;
  let path = `M0 ${height / 2}H${width}`;
  for (let k = 0; k < n; k += 1) {
    const part = x.subarray(Math.floor((k * x.length) / n), Math.floor(((k + 1) * x.length) / n));
    const top = part.reduce((m, each) => (Math.abs(each) > Math.abs(m) ? each : m), 0);
    const at = ((k + 0.5) * width) / n;
    path += `M${at.toFixed(1)} ${height / 2}V${(height / 2 - (Number.isFinite(top) ? (top / most) * (height / 2) : 0)).toFixed(1)}`;
  }
  return path;
}

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
