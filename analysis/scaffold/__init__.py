"""The rate model of the entorhinal scaffold: addresses, a dense layer, and what is learned on them.

Grid modules (or random sparse codes) give addresses; a hippocampal layer on fixed weights, with a
learned way back, holds and corrects them; keys and values are learned on its activity (Vector-HaSH,
Chandra et al. 2025; MESH, Sharma et al. 2022; Gershman et al. 2025, Box 1). Pure functions of
arrays. Imports ``plasticity`` and ``analysis``; may be imported by ``analysis``, ``protocols`` and
the command line.
"""
