# SPDX-License-Identifier: Apache-2.0
"""Every method is guarded: without proof a challenge, with proof and nowhere to go 404 or 405."""
import pytest

from conftest import REALM, until

DOOR, BOB = f"sip:{REALM}", f"sip:bob@{REALM}"
ROWS = [
    # method, Request-URI, challenge, answer with proof, reason
    ("INVITE", BOB, 407, 404, "destination"),
    ("MESSAGE", BOB, 407, 404, "destination"),
    ("SUBSCRIBE", BOB, 407, 404, "destination"),
    ("BYE", BOB, 407, 404, "destination"),
    ("PRACK", BOB, 407, 404, "destination"),
    ("BLURB", BOB, 407, 404, "destination"),
    ("OPTIONS", BOB, 407, 404, "destination"),
    ("INVITE", "sip:bob@elsewhere.example", 407, 404, "domain"),
    ("BLURB", "sip:elsewhere.example", 407, 404, "domain"),
    ("OPTIONS", DOOR, 401, 200, "ok"),
    ("MESSAGE", DOOR, 401, 405, "method"),
    ("INVITE", DOOR, 401, 405, "method"),
    ("BLURB", DOOR, 401, 405, "method"),
]


@pytest.mark.parametrize("method,uri,challenge,status,reason", ROWS)
def test_a_method_is_challenged_and_then_answered(door, method, uri, challenge, status, reason):
    c = door.client()
    asked = c.ask(method, uri=uri)
    assert asked.status == challenge
    assert all(x.proxy == (challenge == 407) for x in asked.challenges) and asked.challenges
    event = door.event(id=asked.id)
    assert (event["verdict"], event["reason"], event["method"]) == \
           ("challenged", "challenged", method)
    proven = c.prove(asked.challenge("SHA-256"), method, uri=uri)
    assert proven.status == status
    event = door.event(id=proven.id)
    assert (event["reason"], event["status"]) == (reason, status)
    assert door.count(reason) == 1
    if status in (200, 405):
        assert proven.get("Allow") == "REGISTER, OPTIONS"


def test_a_wrong_password_says_nothing_about_what_is_behind(door):
    c = door.client()
    for uri in (BOB, f"sip:nobody@{REALM}", "sip:bob@elsewhere.example"):
        answer = c.login("INVITE", uri=uri, password="wrong")
        assert (answer.status, answer.phrase) == (403, "Forbidden")


def test_an_ack_is_never_answered_and_a_cancel_finds_nothing(door):
    c = door.client()
    c.send(c.request("ACK", uri=BOB))
    cancel = c.ask("CANCEL", uri=BOB)
    assert cancel.status == 481 and cancel.get("CSeq").endswith("CANCEL")
    assert c.hear(timeout=0.2) is None
    assert door.event(reason="stray_ack")["verdict"] == "dropped"
    assert door.event(id=cancel.id)["reason"] == "no_transaction"
    assert door.count("stray_ack") == 1


def test_what_is_required_and_missing_is_named(door):
    c = door.client()
    answer = c.ask("OPTIONS", uri=DOOR, fields=["Require: 100rel", "Proxy-Require: sec-agree"])
    assert answer.status == 420
    assert answer.all("Unsupported") == ["sec-agree", "100rel"]
    assert door.event(id=answer.id)["reason"] == "extension"
    # What the last hop must have is not the door's business where it is not the last hop.
    assert c.ask("INVITE", uri=BOB, fields=["Require: 100rel"]).status == 407


def test_another_scheme_or_version_is_told_so(door):
    c = door.client()
    tel = c.ask("INVITE", uri="tel:+4930123456")
    assert tel.status == 416 and door.event(id=tel.id)["reason"] == "scheme"
    c.send(c.request("OPTIONS", uri=DOOR).replace(b" SIP/2.0\r\nVia", b" SIP/3.0\r\nVia"))
    assert c.hear().status == 505


def test_the_to_tag_is_the_same_for_a_repetition_and_is_the_id(door):
    c = door.client()
    octets = c.request("INVITE", uri=BOB)
    c.send(octets)
    first = c.hear()
    c.send(octets)
    assert c.hear().get("To") == first.get("To")
    assert len(first.id) == 6
    until(lambda: len(door.events(id=first.id)) == 2)
