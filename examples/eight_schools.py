"""
Eight schools, by Hamiltonian Monte Carlo
=========================================

Did coaching help? Measured effects and their standard errors from D. B. Rubin (1981). Schools share a mean and a
spread: mean ~ N(0, 5), spread ~ half-Cauchy(5), effect = mean + spread * z with z ~ N(0, 1), measured ~ N(effect,
error). Gelman and others, Bayesian Data Analysis (2013), chapter 5; long chains on this parametrisation give a mean of
4.4 and a spread of 3.6.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import wengert as wg

EFFECT = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERROR = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])

# %%
# The density, and its gradient
# -----------------------------
# The posterior density is an ordinary NumPy function of ten numbers. Its gradient is needed twelve times for each of
# thousands of trajectories, always of the same shape: ``wg.compile`` records it once and runs it in C++ from then on.


def energy(q):
    """Minus the log posterior density, up to a constant, of (mean, log spread, z)."""
    mean, log_spread, z = q[0], q[1], q[2:]
    spread = np.exp(log_spread)
    prior = 0.5 * (mean / 5) ** 2 + np.log(1 + (spread / 5) ** 2) - log_spread + 0.5 * np.sum(z**2)
    return prior + 0.5 * np.sum(((EFFECT - mean - spread * z) / ERROR) ** 2)


slope = wg.compile(wg.grad(energy))

# %%
# The sampler
# -----------
# A particle slides on the energy's surface for a while; where it arrives is the next draw, unless the error of the
# integration says no (R. M. Neal, MCMC using Hamiltonian dynamics, 2011).


def trajectory(q, p, step, steps):
    """Leapfrog: half a kick, drifts and kicks in turn, half a kick."""
    p = p - 0.5 * step * slope(q)
    for _ in range(steps - 1):
        q = q + step * p
        p = p - step * slope(q)
    q = q + step * p
    return q, p - 0.5 * step * slope(q)


def sample(draws, seed=0, step=0.25, steps=12):
    """Positions (draws, 10) of the chain, and the part of proposals that were taken."""
    random, q, chain, taken = np.random.default_rng(seed), np.zeros(10), [], 0
    for _ in range(draws):
        p = random.normal(size=10)
        new_q, new_p = trajectory(q, p, step * random.uniform(0.8, 1.2), steps)
        change = energy(q) + 0.5 * p @ p - energy(new_q) - 0.5 * new_p @ new_p
        if np.log(random.uniform()) < change:
            q, taken = new_q, taken + 1
        chain.append(q)
    return np.array(chain), taken / draws


chain, taken = sample(4_400)
kept = chain[400:]
mean, spread = kept[:, 0], np.exp(kept[:, 1])
effects = mean[:, None] + spread[:, None] * kept[:, 2:]
print(f"mean {mean.mean():.2f} +- {mean.std():.2f}, spread {spread.mean():.2f}, taken {taken:.0%}")
for school, effect in zip("ABCDEFGH", effects.T, strict=True):
    print(f"school {school}: {effect.mean():5.1f} +- {effect.std():.1f}")

# %%
# What the schools learn from one another
# ---------------------------------------
# Each school's own measurement is pulled towards the common mean, and its error bar shrinks: most of what looked like
# a difference between schools was noise. On the right the funnel that makes such models hard: where the spread is
# small, all effects have to be close together.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
at = np.arange(8)
left.axhline(mean.mean(), color="0.8", zorder=0)
left.errorbar(at - 0.12, EFFECT, yerr=ERROR, fmt="o", color="0.6", label="measured, one school alone")
low, middle, high = np.quantile(effects, [0.16, 0.5, 0.84], axis=0)
left.errorbar(at + 0.12, middle, yerr=(middle - low, high - middle), fmt="o", label="posterior median, 68 %")
left.set(xticks=at, xticklabels="ABCDEFGH", ylabel="effect of coaching [points]", title="shrinkage")
left.legend(loc="upper right")
right.scatter(effects[::2, 0], spread[::2], s=3, alpha=0.4, linewidths=0)
right.set(yscale="log", xlim=(-25, 45), ylim=(0.02, 60), xlabel="effect in school A", ylabel="spread of all schools")
right.set_title("the funnel")
figure.savefig("eight_schools.png")
