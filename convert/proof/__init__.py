"""Proof of a quantized file: what it lost, on which pictures, and what it gained for that."""
