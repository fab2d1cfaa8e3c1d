# SPDX-License-Identifier: Apache-2.0
"""Users and registrations live in a database: through restarts, and through what can happen to it."""
import os
import pathlib
import re
import signal
import sqlite3
import stat
import subprocess
import time

import pytest

from conftest import CANARY, SIPWARD, Door, environment, keep, sipward, until

PHONES = "phones staff {\n    accept digest\n}\n"


@pytest.fixture
def kept(make_door):
    """Nobody in the configuration; alice in the database."""
    door = make_door(PHONES, keeps=True, top="capacity users 200000\n")
    add(door, "alice")
    return door


def add(door, name, code=0):
    done = door.cli("user", "add", name, "--trunk", "staff", "--stdin",
                    stdin=CANARY[name].encode() + b"\n")
    assert done.code == code, done
    return done


def kill_everything(door):
    """The roles before their parent, which is stopped meanwhile: none of them ends in good order."""
    parent = door.process.pid
    os.kill(parent, signal.SIGSTOP)
    for task in pathlib.Path(f"/proc/{parent}/task").iterdir():
        for child in (task / "children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
    door.process.kill()
    door.process.wait()
    door.process = None


def db(door):
    return door.folder / "sipward.db"


def refused(door, code, *parts):
    """A start that ends at once: this code, and one sentence with these parts."""
    done = subprocess.run([SIPWARD, "serve", "-c", str(door.conf)], capture_output=True, timeout=20,
                          env=environment())
    keep("serve", done.stdout + done.stderr)
    said = done.stderr.decode()
    assert done.returncode == code, (done.returncode, said)
    sentences = [x for x in said.split("\n") if x.startswith("sipward: ")]
    assert len(sentences) == 1, said
    for part in parts:
        assert part in sentences[0], said
    return sentences[0]


def held(door):
    return door.status()["registrations"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_keeps_users_and_registrations(kept, how):
    add(kept, "bob")
    alice, bob = kept.client("alice"), kept.client("bob")
    assert alice.login().status == 200 and bob.login(expires=600).status == 200
    if how == signal.SIGKILL:
        time.sleep(1)  # the answer does not wait for the disk
    kept.process.send_signal(how)
    kept.process.wait(timeout=10)
    kept.process = None
    kept.start()
    assert held(kept) == 2 and kept.status()["store"]["users"] == 2
    answer = alice.login(contact=None)  # a query
    assert answer.status == 200 and alice.contact in answer.get("Contact")
    left = int(re.search(r"expires=(\d+)", answer.get("Contact"))[1])
    assert 3500 < left <= 3600
    assert bob.login(password="wrong").status == 403
    assert bob.login(contact=bob.contact, expires=0).status == 200 and held(kept) == 1
    kept.stop()
    kept.start()
    assert held(kept) == 1


def test_registrations_by_a_connection_end_with_it(kept):
    add(kept, "bob")
    assert kept.client("alice").login().status == 200
    phone = kept.tcp("bob")
    assert phone.login().status == 200
    until(lambda: held(kept) == 2)
    time.sleep(1)  # the answer does not wait for the disk
    kill_everything(kept)
    phone.close()
    kept.start()
    assert held(kept) == 1


def test_who_was_deleted_while_nobody_looked_is_not_registered(kept):
    add(kept, "bob")
    assert kept.client("alice").login().status == 200
    assert kept.client("bob").login().status == 200
    kept.stop()
    assert kept.cli("user", "del", "bob").code == 0
    kept.start()
    assert held(kept) == 1


def test_a_nonce_of_an_earlier_start_is_old_not_forged(kept):
    c = kept.client("alice")
    challenge = c.ask().challenge("SHA-256")
    kept.stop()
    kept.start()
    answer = c.prove(challenge)
    assert answer.status == 401 and answer.challenge("SHA-256").stale
    assert kept.event(id=answer.id)["reason"] == "digest_stale"


def test_a_second_door_cannot_have_the_file(kept, tmp_path):
    other = Door(tmp_path / "other")
    other.store = kept.store
    other.write(PHONES)
    assert str(db(kept)) in refused(other, 1, "in use by another process")
    assert kept.client("alice").login().status == 200
    told = kept.cli("check", "--runtime")
    assert told.code == 0 and "were not looked at" in told.out, told


def test_somebody_elses_lock_is_told(kept):
    kept.stop()
    lock = sqlite3.connect(db(kept), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    refused(kept, 1, str(db(kept)), "in use")
    lock.close()
    assert kept.start().status()["store"]["users"] == 1


def flip(path):
    octets = bytearray(path.read_bytes())
    for at in range(4096, len(octets), 64):  # all pages but the first
        octets[at] ^= 0xff
    path.write_bytes(octets)


def cut(path):
    path.write_bytes(path.read_bytes()[:9000])


def overwrite(path):
    path.write_bytes(b"realm example.com\n" * 100)


def newer(path):
    with sqlite3.connect(path) as link:
        link.execute("PRAGMA user_version = 99")
    link.close()


def foreign(path):
    path.unlink()
    with sqlite3.connect(path) as link:
        link.execute("CREATE TABLE user (name TEXT)")
    link.close()
    path.chmod(0o640)


@pytest.mark.parametrize("harm,says", [(flip, "damaged"), (cut, "damaged"), (newer, "newer sipward"),
                                       (overwrite, "no database"), (foreign, "another program")])
def test_a_file_that_is_wrong_is_told_and_left_alone(kept, harm, says):
    kept.stop()
    harm(db(kept))
    before = db(kept).read_bytes()
    refused(kept, 1, str(db(kept)), says)
    assert db(kept).read_bytes() == before
    told = kept.cli("check", "--runtime")
    assert told.code == 4 and "SW032" in told.out and says in told.out, told
    told = kept.cli("user", "list")
    assert told.code == 1 and says in told.err, told


def test_a_directory_that_is_missing_is_named(make_door):
    door = make_door(PHONES, keeps=True, start=False)
    door.store = door.store.replace("sipward.db", "none/sipward.db")
    door.write(PHONES)
    refused(door, 1, "mkdir -p", f"{door.folder}/none", f"{door.conf}:")


def remove_key(door):
    (door.folder / "seal.key").unlink()


def other_key(door):
    (door.folder / "seal.key").write_bytes(os.urandom(32))


def other_realm(door):
    door.conf.write_text(door.conf.read_text().replace("realm example.test", "realm example.org"))


def expose(door):
    db(door).chmod(0o644)


@pytest.mark.parametrize("harm,says", [
    (remove_key, "sealed with a key that is not there"), (other_key, "sealed with another key"),
    (other_realm, "example.test, not example.org"), (expose, "chmod o-rwx")])
def test_what_the_configuration_says_wrong_of_it_is_4(kept, harm, says):
    kept.stop()
    harm(kept)
    refused(kept, 4, str(db(kept)), says)
    told = kept.cli("check", "--runtime")
    assert told.code == 4 and "SW032" in told.out and says in told.out, told


@pytest.mark.parametrize("octets,mode,rule", [(b"short", 0o600, "SW030"), (b"", 0o600, "SW030"),
                                              (b"0" * 63, 0o600, "SW030"),
                                              (b"0" * 64, 0o644, "SW027")])
def test_a_seal_key_that_is_wrong_is_shown(kept, octets, mode, rule):
    kept.stop()
    key = kept.folder / "seal.key"
    key.write_bytes(octets)
    key.chmod(mode)
    done = sipward("serve", "-c", kept.conf)
    assert done.code == 4 and rule in done.err and "seal.key" in done.err, done


def test_without_a_key_a_new_store_opens_and_takes_no_user(make_door):
    door = make_door(lambda d: d.trunk(), keeps=True, start=False)
    remove_key(door)
    door.start()
    said = [e["message"] for e in door.events(level="warn", event="start")]
    assert [x for x in said if "seal key" in x and "seal.key" in x], said
    assert door.client("bob").login().status == 200
    done = add(door, "carol", 1)
    assert "seal key" in done.err
    assert door.cli("check", "--runtime").code == 0
    assert "SW033" in door.cli("check", "--runtime").out
    door.stop()
    door.start()
    assert held(door) == 1


def test_a_user_of_both_places_is_an_error(kept):
    both = kept.trunk(users=("alice",))
    kept.write(both)
    done = kept.cli("reload")
    assert done.code == 4 and "SW031" in done.err and f"{kept.conf}:" in done.err, done
    assert str(db(kept)) in done.err
    assert kept.client("alice").login().status == 200
    kept.stop()
    refused(kept, 4, "SW031", f"{kept.conf}:", str(db(kept)))
    told = kept.cli("check", "--runtime")
    assert told.code == 4 and "SW031" in told.out and f"{kept.conf}:" in told.out, told
    assert kept.cli("user", "del", "alice").code == 0
    kept.start()


def test_a_reload_does_not_move_the_store(kept):
    kept.conf.write_text(kept.conf.read_text().replace("sipward.db", "other.db"))
    done = kept.cli("reload")
    assert done.code == 4 and "store cannot change while the door runs" in done.err, done
    kept.write(PHONES)
    other_realm(kept)
    done = kept.cli("reload")
    assert done.code == 4 and "realm cannot change" in done.err, done
    kept.write(PHONES)
    assert kept.cli("reload").code == 0
    assert kept.client("alice").login().status == 200


@pytest.mark.parametrize("harm,says", [(remove_key, "is not there"), (other_key, "is another one")])
def test_a_reload_does_not_change_the_seal_key(kept, harm, says):
    key = (kept.folder / "seal.key").read_bytes()
    harm(kept)
    done = kept.cli("reload")
    assert done.code == 4 and "the seal key cannot change" in done.err and says in done.err, done
    (kept.folder / "seal.key").write_bytes(key)
    (kept.folder / "seal.key").chmod(0o600)
    assert kept.cli("reload").code == 0


def test_a_seal_key_that_came_later_stops_no_reload(make_door):
    door = make_door(PHONES, keeps=True, start=False)
    key = (door.folder / "seal.key").read_bytes()
    remove_key(door)
    door.start()
    (door.folder / "seal.key").write_bytes(key)
    (door.folder / "seal.key").chmod(0o600)
    assert door.cli("reload").code == 0


def test_a_removed_file_is_written_again(kept):
    assert kept.client("alice").login().status == 200
    for path in kept.folder.glob("sipward.db*"):
        path.unlink()
    kept.event(event="store", level="error")
    until(lambda: db(kept).exists() and kept.status()["store"]["up"])
    assert stat.S_IMODE(db(kept).stat().st_mode) == 0o640
    add(kept, "bob")
    kept.stop()
    kept.start()
    assert kept.status()["store"]["users"] == 2 and held(kept) == 1


def test_a_file_of_others_in_its_place_is_not_touched(kept):
    for path in kept.folder.glob("sipward.db*"):
        path.unlink()
    db(kept).write_bytes(b"mine")
    said = kept.event(event="store", level="error")["message"]
    assert "while the door runs" in said
    until(lambda: kept.client("alice").login().status == 503, timeout=10)
    assert kept.count("store_down") > 0
    assert "while the door" in kept.status()["store"]["why"] and db(kept).read_bytes() == b"mine"
    told = kept.cli("status").out
    assert "down: " in told
    db(kept).unlink()
    until(lambda: kept.status()["store"]["up"])
    assert kept.client("alice").login().status == 200


def test_a_directory_that_turned_read_only_is_told_and_waited_for(kept):
    assert kept.client("alice").login().status == 200
    kept.folder.chmod(0o555)
    db(kept).unlink()
    kept.event(event="store", level="error")
    until(lambda: kept.client("alice").login().status == 503, timeout=10)
    why = kept.status()["store"]["why"]
    assert str(db(kept)) in why and not db(kept).exists(), why
    kept.folder.chmod(0o755)
    until(lambda: db(kept).exists() and kept.status()["store"]["up"])
    assert kept.client("alice").login().status == 200
    kept.stop()
    kept.start()
    assert kept.status()["store"]["users"] == 1 and held(kept) == 1


def test_nobody_locks_the_database_of_a_door_that_runs(kept):
    other = sqlite3.connect(db(kept), isolation_level=None, timeout=0.2)
    for statement in ("BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "SELECT * FROM user"):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute(statement)
    other.close()
    assert kept.client("alice").login().status == 200
    add(kept, "bob")
    assert kept.status()["store"]["up"] and not kept.events(event="store", level="error")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own that is soon full; where the machine allows to mount one. Named before the
    doors, so that it goes after them: Landlock knows the directory, not its name."""
    path = tmp_path / "disk"
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0755", "tmpfs", str(path)],
                      capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a disk")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def fill(disk):
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            return filler


def test_a_full_disk_loses_nothing_and_takes_nothing(small_disk, make_door):
    door = make_door(PHONES, keeps=True, start=False)
    door.store = door.store.replace(f"{door.folder}/sipward.db", f"{small_disk}/sipward.db")
    door.write(PHONES)
    door.start()
    add(door, "alice")
    filler = fill(small_disk)
    phones, taken = [], []
    for n in range(400):  # the log of the database has some room left
        phone = door.client("alice")
        phone.contact = f"<sip:phone{n}@127.0.0.1:{phone.port}>"
        phones.append(phone)
        answer = phone.login()
        if answer.status == 503:
            break
        taken.append(phone.contact)
        time.sleep(0.05)
    assert answer.status == 503 and answer.get("Retry-After"), "the disk is not full"
    assert "no room" in door.event(event="store", level="error")["message"]
    assert len(door.events(event="store")) == 1  # once, not at each try
    done = add(door, "bob", 1)
    assert "no room" in done.err, done
    assert door.client("alice").login(method="OPTIONS").status in (200, 404)
    filler.unlink()
    door.event(event="store", level="notice")
    until(lambda: door.status()["store"]["up"])
    assert phones[-1].login().status == 200
    add(door, "bob")
    door.stop()
    door.start()
    answer = door.client("alice").login(contact=None)
    listed = ",".join(answer.all("Contact"))
    assert all(contact in listed for contact in taken[-9:]), (taken, listed)
    assert door.status()["store"]["users"] == 2


def test_a_journal_without_room_takes_no_registration_and_goes_on_later(small_disk, make_door):
    door = make_door(PHONES, keeps=True, start=False)
    door.store = door.store.replace(f"{door.folder}/sipward.db", f"{small_disk}/sipward.db")
    door.write("workers 1\n" + PHONES)
    (small_disk / "filler").write_bytes(b"x" * (3 << 20))  # less than what a journal takes at once
    door.spawn("-c", door.conf)  # it serves, and says that it is not ready
    until(lambda: door.log.exists() and door.events(event="store", level="error"))
    add(door, "alice")  # the database has room
    phone = door.client("alice")
    answer = phone.login()
    assert answer.status == 503 and answer.get("Retry-After"), answer
    said = door.event(event="store", level="error")["message"]
    assert "no room" in said and "sipward.db.bindings-0-a" in said, said
    with pytest.raises(AssertionError, match="no answer"):
        phone.login(contact=None)  # nothing is told of what may not be kept
    assert len(door.events(event="store")) == 1
    (small_disk / "filler").unlink()
    door.event(event="store", level="notice")
    until(lambda: door.status()["store"]["up"])
    assert phone.login().status == 200 and held(door) == 1
    kill_everything(door)
    door.start()
    assert held(door) == 1


@pytest.fixture
def one(make_door):
    """Likewise, with one worker, so that it is known which journal is written."""
    door = make_door("workers 1\n" + PHONES, keeps=True)
    add(door, "alice")
    return door


def journals(door):
    return sorted(door.folder.glob("sipward.db.bindings-*"))


@pytest.mark.parametrize("which", [0, 1])
def test_a_journal_that_is_removed_loses_nothing(one, which):
    assert one.client("alice").login().status == 200
    lost = journals(one)[which]
    lost.unlink()
    one.event(event="store", level="warn")
    second = one.client("alice")
    second.contact = f"<sip:second@127.0.0.1:{second.port}>"
    assert second.login().status == 200 and held(one) == 2
    until(lost.exists)
    assert stat.S_IMODE(lost.stat().st_mode) == 0o600
    until(lambda: one.event(event="store", level="warn")["message"].endswith("one was made"))
    third = one.client("alice")
    third.contact = f"<sip:third@127.0.0.1:{third.port}>"
    assert third.login().status == 200 and one.status()["store"]["up"]
    kill_everything(one)
    one.start()
    assert held(one) == 3


def test_all_journals_that_are_removed_are_made_again(one):
    assert one.client("alice").login().status == 200
    lost = journals(one)
    assert len(lost) == 2
    for path in lost:
        path.unlink()
    until(lambda: all(path.exists() for path in lost) and one.status()["store"]["up"])
    second = one.client("alice")
    second.contact = f"<sip:second@127.0.0.1:{second.port}>"
    until(lambda: second.login().status == 200)
    kill_everything(one)
    one.start()
    assert held(one) == 2


def test_journals_of_more_workers_than_there_are_are_taken_and_go(one):
    assert one.client("alice").login().status == 200
    kill_everything(one)
    first = one.folder / "sipward.db.bindings-0-a"
    other = one.folder / "sipward.db.bindings-7-b"
    other.write_bytes(first.read_bytes())  # records know their place, not their file
    other.chmod(0o600)
    first.write_bytes(b"")
    one.start()
    assert held(one) == 1 and not other.exists()


def test_who_goes_and_comes_after_a_kill_is_not_registered(kept):
    add(kept, "bob")
    assert kept.client("alice").login().status == 200
    assert kept.client("bob").login().status == 200
    kill_everything(kept)
    assert kept.cli("user", "del", "bob").code == 0
    add(kept, "bob")  # somebody else, who has registered nothing
    kept.start()
    assert held(kept) == 1


def test_damage_in_a_journal_is_told_once_with_its_place(one):
    os.kill(one.role("store"), signal.SIGSTOP)  # the database has none of them
    for n in range(3):
        phone = one.client("alice")
        phone.contact = f"<sip:phone{n}@127.0.0.1:{phone.port}>"
        assert phone.login().status == 200
    kill_everything(one)
    file = one.folder / "sipward.db.bindings-0-a"
    octets = bytearray(file.read_bytes())
    assert len(octets) > 500
    octets[60] ^= 1
    file.write_bytes(octets)
    one.start()
    assert held(one) == 2
    said = one.event(event="store", level="warn")["message"]
    assert "1 damaged place" in said and f"octet 0 of {file}" in said, said
    assert len(one.events(event="store", level="warn")) == 1


def test_every_acknowledged_registration_outlives_a_kill(kept):
    phones = {}
    for turn in range(6):
        for n in range(30):
            phone = kept.client("alice")
            phone.contact = f"<sip:t{turn}n{n}@127.0.0.1:{phone.port}>"
            if phone.login().status == 200:
                phones[phone.contact] = turn
        kill_everything(kept)  # at once, whatever the answers promised
        kept.start()
        listed = ",".join(kept.client("alice").login(contact=None).all("Contact"))
        assert all(c in listed for c in list(phones)[-9:]), (list(phones), listed)


def test_with_durability_power_answers_come_and_outlive_a_kill(make_door):
    door = make_door(PHONES, keeps=True, start=False)
    door.store = door.store.replace("sipward.db", "sipward.db durability power")
    door.write(PHONES)
    door.start()
    add(door, "alice")
    alice, stream = door.client("alice"), door.tcp("alice")
    stream.contact = "<sip:stream@127.0.0.1;transport=tcp>"
    for _ in range(20):
        assert alice.login().status == 200
    assert stream.login().status == 200 and held(door) == 2
    assert alice.login(contact=alice.contact, expires=0).status == 200 and held(door) == 1
    assert alice.login().status == 200
    kill_everything(door)
    door.start()
    assert held(door) == 1


def test_a_disk_that_is_full_at_the_start_is_told(small_disk, make_door):
    door = make_door(PHONES, keeps=True, start=False)
    door.store = door.store.replace(f"{door.folder}/sipward.db", f"{small_disk}/sipward.db")
    door.write(PHONES)
    fill(small_disk)
    refused(door, 1, "no room", str(small_disk))


def test_check_says_what_the_store_has(kept):
    kept.stop()
    before = db(kept).read_bytes()
    told = kept.cli("check", "--runtime")
    assert told.code == 0 and f"store   sqlite {db(kept)}, 1 user\n" in told.out, told
    assert db(kept).read_bytes() == before


def test_status_shows_the_store(kept):
    assert f"store    sqlite {db(kept)}  1 user  up\n" in kept.cli("status").out
    store = kept.status()["store"]
    assert store.pop("journal")["waiting"] == 0
    assert store == {"name": f"sqlite {db(kept)}", "users": 1, "up": True, "why": None}


def test_files_are_for_the_door_alone(kept):
    for path in kept.folder.glob("sipward.db*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0, path


def test_version_names_the_libraries():
    said = sipward("--version").out
    assert re.fullmatch(r"sipward \d+\.\d+\.\d+ \(OpenSSL 3\.\d+\.\d+, SQLite 3\.\d+\.\d+\) "
                        r"linux-\w+\n", said), said


def init(path, *more):
    return sipward("init", "--for", "phones", "--realm", "example.test", "--seal-key", path, *more)


def test_init_makes_a_seal_key_and_never_another(tmp_path):
    key = tmp_path / "seal.key"
    ran = init(key)
    assert ran.code == 0 and f"seal-key  file:{key}" in ran.out and str(key) in ran.err, ran
    assert re.fullmatch(r"[0-9a-f]{64}\n", key.read_text())
    assert stat.S_IMODE(key.stat().st_mode) == 0o640
    made = key.read_text()
    assert made.strip() not in ran.out + ran.err
    ran = init(key)
    assert ran.code == 0 and "is there already" in ran.err and key.read_text() == made, ran


def test_init_says_that_it_cannot(tmp_path):
    ran = init(tmp_path / "none" / "seal.key")
    assert ran.code == 1 and ran.out == "" and "cannot be made" in ran.err, ran
    assert init(pathlib.Path("seal.key")).code == 2


def test_an_address_of_the_configuration_is_nobody_elses(make_door):
    door = make_door(keeps=True)
    for name, aor in (("carol", "alice"), ("Alice", "c")):
        done = door.cli("user", "add", name, "--trunk", "staff", "--stdin", "--aor", aor,
                        stdin=b"some-other-word-1\n")
        assert done.code == 1 and "alice" in done.err and f"{door.conf}:" in done.err, done
    door.write(PHONES)
    assert door.cli("reload").code == 0
    done = door.cli("user", "add", "carol", "--trunk", "staff", "--stdin", "--aor", "alice",
                    stdin=b"some-other-word-1\n")
    assert done.code == 0, done
    door.write(door.trunk())
    done = door.cli("reload")
    assert done.code == 4 and "SW031" in done.err and "carol" in done.err, done
    door.stop()
    refused(door, 4, "SW031", "alice", "carol", "--aor")
    assert "SW031" in door.cli("check", "--runtime").out


def test_registrations_go_with_a_line_of_the_configuration(make_door):
    door = make_door(keeps=True)
    add(door, "carol")
    for name in ("alice", "bob", "carol"):
        assert door.client(name).login().status == 200
    door.write(door.trunk(users=("bob",)))
    assert door.cli("reload").code == 0
    until(lambda: held(door) == 2)
    door.write("phones other {\n    accept digest\n}\n")
    assert door.cli("reload").code == 0
    until(lambda: held(door) == 0)
    said = door.event(event="store", level="warn")["message"]
    assert "cannot log in" in said and ": 1, the first is carol of staff" in said, said
    door.stop()
    told = door.cli("check", "--runtime")
    assert "SW034" in told.out and "carol of staff" in told.out, told
    door.start()
    assert held(door) == 0


def test_the_next_one_of_a_name_has_no_registrations(kept):
    add(kept, "bob")
    assert kept.client("bob").login().status == 200
    kept.stop()
    assert kept.cli("user", "del", "bob").code == 0
    add(kept, "bob")
    kept.start()
    assert held(kept) == 0


@pytest.mark.parametrize("harm", ["box = zeroblob(100)", "trunk = 'berlin'", "off = 1",
                                  "entries = x'6103626f62'"])
def test_a_user_that_was_tampered_with_is_named(kept, harm):
    kept.stop()
    with sqlite3.connect(db(kept)) as link:
        link.execute(f"UPDATE user SET {harm} WHERE name = 'alice'")
    link.close()
    refused(kept, 1, "the user alice", "changed by somebody else")
    told = kept.cli("check", "--runtime")
    assert told.code == 4 and "SW032" in told.out and "the user alice" in told.out, told
    assert kept.cli("user", "del", "alice").code == 0
    kept.start()


def test_registrations_that_are_damaged_are_counted(kept):
    assert kept.client("alice").login().status == 200
    kept.stop()
    with sqlite3.connect(db(kept)) as link:
        link.execute("UPDATE binding SET q = 99999")
    link.close()
    kept.start()
    assert held(kept) == 0
    assert "1 damaged" in kept.event(event="store", level="warn")["message"]
