"""What a training makes small."""

from __future__ import annotations

import keras

from train.recipe import Recipe


def make_loss(recipe: Recipe, *, from_logits: bool) -> keras.losses.Loss:
    """Cross-entropy of one-hot classes, or the focal loss, with the recipe's smoothing.

    The focal loss multiplies each class' term by (1 - probability) ** gamma: what is known well
    already counts less (arXiv:1708.02002, equation 4).
    """
    smoothing = recipe.fitting.label_smoothing
    if recipe.balance.focal_gamma:
        return keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0,
            gamma=recipe.balance.focal_gamma,
            from_logits=from_logits,
            label_smoothing=smoothing,
        )
    return keras.losses.CategoricalCrossentropy(from_logits=from_logits, label_smoothing=smoothing)
