# SPDX-License-Identifier: Apache-2.0
"""Disks that are full, journals that were cut, spoilt or removed, a database that is gone."""
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import pytest

from conftest import until
from harm import PHONES, SOAK, die_all, import_users, pid_of
from load import PASSWORD, Load, names

PEOPLE = 60


@pytest.fixture
def make_disk(tmp_path):
    """Disks of their own that are soon full; where the machine allows to mount one."""
    made = []

    def make(mib):
        path = tmp_path / f"disk{len(made)}"
        path.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0755", "tmpfs", path],
                          capture_output=True).returncode != 0:
            pytest.skip("this user may not mount a disk")
        made.append(path)
        return path

    yield make
    for path in made:
        subprocess.run(["umount", "-l", path], check=True)


def fill(disk):
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            return filler


@pytest.fixture
def kept(make_disk, make_door):
    disk = make_disk(24)
    door = make_door(PHONES, keeps=True, start=False)
    door.disk = disk
    door.store = door.store.replace(f"{door.folder}/sipward.db", f"{disk}/sipward.db")
    door.write(PHONES, top="workers 2\n")
    door.start()
    import_users(door, PEOPLE)
    return door


def journals(door):
    return sorted(x for x in door.disk.iterdir() if ".bindings-" in x.name)


def test_a_disk_that_is_full_under_journal_and_database_takes_nothing_and_loses_nothing(kept):
    with Load(kept, PEOPLE) as load:
        until(lambda: load.registered > 2 * PEOPLE)
        filler = fill(kept.disk)
        until(lambda: load.by_status.get(503, 0) > PEOPLE, timeout=20)
        asked = kept.client("u0", password=PASSWORD).login(method="OPTIONS")
        assert asked.status in (200, 404)
        filler.unlink()
        refused = load.by_status[503]
        until(lambda: kept.status()["store"]["up"])
        registered = load.registered
        until(lambda: load.registered > registered + 2 * PEOPLE, timeout=10)
        die_all(kept)
        kept.start()
    assert refused > PEOPLE and kept.events(level="error", event="store")
    load.check()


def refuse_all(door):
    """Its database takes nothing more; its journals do, for workers write them."""
    resource.prlimit(pid_of(door, "store"), resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def test_a_database_that_takes_nothing_is_told_at_once_and_loses_nothing(kept):
    phone = kept.client("u1", password=PASSWORD)
    refuse_all(kept)
    assert phone.login().status == 200  # its journal has it
    until(lambda: not kept.status()["store"]["up"])
    assert phone.login().status == 503
    assert kept.events(level="error", event="store")
    resource.prlimit(pid_of(kept, "store"), resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    until(lambda: kept.status()["store"]["up"])
    assert phone.login().status == 200
    until(lambda: kept.status()["store"]["journal"]["waiting"] == 0)


def test_journals_are_synced_while_the_database_refuses(kept, tmp_path):
    if not shutil.which("strace") or os.geteuid() != 0:
        pytest.skip("needs strace, and root")
    phone = kept.tcp("u0", password=PASSWORD)
    assert phone.login().status == 200
    refuse_all(kept)
    kept.client("u1", password=PASSWORD).login()
    until(lambda: not kept.status()["store"]["up"])
    time.sleep(0.6)  # what was written before that is synced
    trace = tmp_path / "trace"
    strace = subprocess.Popen(["strace", "-y", "-e", "trace=fdatasync", "-o", trace,
                               "-p", str(pid_of(kept, "store"))], stderr=subprocess.PIPE)
    strace.stderr.readline()  # it is attached
    phone.sock.close()  # its registration ends, which its journal takes
    try:
        until(lambda: ".bindings-" in trace.read_text(), timeout=3)
    finally:
        strace.send_signal(signal.SIGINT)
        strace.wait(5)
    assert not kept.status()["store"]["up"]


def test_a_death_while_the_disk_is_full_loses_nothing(kept):
    with Load(kept, PEOPLE) as load:
        until(lambda: load.registered > 2 * PEOPLE)
        filler = fill(kept.disk)
        until(lambda: load.by_status.get(503, 0) > PEOPLE, timeout=20)
        die_all(kept)
        filler.unlink()
        kept.start()
        registered = load.registered
        until(lambda: load.registered > registered + PEOPLE)
    load.check()


def leave_journals(door, load):
    """All end at once, and what was promised last stands in the journals alone."""
    until(lambda: load.registered > PEOPLE)
    os.kill(pid_of(door, "store"), signal.SIGSTOP)
    registered = load.registered
    until(lambda: load.registered > registered + 3 * PEOPLE)
    die_all(door)


def history(load):
    """After damage: nobody has what he never sent, nor another one's."""
    load.ask_all()
    for p in load.phones:
        assert len(load.found[p.name]) <= 1 and all(n <= p.number for n in load.found[p.name])
    assert load.wrong == [] and load.silent == []
    return sum(len(found) for found in load.found.values())


def cut(path, dice):
    octets = path.read_bytes()
    used = len(octets.rstrip(b"\0"))
    os.truncate(path, dice.randrange(used) if used else 0)


def flip(path, dice):
    octets = bytearray(path.read_bytes())
    used = len(octets.rstrip(b"\0"))
    for _ in range(20 if used else 0):
        octets[dice.randrange(used)] ^= 1 << dice.randrange(8)
    path.write_bytes(octets)


def junk(path, dice):
    path.write_bytes(dice.randbytes(5000))


@pytest.mark.parametrize("harm", [cut, flip, junk])
def test_a_journal_that_was_spoilt_between_two_starts_costs_what_was_spoilt(kept, harm):
    dice = random.Random()
    for _ in range(2 * SOAK):
        load = Load(kept, PEOPLE)
        load.start()
        leave_journals(kept, load)
        assert any(len(x.read_bytes().rstrip(b"\0")) > 1000 for x in journals(kept))
        for path in journals(kept):
            harm(path, dice)
        kept.start()
        registered = load.registered
        until(lambda: load.registered > registered + 3 * PEOPLE)  # everybody has come again
        load.stop()
        load.check()
        assert history(load) == PEOPLE
        load.close()
    assert [e for e in kept.events() if "damaged places in journals" in e.get("message", "")]


def test_what_stands_in_sound_journals_is_there_after_the_start(kept):
    load = Load(kept, PEOPLE)
    load.start()
    leave_journals(kept, load)
    load.is_over = True
    load.busy.clear()
    load.stop()
    before = {p.name: p.acked for p in load.phones}
    kept.start()
    load.check()
    assert all(before.values())


def test_journals_that_are_removed_while_the_door_runs_cost_503_and_no_registration(kept):
    with Load(kept, PEOPLE) as load:
        until(lambda: load.registered > PEOPLE)
        for path in journals(kept):
            path.unlink()
        until(lambda: [e for e in kept.events(event="store")
                       if "was removed while the door runs" in e["message"]])
        until(lambda: load.by_status.get(503, 0) > 0 or len(journals(kept)) == 4)
        time.sleep(1)
        die_all(kept)
        kept.start()
        assert len(journals(kept)) == 4
        registered = load.registered
        until(lambda: load.registered > registered + PEOPLE)
    load.check()


def test_a_database_that_is_gone_at_the_start_does_not_stop_those_of_the_configuration(kept):
    """Its users and their registrations are gone with it, and nobody is registered by a journal."""
    kept.write(kept.trunk(), top="workers 2\n")
    assert kept.cli("reload").code == 0
    load = Load(kept, PEOPLE)
    load.start()
    leave_journals(kept, load)
    load.is_over = True
    load.busy.clear()
    load.stop()
    for path in kept.disk.glob("sipward.db*"):
        if ".bindings-" not in path.name:
            path.unlink()
    kept.start()
    assert kept.status()["store"]["users"] == 0
    assert kept.client("alice").login().status == 200
    assert kept.client(names(1)[0], password=PASSWORD).login().status == 403
    until(lambda: kept.status()["registrations"] == 1)
