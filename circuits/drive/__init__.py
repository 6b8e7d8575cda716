"""What reaches cells from outside: the schedule, and noise that is a function of place and time.

The headers do in a compiled program what the modules do in Python. Imports the schedule alone.
"""
