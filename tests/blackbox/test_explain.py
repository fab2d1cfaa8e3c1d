# SPDX-License-Identifier: Apache-2.0
"""`sipward explain`: the account of a decision, for whoever may ask the door."""
import json
import subprocess

from conftest import CANARY, SIPWARD, environment, keep, until


def explain(door, *args):
    ran = door.cli("explain", *args)
    assert ran.code == 0, ran
    return ran.out


def test_an_accepted_a_challenged_and_a_refused_request(door):
    c = door.client()
    asked = c.ask()
    proven = c.prove(asked.challenge("SHA-256"))
    wrong = c.login(password="wrong")
    door.event(id=wrong.id)

    text = explain(door, asked.id)
    assert text.startswith("CHALLENGED"), text
    text = explain(door, proven.id)
    assert text.startswith("ALLOWED") and "alice" in text and "SHA-256" in text, text
    text = explain(door, wrong.id)
    assert text.startswith("REFUSED  digest_wrong") and '"alice"' in text, text
    assert "response" in text and "403" in text, text


def test_it_tells_apart_what_the_wire_does_not(door):
    c = door.client()
    texts = {}
    for user, password in (("nobody", "wrong"), ("alice", "wrong")):
        answer = c.prove(c.ask().challenge("SHA-256"), user=user, password=password)
        door.event(id=answer.id)
        texts[user] = explain(door, answer.id)
    assert "digest_no_user" in texts["nobody"] and "nobody" in texts["nobody"]
    assert "digest_wrong" in texts["alice"]


def test_last_call_id_and_json(door):
    c = door.client(user="bob")
    answer = c.login(password="wrong")
    door.event(id=answer.id)
    assert explain(door, "--last") == explain(door, answer.id)
    by_call = explain(door, "--call-id", c.call_id)
    assert by_call.startswith("REFUSED  digest_wrong"), by_call
    said = json.loads(explain(door, answer.id, "--json"))
    assert (said["id"], said["reason"], said["claimed"]) == (answer.id, "digest_wrong", "bob")


def test_an_id_is_taken_as_people_read_it_aloud(door):
    answer = door.client().ask()
    door.event(id=answer.id)
    assert explain(door, answer.id.lower()) == explain(door, answer.id)


def test_an_unknown_id_and_an_empty_door(door):
    for args in (("ZZZZZZ",), ("--last",), ("--call-id", "none")):
        ran = door.cli("explain", *args)
        assert ran.code == 1 and ran.out == "" and ran.err.strip(), ran
    ran = door.cli("explain", "7Q4KX2")
    assert "no decision 7Q4KX2: it is no longer kept, or was never seen here" in ran.err, ran
    for args in (("xx",), ("not-an-id!",), ("7Q4KXU",), ("7Q4KX23",), ("",)):
        ran = door.cli("explain", *args)
        assert ran.code == 2 and "like 7Q4KX2" in ran.err, ran


def test_nobody_waits_for_a_reason_that_there_is_not(door):
    ran = door.cli("explain", "--follow", "--reason", "digest_worng", timeout=5)
    assert ran.code == 2 and "digest_wrong is the nearest" in ran.err, ran
    for reason in ("nosuch", "nosuch_*", ""):
        ran = door.cli("explain", "--follow", "--reason", reason, timeout=5)
        assert ran.code == 2 and "there is no reason" in ran.err, ran


def test_the_end_of_a_registration_and_an_extension_have_their_words(door):
    door.cli("register", "alice", "--password-file", door.secret("alice"))
    door.cli("register", "alice", "--password-file", door.secret("alice"), "--unregister")
    door.event(event="registration", status=200)
    until(lambda: "not registered now" in explain(door, "--last"))
    answer = door.client().ask(fields=["Require: x-none"])
    door.event(id=answer.id)
    text = explain(door, answer.id)
    assert text.startswith("REFUSED  extension") and "the door does not have" in text, text
    assert "do without what it requires" in text and "SIP ALG" not in text, text


def test_follow_shows_what_comes(door, tmp_path):
    out = tmp_path / "follow"
    with open(out, "wb") as f:
        p = subprocess.Popen([SIPWARD, "explain", "--follow", "-c", door.conf], stdout=f,
                             stderr=subprocess.STDOUT, env=environment())
    try:
        def seen():
            answer = door.client().login(password="wrong")
            return answer.id in out.read_text() or "digest_wrong" in out.read_text()

        until(seen, timeout=5, message=out.read_text)
    finally:
        p.terminate()
        p.wait(timeout=5)
        keep("explain --follow", out.read_bytes())


def test_names_from_strangers_cannot_forge_lines(door):
    c = door.client()
    answer = c.prove(c.ask().challenge("SHA-256"), user="x" * 200, password="y")
    assert len(door.event(id=answer.id)["claimed"]) <= 64
    texts = []
    for ua in ("a\u202eb", "a\u0085b", "a\ud7ffb\u2028REFUSED", 'a" from 127.0.0.9 "', "a\tb"):
        answer = c.ask(call_id=f"x{len(texts)}", ua=ua)
        door.event(id=answer.id)
        texts.append(explain(door, answer.id))
    for text in [*texts, door.log.read_text()]:
        for bad in "\u202e\u0085\u2028\t\x7f":
            assert bad not in text, text
    assert all(len(t.splitlines()) == len(texts[0].splitlines()) for t in texts), texts


def test_nothing_secret_is_in_an_account(door):
    """The search at the end covers this too; here the reason is near."""
    answer = door.client().login()
    door.event(id=answer.id)
    text = explain(door, answer.id) + explain(door, answer.id, "--json")
    assert CANARY["alice"] not in text
