"""Learn the controllers that copy and paste, by gradient descent through time."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.arrays import Array
from hippokv.errors import InputError

from .copy_paste import (
    LONGEST_TRAINED,
    MEMORIES,
    MEMORY_SIZE,
    PATTERN_SIZE,
    PLATEAU_PROBABILITY,
    SHOWN_SIZE,
    Controller,
    load_controller,
    write_controller,
)
from .learning_extra import require_learning
from .meta_learning import LearningProgress, learned_rule

if TYPE_CHECKING:
    import jax

    #: Weights by the names of :class:`.copy_paste.Controller`.
    Numbers = dict[str, jax.Array]

GIVEN_SIZE = SHOWN_SIZE + 2 * MEMORY_SIZE + 1
#: Weights that decay, the ring aside.
DECAYING = ("key_weights", "key_bias", "value_weights", "gate_weights")
#: Steps between two reports.
CHUNK = 200


@dataclass(frozen=True)
class ControllerSettings:
    """Hold how a controller is learned.

    Parameters
    ----------
    selection
        Memory that it is learned with, one of :data:`.copy_paste.MEMORIES`.
    steps
        Steps of Adam (2021 paper's code: 600,001 of one sequence each; chosen: fewer and larger).
    sequences
        Sequences a step, each of 1 to 10 patterns.
    learning_rate
        Of the first step; it falls to 0 along half a cosine (2021 paper's code: 0.001).
    beta
        Inverse temperature of the memory in learning (chosen: below that of a test, so that a key
        has to agree with the one stored in more entries than a test needs).
    longest
        Longest sequence (2021 paper: 10).
    recurrence
        Strength of the ring from key to key, in which each entry is passed on to the next and to
        which learning adds (chosen: time then has a code before it has a use, of 40 steps that
        differ).
    distraction
        All weights that are added onto the key start as Gaussian numbers times this (chosen: the
        walk along the ring is then the same whatever is shown and recalled).
    weight_decay
        Decay of the weights ``DECAYING``, relative to the learning rate (chosen: what no training
        sequence needs would disturb a longer one).
    noise
        Standard deviation of the noise on the drive of key, value and gate in learning (chosen:
        drives then keep away from 0, and survive what longer sequences add).
    """

    selection: str = "least_recent"
    steps: int = 6_000
    sequences: int = 32
    learning_rate: float = 0.003
    beta: float = 0.2
    longest: int = LONGEST_TRAINED
    recurrence: float = 2.0
    distraction: float = 0.1
    weight_decay: float = 0.1
    noise: float = 0.6

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if self.selection not in MEMORIES:
            raise InputError("selection", self.selection, f"must be one of {', '.join(MEMORIES)}")
        if self.steps < CHUNK or self.steps % CHUNK:
            raise InputError("steps", self.steps, f"must be a multiple of {CHUNK}")


@dataclass(frozen=True)
class LearnedController:
    """Hold a controller and its course of learning, means over ``CHUNK`` steps, shape (P,)."""

    controller: Controller
    loss: Array
    accuracy: Array


def learn_controller(
    settings: ControllerSettings,
    seed: int,
    progress: LearningProgress | None = None,
    begin: Controller | None = None,
) -> LearnedController:
    """Learn a controller end to end (Tyulmankov et al. 2021, appendix A.3).

    Adam descends on the squared error of the outputs that follow the mark. Keys, values, gates and
    what the memory gives back are binarised in the forward direction, as the spiking memory needs
    them, and pass gradients on as if they were not (straight through). The first key stays as it
    was drawn, unlike in the paper (chosen: any pattern will do to set out along the ring).

    Parameters
    ----------
    progress
        Called with steps done, loss and accuracy.
    begin
        Controller to go on from; a random one by default.

    Raises
    ------
    InputError
        If the extra ``learning`` is not installed.
    """
    require_learning("learning of controllers")
    import jax
    import jax.numpy as jnp
    import optax

    optimiser = optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.adamw(
            optax.cosine_decay_schedule(settings.learning_rate, settings.steps),
            weight_decay=settings.weight_decay,
            mask=lambda numbers: {name: name in DECAYING for name in numbers},
        ),
    )
    stream, start = jax.random.split(jax.random.key(seed))
    numbers = start_numbers(settings, start)
    if begin:
        arrays = asdict(begin) | {"key_weights": begin.key_weights - ring(settings)}
        numbers = {name: jnp.asarray(value, jnp.float32) for name, value in arrays.items()}
    memory: Any = optimiser.init(numbers)
    slope = jax.value_and_grad(
        lambda given, key: copy_loss(given, *random_trials(settings, key), settings, key),
        has_aux=True,
    )

    def step(state: tuple[Numbers, Any], key: jax.Array) -> tuple[tuple[Numbers, Any], Any]:
        numbers, memory = state
        (loss, accuracy), gradient = slope(numbers, key)
        updates, memory = optimiser.update(gradient, memory, numbers)
        moved: Any = optax.apply_updates(numbers, updates)
        return (moved, memory), (loss, accuracy)

    chunk = jax.jit(lambda state, keys: jax.lax.scan(step, state, keys))
    course = []
    for done in range(CHUNK, settings.steps + 1, CHUNK):
        stream, key = jax.random.split(stream)
        (numbers, memory), told = chunk((numbers, memory), jax.random.split(key, CHUNK))
        course.append([float(part.mean()) for part in told])
        if progress:
            progress(done, *course[-1])
    arrays = {name: np.array(value, dtype=float) for name, value in numbers.items()}
    arrays["key_weights"] += ring(settings)
    controller = Controller(**arrays)
    return LearnedController(controller, *np.array(course).T)


def random_trials(
    settings: ControllerSettings, key: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Draw the trials of one step.

    Returns
    -------
    shown
        What is shown at each of the S steps, shape (B, S, 26); zeros after the mark of the end.
    wanted
        Outputs that are right, shape (B, S, 26).
    counted
        Which outputs count, 1 or 0, shape (B, S).
    plateaus
        Slots with a plateau, shape (B, S, N).
    """
    import jax
    import jax.numpy as jnp

    of_patterns, of_lengths, of_plateaus = jax.random.split(key, 3)
    n_steps, longest = 2 * settings.longest + 2, settings.longest
    lengths = jax.random.randint(of_lengths, (settings.sequences, 1), 1, longest + 1)
    steps = jnp.arange(n_steps)
    shape = (settings.sequences, n_steps, PATTERN_SIZE)
    patterns = jax.random.rademacher(of_patterns, shape, dtype=jnp.float32)
    ends = (steps == lengths)[..., None]
    sequence = jnp.concatenate([jnp.where(ends, -1.0, patterns), 2.0 * ends - 1.0], axis=-1)
    shown = jnp.where((steps <= lengths)[..., None], sequence, 0.0)
    source = jnp.clip(steps - lengths - 1, 0, n_steps - 1)
    wanted = jnp.take_along_axis(sequence, source[..., None], axis=1)
    counted = ((steps > lengths) & (steps <= 2 * lengths + 1)).astype(jnp.float32)
    shape = (settings.sequences, n_steps, MEMORY_SIZE)
    if settings.selection in ("random", "learned"):
        plateaus = jax.random.bernoulli(of_plateaus, PLATEAU_PROBABILITY, shape)
    else:
        plateaus = jnp.broadcast_to(jnp.eye(n_steps, MEMORY_SIZE, dtype=bool), shape)
    return shown, wanted, counted, plateaus.astype(jnp.float32)


def copy_loss(
    numbers: Numbers,
    shown: jax.Array,
    wanted: jax.Array,
    counted: jax.Array,
    plateaus: jax.Array,
    settings: ControllerSettings,
    noise_key: jax.Array | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Return squared error and accuracy of the outputs of :func:`random_trials`.

    With ``noise_key`` the drives are noisy, as in training.
    """
    import jax
    import jax.numpy as jnp

    noise = jnp.zeros((*counted.shape, 2 * MEMORY_SIZE + 1))
    if noise_key is not None:
        # A key of its own: the trials were drawn with the same.
        noise = settings.noise * jax.random.normal(jax.random.fold_in(noise_key, 1), noise.shape)
    outputs = jax.vmap(
        lambda trial, slots, drawn: outputs_of(numbers, trial, slots, settings, drawn)
    )(shown, plateaus, noise)
    share = counted / counted.sum()
    error = ((outputs - wanted) ** 2).mean(axis=-1)
    right = (jnp.sign(outputs) == wanted).mean(axis=-1)
    return (share * error).sum(), (share * right).sum()


def outputs_of(
    numbers: Numbers,
    shown: jax.Array,
    plateaus: jax.Array,
    settings: ControllerSettings,
    noise: jax.Array | None = None,
) -> jax.Array:
    """Return the outputs of one trial at every step, shape (S, 26).

    Parameters
    ----------
    numbers
        Weights; those onto the key without the ring.
    shown, plateaus
        Of one trial of :func:`random_trials`, shapes (S, 26) and (S, N).
    noise
        Added to the drives of key, value and gate, shape (S, 81); none by default.
    """
    import jax
    import jax.numpy as jnp

    from .differentiable_memory import (
        recalled,
        recalled_bidirectionally,
        stored_bidirectionally,
        stored_by_linear_rule,
        stored_by_simplified_rule,
    )

    beta, size = settings.beta, MEMORY_SIZE
    key_weights = numbers["key_weights"] + ring(settings)
    rule = asdict(learned_rule("random")) if settings.selection == "learned" else None

    def straight(smooth: jax.Array, sharp: jax.Array) -> jax.Array:
        return smooth + jax.lax.stop_gradient(sharp - smooth)

    def signs(drive: jax.Array) -> jax.Array:
        return straight(jnp.tanh(drive), jnp.where(drive >= 0, 1.0, -1.0))

    def gate_of(drive: jax.Array) -> jax.Array:
        return straight(jax.nn.sigmoid(drive), jnp.where(drive > 0, 1.0, 0.0))

    def one(state: Any, given: tuple[jax.Array, ...]) -> tuple[Any, jax.Array]:
        weights, key, back, gate = state
        pattern, slots, added = given
        of_key, of_value, of_gate = jnp.split(added, [size, 2 * size])
        joined = jnp.concatenate([pattern, key, back, gate[None]])
        key = signs(key_weights @ joined + numbers["key_bias"] + of_key)
        value = signs(numbers["value_weights"] @ joined + numbers["value_bias"] + of_value)
        gate = gate_of(numbers["gate_weights"] @ joined + numbers["gate_bias"] + of_gate[0])
        if settings.selection == "bidirectional":
            weights = stored_bidirectionally(weights, key, value, gate)
            evidence = recalled_bidirectionally(weights, key)
        else:
            if rule:
                weights = stored_by_linear_rule(
                    weights, rule, key, value, slots, gate, beta, through_bound=True
                )
            else:
                weights = stored_by_simplified_rule(weights, key, value, slots, gate, beta)
            evidence = recalled(weights, key, beta)
        back = straight(evidence, jnp.sign(evidence))
        output = jnp.tanh(numbers["output_weights"] @ back + numbers["output_bias"])
        return (weights, key, back, gate), output

    empty: Any = jnp.zeros((size, size)), jnp.zeros((size, size))
    if settings.selection == "bidirectional":
        empty = empty[0]
    first = jax.lax.stop_gradient(signs(numbers["first_key"])), signs(numbers["first_value"])
    start = (empty, *first, gate_of(numbers["first_gate"]))
    if noise is None:
        noise = jnp.zeros((len(shown), 2 * size + 1))
    return jax.lax.scan(one, start, (shown, plateaus, noise))[1]


def ring(settings: ControllerSettings) -> Array:
    """Return the weights onto the key that learning adds to, shape (40, 107)."""
    weights = np.zeros((MEMORY_SIZE, GIVEN_SIZE))
    passed_on = np.roll(np.eye(MEMORY_SIZE), 1, axis=0)
    weights[:, SHOWN_SIZE : SHOWN_SIZE + MEMORY_SIZE] = settings.recurrence * passed_on
    return weights


def start_numbers(settings: ControllerSettings, key: jax.Array) -> Numbers:
    """Draw the weights that learning starts from: Gaussian, of variance 1 over their number."""
    import jax
    import jax.numpy as jnp

    size = MEMORY_SIZE
    shapes = {
        "key_weights": (size, GIVEN_SIZE), "value_weights": (size, GIVEN_SIZE),
        "gate_weights": (GIVEN_SIZE,), "output_weights": (SHOWN_SIZE, size),
        "first_key": (size,), "first_value": (size,),
    }  # fmt: skip
    draws = jax.random.split(key, len(shapes))
    numbers = {
        name: jax.random.normal(draw, shape) / np.sqrt(shape[-1])
        for (name, shape), draw in zip(shapes.items(), draws, strict=True)
    }
    numbers["key_weights"] = settings.distraction * numbers["key_weights"]
    for name, width in (("key_bias", size), ("value_bias", size), ("output_bias", SHOWN_SIZE)):
        numbers[name] = jnp.zeros(width)
    return numbers | {"gate_bias": jnp.array(0.0), "first_gate": jnp.array(0.0)}


#: How the controllers that come with the package were learned. That for slots in turn starts at
#: random, with seed 0: of 0 and 1 the one that repeats 20 patterns better in tuning trials. The
#: others go on from it: from a random start they hardly learned to store anything in 8,000 steps.
SHIPPED: dict[str, ControllerSettings] = {
    "least_recent": ControllerSettings("least_recent"),
    "random": ControllerSettings("random", 4_000, learning_rate=0.001, beta=0.5, noise=0.2),
    "learned": ControllerSettings("learned", 4_000, learning_rate=0.001, beta=0.5, noise=0.2),
    "bidirectional": ControllerSettings("bidirectional", 8_000, noise=0.2),
}
TRAINING_SEED = 0


def main() -> None:
    """Learn controllers and write them into the package."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("selections", nargs="*", default=MEMORIES, help="memories; all if none")
    for selection in parser.parse_args().selections:
        if selection not in MEMORIES:
            raise InputError("selection", selection, f"must be one of {', '.join(MEMORIES)}")
        settings = SHIPPED[selection]
        begin = load_controller("least_recent") if selection != "least_recent" else None
        with tqdm(total=settings.steps, desc=selection) as bar:

            def progress(done: int, loss: float, accuracy: float, bar: Any = bar) -> None:
                bar.update(done - bar.n)
                bar.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.4f}")

            found = learn_controller(settings, TRAINING_SEED, progress, begin)
        folder = Path(__file__).parents[1] / "learned"
        write_controller(found.controller, folder / f"copy_paste_{selection}.npz")


if __name__ == "__main__":
    main()
