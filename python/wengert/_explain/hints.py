"""What a message alone does not say: the axes that differ, the nearest name that has a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import ModuleType

__all__ = ["extra"]

AT = re.compile(r"^  at (?P<text>.*)\n(?P<before> +)(?P<caret>\^+)$", re.MULTILINE)
STORED = re.compile(r"\s*(?:[-+*/@%&|^]|//|\*\*)?=(?!=)")
SHAPE = re.compile(r"\((?:\d+,|\d+(?:, \d+)+)?\)")


def extra(code: str, message: str) -> list[str]:
    """Lines for an error of this code; none where there is nothing to add."""
    return [f"  {line}" for line in EXTRA[code](message)] if code in EXTRA else []


def _shapes(message: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, re.findall(r"\d+", text))) for text in SHAPE.findall(message.partition("\n")[0])]


def _axes(message: str) -> Iterator[str]:
    """Axes of two shapes that differ, counted from the last as NumPy aligns them."""
    found = _shapes(message)
    if len(found) != 2:
        return
    a, b = found
    if "inner sizes" in message or message.startswith("matmul: shapes"):
        yield f"axis -1 of a is {a[-1]}, axis {-min(len(b), 2)} of b is {b[-min(len(b), 2)]}" if a and b else ""
        return
    pairs = [(k, a[-k], b[-k]) for k in range(1, min(len(a), len(b)) + 1)]
    apart = [f"axis -{k}: {m} against {n}" for k, m, n in pairs if m != n and 1 not in (m, n)]
    if apart:
        yield "counted from the last axis: " + ", ".join(apart)
    elif len(a) != len(b):
        yield f"{len(a)} axes against {len(b)}"


def _sizes(message: str) -> Iterator[str]:
    """How many elements the shapes of a reshape have."""
    import math

    found = _shapes(message)
    if len(found) == 2:
        yield f"{math.prod(found[0])} elements against {math.prod(found[1])}"


def _nearest(message: str) -> Iterator[str]:
    """Names alike of functions that have a rule."""
    import difflib

    from wengert import numpy, special

    known = [*_names("np", numpy), *_names("np.linalg", numpy.linalg), *_names("np.fft", numpy.fft)]
    known += _names("wengert.special", special)
    name = message.partition(":")[0].rpartition(".")[2]
    by_last = {full.rpartition(".")[2]: full for full in reversed(known)}
    near = [by_last[n] for n in difflib.get_close_matches(name, set(by_last) - {name}, 3, 0.6)]
    if near:
        yield f"nearest with a rule: {', '.join(near)}"


def _names(prefix: str, module: ModuleType) -> list[str]:
    """Functions of a module that have rules."""
    from wengert.numpy._values import FLOATS

    names = [name for name in dir(module) if not name.startswith("_") and name not in FLOATS]
    return [f"{prefix}.{name}" for name in names if callable(getattr(module, name))]


def _cure(message: str) -> Iterator[str]:
    """What to write in place of the expression that asked for numbers."""
    at = AT.search(message)
    if not at:
        return
    start, end = len(at["before"]) - len("  at "), len(at["before"] + at["caret"]) - len("  at ")
    expression, behind = at["text"][start:end], at["text"][end:]
    if expression.endswith("]") and STORED.match(behind):
        name = re.match(r"\w*", expression)[0] or "y"  # type: ignore[index]
        yield f"use {name} = wengert.zeros(...) for np.zeros(...), or import wengert.numpy as np"
    elif re.search(r"\brandom\.|\brng\b|default_rng", expression):
        yield "use wengert.random.default_rng(seed), whose draws are differentiable in their parameters"
    elif expression.startswith("round("):
        yield "use np.round(x), whose derivative is zero, as its graph is flat between its steps"
    elif "vectorize(" in expression:
        yield "use wengert.vmap(f)(x) for np.vectorize(f)(x)"
    elif message.startswith("__array__") and (called := re.match(r"(?:np|numpy)\.(?!random)\w+", expression)):
        place = f"{called[0]}(...)" if called[0].endswith("array") else f"the list that {called[0]} is given"
        yield f"use np.stack([...]) or wengert.asarray([...]) for {place}: NumPy's arrays hold no recorded values"
    elif inside := re.search(r"^  inside of (\w+),", message, re.MULTILINE):
        ours = "np.linalg, wengert.special, wengert.root or argmin, " if inside[1] == "scipy" else ""
        yield f"use {ours}wengert.custom_vjp with a rule of your own, or stop_gradient(x) for a constant"


def _of_shapes(message: str) -> Iterator[str]:
    if message.startswith("bool: "):
        yield "np.any(x) or np.all(x) says what is meant; np.where(condition, x, y) chooses element by element"


def _not_finite(message: str) -> Iterator[str]:
    if "holds NaN" in message:
        yield "use wengert.debug() to find what put a NaN or an infinity into the matrix"


def _of_objects(message: str) -> Iterator[str]:
    if "given object" in message:
        yield "np.stack([...]) makes an array of recorded values, where one of objects was made"
    yield from _on_a_device(message)


def _on_a_device(message: str) -> Iterator[str]:
    if "DeviceArray" in message:
        yield 'use .numpy() or .to("cpu") of what lies on a device, or wengert.compile(f, device="webgpu")'


def _help(message: str) -> Iterator[str]:
    """Where it is said what a function takes."""
    import wengert

    name = message.partition(":")[0]
    if name == "shape":  # is a function too
        return
    places = (wengert, wengert.numpy, wengert.numpy.linalg, wengert.numpy.fft, wengert.special, wengert.schedules)
    for module in places:
        if callable(getattr(module, name, None)):
            yield f"help({module.__name__}.{name}) says what it takes"
            return


def _given(message: str) -> Iterator[str]:
    yield from _by_position(message)
    yield from _help(message)


def _element_type(message: str) -> Iterator[str]:
    if "is an index" in message:
        yield "int(x) of a recorded value is a plain number, and noted by programs: its derivative is zero"
    yield from _returned(message)


def _returned(message: str) -> Iterator[str]:
    """What a function that returned no number was to return."""
    kind = re.search(r"the function returned (\w+)", message)
    if kind and kind[1] == "NoneType":
        yield "is there a `return` missing?"
    elif kind and kind[1] in ("tuple", "list", "dict"):
        yield "return one number, or (number, anything) with has_aux=True; wengert.jacobian and wengert.vjp take trees"


def _by_position(message: str) -> Iterator[str]:
    if "the call has 0 positional arguments" in message:
        yield "pass what is differentiated by position: f(x), not f(x=x)"


EXTRA: dict[str, Callable[[str], Iterator[str]]] = {
    "WG101": _cure,
    "WG201": _axes,
    "WG202": _sizes,
    "WG209": _of_shapes,
    "WG303": _nearest,
    "WG305": _of_objects,
    "WG306": _element_type,
    "WG403": _not_finite,
    "WG605": _returned,
    "WG405": _help,
    "WG701": _given,
    "WG702": _help,
}
