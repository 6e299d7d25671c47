"""Bundle adjustment, as in ADBench: for each of 31,843 observations of a point by a camera how far off it is.

A camera is 11 numbers: rotation (3, axis times angle), centre (3), focal length, principal point (2), radial
distortion (2); a point is 3; a weight w is sought with them. An observation has two residuals, `w (projection -
feature)`, each with 15 derivatives, and the weight's, 1 - w**2, with one. Every observation has its camera and point
beside it, one array a number: the layout is the same for all peers, and nobody looks cameras up. Rotations are never
zero, so that nobody asks.

Source: F. Srajer, Z. Kukelova, A. Fitzgibbon, A benchmark of selected algorithmic differentiation tools
on some problems in computer vision and machine learning (2018), section 4.2; the size is that of its first problem.
"""

from __future__ import annotations

from typing import Any

import numpy

from ._workload import Array, Arrays, Workload, generator

_OBSERVATIONS, _CAMERAS, _POINTS = 31_843, 49, 7_776
_CAMERA, _VARIABLES = 11, 15


def _rotated(np: Any, axis: Any, p: Any) -> Any:
    """Rodrigues' formula. axis, p : 3 numbers each."""
    angle = np.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2)
    c, s, k = np.cos(angle), np.sin(angle), [a / angle for a in axis]
    along = (k[0] * p[0] + k[1] * p[1] + k[2] * p[2]) * (1.0 - c)
    across = [k[1] * p[2] - k[2] * p[1], k[2] * p[0] - k[0] * p[2], k[0] * p[1] - k[1] * p[0]]
    return [p[i] * c + across[i] * s + k[i] * along for i in range(3)]


def _residuals(np: Any, *numbers: Any) -> Any:
    camera, point, (w, *feature) = numbers[:_CAMERA], numbers[_CAMERA : _CAMERA + 3], numbers[_CAMERA + 3 :]
    x, y, z = _rotated(np, camera[:3], [point[i] - camera[3 + i] for i in range(3)])
    x, y = x / z, y / z
    square = x * x + y * y
    scale = (1.0 + camera[9] * square + camera[10] * (square * square)) * camera[6]
    return w * (x * scale + camera[7] - feature[0]), w * (y * scale + camera[8] - feature[1]), 1.0 - w * w


def _scene() -> tuple[Array, Array]:
    """Of each observation: its 15 variables, and the feature with half a pixel of noise."""
    random = generator(_OBSERVATIONS)
    n = _CAMERAS
    camera = numpy.concatenate(
        [
            random.uniform(0.05, 0.6, size=(3, n)) * random.choice([-1.0, 1.0], size=(3, n)),
            random.normal(size=(2, n)), random.uniform(-12.0, -8.0, size=(1, n)),
            random.uniform(400.0, 800.0, size=(1, n)), random.normal(size=(2, n)),
            1e-2 * random.normal(size=(1, n)), 1e-3 * random.normal(size=(1, n)),
        ]
    )  # fmt: skip
    point = random.normal(size=(3, _POINTS))
    seen = camera[:, random.integers(n, size=_OBSERVATIONS)], point[:, random.integers(_POINTS, size=_OBSERVATIONS)]
    whole = numpy.concatenate([*seen, random.uniform(0.5, 1.5, size=(1, _OBSERVATIONS))])
    variables = numpy.ascontiguousarray(whole)  # each number's array in one piece
    projected = _residuals(numpy, *variables[:14], 1.0, 0.0, 0.0)[:2]
    return variables, numpy.stack(projected) + 0.5 * random.normal(size=(2, _OBSERVATIONS))


def _inputs() -> Arrays:
    return tuple(_scene()[0])


def _features() -> Arrays:
    return tuple(_scene()[1])


_EVERY = tuple(range(_VARIABLES))
WORKLOADS = (
    Workload(
        "bundle", "bundle-31843", (_OBSERVATIONS,), _residuals, _inputs, _features,
        wants="blocks", depends=(_EVERY, _EVERY, (_VARIABLES - 1,)),
    ),
)  # fmt: skip
