"""The theory: key-value memory as one family of functions (Gershman, Fiete & Irie 2025).

A file here is a part of their equations: how alike a query and a key are, how similarities are set
apart, what comes back, and the matrices that need no list of items.
"""
