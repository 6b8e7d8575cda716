"""Trajectories: how an animal forages in a square box.

The random walk is the one that RatInABox fitted to rats (George et al. 2024, eLife 13:e85274): the
heading turns with a velocity that is an Ornstein-Uhlenbeck process, the speed follows a Rayleigh
distribution with another one, and walls push the animal away before it reaches them. The package
itself can be asked instead, where the extra ``trajectories`` is installed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.trajectory import Trajectory
from hippokv.circuits.program.brian import ONE_AT_A_TIME
from hippokv.circuits.schedule import SCHEDULE_STEP_MS
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter

from ..running.stimuli import random_stream

_PAPER = "George et al. 2024, RatInABox default, fitted to Sargolini et al. 2006"
_NORMAL = NormalDist()
#: Probabilities of the speed stay so far from 0 and 1, where the normal variable has no value.
_SMALLEST = 1e-6


@dataclass(frozen=True)
class TrajectoryParameters:
    """Hold how the animal moves."""

    motion: str = parameter(
        "random_walk",
        "what makes the path: random_walk (built in) or ratinabox (the package)",
        chosen="needs no extra",
        choices=("random_walk", "ratinabox"),
    )
    duration_s: float = parameter(
        100.0,
        "length of the path",
        source="Burak & Fiete 2009: minutes; chosen: 100 s",
        low=1.0,
        high=7200.0,
    )
    step_ms: float = parameter(
        20.0,
        "length of a step, in which the velocity is constant",
        chosen="a quarter of the coherence time of turning",
        low=SCHEDULE_STEP_MS,
        high=1000.0,
        step=SCHEDULE_STEP_MS,
    )
    box_cm: float = parameter(
        100.0,
        "side of the box",
        source="Hafting et al. 2005; RatInABox default",
        low=10.0,
        high=1000.0,
    )
    speed_scale_cm_per_s: float = parameter(
        8.0,
        "most likely speed, scale of its Rayleigh distribution (the mean is 1.25 times as large)",
        source=_PAPER,
        low=0.0,
        high=200.0,
    )
    speed_coherence_s: float = parameter(
        0.7, "time over which the speed changes", source=_PAPER, low=0.01, high=100.0
    )
    turning_deg_per_s: float = parameter(
        120.0,
        "standard deviation of the velocity with which the heading turns",
        source=_PAPER,
        low=0.0,
        high=2000.0,
    )
    turning_coherence_s: float = parameter(
        0.08, "time over which turning changes", source=_PAPER, low=0.01, high=100.0
    )
    wall_distance_cm: float = parameter(
        10.0,
        "distance from a wall at which it begins to push",
        source="George et al. 2024, RatInABox default",
        low=0.0,
        high=100.0,
    )
    wall_strength: float = parameter(
        1.0,
        "strength with which walls push",
        source="George et al. 2024, RatInABox default",
        low=0.0,
        high=10.0,
    )
    wall_following: float = fraction(
        0.5, "tendency to stay near walls (thigmotaxis), from 0 to 1", source=_PAPER
    )


def draw_trajectory(
    parameters: TrajectoryParameters, seed: int, start_s: float = 0.0
) -> Trajectory:
    """Return a path of foraging.

    Parameters
    ----------
    parameters
        How the animal moves.
    seed
        Seed of the path. The begin of a longer path is the shorter one.
    start_s
        When the path begins, in the time of the recording.

    Raises
    ------
    InputError
        For a duration without a whole step, or RatInABox where it is not installed.
    """
    steps = int(parameters.duration_s * 1e3 / parameters.step_ms + 1e-9)
    if parameters.motion == "ratinabox":
        positions = _ratinabox(parameters, steps, seed)
    else:
        positions = _random_walk(parameters, steps, random_stream(seed, "trajectory"))
    return Trajectory(positions, parameters.step_ms, parameters.box_cm, start_s)


def _random_walk(
    parameters: TrajectoryParameters, steps: int, stream: np.random.Generator
) -> NDArray[np.float64]:
    """Return positions in cm, shape (steps + 1, 2)."""
    fine = round(parameters.step_ms / SCHEDULE_STEP_MS)
    step_s = SCHEDULE_STEP_MS / 1e3
    box, scale = parameters.box_cm, parameters.speed_scale_cm_per_s
    place = stream.uniform(0, box, 2).tolist()
    heading = stream.uniform(0, 2 * math.pi)
    turning = math.radians(parameters.turning_deg_per_s)
    turn = _OrnsteinUhlenbeck(turning, parameters.turning_coherence_s, step_s)
    change = _OrnsteinUhlenbeck(1.0, parameters.speed_coherence_s, step_s)
    turning_rad_per_s, mood = (stream.standard_normal(2) * (turning, 1.0)).tolist()
    speed = _speed(mood, scale)
    velocity = [speed * math.cos(heading), speed * math.sin(heading)]
    positions = [tuple(place)]
    for number in range(steps * fine):
        for_turning, for_speed = stream.standard_normal(2).tolist()
        turning_rad_per_s = turn.next(turning_rad_per_s, for_turning)
        heading = math.atan2(velocity[1], velocity[0]) + turning_rad_per_s * step_s
        speed = _speed(change.next(_mood(math.hypot(*velocity), scale), for_speed), scale)
        velocity = [speed * math.cos(heading), speed * math.sin(heading)]
        for axis in (0, 1):
            push, shift = _wall_push(place[axis], parameters)
            velocity[axis] += push * step_s
            place[axis] += (velocity[axis] + shift) * step_s
        if not (0 <= place[0] <= box and 0 <= place[1] <= box):
            _bounce(place, velocity, box, scale / 2)
        if (number + 1) % fine == 0:
            positions.append(tuple(place))
    return np.array(positions)


@dataclass(frozen=True)
class _OrnsteinUhlenbeck:
    """Describe noise about 0 with a standard deviation and a coherence time."""

    deviation: float
    coherence_s: float
    step_s: float

    def next(self, value: float, normal: float) -> float:
        """Return the value a step later, exact for any length of step."""
        kept = math.exp(-self.step_s / self.coherence_s)
        return kept * value + self.deviation * math.sqrt(1 - kept**2) * normal


def _speed(mood: float, scale: float) -> float:
    """Return the speed whose place in its Rayleigh distribution a normal variable says."""
    below = min(_NORMAL.cdf(mood), 1 - _SMALLEST)
    return scale * math.sqrt(-2 * math.log(1 - below))


def _mood(speed: float, scale: float) -> float:
    """Return the normal variable of a speed."""
    if scale == 0:
        return 0.0
    below = 1 - math.exp(-(speed**2) / (2 * scale**2))
    return _NORMAL.inv_cdf(min(max(below, _SMALLEST), 1 - _SMALLEST))


def _wall_push(place_cm: float, parameters: TrajectoryParameters) -> tuple[float, float]:
    """Return the acceleration and the velocity away from the two walls of an axis.

    A spring that would just turn an animal of the typical speed, divided by ``wall_following``
    into what changes its velocity and what only shifts it, so that it goes on along the wall.
    """
    reach = parameters.wall_distance_cm
    strength = parameters.wall_strength * parameters.speed_scale_cm_per_s
    push = shift = 0.0
    if reach:
        for sign, distance in ((1, place_cm), (-1, parameters.box_cm - place_cm)):
            inside = min(max(reach - distance, 0.0), reach)
            push += sign * (strength / reach) ** 2 * inside
            shift += sign * strength * (1 - math.sqrt(1 - (inside / reach) ** 2))
    following = parameters.wall_following
    return 3 * (1 - following) ** 2 * push, 6 * following**2 * shift


def _bounce(place: list[float], velocity: list[float], box_cm: float, speed: float) -> None:
    """Turn an animal that ran into a wall back, at a speed of half the typical one."""
    for axis in (0, 1):
        if not 0 <= place[axis] <= box_cm:
            wall = 0.0 if place[axis] < 0 else box_cm
            place[axis] = min(max(2 * wall - place[axis], 0.0), box_cm)
            velocity[axis] = -velocity[axis]
    factor = speed / max(math.hypot(*velocity), 1e-9)
    velocity[:] = [factor * part for part in velocity]


def _ratinabox(parameters: TrajectoryParameters, steps: int, seed: int) -> NDArray[np.float64]:
    """Return the positions of an agent of RatInABox in cm, shape (steps + 1, 2)."""
    try:
        from ratinabox import Agent, Environment
    except ImportError:
        raise InputError(
            "motion",
            "ratinabox",
            "must have RatInABox installed: pip install 'hippokv[trajectories]'",
        ) from None
    settings = {
        "dt": parameters.step_ms / 1e3,
        "speed_mean": parameters.speed_scale_cm_per_s / 100,
        "speed_coherence_time": parameters.speed_coherence_s,
        "rotational_velocity_std": math.radians(parameters.turning_deg_per_s),
        "rotational_velocity_coherence_time": parameters.turning_coherence_s,
        "wall_repel_distance": parameters.wall_distance_cm / 100,
        "wall_repel_strength": parameters.wall_strength,
        "thigmotaxis": parameters.wall_following,
    }
    # It draws from NumPy's generator for the whole process, which is given back as it was.
    with ONE_AT_A_TIME:
        before = np.random.get_state()  # noqa: NPY002
        try:
            draw = random_stream(seed, "trajectory").integers(2**32, dtype=np.uint64)
            np.random.seed(int(draw))  # noqa: NPY002
            agent = Agent(Environment({"scale": parameters.box_cm / 100}), settings)
            positions = [100 * np.asarray(agent.pos)]
            for _ in range(steps):
                agent.update()
                positions.append(100 * np.asarray(agent.pos))
        finally:
            np.random.set_state(before)  # noqa: NPY002
    return np.clip(np.array(positions), 0.0, parameters.box_cm)
