"""What turns a circuit into a network, compiles it, keeps it and runs it.

:mod:`.network` alone makes objects of Brian2, which is imported inside functions. Imports all of
the other folders; :mod:`.program` is what the layers above use.
"""
