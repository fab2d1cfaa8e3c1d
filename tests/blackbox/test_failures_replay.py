# SPDX-License-Identifier: Apache-2.0
"""Proven requests that were recorded and are sent again (P3): to both workers, after deaths of
workers, after a restart. Whatever the answer is, nothing happens twice.
"""
import os
import signal
import socket
import time

import pytest

from conftest import until
from harm import PHONES, SOAK, back, die_all, import_users, pid_of
from load import Load
from test_failures_stuck import one_of_each, phone

PEOPLE = 40
COPIES = 10000 if SOAK == 1 else 1000000


@pytest.fixture
def kept(make_door):
    door = make_door(PHONES, keeps=True, top="workers 2\n")
    import_users(door, PEOPLE)
    return door


class Again:
    """Sockets for both workers that say what others have said."""

    def __init__(self, door):
        self.server = (door.host, door.port)
        self.socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(12)]
        self.by_status = {}
        for s in self.socks:
            s.bind(("127.0.0.1", 0))
            s.settimeout(0.5)

    def say(self, records, n):
        """n copies, some at once; their answers are counted."""
        for i in range(0, n, 12):
            for k, s in enumerate(self.socks):
                s.sendto(records[(i + k) % len(records)], self.server)
            for s in self.socks:
                try:
                    status = int(s.recv(65536)[8:11])
                except TimeoutError:
                    status = 0
                self.by_status[status] = self.by_status.get(status, 0) + 1


def times_left(load):
    """What the door has of each phone: numbers of its contacts, and how long they stay."""
    load.ask_all()
    return {p.name: (load.found.get(p.name), load.left.get(p.name)) for p in load.phones}


def allowed(door):
    return door.status()["verdicts"].get("allowed", 0)


@pytest.fixture
def recorded(kept):
    """Registrations of everybody, half of whom have gone again; all of it was recorded."""
    load = Load(kept, PEOPLE, per_socket=2)
    load.keep = []
    with load:
        until(lambda: load.registered >= 20 * PEOPLE)
    load.is_over = False
    for p in load.phones[::2]:
        p.leaves = True
        load.begin(p, again=True)
    while load.busy:
        load.turn()
    records = [octets for octets, _ in load.keep]
    load.keep = None
    time.sleep(2)  # so that a registration that is refreshed would be seen
    return load, records


def check_same(load, before, began):
    after = times_left(load)
    passed = time.monotonic() - began
    for p in load.phones:
        assert after[p.name][0] == before[p.name][0], p.name
        for was, now in zip(before[p.name][1], after[p.name][1]):
            assert now <= was - passed + 2, (p.name, was, now, passed)
    left = [p for p in load.phones if p.leaves]
    assert len(left) == PEOPLE / 2 and all(after[p.name][0] == [] for p in left)


def test_no_copy_has_an_effect(kept, recorded):
    load, records = recorded
    began = time.monotonic()
    before = times_left(load)
    again = Again(kept)
    count = allowed(kept)
    again.say(records, COPIES // 2)
    assert allowed(kept) == count
    check_same(load, before, began)
    for name in ("worker 0", "worker 1"):
        count = allowed(kept)
        pid = pid_of(kept, name)
        os.kill(pid, signal.SIGKILL)
        back(kept, name, pid)
        again.say(records, COPIES // 8)
        assert allowed(kept) == count
        check_same(load, before, began)
    die_all(kept)
    kept.start()
    again.say(records, COPIES // 4)
    assert allowed(kept) == 0
    check_same(load, before, began)
    assert set(again.by_status) <= {0, 200, 401, 503}, again.by_status
    assert again.by_status.get(0, 0) < COPIES / 20, again.by_status


def proven(c):
    challenge = c.ask().challenge("SHA-256")
    return c.request(fields=[c.proof(challenge, "REGISTER", c.uri("REGISTER"))])


def test_a_copy_by_another_port_is_told_to_prove_again(kept):
    far, near = one_of_each(kept)
    for first, second in ((far, near), (near, far)):
        octets = proven(first)
        first.send(octets)
        assert first.hear().status == 200
        count = allowed(kept)
        second.send(octets)
        copy = second.hear()
        assert copy.status == 401 and copy.challenge("SHA-256").stale
        assert allowed(kept) == count


def say(c, octets):
    c.send(octets)
    return c.hear(0.5)


def addresses(door, c):
    """Two of our addresses by which the kernel gives this phone to worker 0 and to worker 1."""
    standing = pid_of(door, "worker 0")
    os.kill(standing, signal.SIGSTOP)
    for n in range(2, 14):
        c.sock.sendto(c.request(), (f"127.0.0.{n}", door.port))
    time.sleep(0.1)
    c.sock.settimeout(0.002)
    found = [set(), set()]
    for worker in (1, 0):
        try:
            while True:
                found[worker].add(c.sock.recvfrom(65536)[1])
        except TimeoutError:
            os.kill(standing, signal.SIGCONT)
            time.sleep(0.1)
    return sorted(found[0])[0], sorted(found[1])[0]


def test_a_copy_that_reaches_the_other_worker_gets_the_answer_of_the_first(make_door):
    """The kernel chooses by source and destination: the same phone, by another of our addresses."""
    door = make_door(PHONES, keeps=True, top="workers 2\n", start=False)
    door.write(PHONES, top="workers 2\n",
               listen=" ".join(f"127.0.0.{n}:{door.port}" for n in (1, *range(2, 14))))
    door.start()
    import_users(door, 1)
    for first, second in ((0, 1), (1, 0)):
        c = phone(door)
        there = addresses(door, c)
        c.server = there[first]
        octets = proven(c)
        c.send(octets)
        answer = c.hear()
        assert answer.status == 200
        count, again = allowed(door), door.status()["again"]
        c.server = there[second]
        c.send(octets)
        copy = c.hear()
        assert copy.status == 200 and copy.get("To") == answer.get("To"), copy.octets
        assert [x.partition(";expires")[0] for x in copy.all("Contact")] == \
            [x.partition(";expires")[0] for x in answer.all("Contact")]
        assert allowed(door) == count and door.status()["again"] == again + 1
        pid = pid_of(door, f"worker {first}")
        os.kill(pid, signal.SIGKILL)  # and with it goes what it knew
        back(door, f"worker {first}", pid)
        assert until(lambda: say(c, octets)).status == 401  # it may be lost on the way to a successor
        assert allowed(door) == count
