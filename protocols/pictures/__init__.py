"""Pictures of results, one file for each kind of protocol."""
