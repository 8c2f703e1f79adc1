"""Bringing the device side onto devices, real ones and emulated ones."""
