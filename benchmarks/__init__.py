"""Measurements of the product itself, on the machine at hand."""
