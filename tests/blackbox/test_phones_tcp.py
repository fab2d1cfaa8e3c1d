# SPDX-License-Identifier: Apache-2.0
"""Debian 12's phones over TCP: register, refresh, unregister, and come back."""
import os
import signal

import pytest

from conftest import until
from phones import Baresip, Linphone, sipp, sipsak


def test_linphone_registers_refreshes_and_unregisters_over_tcp(make_door, tmp_path):
    door = make_door(lambda d: d.trunk(more="    expires 1s 3s\n"))
    with Linphone(tmp_path, door, "alice", transport="tcp") as phone:
        phone.register()
        event = door.event(event="registration", subject="alice")
        assert (event["alg"], event["transport"], event["warn"]) == ("sha-256", "tcp", [])
        until(lambda: len(door.events(event="registration", subject="alice")) >= 2, timeout=8)
        assert door.status()["registrations"] == 1
        assert door.connections()["proven"] == 1
        phone.say("unregister")
        until(lambda: door.status()["registrations"] == 0)
    assert not door.events(verdict="refused")
    until(lambda: door.connections()["open"] == 0)


def kill_the_worker(door):
    os.kill(door.role("worker 0"), signal.SIGKILL)


def restart(door):
    assert door.stop() == 0
    door.start()


# Whoever is refused while nobody listens is not in a hurry: linphone comes after a minute.
@pytest.mark.parametrize("lose,within", [(kill_the_worker, 30), (restart, 100)])
def test_linphone_comes_back_when_its_connection_is_lost(make_door, tmp_path, lose, within):
    door = make_door(lambda d: d.trunk(more="    expires 1s 5s\n"), top="workers 1\n")
    with Linphone(tmp_path, door, "alice", transport="tcp") as phone:
        phone.register()
        until(lambda: door.status()["registrations"] == 1)
        lost = door.event(event="registration", subject="alice")["sport"]
        lose(door)
        until(lambda: [e for e in door.events(event="registration", subject="alice")
                       if e["sport"] != lost], timeout=within, message=phone.heard)
        until(lambda: door.status()["registrations"] == 1)
        assert door.connections()["proven"] == 1


def test_baresip_registers_over_tcp_and_leaves_nothing_behind(md5_door, tmp_path):
    with Baresip(tmp_path, md5_door, "alice", transport="tcp") as phone:
        until(lambda: "200 OK" in phone.heard(), timeout=8, message=phone.heard)
        event = md5_door.event(event="registration", subject="alice")
        assert (event["alg"], event["transport"]) == ("md5", "tcp")
        phone.process.send_signal(signal.SIGKILL)  # no unregister: its connection says it
        until(lambda: md5_door.status()["registrations"] == 0)
    assert md5_door.count("digest_wrong") == 0


def test_sipsak_and_sipp_register_over_tcp(md5_door, tmp_path):
    code, text = sipsak(tmp_path, md5_door, "alice", transport="tcp")
    assert code == 0, text
    code, text = sipp(tmp_path, md5_door, "bob", transport="tcp")
    assert code == 0, text
    for user in ("alice", "bob"):
        assert md5_door.event(event="registration", subject=user)["transport"] == "tcp"
    until(lambda: md5_door.connections()["open"] == 0)
    assert md5_door.status()["registrations"] == 0


def test_wrong_passwords_over_tcp_are_refused(md5_door, tmp_path):
    code, text = sipsak(tmp_path, md5_door, "alice", password="wrong", transport="tcp")
    assert code not in (0, None), text
    code, text = sipp(tmp_path, md5_door, "bob", password="wrong", transport="tcp")
    assert code not in (0, None), text
    assert md5_door.count("digest_wrong") >= 2
