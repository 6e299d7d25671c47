"""A Julia set on a graphics processor, drawn by the derivative of its iteration.

A point z0 that escapes under z -> z**2 + c is about |z| log|z| / |dz/dz0| away from the set, and z / (dz/dz0) points
away from it. The derivative comes from `wg.jvp` of one iteration, carried along: 16 of them are one kernel, all arrays
stay on the device, and the picture alone comes back. The same functions compiled for the processor have their time
beside it.

Source: Milnor, Dynamics in One Complex Variable (2006), section 9 and appendix G.
"""

from __future__ import annotations

import argparse
import warnings
from time import perf_counter
from typing import Any

import numpy as np
from matplotlib.image import imsave

import wengert as wg
from wengert.webgpu import DeviceArray

C = np.float32(-0.7269), np.float32(0.1889)
CALLS, ITERATIONS = 24, 16  # iterations a call are one kernel
FAR = np.float32(1e6)  # |z|**2 beyond which nothing moves any more
Pair = tuple[Any, Any]  # real and imaginary parts, float32 (height, width)


def once(x: Any, y: Any) -> Pair:
    """z**2 + c, or z itself where that is far away."""
    far = x * x + y * y > FAR
    return np.where(far, x, x * x - y * y + C[0]), np.where(far, y, 2 * x * y + C[1])


def advance(z: Pair, dz: Pair) -> tuple[Pair, Pair]:
    """Some iterations of z and of its derivative by z0: of an analytic function one direction has all of it."""
    for _ in range(ITERATIONS):
        z, dz = wg.jvp(once, z, dz)
    return z, dz


def distance(z: Pair, dz: Pair) -> Any:
    """About how far z0 is from the set; 0 where it did not escape."""
    size2 = z[0] * z[0] + z[1] * z[1]
    away = np.maximum(size2, np.float32(1.5))
    return np.where(size2 > FAR, 0.5 * np.sqrt(away / (dz[0] * dz[0] + dz[1] * dz[1] + 1e-30)) * np.log(away), 0)


def picture(z: Pair, dz: Pair, pixel: Any) -> Any:
    """Colours (height, width, 3) from 0 to 1: a landscape that rises towards the set, lit from the upper left."""
    d = distance(z, dz)
    across, up = z[0] * dz[0] + z[1] * dz[1], z[1] * dz[0] - z[0] * dz[1]  # z / dz, but for its length
    length = np.sqrt(across * across + up * up) + 1e-30
    light = np.maximum((0.75 - 0.5 * across / length + 0.5 * up / length) / 1.46, 0)
    near = np.exp(-2.5 * np.sqrt(d))
    edge = np.clip(d / pixel, 0, 1)  # half covered where the set passes within a pixel
    tones = [(0.10, 0.95, 0.02), (0.22, 0.62, 0.03), (0.42, 0.20, 0.08)]
    return np.stack([edge * light * (far + (close - far) * near) + (1 - edge) * set_ for far, close, set_ in tones], -1)


def plane(height: int, width: int) -> Pair:
    """Real and imaginary parts of the pixels, square ones, the real axis from -1.65 to 1.65."""
    x = np.linspace(-1.65, 1.65, width, dtype=np.float32)
    y = x[1] - x[0]
    return tuple(np.meshgrid(x, y * (height - 1) / 2 - y * np.arange(height, dtype=np.float32)))


def here(a: Any) -> np.ndarray:
    """An array as NumPy's, from either device."""
    return a.numpy() if isinstance(a, DeviceArray) else np.asarray(a)


def render(device: str, z: Pair) -> tuple[Any, Any, float, dict[str, int]]:
    """Picture and distances, on the processor again; seconds of the second picture; what a call of `advance` did."""
    steps, drawn, far = (wg.compile(f, device=device) for f in (advance, picture, distance))
    pixel = np.float32(z[0][0, 1] - z[0][0, 0])
    start = tuple(wg.asarray(a, device=device) for a in z)
    unit = tuple(wg.asarray(a, device=device) for a in (np.ones_like(z[0]), np.zeros_like(z[0])))
    for _ in range(2):  # the first one records and compiles
        begin = perf_counter()
        w, dw = start, unit
        for _ in range(CALLS):
            w, dw = steps(w, dw)
        image = here(drawn(w, dw, pixel))
        seconds = perf_counter() - begin
    return image, here(far(w, dw)), seconds, steps.stats()


def main() -> None:
    """Draws on both devices, compares, and saves the picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--width", type=int, default=1200, help="pixels (default: %(default)s)")
    parser.add_argument("--out", default="gpu_julia.png", help="picture (default: %(default)s)")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", "webgpu.*carried out by the CPU")  # told below
    adapter = wg.devices()[-1] if len(wg.devices()) == 1 else wg.devices()[1]
    print(f"adapter: {adapter['name']} ({adapter['kind']})")
    z, found = plane(args.width * 2 // 3, args.width), {}
    for device in ("cpu", "webgpu"):
        image, found[device], seconds, stats = render(device, z)
        print(f"{device}: {seconds:.3f} s a picture of {CALLS * ITERATIONS} iterations")
    told = ("dispatches", "submissions", "allocations", "bytes_up", "readbacks")
    print(f"{ITERATIONS} iterations on the device:", ", ".join(f"{stats[name]} {name}" for name in told))
    both = (found["cpu"] > 0) & (found["webgpu"] > 0)
    apart = np.abs(found["webgpu"][both] / found["cpu"][both] - 1)
    print(
        f"distances: {np.median(apart):.1e} apart in the median, {np.quantile(apart, 0.99):.1e} in 99 % of the pixels"
    )
    imsave(args.out, np.clip(image, 0, 1))
    print(f"picture: {args.out}")


if __name__ == "__main__":
    main()
