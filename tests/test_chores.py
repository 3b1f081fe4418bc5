"""Chores are done once, by whoever comes first, and in any case."""

from __future__ import annotations

from functools import partial
from threading import Event, Thread

import pytest

from unstick.chores import Chores


def test_who_needs_it_does_it_if_nobody_did() -> None:
    chores, done = Chores(), []

    def work(number: int) -> int:
        done.append(number)
        return number

    one, two = (chores.later(partial(work, number)) for number in (1, 2))
    assert not one.done
    assert (two.value(), two.value(), done) == (2, 2, [2])
    assert chores.help()
    assert (one.done, one.value(), done) == (True, 1, [2, 1])
    assert chores.help()  # the second was waiting still, and is done
    assert not chores.help()
    assert done == [2, 1]


def test_what_was_done_is_not_kept_where_nobody_ever_helps() -> None:
    chores = Chores()
    for number in range(100):
        assert chores.later(partial(int, number)).value() == number
    assert len(chores) == 1


def test_who_helps_does_not_wait_for_one_that_is_being_done_and_who_needs_it_does() -> None:
    chores, begun, go_on = Chores(), Event(), Event()

    def long() -> int:
        begun.set()
        assert go_on.wait(10)
        return 5

    chore = chores.later(long)
    other = Thread(target=chore.begin)
    other.start()
    assert begun.wait(10)
    assert chores.help()
    assert not chore.done
    go_on.set()
    assert chore.value() == 5
    other.join()


def test_what_fails_fails_for_who_needs_it() -> None:
    chores, told = Chores(), []

    def fails() -> None:
        told.append(1)
        raise OSError("no")

    chore = chores.later(fails)
    for asked in (chores.help, chore.value):
        with pytest.raises(OSError, match="no"):
            asked()
    assert (chore.done, told) == (False, [1, 1])
