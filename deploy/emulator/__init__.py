"""A Raspberry Pi in a box: an arm64 userland that a desktop runs through qemu."""
