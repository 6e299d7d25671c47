// Runs what wengert exported, by WebGPU. It knows no operation: a plan has them in its kernels.
// Numbers of usage: 140 is storage to copy to and from, 9 to read back.
const TYPES = { float32: Float32Array, int32: Int32Array, int64: Int32Array, bool: Uint32Array };
let opened;
/** The one device of this page. */
export const device = () => (opened ??= open());
async function open() {
	const adapter = await navigator.gpu?.requestAdapter();
	if (!adapter) throw Error("this browser has no WebGPU");
	return adapter.requestDevice();
}

/** What was exported to a folder, ready to run. */
export async function load(folder) {
	const files = await Promise.all(["plan.json", "weights.bin"].map((name) => fetch(`${folder}/${name}`)));
	for (const x of files) if (!x.ok) throw Error(`${x.url}: ${x.status}`);
	return prepare(await files[0].json(), await files[1].arrayBuffer());
}

/** A plan and its bytes, ready to run. */
export async function prepare(plan, weights) {
	const on = await device();
	on.pushErrorScope("out-of-memory");
	const make = (size) => on.createBuffer({ size, usage: 140 });
	const slots = plan.slots.map(make);
	const buffers = plan.buffers.map(([role, , , size, k]) => (role == "temporary" ? slots[k] : make(size)));
	for (const [b, from, size] of plan.weights) on.queue.writeBuffer(buffers[b], 0, weights, from, size);
	const error = await on.popErrorScope();
	if (error) throw Error(error.message);
	return new Plan({ ...plan, on, buffers, steps: await compile(on, plan, buffers) });
}

function compile(on, { kernels, steps }, buffers) {
	const compiled = [];
	const ready = steps.map(async ([kernel, grid, reads, writes]) => {
		const used = [...reads, ...writes];
		const type = (k) => (k < reads.length ? "read-only-storage" : "storage");
		const layout = on.createBindGroupLayout({
			entries: used.map((_, k) => ({ binding: k, visibility: 4, buffer: { type: type(k) } })),
		});
		compiled[kernel] ??= on.createComputePipelineAsync({
			layout: on.createPipelineLayout({ bindGroupLayouts: [layout] }),
			compute: { module: on.createShaderModule({ code: kernels[kernel] }) },
		});
		const entries = used.map((b, k) => ({ binding: k, resource: { buffer: buffers[b] } }));
		return [await compiled[kernel], on.createBindGroup({ layout, entries }), grid];
	});
	return Promise.all(ready);
}

class Plan {
	constructor(parts) {
		Object.assign(this, parts);
	}

	/** Where an output lies on the device. */
	output(name) {
		return this.buffers[this.outputs[name].buffer];
	}

	/** One submission: inputs (numbers, or buffers on the device; others stay as they are), steps, updates. */
	run(inputs = {}) {
		const { on, buffers } = this;
		const encoder = on.createCommandEncoder();
		const copy = (from, to) => encoder.copyBufferToBuffer(from, 0, to, 0, to.size);
		for (const name in inputs) {
			const x = inputs[name];
			const { buffer, dtype, size } = this.inputs[name];
			if (x instanceof GPUBuffer) copy(x, buffers[buffer]);
			else if (x.length != size) throw Error(`${name}: ${size} numbers: given ${x.length}`);
			else on.queue.writeBuffer(buffers[buffer], 0, TYPES[dtype].from(x));
		}
		const pass = encoder.beginComputePass();
		for (const [pipeline, group, grid] of this.steps) {
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, group);
			pass.dispatchWorkgroups(...grid);
		}
		pass.end();
		for (const [from, to] of this.update) copy(buffers[from], buffers[to]);
		on.queue.submit([encoder.finish()]);
	}

	/** Outputs as flat typed arrays, when the device has them. */
	read(...names) {
		const encoder = this.on.createCommandEncoder();
		const copies = names.map((name) => {
			const { buffer, dtype, size } = this.outputs[name];
			const copy = this.on.createBuffer({ size: 4 * size, usage: 9 });
			encoder.copyBufferToBuffer(this.buffers[buffer], 0, copy, 0, 4 * size);
			return async () => {
				await copy.mapAsync(1);
				const x = new TYPES[dtype](copy.getMappedRange().slice());
				copy.destroy();
				return x;
			};
		});
		this.on.queue.submit([encoder.finish()]);
		return Promise.all(copies.map((f) => f()));
	}
}
