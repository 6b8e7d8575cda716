"""Recall: what was stored and asked for, what came back, and what the rate model says of it."""
