"""einsum: sums of products by index letters, two operands at a time, each pair as one matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError, ShapeError
from wengert.numpy._axes import plain
from wengert.numpy._indexing import diagonal
from wengert.numpy._lanes import one_lane_at_a_time
from wengert.numpy._reductions import sum
from wengert.numpy._shapes import reshape

__all__ = ["einsum"]

# A term is an Array and one label an axis. Labels are letters; axes under an ellipsis have negative numbers,
# -1 the last, so that they meet from the right as broadcasting has it.
Label = str | int
Term = tuple[Array, tuple[Label, ...]]


def einsum(*operands: Any, dtype: Any = None, order: str = "K", casting: str = "safe", optimize: Any = True) -> Array:
    """Sum of products by Einstein's convention: einsum("ij,jk->ik", a, b) is a @ b.

    operands : subscripts, then arrays; or array, list of labels, array, list of labels, ..., and the output's list
    optimize : the order of the pairs: true (greedy), false (from the left), or a path as numpy.einsum_path has it
    cost     : one matrix product a pair

    >>> einsum("ij->j", [[1.0, 2.0], [3.0, 4.0]])
    Array([4., 6.])
    """
    subscripts, arrays = _as_text(operands)
    given = [asarray(x, dtype) for x in arrays]
    inputs, output = _parsed(subscripts, given)
    terms = [_tidy(x, labels, subscripts) for x, labels in zip(given, inputs, strict=True)]
    sizes = _sizes(terms, subscripts)
    if not any(x.dtype.kind in "fc" for x in given):
        return asarray(_of_whole_numbers(subscripts, *given))
    terms = [_without_ones(term, sizes, output) for term in terms]
    for pair in _path(subscripts, given, optimize):
        taken = [terms[k] for k in pair]
        terms = [term for k, term in enumerate(terms) if k not in pair]
        needed = {label for _, labels in terms for label in labels} | set(output)
        terms.append(_joined(taken, needed))
    return _arranged(_joined(terms, set(output)), output, sizes)


def _as_text(operands: Sequence[Any]) -> tuple[str, list[ArrayLike]]:
    """The form with letters, from either form."""
    if not operands:
        raise DomainError("einsum: no operands: given nothing", 405)
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), list(operands[1:])
    pairs, rest = [operands[k : k + 2] for k in range(0, len(operands) - 1, 2)], operands[len(operands) // 2 * 2 :]
    text = ",".join(_letters(labels) for _, labels in pairs)
    return text + (f"->{_letters(rest[0])}" if rest else ""), [x for x, _ in pairs]


def _letters(labels: Sequence[Any]) -> str:
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    values = [k if k is Ellipsis else int(k) for k in labels]
    if any(k is not Ellipsis and not 0 <= k < len(alphabet) for k in values):
        raise DomainError(f"einsum: labels outside of 0 to {len(alphabet) - 1}: given {list(labels)}", 405)
    # A letter's rank is the number's, so that an output that is not given is in the same order.
    ranked = "".join(sorted(alphabet))
    return "".join("..." if k is Ellipsis else ranked[k] for k in values)


def _parsed(subscripts: str, given: list[Array]) -> tuple[list[tuple[Label, ...]], tuple[Label, ...]]:
    """Labels of each operand's axes, and of the result's."""
    left, arrow, right = subscripts.partition("->")
    texts = left.split(",")
    if len(texts) != len(given):
        raise ShapeError(
            f"einsum: numbers of operands differ: {subscripts!r} names {len(texts)}, given {len(given)}", 209
        )
    inputs = [_labels(text, x.ndim, subscripts) for text, x in zip(texts, given, strict=True)]
    hidden = max((-label for labels in inputs for label in labels if isinstance(label, int)), default=0)
    if not arrow:
        letters = left.replace(",", "").replace(".", "")
        return inputs, (*range(-hidden, 0), *sorted(c for c in set(letters) if letters.count(c) == 1))
    output = _labels(right, None if "..." not in right else len(right) - 3 + hidden, subscripts)
    known = {label for labels in inputs for label in labels}
    named = [label for label in output if isinstance(label, str)]
    if len(set(named)) < len(named) or not set(output) <= known:
        raise DomainError(
            f"einsum: the output repeats a label or names one that no operand has: given {subscripts!r}", 405
        )
    return inputs, output


def _labels(text: str, ndim: int | None, subscripts: str) -> tuple[Label, ...]:
    before, dots, behind = text.partition("...")
    letters = before + behind
    if not (letters.isascii() and (letters.isalpha() or not letters)):
        raise DomainError(f"einsum: not a letter, a comma, -> or ...: given {subscripts!r}", 405)
    hidden = 0 if ndim is None else ndim - len(letters)
    if hidden < 0 or (hidden and not dots):
        raise ShapeError(f"einsum: numbers of axes differ: {text!r} of {subscripts!r} against an array of {ndim}", 209)
    return (*before, *range(-hidden, 0), *behind)


def _tidy(x: Array, labels: tuple[Label, ...], subscripts: str) -> Term:
    """Without repeated labels: their diagonal."""
    for label in set(labels):
        while labels.count(label) > 1:
            i, j = [k for k, other in enumerate(labels) if other == label][:2]
            if x.shape[i] != x.shape[j]:
                raise ShapeError(
                    f"einsum: sizes differ: {label!r} of {subscripts!r} against an array of {x.shape}", 201
                )
            x = diagonal(x, 0, i, j)
            labels = (*(other for k, other in enumerate(labels) if k not in (i, j)), label)
    return x, labels


def _sizes(terms: Sequence[Term], subscripts: str) -> dict[Label, int]:
    """The size of each label's axis; 1 gives way to any other."""
    sizes: dict[Label, int] = {}
    for x, labels in terms:
        for label, n in zip(labels, x.shape, strict=True):
            size = sizes.setdefault(label, n)
            if size != n and 1 not in (size, n):
                shapes = ", ".join(str(array.shape) for array, _ in terms)
                raise ShapeError(f"einsum: shapes differ: {label!r} of {subscripts!r} against {shapes}", 201)
            sizes[label] = n if size == 1 else size
    return sizes


def _without_ones(term: Term, sizes: dict[Label, int], output: tuple[Label, ...]) -> Term:
    """Without axes of size 1, which broadcasting puts back at the end."""
    x, labels = term
    kept = [k for k, n in enumerate(x.shape) if n != 1]
    return reshape(x, tuple(x.shape[k] for k in kept)), tuple(labels[k] for k in kept)


def _path(subscripts: str, given: list[Array], optimize: Any) -> list[tuple[int, ...]]:
    """Which operands meet, in order; those that have met go to the end of the list."""
    if isinstance(optimize, list | tuple) and optimize and optimize[0] == "einsum_path":
        return [tuple(pair) for pair in optimize[1:] if len(pair) < len(given)]
    if len(given) < 3:
        return []
    if not optimize:
        from_left: list[tuple[int, ...]] = [(0, 1), *((len(given) - 2 - k, 0) for k in range(len(given) - 2))]
        return from_left[: len(given) - 2]
    shapes = [np.broadcast_to(0.0, x.shape) for x in given]
    path = np.einsum_path(subscripts, *shapes, optimize="greedy" if optimize is True else optimize)[0]
    return [tuple(pair) for pair in path[1:-1]]


def _joined(terms: Sequence[Term], needed: set[Label]) -> Term:
    """The product of terms, summed over the labels that nobody needs."""
    term = terms[0]
    for k, other in enumerate(terms[1:], 2):
        still = needed | {label for _, labels in terms[k:] for label in labels}
        term = _product(_summed(term, still | set(other[1])), _summed(other, still | set(term[1])), still)
    return _summed(term, needed)


def _summed(term: Term, needed: set[Label]) -> Term:
    x, labels = term
    gone = tuple(k for k, label in enumerate(labels) if label not in needed)
    return (sum(x, gone), tuple(label for label in labels if label in needed)) if gone else term


def _product(a: Term, b: Term, needed: set[Label]) -> Term:
    """Two terms as stacks of matrices: labels of both that stay, then those of one, times those that are summed."""
    stack = tuple(label for label in a[1] if label in b[1] and label in needed)
    common = tuple(label for label in a[1] if label in b[1] and label not in needed)
    rows = tuple(label for label in a[1] if label not in b[1])
    columns = tuple(label for label in b[1] if label not in a[1])
    left, right = _matrices(a, stack, rows, common), _matrices(b, stack, common, columns)
    y = _core.matmul(left, right) if common else left * right
    sizes = dict(zip(a[1] + b[1], a[0].shape + b[0].shape, strict=True))
    labels = stack + rows + columns
    return reshape(y, tuple(sizes[label] for label in labels)), labels


def _matrices(term: Term, stack: tuple[Label, ...], rows: tuple[Label, ...], columns: tuple[Label, ...]) -> Array:
    x, labels = term
    order = [labels.index(label) for label in stack + rows + columns]
    sizes = [x.shape[k] for k in order]
    i, j = len(stack), len(stack) + len(rows)
    counts = [int(np.prod(part, dtype=np.int64)) for part in (sizes[i:j], sizes[j:])]
    return reshape(x._transpose_as(order), (*sizes[:i], *counts))


def _arranged(term: Term, output: tuple[Label, ...], sizes: dict[Label, int]) -> Array:
    """The result with its axes in the order that was asked for, those of size 1 put back."""
    x, labels = term
    order = [labels.index(label) for label in output if label in labels]
    return reshape(x._transpose_as(order), tuple(sizes[label] for label in output))


@one_lane_at_a_time
def _of_whole_numbers(subscripts: str, *operands: Array) -> Any:
    return np.einsum(subscripts, *map(plain, operands))
