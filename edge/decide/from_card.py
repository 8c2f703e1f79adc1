"""The rules that a model's card asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.decide.decider import Policy

if TYPE_CHECKING:
    from edge.card import Card


def card_policy(card: Card | None) -> Policy:
    """Its temperature and its threshold for unknown; neither where a model has no card."""
    if card is None:
        return Policy()
    return Policy(temperature=card.temperature, threshold=card.unknown_threshold)
