# SPDX-License-Identifier: Apache-2.0
"""A configuration that changed while nobody looked: registrations of before under what counts now."""
import pytest

import sipclient
from conftest import CANARY, free_port, until
from harm import die_all


def held(door):
    return door.status()["registrations"]


def phones(door):
    return [door.client(name) for name in ("alice", "bob")]


@pytest.fixture
def kept(make_door):
    door = make_door(lambda d: d.trunk(), keeps=True, top="workers 2\n")
    for c in phones(door):
        assert c.login().status == 200
    return door


def start_with(door, *blocks, **more):
    """After kill -9 of all: the registrations may still stand in journals alone."""
    die_all(door)
    door.write(*blocks, top=more.pop("top", "workers 2\n"), **more)
    door.start()


def test_a_user_that_is_gone_is_not_registered(kept):
    start_with(kept, kept.trunk(users=("bob",)))
    assert held(kept) == 1
    assert kept.client("alice").login().status == 403
    start_with(kept, kept.trunk())
    assert held(kept) == 1  # nor does it come back with the line


def test_a_user_of_another_trunk_begins_anew(kept):
    start_with(kept, kept.trunk(users=("bob",)), kept.trunk("else", users=("alice",)))
    assert held(kept) in (1, 2)
    for c in phones(kept):
        answer = c.login()
        assert answer.status == 200 and c.contact in answer.get("Contact")
    assert held(kept) == 2


def add_carol(door, *more):
    done = door.cli("user", "add", "carol", "--trunk", "staff", "--stdin", *more,
                    stdin=(CANARY["carol"] + "\n").encode())
    assert done.code == 0, done


def test_an_address_that_is_another_one_now_is_not_registered(kept):
    add_carol(kept)
    assert kept.client("carol").login().status == 200
    die_all(kept)
    assert kept.cli("user", "del", "carol").code == 0
    add_carol(kept, "--aor", "wonderland")
    kept.start()
    assert held(kept) == 2
    answer = kept.client("carol").login(to="sip:wonderland@example.test", contact=None)
    assert answer.status == 200 and not answer.all("Contact")
    assert kept.client("carol").login().status in (403, 404)


def test_a_listener_that_is_another_one_now_finds_them_all(kept):
    kept.port = free_port()
    start_with(kept, kept.trunk())
    assert held(kept) == 2
    for c in phones(kept):
        answer = c.login(contact=None)
        assert answer.status == 200 and answer.get("Contact")


def test_fewer_workers_find_what_more_have_written(kept):
    start_with(kept, kept.trunk(), top="workers 1\n")
    assert held(kept) == 2
    assert kept.client("alice").login(expires=0, contact="*").status == 200
    until(lambda: held(kept) == 1)
    start_with(kept, kept.trunk(), top="workers 3\n")
    assert held(kept) == 1


def test_a_table_that_is_smaller_now_takes_what_fits(make_door):
    door = make_door(lambda d: d.trunk(more="    contacts 10\n"), keeps=True)
    for n in range(130):
        c = sipclient.Client((door.host, door.port), "alice", domain="example.test",
                             password=CANARY["alice"])
        c.contact = f"<sip:p{n}@127.0.0.1:{c.port}>"
        assert c.login().status == 200
        c.close()
    assert held(door) == 10
    start_with(door, door.trunk(more="    contacts 10\n"), top="capacity bindings 100\n")
    assert held(door) == 10
