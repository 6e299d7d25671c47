// The numbers of the explorer: a recorded program, and its derivatives, run in a page. A document (made by _document.py)
// brings the operations and, generated from the rule table, what each of them computes; nothing here knows a primitive
// by its name. Semantics are those of docs/semantics.md.

import { decoded, differentiable, elementwise, paired, places, put, reader, rounding, sizeOf, strong, typed, whole, zeros } from "./arrays.js";

/** The functions of a document's code, where the page has not brought them as a script of its own. */
function functions(doc) {
  return new Function(doc.code)();
}

/** A program that is ready to run: of a document, or of a derivative of one operation within it. */
class Program {
  constructor(doc, table) {
    this.types = doc.types.map(([dtype, shape]) => {
      const complex = dtype.startsWith("complex"), size = sizeOf(shape);
      return { dtype, shape, size, complex, length: complex ? 2 * size : size };
    });
    this.constants = doc.constants.map((text) => decoded(text));
    this.outputs = doc.outputs;
    this.inputs = [];
    this.nodes = doc.nodes.map(([op, args, type, line, extra], i) => {
      if (op === "input") this.inputs[extra] = i;
      const complex = [type, ...args.map((k) => doc.nodes[k][2])].some((k) => this.types[k].complex);
      return { op, args, type: this.types[type], line, extra, complex, rule: table[complex ? `c_${op}` : op], real: table[op] };
    });
    this.scaled = table.c_scale?.value;
  }

  constant(node) {
    return typed(node.type, this.constants[node.extra]);
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
      node.f = node.complex ? f : dtype === "float32" ? (a, b) => f(Math.fround(a), Math.fround(b))
        : dtype in whole && node.rule.whole ? node.rule.whole : f;
    }
    if (node.complex) return paired(node.f, node.type, args, node.at, rounding[dtype]);
    return elementwise(node.f, node.type, args[0], args[1], node.at[0], node.at[1], rounding[dtype]);
  }

  structural(node, args) {
    const y = node.rule.value(args, node.extra, node.args.map((k) => this.nodes[k].type), node.type, places);
    const round = rounding[node.type.dtype];
    if (node.type.complex && !y.isComplex) return typed(node.type, round ? y.map(round) : y);
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
      this.varies[i] = some && differentiable(node.type) && !this.stops(node);
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
    if (!node.complex) return y.map((each, e) => part(a[atA ? atA[e] : e], b[atB ? atB[e] : e], each));
    const [p, q, r] = [reader(a, atA), reader(b, atB), reader(y)], found = zeros(node.type);
    for (let e = 0; e < node.type.size; e += 1) put(found, e, part(p(e), q(e), r(e)));
    return found;
  }

  /** A seed times a partial; where a partial that is itself a derivative is zero, not even a NaN passes. */
  product(node, k, seed, at, partial) {
    const product = zeros(node.type), constant = typeof partial === "number";
    const masks = node.rule.masks.includes(k);
    if (node.complex) return this.complexProduct(product, reader(seed, at), constant ? () => partial : reader(partial), masks, constant);
    for (let e = 0; e < product.length; e += 1) {
      const s = seed[at ? at[e] : e], p = constant ? partial : partial[e];
      product[e] = constant ? s * p : masks && p === 0 && s !== s ? p : strong(s, p);
    }
    return product;
  }

  complexProduct(product, seed, partial, masks, constant) {
    for (let e = 0; 2 * e < product.length; e += 1) {
      const s = seed(e), p = partial(e);
      if (constant) put(product, e, { re: s.re * p, im: s.im * p });
      else put(product, e, masks && p.re === 0 && p.im === 0 ? p : this.program.scaled(s, p));
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
      f(to, this.summed(node, k, this.product(node, k, ybar, null, partial)), partial);
    });
  }

  /** What a broadcast operand takes: the sum over its copies. */
  summed(node, k, product) {
    const at = node.at[k];
    if (!at) return product;
    return this.gathered(zeros(this.program.nodes[node.args[k]].type), at, product);
  }

  /** Adds each element to that at its place. */
  gathered(sum, at, amount) {
    const parts = sum.isComplex ? 2 : 1;
    for (let e = 0; e < amount.length; e += 1) sum[parts * at[Math.floor(e / parts)] + (e % parts)] += amount[e];
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
    const [moved, ...others] = node.args.map((k) => values[k]), real = { ...node.type, dtype: "float64", complex: false };
    const { size } = this.program.nodes[node.args[0]].type, all = Float64Array.from({ length: size }, (_, e) => e);
    const from = this.program.structural({ ...node, rule: node.real, type: real }, [all, ...others]);
    return this.gathered(moved.map(() => 0), from, ybar);
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
    const dy = zeros(node.type);
    node.args.forEach((from, k) => {
      if (!this.varies[from]) return;
      const partial = this.partial(i, k, values);
      const at = node.at[k];
      const share = partial === 0 ? dy.map(() => 0)
        : this.product(node, k, tangents[from], at, partial);
      for (let e = 0; e < dy.length; e += 1) dy[e] += share[e];
    });
    return dy;
  }
}

/** A number as Python writes it within an expression. */
const written = ([re, im]) => (im === undefined ? String(re) : `(${re}${im < 0 ? "-" : "+"}${Math.abs(im)}j)`);

/** What a page shows of the nodes: names, formulas, lines. */
class Words {
  constructor(doc, program) {
    this.doc = doc;
    this.nodes = program.nodes;
    this.labels = program.nodes.map((node, i) => this.label(program, node, i));
  }

  label(program, node, i) {
    if (node.op === "input") return this.doc.inputs[node.extra].name;
    return node.op === "constant" && node.type.size === 1 ? written(program.constant(node)) : `v${i}`;
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
      return { kind, node, outcome: kind === "values" ? typed(nodes[node].type, outcome) : outcome };
    });
    const guarded = new Set(this.guards.map(({ node }) => node));
    this.ways = ways(doc);
    this.inputs = this.program.inputs;
    this.outputs = this.program.outputs;
    this.start = doc.inputs.map(({ value }, k) => {
      const start = decoded(value), node = nodes[this.inputs[k]];
      return node ? typed(node.type, start) : start;
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
    this.given = inputs.map((x, k) => this.ofInput(k, x));
    this.values = this.program.run(this.given);
    const broken = this.guards.findIndex((guard) => !holds(guard, this.values[guard.node]));
    return { values: this.values, broken: broken < 0 ? null : { guard: broken, text: this.told(broken) } };
  }

  /** An array of the type of input k; of one that nothing depends on, as it is. */
  ofInput(k, x) {
    const node = this.program.nodes[this.inputs[k]];
    return node ? typed(node.type, x) : Float64Array.from(x);
  }

  told(number) {
    const { kind, node, outcome } = this.guards[number];
    const seen = kind === "truth" ? String(outcome[0] !== 0) : kind === "integer" ? String(outcome[0]) : "as it was";
    const { text, line } = this.nodes[node];
    return `${text} was ${seen} when the program was recorded${line ? ` (${line.file}:${line.number})` : ""}`;
  }

  /** Tangents of all nodes along a direction of the inputs, at the values of the last forward sweep. */
  tangents(seeds) {
    const tangents = this.program.nodes.map(({ type }) => zeros(type));
    this.inputs.forEach((i, k) => {
      if (i !== undefined) tangents[i].set(seeds[k]);
    });
    this.program.nodes.forEach((node, i) => {
      if (node.rule && this.edges.varies[i]) tangents[i] = this.edges.forward(i, this.values, tangents);
    });
    return tangents;
  }

  /** What a sweep begins with at an output: of a complex one the parts count one by one, and -i is the imaginary part's. */
  seed(output, element) {
    const bar = zeros(this.program.nodes[this.outputs[output]].type);
    bar[element] = this.sign(bar, element);
    return bar;
  }

  /** Adjoints ybar stand for changes Re(ybar dy): of imaginary parts with the other sign. */
  sign(bar, element) {
    return bar.isComplex && element % 2 ? -1 : 1;
  }

  /**
   * Adjoints of all nodes for one element of one output. `notes` is what the sweep did, [node, [[operand, amount, partial],
   * ...]] each, and `steps` the same spelled out.
   */
  adjoints(output = 0, element = 0) {
    const notes = [], adjoints = this.program.nodes.map(() => null);
    const last = this.outputs[output];
    adjoints[last] = this.seed(output, element);
    for (let i = last; i >= 0; i -= 1) {
      if (!adjoints[i] || !this.edges.varies[i] || !this.program.nodes[i].rule) continue;
      const contributions = [];
      this.edges.backward(i, this.values, adjoints[i], (to, amount, partial) => {
        adjoints[to] = adjoints[to] ? adjoints[to].map((x, e) => x + amount[e]) : amount;
        contributions.push([to, amount, partial]);
      });
      notes.push([i, contributions]);
    }
    const spelled = () => notes.map((note) => this.step(note));
    return {
      adjoints: adjoints.map((bar, i) => bar ?? zeros(this.program.nodes[i].type)),
      notes,
      get steps() {
        return spelled();
      },
    };
  }

  /** A note of a sweep in words. */
  step([node, contributions]) {
    const spelled = ([to, amount, partial]) => ({
      to, amount, text: this.words.contribution(node, to), partial: this.slope(node, partial),
    });
    return { node, contributions: contributions.map(spelled) };
  }

  /** A partial of a sweep, which may be one number that holds everywhere, as an array. */
  slope(node, partial) {
    const { type } = this.program.nodes[node];
    return typeof partial === "number" ? typed(type, type.complex ? [partial, 0] : [partial]) : partial;
  }

  /** The central difference of one element of an output by one element of an input. */
  difference(output, input, element, h, of = 0) {
    const at = (offset) => {
      const inputs = this.given.map((x) => x.slice());
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
