"""From scores to decisions: which label stands, and when it comes and goes."""

from edge.decide.decider import Decider, Event, Policy, Verdict
from edge.decide.from_card import card_policy
from edge.decide.smoothing import LIVE_SMOOTHING, Smoothing, parse_smoothing

__all__ = [
    "LIVE_SMOOTHING",
    "Decider",
    "Event",
    "Policy",
    "Smoothing",
    "Verdict",
    "card_policy",
    "parse_smoothing",
]
