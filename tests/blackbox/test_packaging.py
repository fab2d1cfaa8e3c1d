# SPDX-License-Identifier: Apache-2.0
"""What `make install` puts beside the program, read by those who will read it."""
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import ROOT, SIPWARD

EXPOSURE = 25  # of 100: what systemd-analyze security gives the unit, at most


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A tree as it is after `make install`."""
    build = pathlib.Path(SIPWARD).resolve().parent
    if not (build / "cmake_install.cmake").exists():
        pytest.skip("the program that is tested does not stand in its build directory")
    tree = tmp_path_factory.mktemp("installed")
    tree.chmod(0o755)
    subprocess.run(["cmake", "--install", build, "--prefix", tree], check=True,
                   capture_output=True)
    return tree


def systemd(command, *args, **more):
    if not shutil.which(command):
        pytest.skip(f"{command} is not there: tools/setup test installs it")
    return subprocess.run([command, *map(str, args)], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SYSTEMD_PAGER": "cat", **more})


def unit_of(tree):
    return tree / "lib/systemd/system/sipward.service"


def settings(tree):
    rows = [x.split("=", 1) for x in unit_of(tree).read_text().splitlines()
            if "=" in x and not x.startswith("#")]
    return {k: v for k, v in rows}


def test_the_unit_is_understood_whole(installed):
    done = systemd("systemd-analyze", "verify", "--man=no", unit_of(installed))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_names_the_program_where_it_was_installed(installed):
    unit = settings(installed)
    for key in ("ExecStart", "ExecReload"):
        program = unit[key].split()[0]
        assert program == str(installed / "sbin/sipward") and os.access(program, os.X_OK)
    assert unit["ExecReload"].endswith(" reload") and unit["Type"] == "notify"


def test_the_unit_leaves_little_open(installed):
    done = systemd("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}",
                   "--no-pager", unit_of(installed))
    assert done.returncode == 0, done.stdout


def test_the_unit_forbids_nothing_that_the_sandbox_is_made_of(installed):
    """Calls for Landlock and seccomp stand in no group of Debian 12's systemd."""
    words = unit_of(installed).read_text().replace("=", " ").split()
    for call in ("seccomp", "landlock_create_ruleset", "landlock_add_rule",
                 "landlock_restrict_self"):
        assert call in words
    for cap in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL", "CAP_DAC_READ_SEARCH"):
        assert cap in settings(installed)["CapabilityBoundingSet"].split()


def test_sysusers_makes_the_user_that_the_roles_run_as(installed, tmp_path):
    (tmp_path / "etc").mkdir()
    done = systemd("systemd-sysusers", f"--root={tmp_path}",
                   installed / "lib/sysusers.d/sipward.conf")
    assert done.returncode == 0, done.stderr
    row = [x for x in (tmp_path / "etc/passwd").read_text().splitlines()
           if x.startswith("sipward:")]
    assert len(row) == 1 and row[0].endswith("nologin") and row[0].split(":")[2] != "0"


def test_tmpfiles_gives_the_database_to_that_user(installed, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nsipward:x:61234:61234::/:/no\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nsipward:x:61234:\n")
    old = tmp_path / "var/lib/sipward/sipward.db"
    old.parent.mkdir(parents=True)
    old.touch()  # of a door that ran as root
    done = systemd("systemd-tmpfiles", "--create", f"--root={tmp_path}",
                   installed / "lib/tmpfiles.d/sipward.conf")
    assert done.returncode == 0, done.stderr
    assert old.stat().st_uid == old.parent.stat().st_uid == 61234
    assert oct(old.parent.stat().st_mode) == "0o40750"
    assert (tmp_path / "etc/sipward").stat().st_uid == 0
