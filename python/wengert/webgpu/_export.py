"""A plan for a page: what it needs to run without Python, as files. Nothing here needs a device."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert.errors import OptionError
from wengert.webgpu._array import DeviceArray, stored
from wengert.webgpu._function import _leaf, recording
from wengert.webgpu._run import lowered

__all__ = ["Portable", "export", "portable"]

HERE = Path(__file__).parent
Slots = dict[str, dict[str, Any]]  # by name: number of the buffer, element type, shape, size


def _paths(tree: Any) -> list[str]:
    """Where each leaf of a tree is, as "layers.0.w"."""
    import optree

    return [".".join(map(str, path)) for path in optree.tree_paths(tree, namespace=_tree.NAMESPACE)]


def _argument_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """What f calls its arguments; those of *args by their number."""
    parameters = _tree.parameters(getattr(f, "_f", f))
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [named[k] if k < len(named) else str(k) for k in range(len(args))]


def _input_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    names = zip(_argument_names(f, args), args, strict=True)
    return [f"{name}.{path}".rstrip(".") for name, x in names for path in _paths(x)]


def _slot(buffer: int, dtype: str, shape: Sequence[int]) -> dict[str, Any]:
    return {"buffer": buffer, "dtype": dtype, "shape": list(shape), "size": math.prod(shape)}


def _by_name(named: Iterable[tuple[str, dict[str, Any]]]) -> Slots:
    slots: Slots = {}
    for name, slot in named:
        if name in slots:
            raise OptionError(f"export: two arrays are called {name}")
        slots[name] = slot
    return slots


def _inputs(plan: Any, arrays: Sequence[tuple[str, Any]]) -> Slots:
    """The inputs by name. One that nothing depends on gets a buffer, so that a page may write it like others."""
    found = {number: b for b, (role, _, _, _, number) in enumerate(plan["buffers"]) if role == "input"}
    for k, (_, x) in enumerate(arrays):
        if k not in found:
            found[k] = len(plan["buffers"])
            plan["buffers"].append(["input", "float32", x.size, max((x.size * 4 + 255) // 256 * 256, 256), k])
    return _by_name((name, _slot(found[k], x.dtype.name, x.shape)) for k, (name, x) in enumerate(arrays))


def _outputs(plan: Any, recorded: Any) -> Slots:
    paths = _paths(recorded.result([object()] * len(plan["outputs"])))
    names = [paths[k] or "value" for k in recorded._at]
    results = _core.program_results(recorded.program)
    slots = [_slot(b, kind, shape) for b, (kind, shape) in zip(plan["outputs"], results, strict=True)]
    return _by_name(zip(names, slots, strict=True))


def _below(slots: Slots, name: str, kind: str) -> dict[str, str]:
    """The slots that a name means, by what follows it: itself, or those of a tree."""
    found = {other[len(name) :]: other for other in slots if other == name or other.startswith(name + ".")}
    if not found:
        raise OptionError(f"export: update: no {kind} of that name: given {name!r}, there are {', '.join(slots)}")
    return found


def _updates(update: Mapping[str, str], inputs: Slots, outputs: Slots) -> list[tuple[int, int]]:
    """Pairs of buffers: the first is copied to the second after each run."""
    pairs: dict[int, int] = {}
    for source, target in update.items():
        sources, targets = _below(outputs, source, "output"), _below(inputs, target, "input")
        if sources.keys() != targets.keys():
            raise OptionError(
                f"export: update: trees differ: {', '.join(sources.values())} for {', '.join(targets.values())}"
            )
        for rest in sources:
            new, old = outputs[sources[rest]], inputs[targets[rest]]
            if (new["dtype"], new["shape"]) != (old["dtype"], old["shape"]):
                raise OptionError(
                    f"export: update: arrays differ: {sources[rest]} is {new['dtype']} {tuple(new['shape'])}, "
                    f"{targets[rest]} is {old['dtype']} {tuple(old['shape'])}"
                )
            pairs[old["buffer"]] = new["buffer"]
    return [(source, target) for target, source in pairs.items()]


def _weights(plan: Any, program: Any, inputs: Sequence[Any]) -> tuple[list[tuple[int, int, int]], bytes]:
    """Where each buffer that has a first value finds it: (buffer, first byte, bytes); and all bytes."""
    places, data = [], b""
    for b, (role, _, _, _, number) in enumerate(plan["buffers"]):
        if role in ("constant", "input"):
            x = stored(_core.program_constant(program, number)) if role == "constant" else inputs[number]
            each = x.astype(x.dtype.newbyteorder("<")).tobytes()
            places.append((b, len(data), len(each)))
            data += each
    return places, data


@dataclass(frozen=True)
class Portable:
    """A plan of one call as plain data, inputs and outputs by name, the bytes that its buffers begin with, and the tree
    of the results."""

    plan: dict[str, Any]
    weights: bytes
    recorded: Any


def portable(f: Callable[..., Any], args: tuple[Any, ...], update: Mapping[str, str] | None = None) -> Portable:
    """What a page gets of a function called with these arguments.

    raises : as DeviceFunction.export
    """
    args = tuple(_tree.mapped(lambda x: x.numpy() if isinstance(x, DeviceArray) else _leaf(x), args))
    leaves = _tree.flatten(args)[0]
    named = zip(_input_names(f, args), leaves, strict=True)
    arrays = [(name, x) for name, x in named if isinstance(x, np.ndarray)]
    data = [stored(x) for _, x in arrays]
    recorded = recording(f, args, {})
    plan = lowered(recorded.program)
    plan["inputs"], plan["outputs"] = _inputs(plan, arrays), _outputs(plan, recorded)
    plan["update"] = _updates(update or {}, plan["inputs"], plan["outputs"])
    plan["weights"], weights = _weights(plan, recorded.program, data)
    plan["name"], plan["about"] = getattr(f, "__name__", "f"), (inspect.getdoc(f) or "").partition("\n")[0]
    return Portable(plan, weights, recorded)


def export(f: Callable[..., Any], folder: Path, args: tuple[Any, ...], html: bool, update: Mapping[str, str]) -> Path:
    """What DeviceFunction.export does."""
    made = portable(f, args, update)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.json").write_text(json.dumps(made.plan, separators=(",", ":")), encoding="utf-8")
    (folder / "weights.bin").write_bytes(made.weights)
    copyfile(HERE / "wengert.js", folder / "wengert.js")
    if html:
        page = (HERE / "page.html").read_text(encoding="utf-8")
        for key in ("name", "about"):
            page = page.replace("{{" + key + "}}", escape(made.plan[key]))
        (folder / "index.html").write_text(page, encoding="utf-8")
    return folder
