"""The parts of benchmarks/install_weight.py: what an installation costs before the first frame."""
