# SPDX-License-Identifier: Apache-2.0
"""Digest over a real socket: what is proven, what is refused, and what nobody can tell apart."""
import re
import secrets

import pytest

from conftest import CANARY


def test_each_algorithm_registers_and_is_logged(md5_door):
    c = md5_door.client()
    first = c.ask()
    assert first.status == 401
    assert [x.alg for x in first.challenges] == ["SHA-256", "SHA-512-256", "MD5"]
    assert len({x.nonce for x in first.challenges}) == 1
    for alg in ("SHA-256", "SHA-512-256", "MD5"):
        answer = c.login(alg=alg)
        assert answer.status == 200, answer.octets
        event = md5_door.event(event="registration", id=answer.id)
        assert event["alg"] == alg.lower()
        assert (event["verdict"], event["subject"], event["trunk"]) == ("allowed", "alice", "staff")
        assert event["warn"] == (["digest_md5"] if alg == "MD5" else [])
    status = md5_door.status()
    assert status["registrations"] == 1
    assert status["verdicts"] == {"allowed": 3, "challenged": 4}
    assert status["warnings"] == {"digest_md5": 1}


def masked(octets):
    """An answer without what differs from request to request by its nature."""
    for pattern in (rb"branch=[^;\r]*", rb'nonce="[^"]*"', rb";tag=[^;\r]*", rb"Call-ID: [^\r]*",
                    rb"CSeq: \d+", rb"rport=\d+", rb"UDP 127\.0\.0\.1:\d+"):
        octets = re.sub(pattern, b"*", octets)
    return octets


@pytest.mark.parametrize("top", ["", "mismatch challenge\n"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_octets(make_door, top):
    door = make_door(lambda d: d.trunk(users=("alice", "bob")),
                     lambda d: d.trunk("off", users=("carol",), more="    enabled no\n"), top=top)
    answers = {}
    for user, password in (("alice", "wrong"), ("nobody", "wrong"), ("carol", CANARY["carol"])):
        c = door.client("alice")  # the same From and To: only the credentials differ
        challenge = c.ask().challenge("SHA-256")
        answers[user] = c.prove(challenge, user=user, password=password)
    texts = [masked(a.octets) for a in answers.values()]
    assert texts[0] == texts[1] == texts[2]
    assert answers["alice"].status == (401 if top else 403)
    reasons = [door.event(id=a.id)["reason"] for a in answers.values()]
    assert reasons == ["digest_wrong", "digest_no_user", "digest_user_off"]
    assert [door.count(r) for r in reasons] == [1, 1, 1]
    assert door.status()["registrations"] == 0


def test_a_right_answer_in_an_algorithm_of_another_trunk_is_refused_alike(make_door):
    door = make_door(lambda d: d.trunk("old", "md5", ("bob",), "    md5 until 2099-12-31\n"),
                     lambda d: d.trunk("new", "sha-256", ("alice",)))
    right = door.client("alice").login(alg="MD5")
    wrong = door.client("alice").login(alg="MD5", password="wrong")
    assert right.status == wrong.status == 403
    assert masked(right.octets) == masked(wrong.octets)
    assert door.event(id=right.id)["reason"] == "digest_alg_trunk"


def test_a_nonce_count_is_good_once_and_in_any_order_after_that(door):
    c = door.client()
    challenge = c.ask().challenge("SHA-256")
    assert c.prove(challenge, nc=2).status == 200
    assert c.prove(challenge, nc=1).status == 200  # UDP reorders
    assert c.prove(challenge, nc=3).status == 200
    again = c.prove(challenge, nc=2)
    assert again.status == 401 and again.challenge("SHA-256").stale
    assert door.event(id=again.id)["reason"] == "digest_replay"
    assert door.count("digest_replay") == 1
    assert c.prove(again.challenge("SHA-256")).status == 200


def test_a_whole_request_sent_again_has_no_second_effect(door):
    c = door.client()
    challenge = c.ask().challenge("SHA-256")
    octets = c.request(fields=[c.proof(challenge, "REGISTER", c.uri("REGISTER"))])
    c.send(octets)
    first = c.hear()
    assert first.status == 200
    c.send(octets)  # a retransmission: the same answer
    again = c.hear()
    assert again.status == 200 and again.id == first.id
    assert door.status()["registrations"] == 1 and door.status()["again"] == 1
    other = door.client()  # somebody who recorded it: a replay
    other.send(octets)
    assert other.hear().status == 401
    assert door.status()["registrations"] == 1


def test_credentials_taken_into_another_request_have_no_effect(door):
    c = door.client()
    challenge = c.ask().challenge("SHA-256")
    proof = c.proof(challenge, "REGISTER", c.uri("REGISTER"))
    c.send(c.request(fields=[proof]))
    assert c.hear().status == 200
    c.send(c.request(fields=[proof], contact="<sip:mallory@192.0.2.66>"))
    answer = c.hear()
    assert answer.status == 401 and answer.challenge("SHA-256").stale
    assert door.event(id=answer.id)["reason"] == "digest_replay"
    assert door.status()["registrations"] == 1


def test_a_nonce_may_move_to_another_port_of_its_address(door):
    challenge = door.client().ask().challenge("SHA-256")
    assert door.client().prove(challenge).status == 200


def test_a_nonce_of_another_network_is_stale_and_no_failure(door):
    challenge = door.client(source=("127.0.0.1", 0)).ask().challenge("SHA-256")
    moved = door.client(source=("127.1.0.1", 0)).prove(challenge)
    assert moved.status == 401 and moved.challenge("SHA-256").stale
    assert door.event(id=moved.id)["reason"] == "digest_nonce_source"


def test_a_forged_nonce_gets_a_fresh_challenge(door):
    c = door.client()
    challenge = c.ask().challenge("SHA-256")
    flipped = "B" if challenge.nonce[20] == "A" else "A"
    challenge.nonce = challenge.nonce[:20] + flipped + challenge.nonce[21:]
    answer = c.prove(challenge)
    assert answer.status == 401 and not answer.challenge("SHA-256").stale
    assert door.event(id=answer.id)["reason"] == "digest_nonce_forged"


def test_md5_where_only_strong_ones_are_offered_is_a_downgrade(door):
    c = door.client()
    first = c.ask()
    assert [x.alg for x in first.challenges] == ["SHA-256", "SHA-512-256"]
    challenge = first.challenge("SHA-256")
    challenge.alg = "MD5"
    answer = c.prove(challenge)
    assert answer.status == 401
    assert door.event(id=answer.id)["reason"] == "digest_alg_not_offered"
    assert door.status()["registrations"] == 0


FAULTS = {
    "uri of another resource": ({"uri": '"sip:elsewhere.example"'}, 400, "digest_uri"),
    "no cnonce": ({"cnonce": None}, 400, "digest_param_gone"),
    "no response": ({"response": None}, 400, "digest_param_gone"),
    "twice": ({"nc": "00000001, nc=00000001"}, 400, "digest_param_twice"),
    "unknown qop": ({"qop": "auth-conf"}, 400, "digest_qop"),
    "no qop": ({"qop": None, "nc": None, "cnonce": None}, 401, "digest_qop_not_offered"),
    "nonsense": ({"nc": "0000000x"}, 400, "digest_syntax"),
    "another realm": ({"realm": '"elsewhere.example"'}, 401, "digest_realm"),
}


@pytest.mark.parametrize("change,status,reason", FAULTS.values(), ids=FAULTS.keys())
def test_faulty_credentials_get_their_own_answer(door, change, status, reason):
    c = door.client()
    answer = c.prove(c.ask().challenge("SHA-256"), change=change)
    assert answer.status == status, answer.line
    assert door.event(id=answer.id)["reason"] == reason
    assert door.count(reason) == 1
    assert door.status()["registrations"] == 0


def test_quotes_and_case_are_as_phones_have_them(door):
    c = door.client()
    answer = c.prove(c.ask().challenge("SHA-256"),
                     change={"nc": '"00000001"', "qop": '"auth"', "algorithm": '"sha-256"'})
    assert answer.status == 200, answer.octets


def test_credentials_for_somebody_else_do_not_register_this_one(door):
    c = door.client("alice", password=CANARY["bob"])
    answer = c.prove(c.ask().challenge("SHA-256"), user="bob")
    assert answer.status == 403
    event = door.event(id=answer.id)
    assert (event["reason"], event["verdict"]) == ("identity_aor", "refused")


def test_md5_ends_at_its_date(make_door):
    door = make_door(lambda d: d.trunk("old", "md5 sha-256", ("alice",),
                                       "    md5 until 2020-01-01\n"))
    assert [x.alg for x in door.client().ask().challenges] == ["SHA-256"]


def test_two_challenges_never_share_a_nonce(door):
    c = door.client()
    nonces = [c.ask(call_id=secrets.token_hex(4)).challenge("SHA-256").nonce for _ in range(50)]
    assert len(set(nonces)) == 50
