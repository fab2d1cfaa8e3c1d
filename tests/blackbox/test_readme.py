# SPDX-License-Identifier: Apache-2.0
"""README's steps, pasted one after the other on a machine that has never seen the door."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from conftest import SIPWARD, keep

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Whatever a script leaves behind ends with it.
ALONE = ["unshare", "-mnpf", "--kill-child", "--mount-proc"]

# A network and folders of its own; what of /etc programs need is copied.
FRESH = """set -e
ip link set lo up
mount -t tmpfs tmpfs /mnt
for f in passwd group nsswitch.conf hosts ld.so.cache ld.so.conf ssl localtime alternatives; do
    [ ! -e /etc/$f ] || cp -a /etc/$f /mnt/
done
mount --move /mnt /etc
for d in /var/lib /run /usr/local/sbin; do mount -t tmpfs tmpfs $d; done
PATH=/usr/local/sbin:$PATH
"""


INSTALL = " ".join(["install -D -t /usr/local/sbin", shlex.quote(SIPWARD),
                    shlex.quote(SIPWARD + "-admin"), shlex.quote(SIPWARD + "-single")])


def steps(heading):
    """The blocks below a heading: lines that are commands, and nothing is left out of them."""
    part = re.search(rf"^## {heading}\n(.*?)^## ", (ROOT / "README.md").read_text(), re.M | re.S)[1]
    return [b.replace("sudo ", "").strip().splitlines() for b in
            re.findall(r"^```\n(.*?)^```$", part, re.M | re.S)]


def fresh(script):
    if os.getuid() != 0 or not shutil.which("unshare") or \
            subprocess.run([*ALONE, "true"], capture_output=True).returncode != 0:
        pytest.skip("only root can be given folders of its own here")
    done = subprocess.run([*ALONE, "sh", "-c", FRESH + script], capture_output=True,
                          timeout=60, text=True)
    keep("README", (re.sub(r"password  \S+", "", done.stdout) + done.stderr).encode())
    return done


def test_the_steps_of_readme_work_when_pasted():
    first, second = steps("Set it up")
    assert first[0] == "make install" and first[-1] == "sipward serve"
    first[0] = INSTALL
    add, register, explain = second
    done = fresh("\n".join(first) + " >/run/serve.log 2>&1 &\ndoor=$!\n" + f"""
for i in $(seq 100); do sipward status >/run/status 2>&1 && break; sleep 0.1; done
{add} >/run/added
cat /run/added
umask 077
sed -n 's/.*password  \\([^ ]*\\) .*/\\1/p' /run/added >/run/password
{register} --password-file /run/password
{explain}
sipward stop
wait $door
""")
    assert done.returncode == 0, done
    assert "registered for 300 s" in done.stdout, done
    assert "ALLOWED  ok   REGISTER by \"bob\"" in done.stdout, done
    assert "0 warnings" in done.stdout, done


def test_a_user_of_readme_in_the_configuration_works_too():
    first, _ = steps("Set it up")
    first[0] = INSTALL
    line = re.search(r"`(user alice file:\S+)`", (ROOT / "README.md").read_text())[1]
    done = fresh("\n".join(first[:4]) + "\n" + "\n".join(steps("Users")[1]) + f"""
sed -i 's|^phones staff {{|&\\n    {line}|' /etc/sipward/sipward.conf
sipward check --runtime
""")
    assert done.returncode == 0 and "0 warnings" in done.stdout, done


def test_the_commands_of_the_users_work_one_after_the_other(make_door):
    door = make_door(lambda d: d.trunk(users=()), keeps=True)
    text = (ROOT / "docs/users.md").read_text()
    lines = re.findall(r"^\$ sudo sipward user (\w+) ([^#\n]*)", text, re.M)
    assert [l[0] for l in lines] == ["add", "passwd", "set", "show", "list", "disable", "enable",
                                     "del"]
    for command, args in lines:
        more = ["--generate"] if command == "passwd" else []
        done = door.cli("user", command, *args.split(), *more)
        assert done.code == 0, done
        if command == "add":
            said = re.sub(r"(password  )\S+", r"\1Vb4e-tQ9m-Zk2x-77Ls", done.out)
            assert said.replace("example.test", "example.com") in text, said
