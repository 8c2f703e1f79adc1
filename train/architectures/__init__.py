"""Networks, one file each, every one with a ``build``."""
