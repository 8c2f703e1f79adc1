"""train.evaluation.remarks: each sentence where its numbers ask for it, and only there."""

from __future__ import annotations

from edge.stats import Accuracy
from train.evaluation.remarks import limits, listed, verdict


def said(judged, *args, **kwargs):
    run, findings = judged(*args, **kwargs)
    return limits(findings, run)


def has(sentences, text):
    return any(text in sentence for sentence in sentences)


def test_the_verdict_names_the_weakest_class(judged):
    _, findings = judged(("cat", "dog"), [[90, 10], [30, 70]])
    low, high = Accuracy(160, 200).interval
    assert verdict(findings) == (
        f"80.00% of 200 test pictures are named rightly (95 % CI {low:.2%} to {high:.2%});"
        " weakest is dog, of which 70 of 100 are found (70.0%)."
    )


def test_the_verdict_of_no_mistakes(judged):
    assert verdict(judged(("cat", "dog"), [[90, 0], [0, 70]])[1]).endswith("none is named wrongly.")


def test_a_weak_class_and_its_confusion_are_named(judged):
    sentences = said(judged, ("cat", "dog", "yak"), [[95, 5, 0], [2, 98, 0], [0, 40, 60]])
    assert has(sentences, "Weakest class, by how many are found: yak (60 of 100).")
    assert has(sentences, "yak is taken for dog: 40 of 100 pictures (40.0%)")


def test_good_figures_get_no_reproach(judged):
    sentences = said(judged, ("cat", "dog"), [[970, 30], [20, 980]], right=0.97)
    assert len(sentences) == 3  # size, unknown, other cameras: always true
    assert sentences[0].startswith("The network sees 16x16 colour pixels")
    assert "one of the 2 names" in sentences[1]
    assert "pictures like those of photos" in sentences[2]


def test_no_better_than_one_answer_for_all(judged):
    sentences = said(judged, ("cat", "dog"), [[90, 0], [10, 0]])
    assert sentences[0].endswith("would be right for 90.0% of these pictures.")
    assert has(sentences, "Never named in the test: dog.")


def test_few_pictures_are_called_few(judged):
    sentences = said(judged, ("cat", "dog", "yak"), [[18, 2, 0], [5, 15, 0], [0, 0, 0]])
    assert has(sentences, "40 test pictures are few")
    assert has(sentences, "the figures are rough: cat (20) and dog (20).")
    assert has(sentences, "No test pictures, so nothing is known: yak.")


def test_a_group_that_does_worse_is_named(judged):
    groups = ["day"] * 100 + ["night"] * 100
    sentences = said(judged, ("cat", "dog"), [[95, 5], [40, 60]], groups=groups)
    assert has(sentences, "It does worse on group night: 60.0% of 100 pictures are named rightly")
    assert not has(sentences, "group day")


def test_a_group_that_chance_explains_is_not_named(judged):
    # Of the attic 3 of 12 are right, of the day both.
    groups = ["day", *["attic"] * 12, "day"]
    sentences = said(judged, ("cat", "dog"), [[2, 5], [4, 3]], groups=groups)
    assert not has(sentences, "more than chance explains")


def test_scores_that_promise_too_much_or_too_little(judged):
    confusion = [[90, 10], [10, 90]]
    assert has(said(judged, ("cat", "dog"), confusion, right=0.99), "Scores are too high")
    assert has(said(judged, ("cat", "dog"), confusion, right=0.6), "Scores are too low")
    assert not has(said(judged, ("cat", "dog"), confusion, right=0.9), "Scores are")


def test_lists_of_names():
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefgh")) == "a, b, c, d, e and 3 more"
