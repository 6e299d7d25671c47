// The numbers of the explorer: a recorded program, and its derivatives, run in a page. A document (made by _document.py)
// brings the operations and, generated from the rule table, what each of them computes; nothing here knows a primitive
// by its name. Semantics are those of docs/semantics.md.

/** Elements of a document: base64 of little-endian float64. */
function decoded(text) {
  return new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
}

/** As many elements as there are: a document holds one of those that are all alike. */
const spread = (given, size) => (given.length === size ? given : new Float64Array(size).fill(given[0]));

/** The functions of a document's code, where the page has not brought them as a script of its own. */
function functions(doc) {
  return new Function(doc.code)();
}

const whole = {
  int8: (x) => (x << 24) >> 24, int16: (x) => (x << 16) >> 16, int32: (x) => x | 0, int64: (x) => x + 0,
  uint8: (x) => x & 255, uint16: (x) => x & 65535, uint32: (x) => x >>> 0, uint64: (x) => x + 0,
};
/** What an element type makes of a number. */
const rounding = { ...whole, float32: Math.fround, bool: (x) => (Number(x) === 0 ? 0 : 1) };

const sizeOf = (shape) => shape.reduce((n, each) => n * each, 1);
const isFloat = (type) => type.dtype.startsWith("float");

/** Zero times infinity is zero where either is "nothing": a derivative that did not arrive, a slope that is not there. */
function strong(seed, partial) {
  const y = seed * partial;
  return y === y ? y : seed === 0 ? seed : partial === 0 && seed === seed ? partial : y;
}

/** Where each element of an array of shape `to` lies in one of shape `from` that is broadcast to it; null: at its own place. */
function places(from, to) {
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
function elementwise(f, type, a, b, atA, atB, round) {
  const y = new Float64Array(type.size);
  for (let i = 0; i < type.size; i += 1) {
    const p = a[atA ? atA[i] : i];
    const q = b ? b[atB ? atB[i] : i] : 0;
    y[i] = round ? round(f(p, q)) : f(p, q);
  }
  return y;
}

/** A program that is ready to run: of a document, or of a derivative of one operation within it. */
class Program {
  constructor(doc, table) {
    this.types = doc.types.map(([dtype, shape]) => ({ dtype, shape, size: sizeOf(shape) }));
    this.constants = doc.constants.map((text) => decoded(text));
    this.outputs = doc.outputs;
    this.inputs = [];
    this.nodes = doc.nodes.map(([op, args, type, line, extra], i) => {
      if (op === "input") this.inputs[extra] = i;
      return { op, args, type: this.types[type], line, extra, rule: table[op] };
    });
  }

  constant(node) {
    return spread(this.constants[node.extra], node.type.size);
  }

  /** The value of node i from those of the nodes before it. */
  value(i, values) {
    const node = this.nodes[i];
    if (node.op === "constant") return (node.kept ??= this.constant(node));
    const args = node.args.map((k) => values[k]);
    const { dtype } = node.type;
    if (!node.rule.partials) return this.structural(node, args);
    if (!("at" in node)) {
      node.at = node.args.map((k) => places(this.nodes[k].type.shape, node.type.shape));
      const f = node.rule.value;
      node.f = dtype === "float32" ? (a, b) => f(Math.fround(a), Math.fround(b))
        : dtype in whole && node.rule.whole ? node.rule.whole : f;
    }
    return elementwise(node.f, node.type, args[0], args[1], node.at[0], node.at[1], rounding[dtype]);
  }

  structural(node, args) {
    const y = node.rule.value(args, node.extra, node.args.map((k) => this.nodes[k].type), node.type, places);
    const round = rounding[node.type.dtype];
    return round ? y.map(round) : y;
  }

  /** Values of all nodes. */
  run(inputs) {
    const values = new Array(this.nodes.length);
    this.inputs.forEach((i, k) => {
      if (i !== undefined) values[i] = inputs[k];
    });
    for (let i = 0; i < values.length; i += 1) values[i] ??= this.value(i, values);
    return values;
  }

  /** Values of the outputs alone. */
  results(inputs) {
    const values = this.run(inputs);
    return this.outputs.map((i) => values[i]);
  }
}

/** How derivatives pass through one node: the numbers of a sweep, one edge at a time. */
class Edges {
  constructor(program, locals) {
    this.program = program;
    this.locals = locals;
    const { nodes } = program;
    this.varies = nodes.map(() => false);
    nodes.forEach((node, i) => {
      const some = node.op === "input" || node.args.some((k) => this.varies[k]);
      this.varies[i] = some && isFloat(node.type) && !this.stops(node);
    });
  }

  stops(node) {
    return node.rule && !node.rule.partials && this.locals[node.local] === null;
  }

  /** The local partial by operand k, an element of the value each: a number that holds everywhere, or an array. */
  partial(i, k, values) {
    const node = this.program.nodes[i];
    const part = node.rule.partials[k];
    if (typeof part !== "function") return part ?? 0;
    const [a, b = a] = node.args.map((j) => values[j]);
    const [atA, atB = atA] = node.at;
    const y = values[i];
    return y.map((each, e) => part(a[atA ? atA[e] : e], b[atB ? atB[e] : e], each));
  }

  /** A seed times a partial; where a partial that is itself a derivative is zero, not even a NaN passes. */
  product(node, k, seed, partial) {
    const product = new Float64Array(node.type.size);
    const masks = node.rule.masks.includes(k);
    for (let e = 0; e < product.length; e += 1) {
      const s = seed(e), p = typeof partial === "number" ? partial : partial[e];
      product[e] = typeof partial === "number" ? s * p : masks && p === 0 && s !== s ? p : strong(s, p);
    }
    return product;
  }

  /** Calls f(operand, amount, partial) for each operand that takes a share of an adjoint. */
  backward(i, values, ybar, f) {
    const node = this.program.nodes[i];
    if (!node.rule) return;
    if (!node.rule.partials) {
      this.localBackward(i, values, ybar, f);
      return;
    }
    node.args.forEach((to, k) => {
      if (!this.varies[to]) return;
      const partial = this.partial(i, k, values);
      if (partial === 0) return;
      f(to, this.summed(node, k, this.product(node, k, (e) => ybar[e], partial)), partial);
    });
  }

  /** What a broadcast operand takes: the sum over its copies. */
  summed(node, k, product) {
    const at = node.at[k];
    if (!at) return product;
    const sum = new Float64Array(this.program.nodes[node.args[k]].type.size);
    for (let e = 0; e < product.length; e += 1) sum[at[e]] += product[e];
    return sum;
  }

  localBackward(i, values, ybar, f) {
    const node = this.program.nodes[i];
    const local = this.locals[node.local];
    if (!local) return;
    if (local.moves) {
      f(node.args[0], this.brought(node, values, ybar), null);
      return;
    }
    const from = [...new Set(node.args)];
    const results = local.adjoint.results([...from.map((k) => values[k]), ybar]);
    local.floats.forEach((k, n) => {
      if (this.varies[from[k]]) f(from[k], results[n], null);
    });
  }

  /** Where an operation only moves elements of its first operand: each to where it came from, by moving their numbers. */
  brought(node, values, ybar) {
    const [moved, ...others] = node.args.map((k) => values[k]);
    const from = this.program.structural({ ...node, type: { ...node.type, dtype: "float64" } }, [moved.map((_, e) => e), ...others]);
    const sum = new Float64Array(moved.length);
    from.forEach((p, e) => { sum[p] += ybar[e]; });
    return sum;
  }

  /** The tangent of node i from those of the nodes before it; undefined where there is none. */
  forward(i, values, tangents) {
    const node = this.program.nodes[i];
    if (!node.rule.partials) {
      const local = this.locals[node.local];
      if (local.moves) return this.program.structural(node, [tangents[node.args[0]], ...node.args.slice(1).map((k) => values[k])]);
      const from = [...new Set(node.args)];
      const dx = local.floats.map((k) => tangents[from[k]]);
      return local.tangent.results([...from.map((k) => values[k]), ...dx])[0];
    }
    const dy = new Float64Array(node.type.size);
    node.args.forEach((from, k) => {
      if (!this.varies[from]) return;
      const partial = this.partial(i, k, values);
      const at = node.at[k];
      const share = partial === 0 ? dy.map(() => 0)
        : this.product(node, k, (e) => tangents[from][at ? at[e] : e], partial);
      for (let e = 0; e < dy.length; e += 1) dy[e] += share[e];
    });
    return dy;
  }
}

/** What a page shows of the nodes: names, formulas, lines. */
class Words {
  constructor(doc, program) {
    this.doc = doc;
    this.nodes = program.nodes;
    this.labels = program.nodes.map((node, i) => this.label(program, node, i));
  }

  label(program, node, i) {
    if (node.op === "input") return this.doc.inputs[node.extra].name;
    return node.op === "constant" && node.type.size === 1 ? String(program.constant(node)[0]) : `v${i}`;
  }

  /** An expression in a, b and y with the names of nodes for them. */
  filled(text, i) {
    const names = { a: this.nodes[i].args[0], b: this.nodes[i].args[1], y: i };
    return text.replace(/\b[aby]\b/g, (letter) => this.labels[names[letter]]);
  }

  partials(i) {
    const texts = this.doc.formulas[this.nodes[i].op]?.partials;
    return texts ? texts.map((text) => text && this.filled(text, i)) : null;
  }

  /** "v2 = v0 * v1": signs where the operation has one, its name where it has none. */
  text(i) {
    const { op, args } = this.nodes[i];
    const name = this.labels[i];
    if (op === "input") return name;
    if (op === "constant") return this.nodes[i].type.size === 1 ? name : `${name} = constant`;
    const formula = this.doc.formulas[op]?.value ?? "";
    const sign = /^(-a|a \S+ b)$/.test(formula);
    return `${name} = ${sign ? this.filled(formula, i) : `${op}(${args.map((k) => this.labels[k]).join(", ")})`}`;
  }

  contribution(i, to) {
    const [y, x] = [this.labels[i], this.labels[to]];
    const path = this.doc.formulas[this.nodes[i].op] ? `${y}bar * d${y}/d${x}` : `${y}bar through ${this.nodes[i].op}`;
    return `${x}bar += ${path}`;
  }
}

/** The calls that lead to each operation, the outermost first: [{id, name}], the same list for all of one call. */
function ways({ calls, within, nodes }) {
  const of = [[]];
  calls.forEach(([caller, name]) => of.push([...of[caller], { name }]));
  return calls.length ? within.flatMap(([count, call]) => new Array(count).fill(of[call])) : nodes.map(() => of[0]);
}

/** Did a guard see this when the program was recorded? */
function holds(guard, value) {
  if (guard.kind === "truth") return value.some((x) => x !== 0) === (guard.outcome[0] !== 0);
  if (guard.kind === "integer") return Math.trunc(value[0]) === guard.outcome[0];
  return guard.outcome.every((x, e) => Object.is(x, value[e]));
}

class Model {
  constructor(doc, table) {
    this.program = new Program(doc, table);
    this.program.nodes.forEach((node, i) => {
      node.local = doc.local[i];
    });
    const ready = ({ floats, adjoint, tangent }) => ({
      floats, adjoint: new Program(adjoint, table), tangent: new Program(tangent, table),
    });
    const locals = doc.locals.map((local) => (local && !local.moves ? ready(local) : local));
    this.edges = new Edges(this.program, locals);
    this.words = new Words(doc, this.program);
    const { nodes } = this.program;
    this.guards = doc.guards.map(([kind, node, text]) => {
      const outcome = decoded(text);
      return { kind, node, outcome: kind === "values" ? spread(outcome, nodes[node].type.size) : outcome };
    });
    const guarded = new Set(this.guards.map(({ node }) => node));
    this.ways = ways(doc);
    this.inputs = this.program.inputs;
    this.outputs = this.program.outputs;
    this.start = doc.inputs.map(({ value }, k) => {
      const start = decoded(value), node = nodes[this.inputs[k]];
      return node ? spread(start, node.type.size) : start;
    });
    this.nodes = nodes.map((node, i) => this.described(doc, node, i, guarded.has(i)));
    this.forward(this.start);
  }

  described(doc, node, i, guarded) {
    const source = node.op === "input" || node.op === "constant";
    return {
      op: node.op,
      args: node.args,
      shape: node.type.shape,
      dtype: node.type.dtype,
      label: this.words.labels[i],
      text: this.words.text(i),
      line: node.line < 0 ? null : doc.lines[node.line],
      way: this.ways[i],
      kind: source ? node.op : guarded ? "guard" : "operation",
      partials: this.words.partials(i),
    };
  }

  /** Values of all nodes, and which guard no longer holds: there the recorded branch does not apply. */
  forward(inputs) {
    this.given = inputs.map((x) => Float64Array.from(x));
    this.values = this.program.run(this.given);
    const broken = this.guards.findIndex((guard) => !holds(guard, this.values[guard.node]));
    return { values: this.values, broken: broken < 0 ? null : { guard: broken, text: this.told(broken) } };
  }

  told(number) {
    const { kind, node, outcome } = this.guards[number];
    const seen = kind === "truth" ? String(outcome[0] !== 0) : kind === "integer" ? String(outcome[0]) : "as it was";
    const { text, line } = this.nodes[node];
    return `${text} was ${seen} when the program was recorded${line ? ` (${line.file}:${line.number})` : ""}`;
  }

  /** Tangents of all nodes along a direction of the inputs, at the values of the last forward sweep. */
  tangents(seeds) {
    const tangents = this.program.nodes.map(({ type }) => new Float64Array(type.size));
    this.inputs.forEach((i, k) => {
      if (i !== undefined) tangents[i] = Float64Array.from(seeds[k]);
    });
    this.program.nodes.forEach((node, i) => {
      if (node.rule && this.edges.varies[i]) tangents[i] = this.edges.forward(i, this.values, tangents);
    });
    return tangents;
  }

  /** Adjoints of all nodes for one element of one output; `steps` spells the sweep out, node by node. */
  adjoints(output = 0, element = 0) {
    const sweep = (note) => this.sweep(output, element, note);
    let steps = null;
    return {
      adjoints: sweep(() => {}),
      get steps() {
        if (!steps) {
          steps = [];
          sweep((step) => steps.push(step));
        }
        return steps;
      },
    };
  }

  sweep(output, element, note) {
    const adjoints = this.program.nodes.map(() => null);
    const last = this.outputs[output];
    adjoints[last] = new Float64Array(this.program.nodes[last].type.size);
    adjoints[last][element] = 1;
    for (let i = last; i >= 0; i -= 1) {
      if (!adjoints[i] || !this.edges.varies[i] || !this.program.nodes[i].rule) continue;
      const contributions = [];
      this.edges.backward(i, this.values, adjoints[i], (to, amount, partial) => {
        adjoints[to] = adjoints[to] ? adjoints[to].map((x, e) => x + amount[e]) : amount;
        contributions.push([to, amount, partial]);
      });
      note(this.step(i, contributions));
    }
    return adjoints.map((bar, i) => bar ?? new Float64Array(this.program.nodes[i].type.size));
  }

  step(node, contributions) {
    const { size } = this.program.nodes[node].type;
    return {
      node,
      contributions: contributions.map(([to, amount, partial]) => ({
        to,
        text: this.words.contribution(node, to),
        partial: typeof partial === "number" ? new Float64Array(size).fill(partial) : partial,
        amount,
      })),
    };
  }

  /** The central difference of one element of an output by one element of an input. */
  difference(output, input, element, h, of = 0) {
    const at = (offset) => {
      const inputs = this.given.map((x) => Float64Array.from(x));
      inputs[input][element] += offset;
      return this.program.run(inputs)[this.outputs[output]][of];
    };
    return (at(h) - at(-h)) / (2 * h);
  }
}

/**
 * A document at work. `code`: what the document's code returns, where the page has inlined it as a script; else it is
 * evaluated here, which a content security policy has to allow.
 */
export function open(doc, code = functions(doc)) {
  const table = {};
  for (const [name, [value, ...partials]] of Object.entries(code)) {
    const { partials: texts, masks } = doc.formulas[name] ?? {};
    const constant = (k) => texts[k] !== null && Number.isFinite(Number(texts[k]));
    table[name] = texts
      ? { value, masks, whole: code[`whole_${name}`]?.[0], partials: partials.map((f, k) => (constant(k) ? Number(texts[k]) : f)) }
      : { value };
  }
  return new Model(doc, table);
}
