# SPDX-License-Identifier: Apache-2.0
"""Tables that are full, each with its stated answer, and a log that nobody takes."""
import os
import signal
import time

import pytest

import sipclient
from conftest import until
from harm import PHONES, import_users, pid_of
from load import PASSWORD

ROOM = 100


def phone(door, name):
    return sipclient.Client((door.host, door.port), name, password=PASSWORD)


def table(door, name):
    return door.status()["tables"][name]


def test_a_full_table_of_bindings_takes_no_more_and_keeps_what_it_has(make_door):
    door = make_door(PHONES, keeps=True, top=f"workers 2\ncapacity bindings {ROOM}\n")
    import_users(door, ROOM + 20)
    phones = [phone(door, f"u{n}") for n in range(ROOM + 20)]
    assert {c.login().status for c in phones[:ROOM]} == {200}
    for c in phones[ROOM:]:
        answer = c.login()
        assert answer.status == 503 and int(answer.get("Retry-After")) > 0
        assert door.event(id=answer.id)["reason"] == "table_full"
    assert door.count("table_full") == 20
    until(lambda: table(door, "bindings")["used"] == ROOM)
    assert {c.login().status for c in phones[:ROOM]} == {200}  # those go on
    assert phones[0].login(expires=0).status == 200
    assert phones[-1].login().status == 200
    answer = phones[1].login(contact=None)
    assert phones[1].contact in answer.get("Contact")


def test_a_full_table_of_users_takes_no_more(make_door):
    door = make_door(PHONES, keeps=True, top=f"capacity users {ROOM}\n")
    import_users(door, ROOM)
    until(lambda: table(door, "users")["used"] == ROOM)
    done = door.cli("user", "add", "one-more", "--trunk", "staff", "--stdin",
                    stdin=(PASSWORD + "\n").encode())
    assert done.code == 1 and f"room for {ROOM} users" in done.err and "full" in done.err, done
    assert phone(door, "u0").login().status == 200
    assert phone(door, "one-more").login().status == 403
    assert door.cli("user", "del", "u1").code == 0
    done = door.cli("user", "add", "one-more", "--trunk", "staff", "--stdin",
                    stdin=(PASSWORD + "\n").encode())
    assert done.code == 0, done
    assert phone(door, "one-more").login().status == 200


def test_a_full_table_of_nonces_lets_the_oldest_go_and_refuses_nobody(make_door):
    door = make_door(PHONES, keeps=True, top=f"capacity nonces {ROOM}\n")
    import_users(door, 1)
    first = phone(door, "u0")
    challenge = first.ask().challenge("SHA-256")
    assert first.prove(challenge).status == 200
    statuses = [phone(door, "u0").login().status for _ in range(3 * ROOM)]
    assert set(statuses) <= {200, 401} and statuses.count(200) >= ROOM, statuses
    until(lambda: table(door, "nonces")["used"] == ROOM)
    answer = first.prove(challenge, nc=1)  # used, and forgotten
    assert answer.status == 401 and answer.challenge("SHA-256").stale
    time.sleep(0.2)  # in the moment in which the last one was dropped all are as old as that
    assert first.login().status == 200


def test_more_connections_than_there_is_room_for_are_closed_and_the_others_go_on(make_door):
    door = make_door(PHONES, keeps=True,
                     top=f"capacity connections {ROOM}\nlimit connections {ROOM}\n")
    import_users(door, 1)
    lines = []
    while len(lines) < 2 * ROOM:
        lines.append(sipclient.Tcp((door.host, door.port), "u0", password=PASSWORD))
    assert any(line.is_closed(0.01) for line in lines)
    assert door.connections()["open"] <= ROOM
    alive = [line for line in lines if not line.is_closed(0.001)]
    assert alive
    assert alive[0].login().status == 200
    for line in lines[1:]:
        line.close()
    until(lambda: sipclient.Tcp((door.host, door.port), "u0", password=PASSWORD).login()
          .status == 200)


def test_a_log_that_nobody_takes_makes_nobody_wait(make_door):
    """Admin stands still: events are dropped and counted, and it is replaced."""
    door = make_door(PHONES, keeps=True)
    import_users(door, 1)
    c = phone(door, "u0")
    assert c.login().status == 200
    pid = pid_of(door, "admin")
    os.kill(pid, signal.SIGSTOP)
    for n in range(6000):
        c.send(c.request(call_id=f"c{n}", fields=["Require: strange"]))
        if n % 50 == 49:
            for _ in range(50):
                assert c.hear(1).status == 420
    assert c.login().status == 200
    until(lambda: door.status()["events_lost"] > 0 if pid_of(door, "admin") != pid else None,
          timeout=10)
    lost = door.status()["events_lost"]
    assert 1000 < lost < 7000
    assert c.login(password="wrong").status == 403
    door.event(reason="digest_wrong")
