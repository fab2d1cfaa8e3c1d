# SPDX-License-Identifier: Apache-2.0
"""Running a door: reload, stop, status, and every fault with its exit code and one sentence."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

from conftest import SIPWARD, environment, free_port, sipward, until


def one_sentence(ran, *words):
    """What a fault says: something on stderr, with these words, nothing on stdout."""
    assert ran.out == "", ran
    assert ran.err.strip(), ran
    for word in words:
        assert str(word) in ran.err, ran
    assert "Traceback" not in ran.err and len(ran.err.splitlines()) <= 4, ran


def test_a_reload_takes_a_new_user_in(door):
    assert door.client("carol").login().status == 403
    door.write(door.trunk(users=("alice", "bob", "carol")))
    ran = door.cli("reload")
    assert ran.code == 0, ran
    assert door.client("carol").login().status == 200
    assert door.status()["generation"]["number"] == 2


def test_a_hang_up_signal_reloads_too_and_keeps_registrations(door):
    c = door.client()
    challenge = c.ask().challenge("SHA-256")
    assert c.prove(challenge).status == 200
    door.write(door.trunk(users=("alice", "bob", "carol")))
    door.process.send_signal(signal.SIGHUP)
    until(lambda: door.status()["generation"]["number"] == 2)
    assert door.status()["registrations"] == 1
    assert c.prove(challenge, nc=2).status == 200, "nonces outlive a reload"
    assert door.client("carol").login().status == 200


@pytest.mark.parametrize("by", ["file", "socket", "signal"])
def test_a_bad_file_leaves_the_old_state(door, by):
    door.client().login()
    good = door.conf.read_text()
    door.conf.write_text(good + "relm example.test\n")
    line = good.count("\n") + 1
    if by != "signal":
        ran = door.cli("reload") if by == "file" else sipward("reload", "--control", door.control)
        assert ran.code == 4, ran
        assert f"{door.conf}:{line}:1: error" in ran.err and "realm" in ran.err, ran
    else:
        door.process.send_signal(signal.SIGHUP)
        until(lambda: [e for e in door.events() if "relm" in e.get("message", "")])
    status = door.status()
    assert (status["generation"]["number"], status["registrations"]) == (1, 1)
    assert door.client().login().status == 200


def test_a_listener_may_come_and_go(door):
    other = free_port()
    door.write(door.trunk(), listen=f"127.0.0.1:{door.port} 127.0.0.1:{other}")
    assert door.cli("reload").code == 0
    c = door.client()
    c.server = ("127.0.0.1", other)
    assert c.login().status == 200
    door.write(door.trunk())
    assert door.cli("reload").code == 0
    gone = door.client()
    gone.server = ("127.0.0.1", other)
    gone.send(gone.request())
    assert gone.hear(timeout=0.3) is None
    assert door.client("bob").login().status == 200
    assert door.status()["registrations"] == 2


def test_status_and_stop(door):
    ran = door.cli("status")
    assert ran.code == 0, ran
    for word in ("running", str(door.process.pid), f"udp 127.0.0.1:{door.port}", "staff"):
        assert word in ran.out, ran
    seen = json.loads(door.cli("status", "--json").out)
    assert (seen["pid"], seen["realm"]) == (door.process.pid, "example.test")
    ran = door.cli("stop")
    assert ran.code == 0, ran
    assert ran.out == f"stopped  pid {door.process.pid}  {door.control}\n", ran
    assert door.process.wait(timeout=5) == 0
    assert not door.control.exists()
    ran = door.cli("status")
    assert ran.code == 3, ran
    for command in ("reload", "stop"):
        assert door.cli(command).code == 3


def test_a_door_can_be_asked_while_its_file_is_broken(door):
    door.conf.write_text("relm example.test\n" + door.conf.read_text())
    assert door.cli("status").code == 0
    door.stop()
    ran = door.cli("status")
    assert ran.code == 4 and "SW201" in ran.err and f"tried {door.control}" in ran.err, ran
    assert "--control PATH" in ran.err and "--demo" not in ran.err, ran


def test_a_file_that_is_named_goes_before_the_environment(make_door):
    one, other = make_door(), make_door()
    ran = one.cli("status", "--json", env={"SIPWARD_CONTROL": str(other.control)})
    assert json.loads(ran.out)["pid"] == one.process.pid
    ran = sipward("status", "--json", env={"SIPWARD_CONTROL": str(other.control)})
    assert json.loads(ran.out)["pid"] == other.process.pid
    assert json.loads(one.cli("stop", "--json").out) == \
           {"stopped": True, "pid": one.process.pid, "control": str(one.control)}
    assert one.process.wait(timeout=5) == 0


def test_a_port_that_is_taken_is_named(make_door):
    door = make_door(start=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((door.host, door.port))
        ran = door.cli("serve")
    assert ran.code == 1, ran
    one_sentence(ran, f"127.0.0.1:{door.port}", os.getpid())


def test_an_address_that_is_not_ours_is_named(make_door):
    door = make_door(start=False, listen="192.0.2.1:5060")
    ran = door.cli("serve")
    assert ran.code == 1, ran
    one_sentence(ran, "192.0.2.1:5060")


def test_a_second_door_of_the_same_directory_is_refused(make_door):
    door = make_door()
    again = door.cli("serve")
    assert again.code == 1, again
    one_sentence(again, f"another sipward (pid {door.process.pid}) runs here", "waiting a little")
    assert door.client().login().status == 200


def test_a_socket_path_taken_by_something_else_is_left_alone(make_door):
    door = make_door(start=False)
    door.control.write_text("precious")
    ran = door.cli("serve")
    assert ran.code == 1, ran
    one_sentence(ran, door.control)
    assert door.control.read_text() == "precious"


def test_a_socket_left_by_a_killed_door_is_no_obstacle(make_door):
    door = make_door()
    door.process.kill()
    door.process.wait()
    assert door.control.exists()
    until(lambda: door.cli("status").code == 3)  # the roles end a moment later
    door.start()
    assert door.client().login().status == 200


def test_a_second_stop_signal_ends_at_once(door):
    door.process.send_signal(signal.SIGTERM)
    door.process.send_signal(signal.SIGTERM)
    assert door.process.wait(timeout=3) in (0, 1)  # drained before the second came, or cut off
    door.process = None


def test_configuration_faults_end_the_start(make_door, tmp_path):
    door = make_door(start=False)
    cases = [(("serve", "-c", tmp_path / "none.conf"), "none.conf"),
             (("check", tmp_path / "none.conf"), "none.conf"),
             (("serve", "-c", tmp_path), str(tmp_path))]
    for args, word in cases:
        ran = sipward(*args)
        assert ran.code == 4 and word in ran.out + ran.err, ran
    (door.folder / "alice.secret").chmod(0o644)
    ran = door.cli("serve")
    assert ran.code == 4 and "SW027" in ran.err and "alice.secret" in ran.err, ran
    (door.folder / "alice.secret").chmod(0o600)
    (door.folder / "alice.secret").unlink()
    ran = door.cli("serve")
    assert ran.code == 4 and "SW022" in ran.err, ran


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(make_door):
    door = make_door(start=False)
    door.conf.chmod(0)
    assert door.cli("serve").code == 4


USAGE = [
    ("nonsense",), ("serve", "--nonsense"), ("status", "--nonsense"), ("register",),
    ("register", "alice", "--alg", "sha-1"), ("register", "alice", "--nonsense"),
    ("register", "alice", "--timeout", "5"), ("register", "alice", "bob"),
    ("register", "alice", "--server", "tcp:127.0.0.1"), ("register", "a\"b"),
    ("register", "alice@a", "--domain", "b"), ("explain", "--nonsense"), ("check", "--nonsense"),
    ("reload", "too", "many"), ("stop", "--nonsense"), ("init", "--for", "nonsense"),
]


@pytest.mark.parametrize("args", USAGE, ids=" ".join)
def test_wrong_usage_is_two_and_says_how(args):
    ran = sipward(*args)
    assert ran.code == 2, ran
    one_sentence(ran)


def test_without_arguments_the_first_day_is_shown():
    ran = sipward()
    for command in ("serve --demo", "register", "explain", "init --for phones --realm", "check"):
        assert command in ran.out + ran.err, ran
    assert sipward("--version").out.startswith("sipward 0.1.0")


@pytest.mark.parametrize("command", ["serve", "check", "init", "register", "explain", "status",
                                     "reload", "stop"])
def test_each_command_has_its_help(command):
    ran = sipward(command, "--help")
    assert ran.code == 0 and ran.err == "", ran
    assert f"sipward {command}" in ran.out, ran


def test_without_a_door_commands_say_so(tmp_path):
    for command in ("status", "reload", "stop", "explain"):
        args = [command, "--control", tmp_path / "none.sock"]
        ran = sipward(*args, *(["--last"] if command == "explain" else []))
        assert ran.code == 3, ran
        assert str(tmp_path / "none.sock") in ran.err, ran


def test_the_long_version_asks_the_admin_program_for_its_own(tmp_path):
    assert re.search(r"^with .*, sipward-admin \S+ \(libmicrohttpd \S+\)$", sipward("-vv").out,
                     re.M)
    alone = tmp_path / "sipward"
    shutil.copy(SIPWARD, alone)
    told = subprocess.run([alone, "-vv"], capture_output=True, text=True, env=environment())
    assert told.returncode == 0
    if not os.path.exists("/usr/local/libexec/sipward/sipward-admin"):
        assert "install all parts of sipward" in told.stdout
    other = tmp_path / "sipward-admin"
    other.write_text("#!/bin/sh\necho something else\n")
    other.chmod(0o755)
    told = subprocess.run([alone, "-vv"], capture_output=True, text=True, env=environment())
    assert f"{other} does not say its version" in told.stdout
