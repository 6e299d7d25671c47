// The state of the two sweeps: every number that the page shows, and where the reader stands between first and last step.

import { brief, count } from "./text.js";

export class Sweeps {
  constructor(model) {
    this.model = model;
    this.inputs = model.start.map((x) => x.slice());
    this.order = model.nodes.map((_, i) => i).filter((i) => !["input", "constant"].includes(model.nodes[i].kind));
    this.turn = new Int32Array(model.nodes.length).fill(-1);
    this.order.forEach((i, n) => { this.turn[i] = n; });
    [this.output, this.element, this.seed] = [0, 0, 0];
    this.run();
    this.at = this.last;
  }

  /** Everything anew, from the inputs. */
  run() {
    const { values, broken } = this.model.forward(this.inputs);
    [this.values, this.broken] = [values, broken];
    this.again();
  }

  /** The derivatives anew: of another output, or along another direction. */
  again() {
    this.sweep = this.model.adjoints(this.output, this.element);
    [this.kept, this.found, this.noted] = [null, null, null];
  }

  get last() {
    return this.order.length + 1 + this.notes.length;
  }

  get notes() {
    return this.sweep.notes;
  }

  get tangents() {
    return (this.found ??= this.model.tangents(this.seeds()));
  }

  /** Elements of inputs, as [input, element]. */
  get directions() {
    return this.inputs.flatMap((x, k) => Array.from({ length: Math.min(x.length, 200) }, (_, e) => [k, e]));
  }

  seeds() {
    const [input, element] = this.directions[this.seed] ?? [];
    return this.inputs.map((x, k) => x.map((_, e) => Number(k === input && e === element)));
  }

  value(i) {
    return this.turn[i] < this.at ? this.values[i] : undefined;
  }

  /** The adjoint of node i as far as the backward sweep has come. */
  adjoint(i) {
    if (this.at <= this.order.length) return undefined;
    if (this.at === this.last) return this.sweep.adjoints[i];
    const kept = this.accumulated();
    return kept.sums[i];
  }

  accumulated() {
    const done = this.at - this.order.length - 1;
    if (!this.kept || this.kept.done > done) {
      const y = this.model.outputs[this.output];
      this.kept = { done: 0, sums: [] };
      this.kept.sums[y] = this.model.seed(this.output, this.element);
    }
    for (const { sums } = this.kept; this.kept.done < done; this.kept.done += 1) {
      for (const [to, amount] of this.notes[this.kept.done][1]) {
        sums[to] = sums[to] ? sums[to].map((x, e) => x + amount[e]) : amount;
      }
    }
    return this.kept;
  }

  /** The step that was made last: {node, contributions or null}. */
  get current() {
    const n = this.order.length;
    if (this.at <= n) return { node: this.order[this.at - 1] ?? -1, contributions: null };
    if (this.at === n + 1) return { node: this.model.outputs[this.output], contributions: [] };
    return this.model.step(this.notes[this.at - n - 2]);
  }

  /** d(node)/d(operand): arrays of the numbers that the chain rule multiplies, one for each time that it takes the operand. */
  partials(operand, node) {
    this.noted ??= new Map(this.notes);
    const all = (this.noted.get(node) ?? []).filter(([to]) => to === operand);
    return all.map(([, , partial]) => this.model.slope(node, partial));
  }

  /** One sentence about the step. */
  told() {
    const { nodes, outputs } = this.model, { node, contributions } = this.current;
    const where = `Step ${this.at} of ${this.last}`;
    if (!this.at) return `${where}. Before the forward sweep: only inputs and constants are known.`;
    const name = nodes[node].label;
    if (!contributions) return `${where}, forward: ${nodes[node].text} = ${brief(this.values[node])}.`;
    if (node === outputs[this.output] && this.at === this.order.length + 1) {
      return `${where}, backward begins: ${name}bar = ${this.model.seed(this.output, this.element)[this.element] < 0 ? "-1j" : "1"}, for ${name} is the output.`;
    }
    const parts = contributions.map((each, k) => this.spelled(node, each, this.sum(each.to, k)));
    return `${where}, backward through ${nodes[node].text}: ${parts.join("; ") || "nothing to hand on"}.`;
  }

  /** The adjoint of node i after contribution k of this step: an operand that comes twice gets two. */
  sum(i, k) {
    const done = this.at - this.order.length - 2, y = this.model.outputs[this.output];
    let sum = i === y ? this.model.seed(this.output, this.element) : null;
    this.notes.slice(0, done + 1).forEach(([, contributions], step) => contributions.forEach(([to, amount], n) => {
      if (to === i && (step < done || n <= k)) sum = sum ? sum.map((x, e) => x + amount[e]) : amount;
    }));
    return sum;
  }

  spelled(node, { to, text, partial, amount }, sum) {
    const ybar = this.adjoint(node), x = this.model.nodes[to].label;
    const factor = (each) => (each.isComplex ? `(${brief(each)})` : brief(each));
    const product = partial && count(amount) === 1 && count(ybar) === 1 ? ` = ${factor(ybar)} × ${factor(partial)}` : "";
    return `${text}${product} = ${brief(amount)}, so ${x}bar = ${brief(sum)}`;
  }
}
