# SPDX-License-Identifier: Apache-2.0
"""What the door denies itself: what is said of it before a start."""
import json
import os
import shutil
import subprocess

import pytest

from conftest import SIPWARD, environment, keep, sipward

SOMEBODY = 61234  # nobody's on any machine
LAYERS = "seccomp, landlock "


def is_built():
    """Builds for sanitizers and coverage have no sandbox, and say so."""
    return "this build has no sandbox" not in sipward("-vv").out


built = pytest.mark.skipif(not is_built(), reason="this build has no sandbox")


def with_user(*args):
    """A command on a machine where the user sipward exists."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root and unshare, to have a list of users of its own")
    row = f"root:x:0:0::/:/bin/sh\nsipward:x:{SOMEBODY}:{SOMEBODY}::/:/usr/sbin/nologin\n"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c",
         'f=$(mktemp); cat >$f; mount --bind $f /etc/passwd; rm $f; exec "$@"', "sh", SIPWARD,
         *map(str, args)], input=row.encode(), capture_output=True, timeout=20,
        env=environment())
    keep(f"sipward {args[0]}", done.stdout + done.stderr)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@built
def test_the_version_names_the_layers_of_this_machine():
    row = [x for x in sipward("-vv").out.splitlines() if x.startswith("sandbox")]
    assert len(row) == 1 and LAYERS in row[0] and "no-new-privs" in row[0]


@built
def test_root_without_the_user_is_told_what_to_do():
    if os.geteuid() != 0:
        pytest.skip("only for root there is somebody else to be")
    if "user sipward" in sipward("-vv").out.split("; ")[0]:
        pytest.skip("this machine has the user")
    assert "systemd-sysusers" in sipward("-vv").out


@built
def test_with_the_user_nothing_is_missing():
    code, out, err = with_user("-vv")
    row = [x for x in out.splitlines() if x.startswith("sandbox")][0]
    assert (code, err) == (0, "") and row.endswith("user sipward")


@built
def test_check_says_what_the_door_would_stand_behind(make_door):
    door = make_door(start=False, sandbox="sandbox required\n")
    told = door.cli("check", "--runtime")
    assert told.code == 0 and f"sandbox   {LAYERS}" in told.out
    told = json.loads(door.cli("check", "--runtime", "--json").out)
    assert told["ok"] and told["sandbox"].startswith(LAYERS)
    assert "sandbox" not in json.loads(door.cli("check", "--json").out)


def test_check_says_that_the_sandbox_is_off(make_door):
    door = make_door(start=False, sandbox='sandbox off because "it is being debugged"\n')
    told = door.cli("check", "--runtime")
    assert told.code == 0 and "sandbox   off, as the configuration says" in told.out


def test_a_build_without_one_refuses_what_requires_it(make_door):
    if is_built():
        pytest.skip("this build has it")
    door = make_door(start=False, sandbox="sandbox required\n")
    told = door.cli("check", "--runtime")
    assert told.code == 4 and "SW042" in told.out


@built
def test_a_database_of_root_is_named_with_the_line_that_gives_it_away(make_door, tmp_path):
    door = make_door(start=False, keeps=True)
    tmp_path.chmod(0o700)  # nobody but root gets in
    code, out, _ = with_user("check", "--runtime", "-c", door.conf)
    assert code == 4 and "SW044" in out and "cannot reach" in out
    for folder in [door.folder, *door.folder.parents][:4]:
        if os.stat(folder).st_mode & 0o001 == 0:
            folder.chmod(0o711)
    code, out, _ = with_user("check", "--runtime", "-c", door.conf)
    assert code == 4 and f"chown sipward:sipward {door.folder}" in out
    os.chown(door.folder, SOMEBODY, SOMEBODY)
    assert with_user("check", "--runtime", "-c", door.conf)[0] == 0
