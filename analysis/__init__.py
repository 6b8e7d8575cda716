"""What can be said of a recording: readout, rate model, scores, figures, report.

Pure functions of schedules, recordings and arrays; nothing here knows Brian2. Imports
``circuits`` (its schedules and recordings); may be imported by ``protocols`` and the command line.
"""
