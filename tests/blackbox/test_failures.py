# SPDX-License-Identifier: Apache-2.0
"""Deaths under load: each role at any system call, the parent alone, all at once."""
import os
import pathlib
import random
import signal
import time

import pytest

import sipclient
from conftest import ask_socket, until
from harm import (PHONES, SOAK, address, back, children, die_all, end, import_users, kill_at,
                  needs_trace, pid_of, returns_ms, role_notes, start_cli, start_kill_at)
from load import PASSWORD, Load

PEOPLE = 200
ROLES = ["worker 0", "worker 1", "store", "admin"]


@pytest.fixture
def kept(make_door):
    door = make_door(PHONES, keeps=True, top="workers 2\n")
    import_users(door, PEOPLE)
    return door


def restart(door):
    """A start that may find the lock of the one before, for a moment."""
    door.spawn("-c", door.conf)
    until(door.is_ready, timeout=10, message=lambda: f"not ready: {door.said()}")


def kill_at_call(door, dice, name):
    """At some system call, or where it makes none, wherever it waits."""
    pid = pid_of(door, name)
    tracer = start_kill_at(pid, dice.choice(("call", "return")), dice.randrange(1, 80), "kill")
    end_at = time.monotonic() + 1
    while tracer.poll() is None and time.monotonic() < end_at:
        if name == "admin":
            try:
                door.status()  # else it has nothing to do
            except OSError:
                pass
        time.sleep(0.005)
    if tracer.poll() is None:
        tracer.kill()  # it is let go
        tracer.wait()
        kill_at(pid, "now", "kill")
    said = tracer.stdout.read()
    tracer.stdout.close()
    tracer.stderr.close()
    back(door, name, pid)
    return said


@needs_trace
def test_any_role_may_die_at_any_system_call_and_then_all_of_them(kept):
    """P19: what was answered with 200 is there."""
    dice = random.Random()
    calls = {name: set() for name in ROLES}
    for n in range(8 * SOAK):
        with Load(kept, PEOPLE) as load:
            for name in dice.sample(ROLES * 2, 8):
                calls[name].add(kill_at_call(kept, dice, name))
            time.sleep(0.1)
            die_all(kept, first_parent=n % 2 == 0)
            restart(kept)
            time.sleep(0.1)
        assert load.registered > PEOPLE
        load.check()
        load.close()
    for name, n in (("worker 0", 3), ("worker 1", 3), ("store", 1), ("admin", 1)):
        assert len(calls[name] - {b""}) >= n, calls


@needs_trace
def test_what_a_worker_dies_over_before_it_is_written_is_kept_when_it_is_told(make_door):
    """The successor writes it, for whoever asks is told that it is there."""
    door = make_door(PHONES, keeps=True, top="workers 1\n")
    import_users(door, 1)
    c = sipclient.Client((door.host, door.port), "u0", password=PASSWORD)
    challenge = c.ask().challenge("SHA-256")
    pid = pid_of(door, "worker 0")
    tracer = start_kill_at(pid, address(pid, "sw_journal_write"), 1, "kill")
    time.sleep(0.2)
    c.send(c.request(fields=[c.proof(challenge, "REGISTER", c.uri("REGISTER"))]))
    assert tracer.wait(5) == 0, tracer.communicate()
    back(door, "worker 0", pid)
    told = c.login(contact=None)
    assert told.status == 200 and c.contact in ", ".join(told.all("Contact")), told.octets
    die_all(door)
    restart(door)
    again = c.login(contact=None)
    assert again.status == 200 and c.contact in ", ".join(again.all("Contact")), again.octets


@needs_trace
def test_the_parent_alone_may_die_at_any_system_call(kept):
    """Its roles end with it, and the next parent finds all that was promised."""
    dice = random.Random()
    for _ in range(5 * SOAK):
        with Load(kept, PEOPLE) as load:
            time.sleep(0.1)
            tracer = start_kill_at(kept.process.pid, dice.choice(("call", "return")),
                                   dice.randrange(1, 200), "kill")
            roles = list(children(kept).values())
            until(lambda: hang_up(kept) or tracer.poll() is not None, timeout=10)
            tracer.communicate()
            end(kept)
            until(lambda: not any(is_alive(pid) for pid in roles), timeout=2)
            restart(kept)
            time.sleep(0.1)
        load.check()
        load.close()


def hang_up(door):
    """So that the parent has something to do."""
    time.sleep(0.02)
    if door.process.poll() is None:
        door.process.send_signal(signal.SIGHUP)


def is_alive(pid):
    try:
        return " Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return False


@needs_trace
@pytest.mark.parametrize("how,within,says", [
    ("kill", 1.0, "was killed by SIGKILL"), ("stop", 2.0, "did not turn for 1 s and was killed"),
    ("loop", 2.0, "did not turn for 1 s and was killed")])
def test_a_worker_that_crashes_or_hangs_is_back_soon(kept, how, within, says):
    """P22; for the log, and for the phones that talk to it."""
    with Load(kept, PEOPLE) as load:
        for name in ("worker 0", "worker 1"):
            time.sleep(0.3)
            pid = pid_of(kept, name)
            begun = time.monotonic()
            kill_at(pid, "now", how)
            back(kept, name, pid)
            until(lambda: returns_ms(kept, name))
            assert time.monotonic() - begun < within + 0.3  # until the log has it
            assert returns_ms(kept, name)[-1] < 1000
            said = [x for x in role_notes(kept) if x.startswith(f"role: {name} (pid {pid}) ")]
            assert len(said) == 1 and says in said[0] and "lost are the messages in its hands" in \
                said[0] and "its last decision: REGISTER from 127.0.0.1" in said[0], said
    assert load.slowest < within + 2.5  # it sends again after 0.3, 0.6, 1.2, 2.4 s
    load.check()
    assert kept.status()["generation"]["number"] == 1


def test_a_worker_that_dies_again_and_again_comes_back_more_and_more_slowly(kept):
    """And the other one goes on; nothing of it is silent."""
    with Load(kept, PEOPLE, at_once=PEOPLE) as load:
        for delay in (None, None, 1, 2) if SOAK == 1 else (None, None, 1, 2, 4, 5):
            pid = pid_of(kept, "worker 1")
            os.kill(pid, signal.SIGKILL)
            begun = time.monotonic()
            answered = load.registered
            back(kept, "worker 1", pid)
            took = time.monotonic() - begun
            said = until(lambda: [x for x in role_notes(kept) if f"worker 1 (pid {pid}) " in x])[0]
            if not delay:
                assert took < 1 and "its successor begins now" in said, (took, said)
                continue
            assert delay <= took + 0.1 < delay + 1.2, took
            assert "those were three deaths in 10 s" in said and f"in {delay} s" in said, said
            assert load.registered > answered + PEOPLE
    load.check()
    assert next(r for r in kept.status()["roles"] if r.get("worker") == 1)["restarts"] == (4 if SOAK == 1 else 6)


def reload(door):
    return door.cli("reload", timeout=40)


@needs_trace
def test_a_load_that_crashes_is_a_sentence_and_the_old_one_goes_on(kept):
    for n in (1, 9, 40):
        tracer = start_kill_at(kept.process.pid, "fork", "call", n, "kill")
        time.sleep(0.1)
        ran = reload(kept)
        assert tracer.wait(5) == 0, tracer.communicate()
        assert ran.code == 1 and len(ran.err.strip().split("\n")) == 1, ran
        assert "conf" in ran.err or "load" in ran.err, ran
        assert kept.status()["generation"]["number"] == 1 and not kept.status()["load"]["ok"]
    assert reload(kept).code == 0
    assert kept.status()["generation"]["number"] == 2 and kept.status()["load"]["ok"]


@needs_trace
@pytest.mark.parametrize("how", ["stop", "loop"] if SOAK > 1 else ["stop"])
def test_a_load_that_hangs_is_a_sentence_too(kept, how):
    tracer = start_kill_at(kept.process.pid, "fork", "call", 9, how)
    time.sleep(0.1)
    with Load(kept, PEOPLE, pause=0.02) as load:
        ran = reload(kept)
    assert tracer.wait(5) == 0, tracer.communicate()
    assert ran.code == 1 and "not read in time" in ran.err, ran
    assert load.slowest < 1
    load.check()
    assert children(kept).keys() == set(ROLES)  # it does not stay
    assert reload(kept).code == 0


@needs_trace
def test_a_load_shares_no_table_with_the_roles(kept):
    tracer = start_kill_at(kept.process.pid, "fork", "call", 60, "stop")
    time.sleep(0.1)
    asks = start_cli(kept, "reload")
    conf = pid_of(kept, "conf")
    maps = pathlib.Path(f"/proc/{conf}/maps").read_text()
    assert "sipward" in maps and " rw-s " not in maps, maps
    assert " rw-s " in pathlib.Path(f"/proc/{pid_of(kept, 'store')}/maps").read_text()
    assert asks.wait(20) == 1 and tracer.wait(5) == 0
    assert reload(kept).code == 0


@needs_trace
def test_a_reload_may_lose_a_role_half_way(kept):
    """It comes through or says why not; then all are on the same one, and the next one comes through."""
    dice = random.Random()
    with Load(kept, PEOPLE) as load:
        for name in dice.sample([x for x in ROLES if x != "admin"] * 2, 6):
            pid = pid_of(kept, name)
            tracer = start_kill_at(pid, "call", dice.randrange(1, 60), "kill")
            until(lambda: hang_up(kept) or tracer.poll() is not None)
            tracer.communicate()
            back(kept, name, pid)
            ran = reload(kept)
            assert ran.code == 0, ran
            told = kept.status()
            assert {r["generation"] for r in told["roles"] if r["role"] == "worker"} == \
                {told["generation"]["number"]}
    load.check()


def test_many_reloads_under_load_disturb_nobody(make_door):
    """P21: no request fails and no connection is dropped."""
    door = make_door(PHONES + "phones more {\n    accept digest\n}\n", keeps=True,
                     top="workers 2\n")
    import_users(door, PEOPLE)
    lines = [sipclient.Tcp((door.host, door.port), "u1", password=PASSWORD) for _ in range(8)]
    assert all(line.login().status == 200 for line in lines)
    with Load(door, PEOPLE, at_once=8) as load:
        for n in range(100 if SOAK == 1 else 1000):
            door.write(PHONES + ("phones more {\n    accept digest\n}\n" if n % 2 else ""),
                       top="workers 2\n")
            code, body = ask_socket(door.control, "/v1/reload", "POST")
            assert code == 200, body
            line = lines[n % len(lines)]
            assert line.login("OPTIONS").status in (200, 404)
    assert set(load.by_status) == {200, 401} and load.by_status[401] == PEOPLE, load.by_status
    assert load.slowest < 0.3, load.slowest  # nothing was sent twice
    assert all(line.login("OPTIONS").status in (200, 404) for line in lines)
    load.check()
