# SPDX-License-Identifier: Apache-2.0
"""The clock of the wall is set by ten years, forth and back, while the door runs (P20).

tests/faults/other_clock.c gives the door another time than the machine's, whose clock nobody
touches; the monotonic clock is left alone.
"""
import pathlib
import re
import shutil
import struct
import tempfile
import time

import pytest

import conftest
import sipclient
from conftest import SIPWARD, environment, until
from harm import PHONES, die_all, import_users
from load import PASSWORD

LIBRARY = pathlib.Path(SIPWARD).resolve().parent / "tests" / "faults" / "other_clock.so"
pytestmark = pytest.mark.skipif(not LIBRARY.exists(),
                                reason="needs build/debug/tests/faults/other_clock.so")
YEAR = 365 * 86400


class Clock:
    def __init__(self, folder):
        self.file = folder / "clock"
        self.file.write_bytes(bytes(8))

    def set(self, years):
        with open(self.file, "r+b") as f:
            f.write(struct.pack("=q", years * YEAR))


@pytest.fixture
def clock(monkeypatch):
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    it = Clock(folder)
    monkeypatch.setattr(conftest, "environment", lambda **more: environment(
        LD_PRELOAD=str(LIBRARY), OTHER_CLOCK=str(it.file), **more))
    yield it
    shutil.rmtree(folder)


@pytest.fixture
def door(clock, make_door):
    door = make_door(PHONES, keeps=True)
    import_users(door, 4)
    return door


def phone(door, name="u0"):
    return sipclient.Client((door.host, door.port), name, password=PASSWORD)


def left_s(c):
    """How long the binding of this phone stays, or None."""
    answer = c.login(contact=None)
    assert answer.status == 200
    found = re.search(r"expires=(\d+)", answer.get("Contact") or "")
    return int(found[1]) if found else None


def year_of_the_log(door):
    return int(door.events()[-1]["ts"][:4])


@pytest.mark.parametrize("years", [10, -10])
def test_a_step_of_ten_years_lets_nobody_in_and_throws_nobody_out(door, clock, years):
    c, spent = phone(door), phone(door, "u1")
    assert c.login().status == 200
    fresh = phone(door, "u2").ask().challenge("SHA-256")
    used = spent.ask().challenge("SHA-256")
    assert spent.prove(used).status == 200
    now = time.gmtime().tm_year
    clock.set(years)
    assert phone(door, "u3").login(password="wrong").status == 403
    until(lambda: abs(year_of_the_log(door) - now - years) <= 1)  # the step has come
    assert spent.prove(used, nc=1).status == 401   # a replay is one in any year
    assert phone(door, "u2").prove(fresh).status == 200  # a nonce goes by the other clock
    assert spent.prove(used, nc=2).status == 200
    left = left_s(c)
    assert left and 3500 < left <= 3600, left
    until(lambda: door.status()["registrations"] == 3)
    clock.set(0)
    left = left_s(c)
    assert left and 3500 < left <= 3600, left
    short = phone(door, "u3")
    assert short.login(expires=60).status == 200
    assert left_s(short) <= 60


def test_a_start_in_another_time_makes_no_binding_live_for_ever(door, clock):
    c = phone(door)
    assert c.login().status == 200
    die_all(door)
    clock.set(-10)
    door.start()
    left = left_s(c)
    assert left is None or left <= 3600, left
    old = c.ask().challenge("SHA-256")
    die_all(door)
    clock.set(10)
    door.start()
    assert c.prove(old).status == 401  # of an earlier start
    assert left_s(c) is None  # ten years later it has ended
    assert c.login().status == 200 and 3500 < left_s(c) <= 3600
