"""Hamiltonian Monte Carlo on a hierarchical model: did coaching help in eight schools?

Measured effects and their standard errors from D. B. Rubin (1981). Schools share a mean and a spread: mean ~ N(0, 5),
spread ~ half-Cauchy(5), effect = mean + spread * z with z ~ N(0, 1), measured ~ N(effect, error). Gelman and others,
Bayesian Data Analysis (2013), chapter 5; long chains on this parametrisation give a mean of 4.4 and a spread of 3.6.
"""

from __future__ import annotations

import argparse

import numpy as np

import wengert as wg

EFFECT = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERROR = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def energy(q):
    """Minus the log posterior density, up to a constant, of (mean, log spread, z)."""
    mean, log_spread, z = q[0], q[1], q[2:]
    spread = np.exp(log_spread)
    prior = 0.5 * (mean / 5) ** 2 + np.log(1 + (spread / 5) ** 2) - log_spread + 0.5 * np.sum(z**2)
    return prior + 0.5 * np.sum(((EFFECT - mean - spread * z) / ERROR) ** 2)


slope = wg.grad(energy)


def trajectory(q, p, step, steps):
    """Leapfrog: half a kick, drifts and kicks in turn, half a kick."""
    p = p - 0.5 * step * slope(q)
    for _ in range(steps - 1):
        q = q + step * p
        p = p - step * slope(q)
    q = q + step * p
    return q, p - 0.5 * step * slope(q)


def sample(draws: int, seed: int = 0, step: float = 0.25, steps: int = 12) -> tuple[np.ndarray, float]:
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


def main() -> None:
    """Runs one chain and prints what it says of the schools."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=4_000)
    draws = parser.parse_args().draws
    chain, taken = sample(draws)
    kept = chain[draws // 10 :]
    mean, spread = kept[:, 0], np.exp(kept[:, 1])
    print(f"mean {mean.mean():.2f} +- {mean.std():.2f}, spread {spread.mean():.2f}, taken {taken:.0%}")
    effects = mean[:, None] + spread[:, None] * kept[:, 2:]
    for school, effect in zip("ABCDEFGH", effects.T, strict=True):
        print(f"school {school}: {effect.mean():5.1f} +- {effect.std():.1f}")


if __name__ == "__main__":
    main()
