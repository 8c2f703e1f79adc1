"""How good a trained network is, and the report that says so."""
