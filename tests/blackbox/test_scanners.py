# SPDX-License-Identifier: Apache-2.0
"""sipvicious against a door with 1,000 users: it learns of none of them."""
import os
import re
import subprocess

import pytest

from conftest import environment, keep

USERS = 1000


@pytest.fixture
def crowd(make_door):
    """Users 1000 to 1999, who share a password file; the scanners know MD5 alone."""
    def lines(door):
        secret = door.secret("alice")
        users = "".join(f"    user {n} file:{secret}\n" for n in range(1000, 1000 + USERS))
        return "phones staff {\n    accept digest md5\n    md5 until 2099-12-31\n" + users + "}\n"
    return make_door(lines)


def scan(tmp_path, tool, *args, timeout=120):
    """Its words; it keeps sessions in its home, which is the test's."""
    done = subprocess.run([tool, *map(str, args)], capture_output=True, timeout=timeout,
                          stdin=subprocess.DEVNULL,
                          env={**environment(), "HOME": str(tmp_path), "TERM": "dumb",
                               "PATH": os.environ["PATH"]})
    text = (done.stdout + done.stderr).decode(errors="replace")
    keep(tool, done.stdout + done.stderr)
    return text


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
def test_svwar_confirms_no_user(crowd, tmp_path, method):
    args = ("-m", method, "-e", "1000-1999", "-p", crowd.port, crowd.host)
    text = scan(tmp_path, "svwar", *args)
    assert "authentication request for an unknown extension" in text  # and gives up
    text = scan(tmp_path, "svwar", "--force", *args)
    assert "found nothing" in text, text
    assert set(crowd.status()["verdicts"]) <= {"challenged", "dropped"}


def test_a_thousand_users_and_a_thousand_strangers_get_the_same_octets(crowd):
    c = crowd.client()
    seen = set()
    for name in [*range(1000, 1000 + USERS), *range(5000, 5000 + USERS)]:
        c.user = str(name)
        octets = c.ask().octets.replace(f"sip:{name}@".encode(), b"sip:NAME@")
        seen.add(re.sub(rb'(nonce="|tag=|branch=|CSeq: )[^\r\n";]*', b"", octets))
    assert len(seen) == 1, seen


def test_svcrack_gets_no_further_than_being_wrong(crowd, tmp_path):
    text = scan(tmp_path, "svcrack", "-u", "1000", "-r", "1-60", "-p", crowd.port, crowd.host)
    reasons = crowd.status()["reasons"]
    assert reasons.get("digest_wrong", 0) > 0, (text, reasons)
    assert "ok" not in reasons
    assert crowd.status()["registrations"] == 0
