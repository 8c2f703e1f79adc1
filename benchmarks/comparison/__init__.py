"""The parts of benchmarks/peers.py: others' ways from a frame to a label, beside ours."""
