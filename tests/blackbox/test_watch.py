# SPDX-License-Identifier: Apache-2.0
"""Files of the configuration that change while the door runs, and nobody asks for a reload."""
import os
import time

from conftest import CANARY, until

LOOK = 5 + 1 + 3  # seconds: a look, the one that trusts it, and the load


def generation(door):
    return door.status()["generation"]["number"]


def wait_for(door, number):
    until(lambda: generation(door) >= number, timeout=LOOK,
          message=lambda: f"still generation {generation(door)}: {door.events(event='reload')}")


def refusals(door):
    return [e for e in door.events(event="reload") if "refused" in e["message"]]


def login(door, user="alice", **more):
    return door.client(user, **more).login().status


def test_what_changes_is_taken_and_what_does_not_is_left_alone(make_door):
    door = make_door(start=False)
    parts = door.folder / "conf.d"
    parts.mkdir()
    door.write(door.trunk(users=("alice",)), top=f"include {parts}/*.conf\n")
    door.start()
    assert login(door, "bob") == 403
    (parts / "b.conf").write_text(door.trunk("more", users=("bob",)))  # a file that comes
    door.secret("alice").write_text(CANARY["carol"] + "\n")
    wait_for(door, 2)
    assert login(door, "bob") == 200
    assert login(door, password=CANARY["carol"]) == 200
    assert login(door) == 403
    (parts / "b.conf").unlink()  # and one that goes
    wait_for(door, 3)
    assert login(door, "bob") == 403
    time.sleep(LOOK)
    assert generation(door) == 3
    assert refusals(door) == []


def test_a_link_that_is_swapped_is_seen(make_door):
    """As Kubernetes does: the files keep their times, and a link leads to others."""
    door = make_door(start=False)
    for name, users in (("1", ("alice",)), ("2", ("alice", "bob"))):
        folder = door.folder / name
        folder.mkdir()
        (folder / "staff.conf").write_text(door.trunk(users=users))
        os.utime(folder / "staff.conf", (1_000_000_000, 1_000_000_000))
    os.symlink("1", door.folder / "data")
    door.write("", top=f"include {door.folder}/data/staff.conf\n")
    door.start()
    assert login(door, "bob") == 403
    os.symlink("2", door.folder / "next")
    os.rename(door.folder / "next", door.folder / "data")
    wait_for(door, 2)
    assert login(door, "bob") == 200


def test_a_bad_file_is_told_once_and_heals(door):
    good = door.conf.read_text()
    door.conf.write_text(good.replace("realm", "relam"))
    until(lambda: refusals(door), timeout=LOOK)
    assert "SW201" in refusals(door)[0]["message"]
    time.sleep(11)
    assert len({e["message"] for e in refusals(door)}) == len(refusals(door))
    assert login(door) == 200
    assert generation(door) == 1
    door.conf.write_text(good)
    wait_for(door, 2)


def test_rights_that_are_repaired_are_seen(door):
    """Nothing in the file changes, only who may read it."""
    door.secret("alice").chmod(0o644)
    until(lambda: refusals(door), timeout=LOOK)
    assert "SW027" in refusals(door)[-1]["message"]
    assert login(door) == 200
    door.secret("alice").chmod(0o600)
    wait_for(door, 2)
    assert login(door) == 200
