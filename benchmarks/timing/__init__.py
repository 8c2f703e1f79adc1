"""The parts of latency.py: what a worker measures, and what becomes of the figures."""
