# SPDX-License-Identifier: Apache-2.0
"""The roles as processes: told apart, watched, brought back; and their end with their parent."""
import os
import pathlib
import signal
import subprocess
import time

import pytest

from conftest import CANARY, SINGLE, SIPWARD, environment, keep, until

pytestmark = pytest.mark.skipif(SINGLE, reason="the roles are threads here")
TWO = "workers 2\n"
ALL = {"admin", "store", "worker 0", "worker 1"}


@pytest.fixture
def two(make_door):
    return make_door(top=TWO)


def lives(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def back(door, name, was, within):
    """The pid of its successor, which must be there in time."""
    return until(lambda: (pid := door.roles().get(name)) not in (None, was) and pid,
                 timeout=within, message=lambda: f"{name} is not back: {door.roles()}")


def serves(door):
    """Each worker: many ports, so that the kernel gives some to each."""
    return all(door.client().login(contact=None).status == 200 for _ in range(16))


def role_events(door, *words):
    return [e["message"] for e in door.events(event="role")
            if all(w in e["message"] for w in words)]


def test_each_role_is_a_process_of_its_own_that_ps_tells_apart(two):
    roles = two.roles()
    assert set(roles) == ALL
    said = subprocess.run(["ps", "-o", "args=", "-p", str(roles["worker 1"])],
                          capture_output=True, text=True).stdout
    assert said.strip() == "sipward: worker 1"
    names = {n: pathlib.Path(f"/proc/{p}/comm").read_text().strip() for n, p in roles.items()}
    assert names == {"admin": "sipward-admin", "store": "sipward-store",
                     "worker 0": "sipward-w0", "worker 1": "sipward-w1"}


def test_both_workers_serve_and_a_nonce_of_one_is_good_at_the_other(two):
    first, second = two.client(), two.client()
    challenge = first.ask().challenge("SHA-256")
    assert first.prove(challenge, nc=1).status == 200
    for _ in range(8):
        assert two.client().login(contact=None).status == 200
    assert second.prove(challenge, nc=1).status == 401  # a replay, wherever it is


def test_no_worker_has_what_it_need_not(two):
    """No web server, no database, no control socket; descriptors that can be counted."""
    pid = two.role("worker 0")
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    assert "microhttpd" not in maps and "sipward.db" not in maps
    fds = [os.readlink(f"/proc/{pid}/fd/{f}") for f in os.listdir(f"/proc/{pid}/fd")]
    assert not any("control.sock" in f or "log.json" in f for f in fds), fds
    assert len(fds) < 32, fds


def test_no_role_has_the_passwords_of_the_environment(make_door, monkeypatch):
    monkeypatch.setenv("DOORS_ALICE", CANARY["alice"])
    door = make_door("phones staff {\n    accept digest\n    user alice env:DOORS_ALICE\n}\n",
                     top=TWO)
    assert door.client().login(contact=None).status == 200
    for name, pid in door.roles().items():
        assert b"DOORS_ALICE" not in pathlib.Path(f"/proc/{pid}/environ").read_bytes(), name


@pytest.mark.parametrize("name", ["worker 0", "store", "admin"])
def test_a_role_that_is_killed_is_back_within_a_second(two, name):
    was = two.role(name)
    os.kill(was, signal.SIGKILL)
    back(two, name, was, 1.0)
    until(two.is_ready)
    until(lambda: role_events(two, name, "was killed by SIGKILL", "its successor begins now"))
    until(lambda: role_events(two, f"{name} is back"))
    assert serves(two)
    assert two.event(event="role", level="error")["message"].startswith(f"role: {name} (pid {was})")


def test_the_death_of_a_worker_names_its_last_decision(two):
    assert serves(two)
    was = two.role("worker 1")
    os.kill(was, signal.SIGSEGV)
    back(two, "worker 1", was, 1.0)
    said = until(lambda: role_events(two, "worker 1", "SIGSEGV"))[0]
    assert "its last decision: REGISTER from 127.0.0.1:" in said and ", ok, id " in said, said


def test_a_worker_that_stops_is_replaced_within_two_seconds_where_work_waits(two):
    was = two.role("worker 0")
    os.kill(was, signal.SIGSTOP)
    asking = [two.client() for _ in range(16)]
    for c in asking:
        c.send(c.request())
    back(two, "worker 0", was, 2.0)
    until(lambda: role_events(two, "worker 0", "did not turn for 1 s and was killed"))
    # What waited in its socket is served by its successor.
    assert all(c.hear().status == 401 for c in asking)


def test_one_that_stops_without_work_is_replaced_too(two):
    was = two.role("worker 1")
    os.kill(was, signal.SIGSTOP)
    back(two, "worker 1", was, 4.5)
    assert serves(two)


def test_admin_that_stops_is_replaced(two):
    was = two.role("admin")
    os.kill(was, signal.SIGSTOP)
    back(two, "admin", was, 7.0)
    until(two.is_ready)
    until(lambda: role_events(two, "admin", "did not turn for 5 s"))


def test_a_parent_that_was_stopped_kills_nobody(two):
    before = two.roles()
    for pid in [two.process.pid, *before.values()]:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(4)
    for pid in [*before.values(), two.process.pid]:
        os.kill(pid, signal.SIGCONT)
    time.sleep(0.6)
    assert two.roles() == before and serves(two)


def test_three_deaths_back_off(two):
    begun = []
    for _ in range(3):
        was = two.role("worker 0")
        begun.append(time.monotonic())
        os.kill(was, signal.SIGKILL)
        until(lambda: two.roles().get("worker 0") != was)
    back(two, "worker 0", was, 3.0)
    assert time.monotonic() - begun[-1] > 0.9
    until(lambda: role_events(two, "three deaths in 10 s", "begins in 1 s"))
    assert serves(two)


def test_bindings_of_a_dead_workers_connections_end(make_door):
    door = make_door(top="workers 1\n")
    phone = door.tcp()
    assert phone.login().status == 200 and door.client("bob").login().status == 200
    until(lambda: door.status()["registrations"] == 2)
    was = door.role("worker 0")
    os.kill(was, signal.SIGKILL)
    back(door, "worker 0", was, 1.0)
    until(lambda: door.status()["registrations"] == 1)


def test_the_death_of_the_parent_is_everybodys_and_the_next_start_works(two):
    pids = list(two.roles().values())
    two.process.kill()
    two.process.wait()
    two.start()
    assert not any(lives(p) for p in pids)
    assert set(two.roles()) == ALL and serves(two)


def test_a_parent_whose_starter_ignores_dead_children_sees_them(make_door):
    door = make_door(top=TWO, start=False)
    door.spawn("-c", door.conf, before=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    until(door.is_ready, message=door.said)
    was = door.role("worker 0")
    os.kill(was, signal.SIGKILL)
    back(door, "worker 0", was, within=5)
    assert door.stop() == 0


def test_a_stop_leaves_nobody(two):
    pids = [two.process.pid, *two.roles().values()]
    assert two.stop() == 0
    assert not any(lives(p) for p in pids)


def test_a_signal_to_the_whole_group_ends_in_order(two):
    """What Ctrl-C in a terminal is."""
    pids = list(two.roles().values())
    for pid in [*pids, two.process.pid]:
        os.kill(pid, signal.SIGINT)
    assert two.process.wait(timeout=10) == 0
    assert not any(lives(p) for p in pids)
    assert two.events(event="stop") and not two.events(event="role")


def test_a_second_door_of_the_same_address_is_refused_by_name(two, make_door):
    other = make_door(top=TWO, start=False)
    other.write(other.trunk(), top=TWO, listen=f"127.0.0.1:{two.port}")
    ran = other.cli("serve")
    assert ran.code == 1 and f"is taken by sipward (pid {two.process.pid})" in ran.err, ran


@pytest.mark.parametrize("name", ["worker 0", "store"])
def test_a_reload_goes_through_while_a_role_dies(two, name):
    two.write(two.trunk(algs="sha-512-256"), top=TWO)
    was = two.role(name)
    os.kill(was, signal.SIGSTOP)
    reload = subprocess.Popen([SIPWARD, "reload", "-c", two.conf], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=environment())
    time.sleep(0.3)
    os.kill(was, signal.SIGKILL)
    out, err = reload.communicate(timeout=10)
    keep("reload", out + err)
    assert reload.returncode == 0, err
    back(two, name, was, 2.0)
    for _ in range(8):
        assert [c.alg for c in two.client().ask().challenges] == ["SHA-512-256"]


def test_a_role_that_stops_in_a_reload_leaves_the_old_state(two):
    """The store is given 10 s, a reload 5."""
    was = two.role("store")
    os.kill(was, signal.SIGSTOP)
    try:
        ran = two.cli("reload")
        assert ran.code == 1 and "store did not answer within 5 s" in ran.err, ran
        assert two.status()["generation"]["number"] == 1 and serves(two)
    finally:
        os.kill(was, signal.SIGCONT)
    assert two.cli("reload").code == 0


def test_single_runs_the_same_as_threads(make_door):
    door = make_door(start=False, sandbox="sandbox auto\n")
    door.write(door.trunk(), top=TWO)
    door.spawn("--single", "-c", door.conf)
    until(door.is_ready, message=lambda: f"not ready: {door.said()}")
    assert door.roles() == {}
    assert len(os.listdir(f"/proc/{door.process.pid}/task")) >= 5
    assert serves(door)
    door.write(door.trunk(algs="sha-512-256"), top=TWO)
    assert door.cli("reload").code == 0
    assert door.stop() == 0


def test_status_knows_every_worker(two):
    was = two.role("worker 1")
    os.kill(was, signal.SIGKILL)
    now = back(two, "worker 1", was, 1.0)
    until(lambda: [r for r in two.status()["roles"]
                   if (r["role"], r.get("worker"), r["pid"], r["restarts"]) == ("worker", 1, now, 1)])
