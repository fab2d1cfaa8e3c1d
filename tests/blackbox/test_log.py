# SPDX-License-Identifier: Apache-2.0
"""Where log lines go, in which form, and what happens when nobody takes them."""
import fcntl
import json
import os
import pty
import re
import signal
import subprocess

import pytest

from conftest import SIPWARD, environment, keep, sipward, until


F_SETPIPE_SZ = 1031


def serve(door, *args, env=None):
    """A door whose standard error is the log, in a pipe that nobody reads before the end."""
    door.process = subprocess.Popen([SIPWARD, "serve", "-c", str(door.conf), *args],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE, env=environment(**(env or {})))
    until(lambda: door.control.exists() and door.is_ready())
    return door.process


def end(door):
    """What it said."""
    process, door.process = door.process, None
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=15)[1]
    keep("serve", said)
    assert process.returncode == 0, said
    return said.decode().splitlines()


@pytest.fixture
def bare_door(make_door):
    """Its log goes to standard error, as JSON; one trunk raises a warning."""
    door = make_door(start=False)
    door.write(door.trunk(algs="md5"))
    text = door.conf.read_text()
    door.conf.write_text(text.replace(f"log json level debug file {door.log}",
                                      "log json level debug"))
    return door


def test_a_reader_that_is_stuck_stops_nothing(bare_door):
    fcntl.fcntl(serve(bare_door).stderr, F_SETPIPE_SZ, 4096)
    c = bare_door.client()
    for i in range(50):
        assert c.ask(call_id=f"c{i}").status == 401
    until(lambda: bare_door.status()["log_failed"] > 0, timeout=10,
          message=lambda: str(bare_door.status()))
    assert bare_door.cli("status").code == 0
    assert bare_door.cli("reload").code == 0
    process = bare_door.process
    assert bare_door.cli("stop").code == 0
    assert process.wait(timeout=5) == 0
    bare_door.process = None
    keep("serve", process.stderr.read())


def test_warnings_at_the_start_are_events_where_lines_are_json(bare_door):
    serve(bare_door)
    rows = [json.loads(line) for line in end(bare_door)]
    warned = [r for r in rows if r["level"] == "warn" and r["event"] == "start"]
    assert warned and f"start: {bare_door.conf}:" in warned[0]["message"], rows
    assert "warning SW" in warned[0]["message"]


FORMS = [((), {}, True), (("--log", "text"), {}, False), ((), {"SIPWARD_LOG": "text"}, False),
         (("--log=json",), {"SIPWARD_LOG": "text"}, True)]


@pytest.mark.parametrize("args,env,is_json", FORMS, ids=lambda x: str(x))
def test_the_form_is_the_option_s_then_the_environment_s_then_the_file_s(bare_door, args, env,
                                                                        is_json):
    serve(bare_door, *args, env=env)
    lines = end(bare_door)
    assert lines and all(line.startswith("{") == is_json for line in lines), lines


def test_a_form_that_is_none_is_wrong_usage(bare_door):
    for args, env, word in ((("--log", "xml"), {}, "--log"), (("--log", ""), {}, "--log"),
                            ((), {"SIPWARD_LOG": "xml"}, "SIPWARD_LOG")):
        ran = sipward("serve", "-c", bare_door.conf, *args, env=env)
        assert ran.code == 2 and word in ran.err, ran


def test_a_request_that_was_refused_for_its_form_is_seen_at_the_default_level(make_door):
    door = make_door()
    text = door.conf.read_text()
    door.conf.write_text(text.replace("level debug", "level notice"))
    assert door.cli("reload").code == 0
    c = door.client()
    c.send(c.request(fields=["Require: strange"]))
    answer = c.hear()
    assert answer.status == 420
    event = door.event(id=answer.id)
    assert (event["level"], event["reason"], event["node"]) == ("notice", "extension", None)


def test_a_directory_that_others_may_write_is_no_run_directory(make_door):
    door = make_door(start=False)
    os.chmod(door.folder, 0o777)
    ran = door.cli("serve")
    assert ran.code == 1 and str(door.folder) in ran.err and "0777" in ran.err, ran
    os.chmod(door.folder, 0o755)
    door.start()
    assert (door.folder / "lock").stat().st_mode & 0o777 == 0o600


def test_a_door_in_a_terminal_keeps_its_log_there_behind_its_sandbox(make_door):
    """The terminal is opened before the sandbox is; a reload and lines later nothing is missing."""
    leader, follower = pty.openpty()
    door = make_door(start=False)
    conf = door.conf.read_text()
    door.conf.write_text(re.sub("^log .*$", "log text level debug", conf, flags=re.M))
    door.process = subprocess.Popen([SIPWARD, "serve", "-c", str(door.conf)], stdin=follower,
                                    stdout=follower, stderr=follower, env=environment(),
                                    start_new_session=True)
    os.close(follower)
    lines = Terminal(leader)
    until(door.is_ready)
    assert door.client().login().status == 200
    until(lambda: "REGISTER" in lines.text())
    assert door.cli("reload").code == 0
    until(lambda: "generation 2 of" in lines.text())
    assert all(r["restarts"] == 0 for r in door.status()["roles"])
    door.stop()
    until(lambda: "sipward ends" in lines.text())
    os.close(leader)


class Terminal:
    def __init__(self, leader):
        os.set_blocking(leader, False)
        self.leader, self.octets = leader, b""

    def text(self):
        try:
            while more := os.read(self.leader, 65536):
                self.octets += more
        except OSError:  # nothing now, or nobody has the other end any more
            pass
        return self.octets.decode()
