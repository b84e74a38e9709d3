"""A model that fails again and again is left alone, and then tried by one call."""

from agent.breakers import FAILURES_TO_OPEN, LONGEST_OPEN_SECONDS, MOST_KNOWN, OPEN_SECONDS, Breakers


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breakers:
    breakers = Breakers(clock)
    assert [breakers.failed("m", 1) for _ in range(FAILURES_TO_OPEN)] == [False] * (FAILURES_TO_OPEN - 1) + [True]
    return breakers


def test_failures_in_a_row_open_it_and_an_answer_between_them_does_not() -> None:
    breakers = Breakers(Clock())
    for _ in range(FAILURES_TO_OPEN - 1):
        breakers.failed("m", 1)
    breakers.answered("m")
    breakers.failed("m", 1)
    assert breakers.admits("m")
    assert not opened(Clock()).admits("m")


def test_it_is_open_for_that_model_alone() -> None:
    assert opened(Clock()).admits("another")


def test_half_open_it_lets_one_call_through_and_an_answer_closes_it() -> None:
    clock = Clock()
    breakers = opened(clock)
    clock.now += OPEN_SECONDS
    assert [breakers.admits("m") for _ in range(3)] == [True, False, False]
    assert breakers.answered("m")
    assert [breakers.admits("m") for _ in range(3)] == [True, True, True]


def test_a_probe_that_fails_opens_it_again_at_once() -> None:
    clock = Clock()
    breakers = opened(clock)
    clock.now += OPEN_SECONDS
    assert breakers.admits("m")
    assert not breakers.failed("m", 1), "it was not closed"
    clock.now += OPEN_SECONDS - 1
    assert not breakers.admits("m")
    clock.now += 1
    assert breakers.admits("m")


def test_a_probe_that_was_cancelled_leaves_the_next_one_its_chance() -> None:
    clock = Clock()
    breakers = opened(clock)
    clock.now += OPEN_SECONDS
    assert breakers.admits("m")
    breakers.let_go("m")
    assert breakers.admits("m")


def test_a_provider_is_left_alone_for_as_long_as_it_asks_and_not_for_ever() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    assert breakers.failed("m", 1, 120.0)
    assert breakers.failed("n", 1, 10.0**9)
    clock.now += 119
    assert not breakers.admits("m")
    clock.now += 1
    assert breakers.admits("m")
    clock.now += LONGEST_OPEN_SECONDS
    assert breakers.admits("n")


def test_names_without_end_do_not_fill_the_memory() -> None:
    breakers = Breakers(Clock())
    for number in range(MOST_KNOWN + 50):
        breakers.failed(f"m{number}", 3)
    assert not breakers.is_open("m0")
    assert breakers.is_open(f"m{MOST_KNOWN + 49}")
