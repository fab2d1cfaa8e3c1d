# SPDX-License-Identifier: Apache-2.0
"""Harm that is done to a live door: its roles by name, and kill_at (tests/faults/kill_at.c)."""
import os
import pathlib
import platform
import re
import signal
import subprocess

import pytest

from conftest import SIPWARD, environment, until
from load import PASSWORD, names

KILL_AT = pathlib.Path(SIPWARD).resolve().parent / "tests" / "faults" / "kill_at"
SOAK = 100 if os.environ.get("SIPWARD_SOAK") else 1
PHONES = "phones staff {\n    accept digest\n}\n"

needs_trace = pytest.mark.skipif(
    platform.machine() != "x86_64" or os.geteuid() != 0 or not KILL_AT.exists(),
    reason="needs root on x86-64, and build/debug/tests/faults/kill_at")


def import_users(door, n):
    rows = door.folder / "users.csv"
    rows.write_text("username,password\n" + "".join(f"{x},{PASSWORD}\n" for x in names(n)))
    rows.chmod(0o600)
    done = door.cli("user", "import", rows, "--trunk", "staff", timeout=60)
    assert done.code == 0, done


def role_of(told, name):
    number = re.fullmatch(r"worker (\d+)", name)
    return next(r for r in told["roles"] if
                (r["role"], r.get("worker")) == ("worker", int(number[1])) if number) \
        if number else next(r for r in told["roles"] if r["role"] == name)


def children(door):
    """Processes of the door by the title that ps shows, as "worker 0"; zombies are nobody."""
    found = {}
    pid = door.process.pid
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                title = pathlib.Path(f"/proc/{child}/cmdline").read_bytes()
            except OSError:
                continue
            name = re.match(rb"sipward(?:-admin)?: ([a-z]+(?: \d+)?)", title)
            if name:
                found[name[1].decode()] = int(child)
    return found


def pid_of(door, name):
    return until(lambda: children(door).get(name), message=lambda: f"{name}: {children(door)}")


def kill_at(pid, *words, timeout=20):
    """What it says, or None where the process ended before."""
    done = subprocess.run([KILL_AT, str(pid), *map(str, words)], capture_output=True,
                          timeout=timeout)
    if done.returncode != 0:
        return None
    return done.stdout.decode().strip()


def start_kill_at(pid, *words):
    return subprocess.Popen([KILL_AT, str(pid), *map(str, words)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


symbols = {}


def address(pid, symbol):
    """Of a function of the program in that process; "roll.c:seek" where there are several."""
    exe = os.readlink(f"/proc/{pid}/exe")
    if exe not in symbols:
        rows = subprocess.run(["nm", "--defined-only", exe], capture_output=True, text=True,
                              check=True).stdout.split("\n")
        symbols[exe] = [r.split() for r in rows if len(r.split()) == 3]
    file, _, symbol = symbol.rpartition(":")
    at = [a for a, kind, name in symbols[exe] if name == symbol and kind in "tT"]
    if file:
        lines = subprocess.run(["addr2line", "-e", exe, *at], capture_output=True, text=True,
                               check=True).stdout.split("\n")
        at = [a for a, line in zip(at, lines) if f"/{file}:" in line]
    at = [int(a, 16) for a in at]
    assert len(at) == 1, f"{symbol} is there {len(at)} times"
    for row in pathlib.Path(f"/proc/{pid}/maps").read_text().split("\n"):
        if row.endswith(exe):
            return hex(int(row.split("-")[0], 16) + at[0])
    raise AssertionError(f"{exe} is not mapped")


def back(door, name, old, timeout=8.0):
    """The successor's pid, once it serves."""
    def new():
        pid = children(door).get(name)
        return pid if pid and pid != old else None
    return until(new, timeout=timeout, message=lambda: f"no {name} again: {children(door)}")


def role_notes(door):
    """What the log says of roles, and of tables that they hold."""
    return [e["message"] for e in door.events()
            if e.get("message", "").startswith(("role: ", "table: "))]


def returns_ms(door, name):
    """How long each successor took, by the log."""
    said = [re.match(rf"role: {name} is back \(pid \d+\) after (\d+) ms", x)
            for x in role_notes(door)]
    return [int(x[1]) for x in said if x]


def die_all(door, first_parent=True):
    """kill -9 of the whole group."""
    pids = [door.process.pid, *children(door).values()]
    for pid in pids if first_parent else reversed(pids):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    end(door)


def end(door):
    door.process.wait(timeout=10)
    door.process = None


def start_cli(door, *words):
    """A command that may have to wait; its input is a password."""
    ran = subprocess.Popen([SIPWARD, *words, "-c", door.conf], stdin=subprocess.PIPE,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    ran.stdin.write((PASSWORD + "\n").encode())
    ran.stdin.close()
    return ran
