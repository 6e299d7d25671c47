"""The scripts of the gallery run as they are, and what they find is right."""

from __future__ import annotations

import contextlib
import io
import runpy
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import LogisticRegression

import wengert as wg

FOLDER = Path(__file__).resolve().parents[2] / "examples"
ELSEWHERE = ("gpu_",)  # they need a device, and have tests of their own
GALLERY = sorted(
    path.stem for path in FOLDER.glob("*.py") if "\n# %%\n" in path.read_text() and not path.stem.startswith(ELSEWHERE)
)


class Ran(NamedTuple):
    """A script that has run."""

    names: dict[str, Any]
    text: str
    picture: np.ndarray
    size: int
    figures: int


@cache
def ran(name: str) -> Ran:
    """What examples/name.py leaves behind: its names, what it printed, the picture it wrote."""
    mpl.use("Agg")
    plt.close("all")
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        with contextlib.redirect_stdout(printed):
            names = runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        picture = Path(f"{name}.png")
        found = Ran(names, printed.getvalue(), plt.imread(picture), picture.stat().st_size, len(plt.get_fignums()))
    plt.close("all")
    return found


@pytest.mark.parametrize("name", GALLERY)
def test_a_script_has_a_title_prints_figures_and_draws_a_picture(name):
    script = ran(name)
    title, line, *_ = script.names["__doc__"].strip().splitlines()
    assert line == "=" * len(title)  # a heading, of which the gallery makes an entry
    assert any(character.isdigit() for character in script.text)
    assert script.figures == 1  # pyplot's, which is where the gallery takes it from
    assert script.size > 10_000
    assert np.std(script.picture[..., :3]) > 0.05


def test_the_gallery_is_told_of_in_its_readme():
    readme = (FOLDER / "README.md").read_text()
    assert len(GALLERY) >= 12
    assert not [name for name in GALLERY if f"{name}.py" not in readme]


def test_the_picture_of_the_readme_is_what_its_script_draws_from_the_gallery():
    mosaic = runpy.run_path(str(FOLDER / "pictures" / "mosaic.py"), run_name="mosaic")
    figure = mosaic["draw"]({name: ran(name).names for name in mosaic["PANELS"]})
    with io.BytesIO() as file:
        figure.savefig(file, dpi=160)
        drawn = plt.imread(io.BytesIO(file.getvalue()))[..., :3]
    plt.close(figure)
    kept = plt.imread(FOLDER / "pictures" / "mosaic.png")[..., :3]
    assert drawn.shape == kept.shape
    blank = np.mean(np.abs(1 - kept))
    assert np.mean(np.abs(drawn - kept)) < 0.3 * blank  # text is where each version of Matplotlib puts it


def apart(given: Any, wanted: Any) -> float:
    """The largest difference, by the largest element that is wanted."""
    return float(np.max(np.abs(np.asarray(given) - wanted)) / np.max(np.abs(wanted)))


def recovered(names: dict[str, Any]) -> bool:
    """Whether what was fitted is within four of its standard errors of the truth, and these are small."""
    fit, errors, truth = names["fit"].x, names["errors"], names["TRUTH"]
    return bool(np.all(np.abs(fit - truth) < 4 * errors) and np.all(errors < 0.1 * np.abs(truth)))


def test_the_curve_and_its_error_bars_are_the_certified_ones():
    names = ran("curve_fit").names
    values, errors = np.array(list(names["CERTIFIED"].values())).T
    np.testing.assert_allclose(names["fit"].x, values, rtol=1e-9)
    np.testing.assert_allclose(names["errors"], errors, rtol=1e-8)
    assert 2 * names["fit"].cost == pytest.approx(names["CERTIFIED_SUM"], rel=1e-9)
    (b1, b2), x = names["fit"].x, names["pressure"]
    by_hand = np.stack([1 - np.exp(-b2 * x), b1 * x * np.exp(-b2 * x)], axis=1)
    assert apart(names["sensitivity"], by_hand) < 1e-14


def test_the_bottom_of_rosenbrocks_valley_is_reached_with_scipys_derivatives():
    names = ran("rosenbrock").names
    assert set(names["away"]) == {2, 10, 100, 1_000}
    assert max(names["away"].values()) < 1e-6
    for kind in ("slopes", "curvatures", "products"):
        assert max(names[kind].values()) < 1e-12
    steps = {method: len(points) for method, (_, points) in names["descents"].items()}
    assert steps["trust-exact"] < steps["BFGS"] < steps["Nelder-Mead"]
    assert all(abs(fit.x - 1).max() < 1e-5 for fit, _ in names["descents"].values())


def test_the_chain_of_the_eight_schools_agrees_with_long_runs():
    names = ran("eight_schools").names
    # of 4.4 and 3.6, by the Monte Carlo error of a chain this short
    assert np.mean(names["mean"]) == pytest.approx(4.4, abs=0.6)
    assert np.mean(names["spread"]) == pytest.approx(3.6, abs=0.6)
    assert names["taken"] > 0.8
    wg.testing.check_grads(names["energy"], (np.linspace(-1, 1, 10),))


def test_the_oscillator_is_found_and_all_ways_back_give_the_same_bits():
    names = ran("duffing").names
    assert recovered(names)
    assert names["same"]
    assert 2 * names["fit"].fun == pytest.approx(100, abs=60)
    taken = {name: [bytes_taken for _, bytes_taken, _ in way] for name, way in names["costs"].items()}
    assert max(taken["1 MB"]) <= 1_000_000 < taken["everything kept"][-1]
    assert max(taken["10 states"]) < 1_000
    steps = names["LENGTHS"][-1]
    least = wg.schedules.binomial(steps, 10).count()
    assert names["costs"]["10 states"][-1][2] == pytest.approx((least.advanced + least.taped) / steps)


def test_the_gradient_through_the_oscillator_is_the_complex_step():
    names, steps = ran("duffing").names, 200
    for along in np.eye(3):
        state = (1.0 + 0j, 0j)
        for k in range(steps):
            state = names["after"](k, state, names["TRUTH"] + 1e-40j * along)
        slope = wg.grad(lambda p: names["path"](p, steps, snapshots=4)[-1])(names["TRUTH"])
        assert slope @ along == pytest.approx(state[0].imag / 1e-40, rel=1e-12)


def test_the_pole_stands_up_under_another_solver_with_the_least_effort():
    names = ran("cart_pole").names
    np.testing.assert_allclose(names["run"].y[:, -1], names["UPRIGHT"], atol=2e-3)
    assert np.max(np.abs(names["force"])) < names["STRONGEST"]  # no bound is active: this is Lagrange's condition
    z = names["fit"].x
    slope, rows = wg.grad(names["effort"])(z), names["slopes"](z)
    multipliers = np.linalg.lstsq(rows.T, slope)[0]
    assert np.linalg.norm(slope - rows.T @ multipliers) < 1e-3 * np.linalg.norm(
        slope
    )  # ... this is Lagrange's condition


def test_the_squeezed_jacobian_is_the_dense_one_and_the_solution_of_second_order():
    names = ran("pde_sparsity").names
    assert names["outside"] == 0
    assert names["apart"] < 1e-14
    assert names["orders"] == pytest.approx([2, 2, 2], abs=0.05)
    assert {int(directions) for _, directions, _ in names["solved"].values()} == {7}
    n, random = 60, np.random.default_rng(1)
    u, du = random.normal(size=(2, n * n))
    f = lambda u: names["residual"](u, n)
    rows, columns = names["pattern"](n)
    sparse = names["sparse_jacobian"](f, u, rows, columns, names["groups"](rows, columns))
    assert apart(sparse @ du, wg.jvp(f, (u,), (du,))[1]) < 1e-13


def test_the_heater_is_found_within_the_errors():
    names = ran("heat_source").names
    assert recovered(names)
    assert names["kept"] == pytest.approx(1, abs=1e-3)
    readings = names["measured"].size
    assert 2 * names["fit"].cost == pytest.approx(readings, abs=5 * np.sqrt(2 * readings))
    step = 1e-4 * names["TRUTH"]
    up, down = (names["residuals"](names["TRUTH"] + sign * step) for sign in (1, -1))
    assert apart(wg.jvp(names["residuals"], (names["TRUTH"],), (step,))[1], (up - down) / 2) < 1e-5


def test_the_moons_are_told_apart_as_well_as_by_support_vectors():
    names = ran("two_moons").names
    assert names["accuracy"]["test"] > 0.955
    assert names["accuracy"]["test"] > names["machine"] - 0.015
    assert np.max(np.abs(names["fit"].jac)) < 1e-3


def test_the_neural_ode_learns_the_spiral():
    names = ran("neural_ode").names
    assert names["fit"].fun < 1e-5 * names["misfit"](names["p"])
    assert names["away"] < 0.1


def test_the_shapes_are_found_from_their_picture():
    names = ran("sdf").names
    assert names["overlap"] > 0.999
    assert names["off"] < 1e-3


def test_one_step_from_learnt_weights_beats_one_step_from_pretrained_ones():
    names = ran("maml").names
    after = {name: names["after_a_step"](w, names["tasks"]) for name, w in names["trained"].items()}
    assert after["maml"] < 0.3 * after["pretrained"]
    assert after["maml"] < 0.6 * names["as_they_are"](names["trained"]["maml"], names["tasks"])


def test_the_gradient_through_the_inner_step_is_the_difference():
    maml, random = ran("maml").names, np.random.default_rng(3)
    w, tasks = maml["start"](random), [maml["task"](random) for _ in range(2)]
    v = [random.normal(size=a.shape) for a in w]
    h = 1e-6
    up, down = ([a + s * h * b for a, b in zip(w, v, strict=True)] for s in (1, -1))
    slope = sum(np.sum(g * b) for g, b in zip(wg.grad(maml["after_a_step"])(w, tasks), v, strict=True))
    expected = (maml["after_a_step"](up, tasks) - maml["after_a_step"](down, tasks)) / (2 * h)
    assert slope == pytest.approx(expected, rel=1e-4)


def test_derivatives_through_solvers_are_those_of_the_closed_forms():
    names = ran("implicit").names
    assert np.max(np.abs(names["kepler"](names["found"], names["means"], names["ECCENTRICITY"]))) < 1e-14
    assert apart(names["slopes"], names["closed"]) < 1e-13
    assert names["second"] == pytest.approx(names["closed_second"], rel=1e-12)
    assert apart(names["implicit"], names["direct"]) < 1e-11


def test_the_penalty_found_by_gradients_is_the_best_of_scikit_learns_grid():
    names = ran("implicit").names
    grid, curve = names["grid"], names["curve"]
    assert names["common"].x[0] == pytest.approx(grid[np.argmin(curve)], abs=grid[1] - grid[0])
    assert names["common"].fun == pytest.approx(np.min(curve), rel=1e-4)
    assert names["each"].fun < 0.96 * names["common"].fun


def test_the_variances_of_the_nile_are_those_of_the_literature():
    names = ran("nile").names
    assert names["variances"] == pytest.approx([15_099, 1_469], abs=3)
    wg.testing.check_grads(names["surprise"], (names["fit"].x,))


def test_newtons_method_finds_what_scikit_learn_finds_and_doubles_its_digits():
    names = ran("newton").names
    norms = names["norms"]
    assert norms[-1] < 1e-9
    assert norms[-1] < norms[-2] ** 1.5  # Newton's: the exponent tends to 2 until rounding ends it
    assert norms[-1] < 1e-6 * names["plain"][-1]
    assert names["apart"] < 1e-13
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(names["x"][:, 1:], names["sign"])
    assert apart(names["w"], np.append(theirs.intercept_, theirs.coef_)) < 1e-4


def test_the_likelihood_of_the_gaussian_process_and_its_gradient_are_scikit_learns():
    names = ran("gaussian_process").names
    x, y = names["x"][:80], names["y"][:80]
    theta = np.linspace(-0.5, 0.9, 12)
    value, slope = wg.value_and_grad(names["surprise"])(theta, x, y)
    kernel = ConstantKernel(np.exp(2 * theta[0])) * RBF(np.exp(theta[1:-1])) + WhiteKernel(np.exp(2 * theta[-1]))
    theirs = GaussianProcessRegressor(kernel, alpha=0, optimizer=None).fit(x, y)
    expected, gradient = theirs.log_marginal_likelihood(theirs.kernel_.theta, eval_gradient=True)
    assert -value == pytest.approx(expected, rel=1e-10)
    factor = np.array([2.0] + [1.0] * 10 + [2.0])  # they take the logarithms of squares
    np.testing.assert_allclose(-slope, factor * gradient, rtol=1e-8, atol=1e-8)


def test_the_gaussian_process_predicts_what_scikit_learn_predicts():
    names = ran("gaussian_process").names
    theta, known = names["fit"].x, names["KNOWN"]
    assert names["fit"].success
    kernel = ConstantKernel(np.exp(2 * theta[0])) * RBF(np.exp(theta[1:-1])) + WhiteKernel(np.exp(2 * theta[-1]))
    theirs = GaussianProcessRegressor(kernel, alpha=0, optimizer=None).fit(*names["known"])
    mean, spread = theirs.predict(names["x"][known:], return_std=True)
    assert apart(names["mean"], mean) < 1e-8
    assert apart(np.sqrt(names["variance"]), spread) < 1e-8
    assert names["explained"] > 0.35
    assert names["within"] > 0.9


def test_the_tour_writes_pages_and_the_adjoints_are_those_by_hand():
    names = ran("explorer_tour").names
    for path in names["pages"].values():
        assert path.read_text().count("Content-Security-Policy") == 1
    assert names["values"] == [3, 2, 1, 6, 7, 49]
    assert names["adjoints"] == [28, 42, 14, 14, 14, 1]
    np.testing.assert_allclose(names["slopes"], 2 * (2 * names["along"] + 1) * 2, rtol=1e-14)


def test_the_pendulum_is_measured_and_keeps_its_energy_and_period():
    names = ran("pendulum").names
    assert recovered(names)
    assert names["drift"] < 1e-6
    assert names["period"] == pytest.approx(names["exact"], abs=5e-4)
