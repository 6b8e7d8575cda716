"""What runs any protocol: settings, stimuli, the simulator, scores, and the folder of results.

``protocol`` says what an experiment is, ``experiment`` runs one, ``configuration`` reads and writes
its settings. Knows no experiment by name.
"""
