"""What is done to cells and synapses: light, silence, scaled and erased weights.

Imports :mod:`..drive`, the schedule and the recording.
"""
