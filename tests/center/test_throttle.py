"""How long one waits after wrong passwords."""

from center.people.throttle import Throttle


def waits(throttle: Throttle, attempts: int, *, every_s: float = 0.0) -> list[float]:
    found = []
    for number in range(attempts):
        found.append(throttle.wait_s("li", number * every_s))
        throttle.attempt("li", number * every_s)
    return found


def test_some_are_free_then_the_wait_doubles_up_to_the_longest() -> None:
    assert waits(Throttle(free=3, longest_wait_s=10), 9) == [0, 0, 0, 1, 2, 4, 8, 10, 10]


def test_a_wait_passes() -> None:
    throttle = Throttle(free=1, longest_wait_s=60)
    waits(throttle, 3)  # the third cost 4 s
    assert (throttle.wait_s("li", 1), throttle.wait_s("li", 4)) == (3, 0)


def test_others_do_not_wait() -> None:
    throttle = Throttle(free=1, longest_wait_s=60)
    waits(throttle, 5)
    assert throttle.wait_s("wang", 0) == 0


def test_a_right_password_forgives_all() -> None:
    throttle = Throttle(free=2, longest_wait_s=60)
    waits(throttle, 5)
    throttle.forgive("li")
    assert waits(throttle, 3) == [0, 0, 1]


def test_what_came_to_nothing_counts_for_nothing() -> None:
    throttle = Throttle(free=1, longest_wait_s=60)
    for _ in range(5):
        throttle.attempt("li", 0)
        throttle.undo("li")
    throttle.undo("nobody")
    assert throttle.wait_s("li", 0) == 0


def test_after_a_long_time_all_is_forgotten() -> None:
    throttle = Throttle(free=1, longest_wait_s=60)
    waits(throttle, 8)
    throttle.attempt("li", 100)
    assert throttle.wait_s("li", 100) == 1


def test_what_is_remembered_is_bounded() -> None:
    throttle = Throttle(free=1, longest_wait_s=60)
    for number in range(50_000):
        throttle.attempt(number, 0)
    assert throttle.wait_s(49_999, 0) == 1
    assert throttle.wait_s(0, 0) == 0
