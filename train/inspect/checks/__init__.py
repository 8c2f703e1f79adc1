"""What can be wrong with pictures for training: one family of faults a module."""
