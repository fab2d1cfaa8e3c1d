# SPDX-License-Identifier: Apache-2.0
"""Long lists of users, while phones register, the door stops or is reloaded; and short work."""
import pathlib
import subprocess
import time

import pytest

from conftest import CANARY, SIPWARD, environment, until
from test_store import PHONES, add, db, fill, held, kept, small_disk  # noqa: F401

LONG = 120000
ROOM = "capacity users 200000\n"


def store_ticks(door):
    """Hundredths of a second that the door's store role has computed."""
    stat = pathlib.Path(f"/proc/{door.role('store')}/stat").read_text().rpartition(")")[2]
    return sum(map(int, stat.split()[11:13]))


class Import:
    """An import that runs; users are u0, u1, …, and those of `last`."""

    def __init__(self, door, rows=LONG, last="", is_first=True):
        path = door.folder / "list.csv"
        path.write_text("username,password\n" +
                        "".join(f"u{i},correct-horse-{i}\n" for i in range(rows)) + last)
        spent = store_ticks(door)
        self.process = subprocess.Popen(
            [SIPWARD, "user", "import", str(path), "--trunk", "staff", "-c", str(door.conf)],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if is_first:  # the others wait behind it
            self.await_work(door, spent)
        time.sleep(0.3)
        assert self.runs(), self.end()

    def await_work(self, door, spent):
        """Until the store role computes: the list is being applied."""
        until(lambda: store_ticks(door) > spent + 10 or not self.runs(), timeout=30)

    def runs(self):
        return self.process.poll() is None

    def end(self):
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, (out + err).decode()


def end(door):
    door.process.terminate()
    code = door.process.wait(timeout=40)
    door.process = None
    return code


def test_a_removed_file_is_written_again_at_the_end(kept):
    assert kept.client("alice").login().status == 200
    for path in kept.folder.glob("sipward.db*"):
        path.unlink()
    assert end(kept) == 0
    kept.start()
    assert kept.status()["store"]["users"] == 1 and held(kept) == 1


def test_what_is_lost_at_the_end_is_said(kept):
    for path in kept.folder.glob("sipward.db*"):
        path.unlink()
    db(kept).mkdir()
    assert end(kept) == 1
    assert "the users of the store (1) and registrations are lost" in kept.said(), kept.said()


def test_a_file_removed_from_a_full_disk_comes_back_with_room(small_disk, make_door):  # noqa: F811
    door = make_door(PHONES, keeps=True, start=False)
    door.store = door.store.replace(f"{door.folder}/sipward.db", f"{small_disk}/sipward.db")
    door.write(PHONES)
    door.start()
    add(door, "alice")
    filler = fill(small_disk)
    (small_disk / "sipward.db").unlink()
    until(lambda: not door.status()["store"]["up"])
    time.sleep(2.5)  # more than one try
    assert not (small_disk / "sipward.db").exists()
    assert "no room" in door.status()["store"]["why"]
    filler.unlink()
    until(lambda: door.status()["store"]["up"])
    assert end(door) == 0
    door.start()
    assert door.status()["store"]["users"] == 1


def test_a_removed_log_takes_nothing_along(kept):
    (kept.folder / "sipward.db-wal").unlink()
    add(kept, "bob")
    until(lambda: (kept.folder / "sipward.db-wal").exists() and kept.status()["store"]["up"])
    assert kept.client("alice").login().status == 200
    time.sleep(0.3)
    kept.process.kill()
    kept.process.wait()
    kept.process = None
    kept.start()
    assert kept.status()["store"]["users"] == 2 and held(kept) == 1


def test_a_stop_ends_a_list_and_keeps_registrations(kept):
    lists = [Import(kept), Import(kept, 1000, is_first=False)]
    assert kept.client("alice").login().status == 200
    began = time.monotonic()
    assert end(kept) == 0
    assert time.monotonic() - began < 5
    for one in lists:
        code, said = one.end()
        assert code == 1 and "stopping" in said, said
    kept.start()
    assert held(kept) == 1 and kept.status()["store"]["users"] == 1


def test_registrations_go_on_beside_a_list(make_door):
    door = make_door(PHONES, keeps=True, top=ROOM)
    add(door, "alice")
    phone, n = door.client("alice"), 0
    running = Import(door)
    while running.runs():
        assert phone.login().status == 200
        n += 1
    code, said = running.end()
    assert code == 0 and "120,000" in said, said
    assert n > 100
    door.stop()
    door.start()
    assert held(door) == 1 and door.status()["store"]["users"] == LONG + 1


def test_a_list_is_not_overtaken_by_a_reload(make_door):
    door = make_door(PHONES, keeps=True, top=ROOM)
    running = Import(door, last=f"alice,{CANARY['alice']}\n")
    for change in (lambda: door.write(door.trunk(users=("alice",)), top=ROOM),
                   lambda: door.conf.write_text(
                       door.conf.read_text().replace("realm example.test", "realm example.org"))):
        door.write(PHONES, top=ROOM)
        change()
        done = door.cli("reload")
        assert running.runs(), "the list ended too soon"
        assert done.code == 4 and "a list of users is being applied" in done.err, done
    door.write(PHONES + "\n", top=ROOM)
    assert door.cli("reload").code == 0
    assert running.end()[0] == 0
    door.write(door.trunk(users=("alice",)), top=ROOM)
    done = door.cli("reload")
    assert done.code == 4 and "SW031" in done.err, done
    door.write(PHONES, top=ROOM)
    door.stop()
    door.start()
    assert door.client("alice").login().status == 200
