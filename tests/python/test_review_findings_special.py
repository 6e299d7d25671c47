"""Special functions far out and at their poles: regression tests, each named for what was wrong."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import scipy.special

import wengert as wg
from wengert import special


@pytest.mark.parametrize(("s", "q"), [(1e10, 3.0), (1e10, 1e9)])
def test_zeta_of_a_huge_order_ends_where_all_terms_underflow(s: float, q: float) -> None:
    assert float(special.zeta(s, q)) == scipy.special.zeta(s, q) == 0.0
    assert wg.grad(special.zeta, argnums=(0, 1))(s, q) == (0.0, 0.0)


def test_rgamma_is_zero_at_poles_where_gamma_of_the_mirrored_overflows() -> None:
    x = np.array([-172.0, -745.0, -1e5, -1e300])
    np.testing.assert_array_equal(special.rgamma(x), np.zeros(4))


@pytest.mark.parametrize(
    ("z", "m"), [(1e10, 1.0), (1e10, 0.5), (1e5, -3.0), (2.5, 0.0), (100.0, 50.0), (1e-300, 1.0), (0.5, 90.0)]
)
def test_poch_of_near_arguments_does_not_cancel(z: float, m: float) -> None:
    with mpmath.workdps(40):
        exact = mpmath.rf(mpmath.mpf(z), mpmath.mpf(m))
        slopes = [exact * (mpmath.digamma(z + m) - mpmath.digamma(z)), exact * mpmath.digamma(mpmath.mpf(z) + m)]
    assert float(special.poch(z, m)) == pytest.approx(float(exact), rel=1e-13)
    by_z, by_m = wg.grad(special.poch, argnums=(0, 1))(z, m)
    assert by_m == pytest.approx(float(slopes[1]), rel=1e-12)
    assert by_z == pytest.approx(float(slopes[0]), rel=1e-4)  # a difference of two digammas


def test_boxcox_of_zero_has_its_value_and_slopes() -> None:
    powers = np.array([1.0, 2.0, 0.5, -1.0])
    np.testing.assert_array_equal(special.boxcox(0.0, powers), scipy.special.boxcox(0.0, powers))
    np.testing.assert_array_equal(special.boxcox1p(-1.0, powers), scipy.special.boxcox1p(-1.0, powers))
    slopes = [wg.grad(special.boxcox, argnums=(0, 1))(0.0, power) for power in powers[:3]]
    assert slopes == [(1.0, 1.0), (0.0, 0.25), (np.inf, 4.0)]
    wg.testing.check_grads(special.boxcox, (0.3, 0.7), order=2)
