"""The memories of ``classical`` as functions that JAX can differentiate, for one list at a time."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from hippokv.plasticity.linear_rule import VALUE_BOUND

#: Rate of the bidirectional memory (Tyulmankov et al. 2021, appendix A.3: 1/40). It scales what is
#: recalled, and with it the gradients; the signs of the answers are those without it.
BIDIRECTIONAL_RATE = 1 / 40
#: Key weights, shape (N, d), and value weights, shape (N, m).
Weights = tuple[jax.Array, jax.Array]


def attention(weights: Weights, cue: jax.Array, beta: float) -> jax.Array:
    """Return the share of each slot, shape (N,) (Tyulmankov et al. 2021, Eq 4)."""
    # A sum of products is faster than a product of matrices this small.
    return jax.nn.softmax(beta * (weights[0] * cue).sum(axis=-1))


def recalled(weights: Weights, cues: jax.Array, beta: float) -> jax.Array:
    """Return the outputs, shape (..., m) for (..., d) (Tyulmankov et al. 2021, Eq 5)."""
    return jax.nn.softmax(beta * cues @ weights[0].T) @ weights[1]


def stored_by_linear_rule(
    weights: Weights,
    rule: Mapping[str, jax.Array | float],
    key: jax.Array,
    value: jax.Array,
    plateaus: jax.Array,
    gate: jax.Array,
    beta: float,
    through_bound: bool = False,
) -> Weights:
    """Return the weights after an item (Tyulmankov et al. 2021, Eq 12 to 16).

    Parameters
    ----------
    rule
        Numbers by the names of :class:`hippokv.plasticity.linear_rule.LinearRule`.
    key, value
        The item, shapes (d,) and (m,).
    plateaus
        Local third factor of each slot, shape (N,).
    through_bound
        Whether gradients pass where a value weight is at its bound, as if it were not: then what
        is stored can be learned although each item fills its weights to the bound.
    """
    keys, values = weights
    matches = (keys * key).sum(axis=-1)
    post = rule["key_post_slope"] * jax.nn.softmax(beta * matches) + rule["key_post_offset"]
    pre = rule["key_pre_slope"] * key + rule["key_pre_offset"]
    rate = gate * rule["key_rate"] * plateaus
    keys = (1 - rate[:, None]) * keys + (rate * post)[:, None] * pre
    # What the changed keys match with, without another product of matrix and vector.
    matches = (1 - rate) * matches + rate * post * (pre @ key)
    after = jax.nn.softmax(beta * matches)
    pre = rule["value_pre_slope"] * after + rule["value_pre_offset"]
    post = rule["value_post_slope"] * value + rule["value_post_offset"]
    decay = 1 - gate + gate * rule["value_decay"]
    values = decay * values + gate * rule["value_rate"] * pre[:, None] * post
    bounded = jnp.clip(values, -VALUE_BOUND, VALUE_BOUND)
    if through_bound:
        bounded = values + jax.lax.stop_gradient(bounded - values)
    return keys, bounded


def stored_by_simplified_rule(
    weights: Weights,
    key: jax.Array,
    value: jax.Array,
    plateaus: jax.Array,
    gate: jax.Array,
    beta: float,
) -> Weights:
    """Return the weights after an item (Tyulmankov et al. 2021, Eq 8 to 11)."""
    keys, values = weights
    rate = gate * plateaus[:, None]
    keys = keys + rate * (key - keys)
    after = attention((keys, values), key, beta)
    return keys, values + rate * (after[:, None] * value - values)


def stored_bidirectionally(
    products: jax.Array, key: jax.Array, value: jax.Array, gate: jax.Array
) -> jax.Array:
    """Return the weights of a bidirectional memory before their rate, shape (d, m) (A.3)."""
    return products + gate * key[:, None] * value


def recalled_bidirectionally(products: jax.Array, key: jax.Array) -> jax.Array:
    """Return the output of a bidirectional memory, shape (m,)."""
    return BIDIRECTIONAL_RATE * (key @ products)
