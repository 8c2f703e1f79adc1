"""How weights learn: rates, optimizers, losses, and what keeps them from overfitting."""
