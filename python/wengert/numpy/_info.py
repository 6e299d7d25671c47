"""What the array API standard lets a program ask of this namespace.

source : Python array API standard 2025.12, inspection APIs (data-apis.org/array-api)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.errors import OptionError

__all__ = ["__array_namespace_info__"]

KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
KINDS["integral"] = KINDS["signed integer"] + KINDS["unsigned integer"]
KINDS["numeric"] = KINDS["integral"] + KINDS["real floating"] + KINDS["complex floating"]


class __array_namespace_info__:  # noqa: N801
    """Capabilities, devices and element types.

    >>> __array_namespace_info__().default_device()
    'cpu'
    """

    __module__ = "wengert.numpy"

    def capabilities(self) -> dict[str, Any]:
        """Masks index, shapes may depend on values, and there are at most 32 axes."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 32}

    def default_device(self) -> str:
        """Where arrays are made."""
        return "cpu"

    def devices(self) -> tuple[str, ...]:
        """Where arrays can be."""
        return ("cpu",)

    def default_dtypes(self, *, device: str | None = None) -> dict[str, np.dtype[Any]]:
        """The element types that arrays have unless told."""
        _known(device)
        names = {"real floating": float, "complex floating": complex, "integral": np.int64, "indexing": np.int64}
        return {name: np.dtype(dtype) for name, dtype in names.items()}

    def dtypes(
        self, *, device: str | None = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, np.dtype[Any]]:
        """The element types there are, all or those of a kind or of several, by their names."""
        _known(device)
        kinds = tuple(KINDS) if kind is None else (kind,) if isinstance(kind, str) else tuple(kind)
        if unknown := [k for k in kinds if k not in KINDS]:
            raise OptionError(f"dtypes: unknown kind: given {unknown[0]!r}, expected one of {', '.join(KINDS)}")
        return {name: np.dtype(name) for k in kinds for name in KINDS[k]}


def _known(device: str | None) -> None:
    if device not in (None, "cpu"):
        raise OptionError(f"device: only 'cpu' is there: given {device!r}")
