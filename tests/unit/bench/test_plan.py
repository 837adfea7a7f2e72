"""How much is measured, and how often."""

from bench.plan import ONE, USER, Crowd, Plan


def test_one_client_is_measured_more_often_than_others() -> None:
    """A round of theirs is over in a second, and says little on a machine shared with others."""
    round_ = Plan(crowds=(USER, ONE, Crowd(16)), alone=3).each_of_a_round()

    assert round_ == [USER, ONE, ONE, ONE, Crowd(16)]


def test_a_first_look_is_short() -> None:
    """Each crowd once."""
    plan = Plan.quickly(Plan())

    assert plan.rounds == 1
    assert plan.each_of_a_round() == list(plan.crowds)
