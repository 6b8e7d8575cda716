"""Grid cells: what the bump of a module says of the path, and what its cells fire like in a room.

Pure functions of spikes and a trajectory, one idea a file: the sheet of a module (``sheet``), the
path (``trajectory``), the bump's phase (``bump_phase``) and the path read from it
(``path_integration``); firing maps (``rate_maps``), their autocorrelograms, gridness with its
shuffle null, spacing and orientation; and the figures of both. ``path_outcome`` and
``firing_outcome`` join them for a protocol. Imports ``circuits`` (its spike trains) and
``analysis``; may be imported by ``protocols`` and the command line.
"""
