# SPDX-License-Identifier: Apache-2.0
"""`sipward user`: users come and go while the door runs, and while it does not."""
import json
import os
import pty
import re
import select
import socket
import sqlite3
import subprocess
import time

import pytest

from conftest import CANARY, REALM, SIPWARD, UnixConnection, environment, keep, until
from sipclient import ALGS, ha1

MD5 = "sha-256 sha-512-256 md5"
UNTIL = "    md5 until 2099-12-31\n"
HASHES = {"MD5": "ha1_md5", "SHA-256": "ha1_sha256", "SHA-512-256": "ha1_sha512_256"}


@pytest.fixture
def kept(make_door):
    """alice of the configuration; all others in a database. A trunk takes no MD5."""
    return make_door(lambda d: d.trunk(algs=MD5, users=("alice",), more=UNTIL),
                     "trunk berlin {\n    accept digest sha-256\n}\n", keeps=True)


@pytest.fixture
def asleep(make_door):
    """The same, and nobody runs it."""
    return make_door(lambda d: d.trunk(algs=MD5, users=("alice",), more=UNTIL),
                     "trunk berlin {\n    accept digest sha-256\n}\n", keeps=True, start=False)


def user(door, *args, **more):
    return door.cli("user", *args, **more)


def add(door, name, trunk="staff", *args):
    done = user(door, "add", name, "--trunk", trunk, "--stdin", *args,
                stdin=CANARY[name].encode() + b"\n")
    assert done.code == 0, done
    return done


def show(door, name):
    done = user(door, "show", name, "--json")
    return json.loads(done.out) if done.code == 0 else None


def registrations(door, name):
    return (show(door, name) or {}).get("registrations")


class Terminal:
    """A command on a terminal of its own; what it writes there, and what is typed."""

    def __init__(self, *args):
        self.ours, theirs = pty.openpty()
        self.shown = b""
        self.process = subprocess.Popen(
            [SIPWARD, *map(str, args)], stdin=theirs, stderr=theirs, stdout=subprocess.PIPE,
            env=environment(), start_new_session=True)
        os.close(theirs)

    def expect(self, text):
        until(lambda: self.read() and text in self.shown.decode(errors="replace"),
              message=lambda: f"{text!r} does not come: {self.shown!r}")

    def read(self):
        if select.select([self.ours], [], [], 0.05)[0]:
            try:
                self.shown += os.read(self.ours, 4096)
            except OSError:
                pass
        return True

    def type(self, text):
        os.write(self.ours, text.encode() + b"\n")

    def end(self):
        out, _ = self.process.communicate(timeout=20)
        self.read()
        os.close(self.ours)
        keep("a terminal", self.shown + out)
        return self.process.returncode, out.decode()


def test_add_makes_a_password_and_shows_it_once(kept):
    done = user(kept, "add", "berlin", "--trunk", "berlin")
    made = re.search(r"^berlin   password  (\S+)   \(shown once; stored as SHA-256; "
                     r"MD5 not kept: the trunk does not allow it\)$", done.out, re.M)
    assert made, done
    assert re.fullmatch(r"(?:[A-HJ-NP-Za-hj-km-z2-9]{4}-){3}[A-HJ-NP-Za-hj-km-z2-9]{4}", made[1])
    assert "supported_algorithms_uac=SHA-256" in done.out and "SIP Server example.test" in done.out
    assert kept.client("berlin", password=made[1]).login("OPTIONS", uri=f"sip:{REALM}").status == 200
    for told in (user(kept, "show", "berlin"), user(kept, "list"), user(kept, "list", "--json")):
        assert "berlin" in told.out and made[1] not in told.out
    again = user(kept, "add", "berlin", "--trunk", "berlin")
    assert again.code == 1 and "already" in again.err and again.out == ""


def test_add_names_lines_that_can_work_for_the_algorithms_there_are(make_door):
    door = make_door(lambda d: d.trunk("old", "md5", (), UNTIL, "trunk"),
                     lambda d: d.trunk("both", "sha-512-256 sha-256", (), "", "trunk"), keeps=True)
    told = user(door, "add", "berlin", "--trunk", "old").out
    assert "\nAsterisk, pjsip.conf:\n" in told and "auth_type=userpass" in told, told
    assert "supported_algorithms_uac" not in told and "20.12" not in told, told
    told = user(door, "add", "bonn", "--trunk", "both").out
    assert "Asterisk 20.12 or newer" in told and "auth_type=digest" in told, told
    assert re.search("^  supported_algorithms_uac=SHA-256, SHA-512-256$", told, re.M), told


def test_add_by_stdin_and_file_then_register(kept):
    add(kept, "bob", "staff", "--aor", "bob,bobby", "--number", "+4930123")
    kept.secret("carol")
    done = user(kept, "add", "carol", "--trunk", "staff", "--password-file",
                kept.folder / "carol.secret")
    assert done.code == 0 and "added" in done.out, done
    for name in ("bob", "carol"):
        for alg in ALGS:
            assert kept.client(name).login(alg=alg).status == 200
        assert kept.client(name).login(password="wrong").status == 403
        done = kept.cli("register", name, "--password-file", kept.secret(name))
        assert done.code == 0, done
    told = show(kept, "bob")
    told.pop("registrations")
    assert told == {
        "name": "bob", "trunk": "staff", "enabled": True, "aor": ["bob", "bobby"],
        "algorithms": ["sha-256", "sha-512-256", "md5"], "number": ["+4930123"]}


def test_show_tells_where_a_user_is_registered(kept):
    add(kept, "bob")
    add(kept, "carol")
    assert registrations(kept, "bob") == []
    assert "registered no" in user(kept, "show", "bob").out
    phone = kept.client("bob")
    assert phone.login(expires=300).status == 200
    [one] = until(lambda: registrations(kept, "bob"))
    assert (one["aor"], one["transport"]) == ("bob", "udp")
    assert one["contact"] == phone.contact and 290 < one["expires_s"] <= 300
    assert one["source"] == f"127.0.0.1:{phone.port}"
    assert f"from 127.0.0.1:{phone.port} udp, for " in user(kept, "show", "bob").out
    assert registrations(kept, "carol") == []
    assert phone.login(expires=0).status == 200
    until(lambda: registrations(kept, "bob") == [])


def test_add_asks_on_a_terminal_without_an_echo(kept):
    t = Terminal("user", "add", "bob", "--trunk", "staff", "--prompt", "-c", kept.conf)
    t.expect("New password of bob")
    t.type(CANARY["bob"])
    t.expect("once more")
    t.type(CANARY["bob"])
    code, out = t.end()
    assert code == 0 and "added" in out, t.shown
    assert CANARY["bob"].encode() not in t.shown
    assert kept.client("bob").login().status == 200


def test_a_prompt_that_is_not_answered_alike_changes_nothing(kept):
    t = Terminal("user", "add", "bob", "--trunk", "staff", "--prompt", "-c", kept.conf)
    t.expect("New password of bob")
    t.type(CANARY["bob"])
    t.expect("once more")
    t.type("another")
    code, out = t.end()
    assert code == 1 and out == "" and b"not the same" in t.shown
    assert show(kept, "bob") is None


def test_passwd_works_at_once(kept):
    add(kept, "bob")
    phone = kept.client("bob")
    assert phone.login().status == 200
    done = user(kept, "passwd", "bob", "--stdin", stdin=CANARY["carol"].encode())
    assert done.code == 0 and "password changed" in done.out, done
    assert phone.login().status == 403
    assert phone.login(password=CANARY["carol"]).status == 200
    t = Terminal("user", "passwd", "bob", "-c", kept.conf)
    t.expect("New password of bob (nothing: one is made)")
    t.type("")
    code, out = t.end()
    made = re.search(r"password  (\S+)   \(shown once", out)
    assert code == 0 and made, out
    assert phone.login(password=CANARY["carol"]).status == 403
    assert phone.login(password=made[1]).status == 200


def test_passwd_without_a_terminal_says_what_to_give(kept):
    add(kept, "bob")
    done = user(kept, "passwd", "bob")
    assert done.code == 2 and "--password-file" in done.err
    assert kept.client("bob").login().status == 200


def test_del_ends_registrations(kept):
    add(kept, "bob")
    phone = kept.client("bob")
    assert phone.login().status == 200
    assert kept.status()["registrations"] == 1
    assert user(kept, "del", "bob").out == "bob   deleted\n"
    until(lambda: kept.status()["registrations"] == 0)
    assert phone.login().status == 403
    assert kept.event(reason="digest_no_user")["claimed"] == "bob"


def test_del_asks_on_a_terminal(kept):
    add(kept, "bob")
    t = Terminal("user", "del", "bob", "-c", kept.conf)
    t.expect("[y/N]")
    t.type("n")
    assert t.end()[0] == 1 and show(kept, "bob")
    t = Terminal("user", "del", "bob", "-c", kept.conf)
    t.expect("[y/N]")
    t.type("y")
    assert t.end()[0] == 0 and not show(kept, "bob")


def test_several_are_deleted_together_or_not_at_all(kept):
    for name in ("bob", "carol"):
        add(kept, name)
    done = user(kept, "del", "bob", "nobody", "carol")
    assert done.code == 1 and "nobody" in done.err and done.out == ""
    assert show(kept, "bob") and show(kept, "carol")
    assert user(kept, "del", "bob", "carol").code == 0
    assert not show(kept, "bob") and not show(kept, "carol")


def test_set_changes_addresses_numbers_and_trunk(kept):
    add(kept, "bob", "staff", "--number", "+4930123")
    phone = kept.client("bob")
    assert phone.login().status == 200
    done = user(kept, "set", "bob", "--aor", "bobby", "--number", "")
    assert done.code == 0 and "bobby" in done.out and "+49" not in done.out, done
    until(lambda: kept.status()["registrations"] == 0)
    assert phone.login().status == 403
    phone.user = "bobby"  # the address; the proof is bob's
    assert phone.prove(phone.ask().challenge("SHA-256"), user="bob", password=CANARY["bob"]
                       ).status == 200
    assert user(kept, "set", "bob", "--aor", "", "--trunk", "berlin").code == 0
    assert show(kept, "bob")["aor"] == ["bob"] and show(kept, "bob")["algorithms"] == ["sha-256"]


def test_a_disabled_user_is_refused_like_an_unknown_one(kept):
    add(kept, "bob")
    phone = kept.client("bob")
    assert phone.login().status == 200
    assert user(kept, "disable", "bob").code == 0
    refused = phone.login()
    assert refused.status == 403
    told = kept.cli("explain", refused.id).out
    assert "bob exists, but is switched off" in told and "user enable bob" in told
    assert user(kept, "enable", "bob").code == 0
    assert phone.login().status == 200


def test_explain_sends_to_the_command(kept):
    add(kept, "bob")
    refused = kept.client("bob").login(password="wrong")
    told = kept.cli("explain", refused.id).out
    assert "Set one:  " in told and "user passwd bob\n" in told
    refused = kept.client("alice").login(password="wrong")
    assert "user passwd" not in kept.cli("explain", refused.id).out


def test_who_cannot_log_in_as_things_are_is_marked(kept):
    line = {"op": "add", "name": "carol", "trunk": "staff",
            "ha1": {"md5": ha1("MD5", "carol", REALM, CANARY["carol"])}}
    assert call(kept, "POST", "/v1/users", json.dumps(line), "application/x-ndjson")[0] == 200
    add(kept, "bob", "berlin")
    told = user(kept, "list").out
    assert "!" not in told and "fault" not in show(kept, "bob"), told
    kept.write(kept.trunk(users=("alice",)))
    for _ in ("while the door runs", "while it does not"):
        if kept.process:
            assert kept.cli("reload").code == 0
        told = user(kept, "list").out
        assert re.search(r"^bob .*   ! no such trunk$", told, re.M), told
        assert re.search(r"^carol .*   ! no hash that its trunk takes$", told, re.M), told
        assert re.search(r"^alice [^!]*$", told, re.M), told
        assert show(kept, "bob")["fault"] == "no such trunk"
        assert show(kept, "carol")["fault"] == "no hash that its trunk takes"
        assert "user set bob --trunk" in user(kept, "show", "bob").out
        assert "user passwd carol" in user(kept, "show", "carol").out
        assert user(kept, "list", "--trunk", "berlin").code == 0
        done = user(kept, "list", "--trunk", "nope")
        assert done.code == 1 and "no trunk nope" in done.err, done
        kept.stop()


def test_a_user_of_the_configuration_is_changed_there(kept, asleep):
    for door in (kept, asleep):
        for args in (("del", "alice", "--yes"), ("disable", "alice"), ("set", "alice", "--aor=a")):
            done = user(door, *args)
            assert done.code == 1, done
            assert re.search(r"stands in the configuration \(\S+sipward.conf:\d+\)", done.err), done
        done = user(door, "show", b"\xff")
        assert done.code == 1 and "no user of this name" in done.err, done
    (asleep.folder / "sipward.conf").write_text("nonsense\n")
    assert "nothing was changed" not in user(asleep, "list").err


def test_a_password_in_the_wrong_place_is_not_said_again(kept):
    add(kept, "bob")
    for command in ("passwd", "add"):
        done = user(kept, command, "bob", CANARY["carol"])
        assert done.code == 2 and CANARY["carol"] not in done.out + done.err, done


def test_a_made_password_that_nobody_has_seen_is_said_to_be_gone(kept):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([SIPWARD, "user", "add", "bob", "--trunk", "staff", "-c", kept.conf],
                              stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=20)
    assert done.returncode == 1 and b"bob was added" in done.stderr, done
    assert b"user passwd bob" in done.stderr and show(kept, "bob")


def test_hashes_that_go_with_another_trunk_are_named(kept):
    add(kept, "bob")
    done = user(kept, "set", "bob", "--trunk", "berlin")
    assert done.code == 0 and "does not take SHA-512-256, MD5" in done.err, done
    assert "user passwd bob" in done.err
    done = user(kept, "set", "bob", "--trunk", "staff")
    assert done.code == 0 and done.err == "", done


def test_json_has_what_is_complained_about(kept, asleep):
    for door in (kept, asleep):
        for args in (("show", "nobody"), ("del", "nobody", "--yes"), ("disable", "nobody"),
                     ("set", "nobody", "--aor=a"), ("passwd", "nobody", "--generate"),
                     ("add", "alice", "--trunk", "staff")):
            done = user(door, *args, "--json")
            assert done.code == 1 and json.loads(done.out)["error"]["message"] and done.err, done


def test_explain_does_not_call_a_password_wrong_that_it_could_not_check(kept):
    line = {"op": "add", "name": "bob", "trunk": "staff",
            "ha1": {"sha-256": ha1("SHA-256", "bob", REALM, CANARY["bob"])}}
    assert call(kept, "POST", "/v1/users", json.dumps(line), "application/x-ndjson")[0] == 200
    refused = kept.client("bob").login(alg="MD5")
    assert refused.status == 403
    told = kept.cli("explain", refused.id).out
    assert told.startswith("REFUSED  digest_no_hash") and "another password" not in told
    assert "no MD5 hash is kept.        Set the password once more:  " in told


def test_users_of_the_configuration_are_changed_there(kept):
    for args in (("add", "alice", "--trunk", "staff"), ("passwd", "alice", "--generate")):
        done = user(kept, *args)
        assert done.code == 1 and f"{kept.conf}:" in done.err and done.out == "", done
    assert f"{kept.conf}:" in show(kept, "alice")["conf"]


def test_users_live_on_without_a_door_and_come_back(kept):
    add(kept, "bob")
    kept.stop()
    assert show(kept, "bob")["trunk"] == "staff"
    add(kept, "carol")
    assert user(kept, "del", "bob").code == 0
    done = user(kept, "add", "alice", "--trunk", "staff")
    assert done.code == 1 and ":" in done.err
    kept.start()
    assert kept.client("carol").login().status == 200
    assert kept.client("bob").login().status == 403


def test_a_door_and_a_store_alone_say_the_same(asleep):
    rows = csv_rows(("bob", "staff"), ("alice", "staff"), ("carol", "nowhere")) + "x\n"

    def say_all():
        told = []
        for args, stdin in (
                (("add", "bob", "--trunk", "staff", "--stdin"), CANARY["bob"]),
                (("add", "bob", "--trunk", "staff", "--stdin"), CANARY["bob"]),
                (("add", "alice", "--trunk", "staff"), ""), (("add", "x", "--trunk", "y"), ""),
                (("add", "x"), ""), (("list",), ""), (("list", "--json"), ""),
                (("show", "alice"), ""), (("show", "nobody"), ""),
                (("passwd", "bob", "--stdin"), CANARY["carol"]), (("passwd", "alice"), ""),
                (("passwd", "nobody", "--generate"), ""), (("disable", "bob"), ""),
                (("enable", "bob", "nobody"), ""), (("enable", "bob"), ""),
                (("set", "bob", "--trunk", "nowhere"), ""), (("set", "alice", "--aor", "a"), ""),
                (("import", "-"), rows), (("import", "-"), "nonsense"),
                (("del", "bob", "nobody"), ""), (("del", "bob"), ""), (("list",), "")):
            done = user(asleep, *args, stdin=stdin.encode())
            told.append((args, done.code, done.out, done.err))
        return told

    alone = say_all()
    asleep.start()
    assert say_all() == alone


def test_a_door_that_forgets_says_so(door):
    done = add(door, "carol")
    assert "until the door ends" in done.err
    assert door.client("carol").login().status == 200


def test_without_a_door_memory_is_no_place(make_door):
    door = make_door(start=False)
    done = user(door, "add", "carol", "--trunk", "staff")
    assert done.code == 3 and "store memory" in done.err and done.out == ""


def test_a_seal_key_that_is_gone_is_one_sentence(asleep):
    (asleep.folder / "seal.key").unlink()
    done = user(asleep, "add", "bob", "--trunk", "staff", "--stdin", stdin=CANARY["bob"].encode())
    assert done.code in (1, 4) and "seal" in done.err, done
    assert done.err.count("\n") <= 2


def test_a_configuration_with_errors_is_refused(asleep):
    asleep.conf.write_text(asleep.conf.read_text() + "nonsense\n")
    done = user(asleep, "list")
    assert done.code == 4 and "nonsense" in done.err and done.out == ""


@pytest.mark.parametrize("password, says", [
    ("1234567", "less than 8"), ("bob-and-more", "the name in it"),
    ("password1", "guessers try"), ("aaaaaaaaaaaa", "one character"), ("1234567890", "short number")])
def test_a_weak_password_is_taken_with_a_warning(asleep, password, says):
    done = user(asleep, "add", "bob", "--trunk", "staff", "--stdin", stdin=password.encode())
    assert done.code == 0 and "warning" in done.err and says in done.err, done
    assert password not in done.err + done.out


@pytest.mark.parametrize("code, args, stdin", [
    (2, (), ""), (2, ("drop",), ""), (2, ("add",), ""), (2, ("add", "bob", "carol"), ""),
    (2, ("add", "bob"), ""), (2, ("add", "bob", "--trunk", "staff", "--stdin", "--prompt"), ""),
    (2, ("add", "bob", "--trunk", "staff", "--prompt"), ""), (2, ("add", "bob", "--generat"), ""),
    (1, ("add", "bob", "--trunk", "nowhere"), ""), (1, ("add", "b/b", "--trunk", "staff"), ""),
    (1, ("add", "bob@example.test", "--trunk", "staff"), ""),
    (1, ("add", "b" * 65, "--trunk", "staff"), ""),
    (1, ("add", "bob", "--trunk", "staff", "--aor", "a b"), ""),
    (1, ("add", "bob", "--trunk", "staff", "--number", "x"), ""),
    (1, ("add", "bob", "--trunk", "staff", "--stdin"), ""),
    (1, ("add", "bob", "--trunk", "staff", "--stdin"), "canary\nlines"),
    (1, ("add", "bob", "--trunk", "staff", "--stdin"), "canary\x01x"),
    (1, ("add", "bob", "--trunk", "staff", "--stdin"), "canary" * 50),
    (1, ("add", "bob", "--trunk", "staff", "--password-file", "/nowhere"), ""),
    (2, ("passwd",), ""), (1, ("passwd", "bob", "--generate"), ""),
    (2, ("passwd", "bob", "--trunk", "staff"), ""), (2, ("show",), ""), (1, ("show", "bob"), ""),
    (1, ("show", "../x"), ""), (2, ("list", "bob"), ""), (2, ("del",), ""), (1, ("del", "bob"), ""),
    (1, ("del", "b\"b"), ""), (2, ("del", "--yess", "bob"), ""), (1, ("enable", "bob"), ""),
    (2, ("set",), ""), (2, ("set", "bob"), ""), (1, ("set", "bob", "--number", "1"), ""),
    (1, ("set", "bob", "--aor", "a b"), ""), (1, ("set", "bob", "--aor", "a," * 300), ""),
    (1, ("set", "alice", "--trunk", "berlin"), ""), (2, ("set", "bob", "--password", "x"), ""),
    (2, ("enable", "bob", "--yes"), ""), (2, ("import",), ""), (1, ("import", "/nowhere.csv"), ""),
    (2, ("import", "-", "--format", "excel"), ""), (1, ("import", "-"), "no list\n"),
    (1, ("import", "-", "--trunk", "nowhere"), "username,password\n"),
    (1, ("import", "-"), "username,password\nbob,canary-12\n"),
])
def test_wrong_words_change_nothing(asleep, code, args, stdin):
    done = user(asleep, *args, stdin=stdin.encode())
    assert done.code == code and done.out == "" and done.err, done
    assert "canary" not in done.err
    assert json.loads(user(asleep, "list", "--json").out)["users"][1:] == []


@pytest.mark.parametrize("name", [
    "add", "passwd", "set", "show", "list", "del", "disable", "enable", "import"])
def test_each_has_help_with_an_example(asleep, name):
    for args in ((name, "--help"), (name, "bob", "-h")):
        done = user(asleep, *args)
        assert done.code == 0 and f"user {name} " in done.out, done
    assert user(asleep, "--help").out.count(f"user {name}") >= 1


# --- import ---

def csv_rows(*rows):
    return "username,password,trunk\n" + "".join(f"{n},{CANARY[n]},{t}\n" for n, t in rows)


def database(folder, rows):
    path = folder / "kamailio.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE subscriber (id INTEGER PRIMARY KEY, username, domain, password, "
                   "ha1, ha1b)")
        db.executemany("INSERT INTO subscriber (username, domain, password, ha1, ha1b) "
                       "VALUES (?,?,?,?,?)", rows)
    return path


def subscriber(name):
    return (name, REALM, "", ha1("MD5", name, REALM, CANARY[name]),
            ha1("MD5", f"{name}@{REALM}", REALM, CANARY[name]))


def kamailio_table(folder):
    path = folder / "subscriber.txt"
    path.write_text("id\tusername\tdomain\tpassword\tha1\tha1b\n1\t" + "\t".join(subscriber("bob"))
                    + f"\n2\tcarol\t{REALM}\t{CANARY['carol']}\t\t\n")
    return path


def asterisk(folder):
    path = folder / "pjsip.conf"
    path.write_text(f"""[phone](!)
type=endpoint
[auth](!)
type=auth
auth_type=userpass
[bob](phone)
auth=bob
aors=bob
[bob]
type=auth
auth_type=md5
realm={REALM}
username=bob
md5_cred={ha1("MD5", "bob", REALM, CANARY["bob"])}
[bob]
type=aor
[carol-auth](auth) ; by password
username=carol
password={CANARY["carol"]}
[carrier]
type=registration
outbound_auth=carrier
[carrier]
type=auth
username=us
password={CANARY["dora"]}
""")
    return path


def freeswitch(folder):
    inner = folder / "directory" / "default"
    inner.mkdir(parents=True)
    (inner / "bob.xml").write_text(f"""<include><user id="bob"><params>
<param name="a1-hash" value="{ha1("MD5", "bob", REALM, CANARY["bob"])}"/>
</params></user></include>""")
    (inner / "carol.xml").write_text(f"""<include><user id="carol"><params>
<param name="password" value="{CANARY["carol"]}"/></params></user></include>""")
    return folder / "directory"


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("make, kind", [
    (kamailio_table, "kamailio"),
    (lambda f: database(f, [subscriber("bob"), ("carol", "", CANARY["carol"], "", "")]), "kamailio"),
    (asterisk, "asterisk"), (freeswitch, "freeswitch")])
def test_users_of_others_come_over(asleep, make, kind, runs):
    door = asleep.start() if runs else asleep
    done = user(door, "import", make(door.folder), "--trunk", "staff", "--json")
    assert done.code == 0, done
    told = json.loads(done.out)
    assert (told["format"], told["added"], told["bad"]) == (kind, 2, 0)
    if not runs:
        door.start()
    assert show(door, "bob")["algorithms"] == ["md5"]
    assert door.client("bob").login(alg="MD5").status == 200
    assert door.client("bob").login(alg="SHA-256").status == 403
    for alg in ALGS:
        assert door.client("carol").login(alg=alg).status == 200
    done = door.cli("register", "carol", "--password-file", door.secret("carol"))
    assert done.code == 0, done


def test_ha1b_of_kamailio_is_for_names_with_a_domain(kept):
    assert user(kept, "import", kamailio_table(kept.folder), "--trunk", "staff").code == 0
    phone = kept.client("bob")
    assert phone.prove(phone.ask().challenge("MD5"), user=f"bob@{REALM}").status == 200


def test_an_import_agrees_with_a_password_set_by_hand(kept):
    """Three ways to the same user: every algorithm, with and without the domain."""
    add(kept, "bob")
    every = [f"{HASHES[a]}" for a in ALGS] + [HASHES[a].replace("ha1", "ha1b") for a in ALGS]
    row = [ha1(a, n, REALM, CANARY["dora"]) for n in ("dora", f"dora@{REALM}") for a in ALGS]
    text = csv_rows(("carol", "staff"))
    assert user(kept, "import", "-", stdin=text.encode()).code == 0
    text = "username,trunk," + ",".join(every) + "\ndora,staff," + ",".join(row) + "\n"
    assert user(kept, "import", "-", stdin=text.encode()).code == 0
    for name in ("bob", "carol", "dora"):
        for alg in ALGS:
            for spelt in (name, f"{name}@{REALM}"):
                phone = kept.client(name)
                assert phone.prove(phone.ask().challenge(alg), user=spelt).status == 200, spelt
                assert phone.prove(phone.ask().challenge(alg), user=spelt,
                                   password="wrong").status == 403


def test_bad_rows_are_named_and_nothing_is_done(kept):
    path = kept.folder / "users.csv"
    path.write_text(csv_rows(("bob", "staff"), ("carol", "nowhere")) + "x\n/,canary,staff\n"
                    f"alice,{CANARY['alice']},staff\ndora,\"{CANARY['dora']}\n")
    done = user(kept, "import", path)
    assert done.code == 1 and done.out == "", done
    for line in (3, 4, 5, 6, 7):  # 6 is the store's to refuse
        assert f"{path}:{line}: " in done.err
    assert "--skip-bad" in done.err and show(kept, "bob") is None
    done = user(kept, "import", path, "--skip-bad", "--dry-run")
    assert done.code == 0 and "would import 1 users" in done.out and show(kept, "bob") is None
    done = user(kept, "import", path, "--skip-bad")
    assert done.code == 0 and "imported 1 users" in done.out and "left out: 5" in done.out, done
    assert kept.client("bob").login().status == 200 and show(kept, "dora") is None


def test_rows_that_the_store_refuses_are_named_too(kept):
    add(kept, "bob", "staff", "--number", "+4930123")
    text = csv_rows(("bob", "staff"), ("alice", "staff")) + \
        f"carol,{CANARY['carol']},staff\ncarol,{CANARY['carol']},staff\n"
    done = user(kept, "import", "-", stdin=text.encode())
    assert done.code == 1 and show(kept, "carol") is None
    assert "-:2: bob: " in done.err and "-:3: alice: " in done.err and "-:5: carol: " in done.err
    assert f"{kept.conf}:" in done.err
    done = user(kept, "import", "-", "--skip-bad", stdin=text.encode())
    assert done.code == 0 and show(kept, "carol")


@pytest.mark.parametrize("name, text, more", [
    ("sip.conf", "[general]\ncontext=default\n[alice]\ntype=friend\nsecret=x\n", ()),
    ("sip.conf", "[general]\ncontext=default\n[alice]\ntype=friend\nsecret=x\n", ("--skip-bad",)),
    ("users.csv", "username,password,trunk\n", ()), ("users.xml", "<include></include>\n", ()),
    ("users.csv", "username,password,trunk\n/,canary-12,staff\n", ("--skip-bad",)),
], ids=["no pjsip.conf", "that, skipping", "a header alone", "no user", "all bad, skipping"])
def test_a_file_without_users_is_no_success(asleep, name, text, more):
    path = asleep.folder / name
    path.write_text(text)
    done = user(asleep, "import", path, *more)
    assert done.code == 1 and "skip-bad" not in done.err, done
    assert "nothing was imported" in done.err or "imported 0 users" in done.out, done


def test_a_trial_before_the_first_user_is_one(asleep):
    """What would be refused is refused: a name of the configuration, a name twice."""
    path = asleep.folder / "users.csv"
    path.write_text(csv_rows(("alice", "staff"), ("bob", "staff"), ("bob", "staff")))
    done = user(asleep, "import", path, "--dry-run")
    assert done.code == 1 and "would import" not in done.out, done
    assert "csv:2: alice: this user stands in the configuration" in done.err, done
    assert "csv:4: bob: there is a user of this name already" in done.err, done
    path.write_text(csv_rows(("bob", "staff")))
    done = user(asleep, "import", path, "--dry-run")
    assert done.code == 0 and "would import 1 users" in done.out, done
    assert not (asleep.folder / "sipward.db").exists()


def test_without_a_seal_key_the_command_that_makes_one_is_said(asleep):
    (asleep.folder / "seal.key").unlink()
    done = user(asleep, "add", "bob", "--trunk", "staff")
    assert done.code == 4 and f"openssl rand -hex 32 > '{asleep.folder}/seal.key'" in done.err, done
    assert user(asleep, "list").code == 0 and not (asleep.folder / "sipward.db").exists()


def test_pages_of_a_long_list_are_one_list(kept):
    names = [f"u{n:04}" for n in range(2500)]
    text = "username,password,trunk\n" + "".join(f"{n},{CANARY['dora']},staff\n" for n in names)
    done = user(kept, "import", "-", stdin=text.encode())
    assert done.code == 0 and "imported 2,500 users" in done.out, done
    told = json.loads(user(kept, "list", "--json").out)["users"]
    assert [u["name"] for u in told] == ["alice", *names]
    assert user(kept, "list", "--trunk", "berlin").out.count("\n") == 1


def test_a_progress_bar_is_for_terminals_only(asleep):
    path = asleep.folder / "users.csv"
    path.write_text("username,password,trunk\n" + "".join(
        f"u{n},{CANARY['dora']},staff\n" for n in range(30000)))
    done = user(asleep, "import", path, "--dry-run")
    assert done.code == 0 and done.err == ""
    t = Terminal("user", "import", path, "-c", asleep.conf)
    until(lambda: t.read() and t.process.poll() is not None, timeout=30)
    assert t.end()[0] == 0
    assert b" %" in t.shown and b"rows" in t.shown


# --- the control API ---

def call(door, method, target, body=None, kind="application/json"):
    link = UnixConnection(door.control)
    try:
        try:
            link.request(method, target, body=body, headers={"Content-Type": kind} if body else {})
        except BrokenPipeError:
            pass  # it was refused by its header, and the answer is there
        answer = link.getresponse()
        text = answer.read()
    finally:
        link.close()
    keep(f"{method} {target}", text)
    return answer.status, json.loads(text)


def test_the_api_changes_users(kept):
    line = {"op": "add", "name": "bob", "trunk": "staff", "password": CANARY["bob"]}
    assert call(kept, "POST", "/v1/users", json.dumps(line), "application/x-ndjson")[0] == 200
    assert kept.client("bob").login().status == 200
    assert call(kept, "POST", "/v1/users", json.dumps(line), "application/x-ndjson")[0] == 422
    assert call(kept, "PATCH", "/v1/users/bob", '{"enabled": false}')[0] == 200
    assert kept.client("bob").login().status == 403
    assert call(kept, "PATCH", "/v1/users/bob", '{"enabled": true}')[0] == 200
    password = json.dumps({"password": CANARY["carol"]})
    assert call(kept, "POST", "/v1/users/bob/password", password)[0] == 200
    assert kept.client("bob").login(password=CANARY["carol"]).status == 200
    assert call(kept, "GET", "/v1/users/bob")[1]["trunk"] == "staff"
    status, page = call(kept, "GET", "/v1/users?limit=1")
    assert status == 200 and [u["name"] for u in page["users"]] == ["bob"]
    assert [u["name"] for u in page["configured"]] == ["alice"]
    assert call(kept, "DELETE", "/v1/users/bob")[0] == 200
    assert call(kept, "GET", "/v1/users/bob")[0] == 404
    assert kept.client("bob").login().status == 403


@pytest.mark.parametrize("method, target, body, kind, want", [
    ("POST", "/v1/users", "{", "application/x-ndjson", 422),
    ("POST", "/v1/users", "[]\n", "application/x-ndjson", 422),
    ("POST", "/v1/users", '{"op":"add","name":"bob"}\n', "application/x-ndjson", 422),
    ("POST", "/v1/users", '{"op":"drop","name":"alice"}\n', "application/x-ndjson", 422),
    ("POST", "/v1/users", "name=bob", "application/x-www-form-urlencoded", 415),
    ("PATCH", "/v1/users/bob", "{}", "application/json", 404),
    ("PATCH", "/v1/users/alice", '{"enabled":false}', "application/json", 422),
    ("PATCH", "/v1/users/bob", '{"name":"alice"}', "application/json", 422),
    ("PATCH", "/v1/users/bob", "nonsense", "application/json", 400),
    ("POST", "/v1/users/bob/password", '{"password":"canary-12"}', "application/json", 404),
    ("DELETE", "/v1/users/bob", None, None, 404),
    ("PATCH", "/v1/users/bob", '{"enabled":false}', "application/json", 404),
    ("DELETE", "/v1/users/alice", None, None, 422), ("GET", "/v1/users/%ff", None, None, 404),
    ("GET", "/v1/users?after=%ff", None, None, 400), ("GET", "/v1/users/bob", None, None, 404),
    ("PUT", "/v1/users", "{}", "application/json", 405),
])
def test_the_api_refuses_with_a_message(kept, method, target, body, kind, want):
    status, told = call(kept, method, target, body, kind)
    assert status == want and told["error"]["message"] and "canary" not in json.dumps(told)
    assert kept.client("alice").login().status == 200


def test_a_caller_that_goes_away_in_the_middle_leaves_no_trace(kept):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(kept.control))
        s.sendall(b"POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                  b"Content-Length: 1000\r\n\r\n{\"op\":\"add\",\"name\":\"bob\"")
    assert show(kept, "bob") is None
    add(kept, "bob")


def talk(door, sent, timeout=20):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(timeout)
        s.connect(str(door.control))
        s.sendall(sent)
        got = b""
        while piece := s.recv(65536):
            got += piece
        return got.decode()


def chunks(n, size=8000):
    return b"".join(b"%x\r\n" % size + b" " * size + b"\r\n" for _ in range(n // size + 1))


def test_a_body_that_is_too_long_and_does_not_say_so_is_told(kept):
    head = (b"PATCH /v1/users/bob HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    told = talk(kept, head + chunks(100_000) + b"0\r\n\r\n")
    assert told.startswith("HTTP/1.1 413 ") and "32 KiB" in told


@pytest.mark.parametrize("sent", [
    b"POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
    b"Content-Length: 1000000\r\n\r\n{", b"GET /v1/status HTTP/1.1\r\nX: "],
    ids=["bodies", "headers"])
def test_peers_that_drip_do_not_silence_the_socket(kept, sent):
    slow = []
    for _ in range(16 if sent.startswith(b"GET") else 40):
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(kept.control))
        s.sendall(sent)
        slow.append(s)
    began = time.monotonic()
    assert kept.cli("status").code == 0 and user(kept, "list").code == 0
    assert time.monotonic() - began < 3
    while slow and time.monotonic() - began < 16:
        for s in list(slow):
            try:
                s.sendall(b" ")
            except OSError:
                slow.remove(s)
                s.close()
        time.sleep(0.3)
    assert slow == []
