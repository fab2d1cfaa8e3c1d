# SPDX-License-Identifier: Apache-2.0
"""The first two minutes: the demo, the right password, the wrong one, why, and the end."""
import os
import re
import signal
import subprocess

import pytest

from conftest import ROOT, SIPWARD, environment, keep, sipward, until


@pytest.fixture
def demo(tmp_path):
    """Its banner; on whatever of its ports is free."""
    out = tmp_path / "demo.out"
    err = tmp_path / "demo.err"
    with open(out, "wb") as o, open(err, "wb") as e:
        p = subprocess.Popen([SIPWARD, "serve", "--demo"], stdout=o, stderr=e,
                             stdin=subprocess.DEVNULL, env=environment())

    def ready():
        text = out.read_text() + err.read_text()
        assert p.poll() is None, text
        return "ready in" in text and text

    yield p, until(ready, timeout=10)
    if p.poll() is None:
        p.send_signal(signal.SIGINT)
        assert p.wait(timeout=10) == 0
    keep("the demo", out.read_bytes() + err.read_bytes())


def test_the_first_two_minutes(demo):
    process, banner = demo
    port = int(re.search(r"door +udp tcp 127\.0\.0\.1:(\d+)", banner)[1])
    assert port in (5060, 15060, 25060)
    password = re.search(r"alice, password ([a-z]+-[a-z]+-\d+)", banner)[1]
    assert "new at each start" in banner and "nothing on disk but one socket" in banner

    ran = sipward("register", "alice", "--password", password)
    assert ran.code == 0, ran
    assert "← 401  challenged: SHA-256, SHA-512-256, MD5" in ran.out
    assert "← 200  registered for 300 s" in ran.out

    ran = sipward("register", "alice", "--password", "wrong")
    assert ran.code == 5, ran
    found = re.search(r"refused, id ([0-9A-Z]{6})\..*the operator can:  (\S+) explain \1$",
                      ran.out, re.M)
    assert found and found[2] == SIPWARD, ran

    ran = sipward("explain", found[1])
    assert ran.code == 0, ran
    lines = ran.out.splitlines()
    assert re.match(r'REFUSED  digest_wrong +REGISTER by "alice" from 127\.0\.0\.1:\d+ udp',
                    lines[0]), ran
    for text in ("alice exists, is enabled, and has hashes for SHA-256, SHA-512-256, MD5",
                 "nonce good", "the response differs", "403"):
        assert text in ran.out, ran

    ran = sipward("status")
    assert ran.code == 0 and "running" in ran.out and str(process.pid) in ran.out, ran

    ran = sipward("stop")
    assert ran.code == 0, ran
    assert process.wait(timeout=10) == 0
    assert not os.path.exists(f"/tmp/sipward-demo-{os.getuid()}.sock")
    assert sipward("status").code in (3, 4)  # 4: no configuration on this machine


def test_a_second_demo_names_the_first_and_how_to_end_it(demo):
    process, _ = demo
    ran = sipward("serve", "--demo")
    assert ran.code == 1 and ran.out == "", ran
    assert f"a demo of yours runs already (pid {process.pid})" in ran.err, ran
    assert f"kill {process.pid}" in ran.err, ran


def test_commands_that_it_prints_work_as_they_stand(demo):
    """Whatever line of the banner begins with the program's name is a command to paste."""
    _, banner = demo
    commands = re.findall(r"(?:^|\s)(" + re.escape(SIPWARD) + r" \S.*?)(?:\s{2,}|$)", banner, re.M)
    assert commands, banner
    for line in commands:
        program, *args = line.split()
        assert program == SIPWARD
        if args[0] not in ("register", "status"):
            continue
        ran = sipward(*args)
        assert ran.code == (5 if "wrong" in args else 0), (line, ran)


def test_md5_phones_get_into_the_demo(demo, tmp_path):
    from phones import sipsak

    _, banner = demo

    class At:
        host, port = "127.0.0.1", int(re.search(r"door +udp tcp 127\.0\.0\.1:(\d+)", banner)[1])

    password = re.search(r"alice, password ([a-z]+-[a-z]+-\d+)", banner)[1]
    code, text = sipsak(tmp_path, At, "alice", password=password)
    assert code == 0, text


def blocks():
    """The fenced blocks of the README."""
    return re.findall(r"^```\w*\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)


def masked(text):
    """Without what is new at each run."""
    for pattern, word in ((r"\d+\.\d ms|\d+ ms", "MS"), (r"\b[0-9A-HJKMNP-TV-Z]{6}\b", "ID"),
                          (r"127\.0\.0\.1:\d+", "ADDR"), (r"[a-z]+-[a-z]+-\d+", "PASSWORD"),
                          (r"\d+ s old", "S old"), (re.escape(SIPWARD), "build/sipward"),
                          (r" +", " ")):
        text = re.sub(pattern, word, text)
    return text


def test_the_readme_shows_what_is_printed(demo):
    _, banner = demo
    shown = next(b for b in blocks() if b.startswith("sipward"))
    said = masked(banner)
    for line in shown.splitlines():
        assert masked(line) in said, line

    found = None
    transcript = next(b for b in blocks() if b.startswith("$ "))
    for part in transcript.split("$ build/sipward ")[1:]:
        command, *lines = part.splitlines()
        args = [found or a if re.fullmatch("[0-9A-Z]{6}", a) else a for a in command.split()]
        ran = sipward(*args)
        said = masked(ran.out)
        for line in lines:
            assert masked(line) in said, (line, ran)
        ids = re.search(r"id ([0-9A-Z]{6})", ran.out)
        found = ids[1] if ids else found


def test_the_readmes_configuration_is_right(tmp_path):
    path = tmp_path / "sipward.conf"
    path.write_text(next(b for b in blocks() if b.startswith("realm")))
    ran = sipward("check", "--strict", path)
    assert ran.code == 0, ran


def test_beside_another_door_its_commands_say_which_one_they_mean(door, tmp_path):
    out = tmp_path / "demo.out"
    with open(out, "wb") as o:
        p = subprocess.Popen([SIPWARD, "serve", "--demo"], stdout=o, stderr=o,
                             stdin=subprocess.DEVNULL,
                             env=environment(SIPWARD_CONTROL=str(door.control)))
    until(lambda: "ready in" in out.read_text(), timeout=10)
    lines = re.findall(r"^    \S+ (?:register|explain) .*", out.read_text(), re.M)
    try:
        assert len(lines) == 4 and all(" --control /tmp/sipward-demo-" in x for x in lines), lines
        done = sipward(*lines[0].split()[1:], env=environment(SIPWARD_CONTROL=str(door.control)))
        assert done.code == 0, done
    finally:
        p.send_signal(signal.SIGINT)
        assert p.wait(timeout=10) == 0
