# SPDX-License-Identifier: Apache-2.0
"""Reloads and restarts that come thick and fast, or meet what they cannot have."""
import os
import re
import signal
import socket
import threading
import time

import pytest

from conftest import ask_socket, free_port, until


def md5(door, **more):
    """A trunk that raises a warning."""
    return door.trunk(algs="md5", **more)


@pytest.fixture
def big_door(make_door):
    """One whose load takes a while."""
    return make_door(lambda d: d.trunk(more="".join(
        f"    user u{i} file:{d.secret('carol')}\n" for i in range(300))))


def test_hang_ups_and_reloads_at_once_are_all_taken(big_door):
    door = big_door

    def hang_up():
        for _ in range(200):
            door.process.send_signal(signal.SIGHUP)
            time.sleep(0.004)

    noise = threading.Thread(target=hang_up)
    noise.start()
    answers = [ask_socket(door.control, "/v1/reload", "POST") for _ in range(200)]
    noise.join()
    assert [a for a in answers if a[0] != 200] == []
    assert door.client().login().status == 200
    assert not [e for e in door.events(event="reload") if "refused" in e["message"]]


def test_a_door_starts_right_after_it_was_stopped(big_door):
    """Who finds no control socket any more can have the port; the lock is waited for."""
    door = big_door
    for _ in range(20):
        old = door.process
        assert ask_socket(door.control, "/v1/stop", "POST")[0] == 202
        while os.path.exists(door.control):
            pass
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((door.host, door.port))
        door.spawn("-c", door.conf)
        until(door.is_ready, message=lambda: f"not ready: {door.said()}")
        assert old.wait(timeout=5) == 0
        assert door.client().login().status == 200


def test_what_others_find_the_door_by_stays(door):
    good = door.conf.read_text()
    for key, was in (("run", door.folder), ("control", door.control)):
        door.conf.write_text(re.sub(f"^{key} .*$", f"{key} {door.folder}/else", good, flags=re.M))
        ran = door.cli("reload", "--control", door.control)
        assert ran.code == 4, ran
        assert f"{key} cannot change while the door runs (it is {was}): restart" in ran.err, ran
        assert re.search(rf"{door.conf}:\d+", ran.err), ran
    door.conf.write_text(good)
    assert door.cli("reload").code == 0


def test_a_log_that_cannot_be_had_is_said(make_door):
    door = make_door(start=False)
    pipe, good = door.folder / "pipe", door.conf.read_text()
    os.mkfifo(pipe)
    cases = [(pipe, "is a pipe or a socket"), (door.folder / "none" / "log", "No such file"),
             (door.folder, "Is a directory")]
    for path, word in cases:
        door.conf.write_text(good.replace(str(door.log), str(path)))
        begun = time.monotonic()
        ran = door.cli("serve")
        assert ran.code == 1 and word in ran.err and str(path) in ran.err, ran
        assert time.monotonic() - begun < 5
    door.conf.write_text(good)
    door.start()
    for path, word in cases:
        door.conf.write_text(good.replace(str(door.log), str(path)))
        ran = door.cli("reload")
        assert ran.code == 4 and word in ran.err and str(path) in ran.err, ran
    assert door.status()["generation"]["number"] == 1
    answer = door.client().login(password="wrong")
    door.event(id=answer.id)


def test_a_log_that_was_renamed_is_opened_again(door):
    moved = door.folder / "log.1"
    door.event(event="start")
    door.log.rename(moved)
    door.process.send_signal(signal.SIGUSR1)
    until(door.log.exists)
    answer = door.client().login(password="wrong")
    door.event(id=answer.id)
    assert answer.id not in moved.read_text()


def test_warnings_of_a_reload_are_seen_by_its_caller_and_in_the_log(door):
    door.write(md5(door))
    code, body = ask_socket(door.control, "/v1/reload", "POST")
    assert code == 200 and ": warning SW" in body["text"], body
    said = door.event(event="reload", level="warn")["message"]
    assert re.match(rf"reload: {door.conf}:\d+:\d+: warning SW\d+: ", said), said


def test_more_connections_than_there_is_room_for_wait_for_a_restart(make_door):
    def top(limit):
        return (f"limit message 32k\nlimit connections {limit}\n"
                f"capacity connections {max(limit, 100)}\n")

    door = make_door(top=top(100))
    for limit, warns, has in [(2000, True, 100), (2000, True, 100), (10, False, 10),
                              (100, False, 100)]:
        door.write(door.trunk(), top=top(limit))
        ran = door.cli("reload")
        assert ran.code == 0
        assert (f"{limit} connections from the next start on, until then 100" in ran.err) == warns, ran
        assert ("capacity" in ran.err) == warns, ran
        assert door.connections()["limit"] == has


def test_the_listener_in_the_log_is_the_one_that_was_asked(door):
    """Also while reloads change their order."""
    here, there = f"127.0.0.1:{door.port}", f"127.0.0.1:{free_port()}"
    c = door.client()

    def ask():
        for i in range(1000):
            c.send(c.request(call_id=f"c{i}", fields=["Require: strange"]))
            time.sleep(0.0005)

    load = threading.Thread(target=ask)
    load.start()
    while load.is_alive():
        here_first = door.conf.read_text().find(here) < door.conf.read_text().find(there)
        door.write(door.trunk(), listen=f"{there} {here}" if here_first else f"{here} {there}")
        assert ask_socket(door.control, "/v1/reload", "POST")[0] == 200
    load.join()
    until(lambda: len(door.events(reason="extension")) > 50)
    assert {e["listener"] for e in door.events(reason="extension")} == {f"udp:{here}"}


def test_durability_waits_for_the_next_start_and_says_so(make_door):
    door = make_door(keeps=True)
    door.store = door.store.replace("sipward.db", "sipward.db durability power", 1)
    door.write(door.trunk())
    ran = door.cli("reload")
    assert ran.code == 0
    assert re.search(r"SW035: store is durability power from the next start on, until then "
                     r"durability process: restart the door \(.*:4\)", ran.out + ran.err), ran
    assert door.client().login().status == 200
