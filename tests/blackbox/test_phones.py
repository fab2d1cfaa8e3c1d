# SPDX-License-Identifier: Apache-2.0
"""Debian 12's phones: SHA-256 with linphone, MD5 with the others where the trunk takes it."""
import time

from conftest import until
from phones import Baresip, Linphone, sipp, sipsak


def test_linphone_registers_with_sha_256_refreshes_and_unregisters(make_door, tmp_path):
    door = make_door(lambda d: d.trunk(more="    expires 1s 3s\n"))
    with Linphone(tmp_path, door, "alice") as phone:
        phone.register()
        event = door.event(event="registration", subject="alice")
        assert (event["alg"], event["factor"], event["warn"]) == ("sha-256", "digest", [])
        assert "Linphone" in event["ua"]
        # It asked for an hour and got three seconds: it must come back by itself.
        until(lambda: len(door.events(event="registration", subject="alice")) >= 2, timeout=8)
        assert door.status()["registrations"] == 1
        phone.say("unregister")
        until(lambda: door.status()["registrations"] == 0)
    assert not door.events(verdict="refused")
    assert door.status()["reasons"].keys() <= {"challenged", "ok"}


def test_linphone_with_a_wrong_password_is_refused(door, tmp_path):
    with Linphone(tmp_path, door, "alice", password="wrong") as phone:
        phone.say(f"register sip:alice@127.0.0.1 sip:{door.host}:{door.port} wrong")
        event = door.event(verdict="refused", reason="digest_wrong")
        assert event["status"] == 403 and event["claimed"] == "alice"
    assert door.status()["registrations"] == 0


def test_sipsak_registers_with_md5_and_the_log_says_so_once_a_day(md5_door, tmp_path):
    for _ in range(2):
        code, text = sipsak(tmp_path, md5_door, "alice")
        assert code == 0, text
    events = until(lambda: len(md5_door.events(event="registration")) >= 2
                   and md5_door.events(event="registration"))
    assert all(e["warn"] == ["digest_md5"] and e["alg"] == "md5" for e in events)
    assert [e["level"] for e in events] == ["warn", "info"]
    assert md5_door.status()["warnings"] == {"digest_md5": 2}


def test_sipp_registers_with_md5(md5_door, tmp_path):
    code, text = sipp(tmp_path, md5_door, "bob")
    assert code == 0, text
    assert md5_door.event(event="registration", subject="bob")["alg"] == "md5"


def test_baresip_registers_with_md5(md5_door, tmp_path):
    with Baresip(tmp_path, md5_door, "alice") as phone:
        until(lambda: "200 OK" in phone.heard(), timeout=8, message=phone.heard)
        event = md5_door.event(event="registration", subject="alice")
        assert (event["alg"], event["warn"]) == ("md5", ["digest_md5"])
    assert md5_door.count("digest_wrong") == 0
    assert len(md5_door.events(level="warn", event="registration")) == 1


def test_md5_phones_end_cleanly_where_only_strong_ones_are_taken(door, tmp_path):
    with Baresip(tmp_path, door, "alice") as phone:
        until(lambda: [e for e in door.events(reason="challenged") if "baresip" in e["ua"]],
              timeout=8, message=phone.heard)
        code, text = sipsak(tmp_path, door, "bob")
        assert code not in (0, None), text
        code, text = sipp(tmp_path, door, "bob")
        assert code not in (0, None), text
        time.sleep(0.5)
        assert phone.is_alive() and "200 OK" not in phone.heard()
    status = door.status()
    assert status["registrations"] == 0
    assert "allowed" not in status["verdicts"]
    assert set(status["reasons"]) <= {"challenged", "digest_alg_not_offered", "digest_nonce_forged"}


def test_a_wrong_password_ends_md5_phones_too(md5_door, tmp_path):
    code, text = sipsak(tmp_path, md5_door, "alice", password="wrong")
    assert code not in (0, None), text
    code, text = sipp(tmp_path, md5_door, "alice", password="wrong")
    assert code not in (0, None), text
    assert md5_door.count("digest_wrong") >= 2
    assert md5_door.status()["registrations"] == 0
