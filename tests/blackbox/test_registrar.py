# SPDX-License-Identifier: Apache-2.0
"""Registrations (RFC 3261 10.3): several contacts, refresh, all gone, too brief, too long."""
import re
import secrets

import pytest

from conftest import until


def contacts(answer):
    """URI to seconds, of a 200."""
    pairs = (re.fullmatch(r"<([^>]*)>(?:;[^,]*)?;expires=(\d+)", v) for v in answer.all("Contact"))
    return {m[1]: int(m[2]) for m in pairs}


def at(n):
    return f"sip:alice-{n}@127.0.0.1:{6000 + n}"


def test_several_contacts_live_side_by_side_and_each_answer_lists_all(door):
    c = door.client()
    assert contacts(c.login(contact=f"<{at(1)}>", expires=300)) == {at(1): 300}
    two = door.client().login(contact=f"<{at(2)}>, <{at(3)}>;expires=120", expires=600)
    listed = contacts(two)
    assert listed.keys() == {at(1), at(2), at(3)}
    assert (listed[at(2)], listed[at(3)]) == (600, 120) and 295 <= listed[at(1)] <= 300
    assert door.event(event="registration", id=two.id)["verdict"] == "allowed"
    assert door.status()["registrations"] == 3
    assert contacts(c.login(contact=None)).keys() == {at(1), at(2), at(3)}  # a question only


def test_a_refresh_replaces_and_one_contact_goes_alone(door):
    c = door.client()
    c.login(contact=f"<{at(1)}>, <{at(2)}>", expires=100)
    assert contacts(c.login(contact=f"<{at(1)}>", expires=500))[at(1)] == 500
    assert door.status()["registrations"] == 2
    assert contacts(c.login(contact=f"<{at(1)}>;expires=0")).keys() == {at(2)}
    assert door.status()["registrations"] == 1


def test_a_star_ends_all_of_one_user_only(door):
    door.client("bob").login()
    c = door.client()
    c.login(contact=f"<{at(1)}>, <{at(2)}>")
    assert contacts(c.login(contact="*", expires=0)) == {}
    assert door.status()["registrations"] == 1


@pytest.mark.parametrize("contact,expires", [("*", None), ("*", 60), (f"*, <{at(1)}>", 0)])
def test_a_star_in_the_wrong_place_changes_nothing(door, contact, expires):
    c = door.client()
    c.login()
    answer = c.login(contact=contact, expires=expires)
    assert answer.status == 400
    assert door.event(id=answer.id)["reason"] in ("contact_star", "contact_syntax")
    assert door.status()["registrations"] == 1


def test_too_brief_is_told_the_minimum_and_too_long_is_cut(make_door):
    door = make_door(top="expires 90s 900s\n")
    c = door.client()
    brief = c.login(expires=89)
    assert brief.status == 423 and brief.get("Min-Expires") == "90"
    assert door.event(id=brief.id)["reason"] == "interval_brief"
    assert door.count("interval_brief") == 1 and door.status()["registrations"] == 0
    assert list(contacts(c.login(expires=90)).values()) == [90]
    assert list(contacts(c.login(expires=4294967295)).values()) == [900]
    assert list(contacts(c.login(expires="soon")).values()) == [900]


def test_a_contact_comes_back_octet_for_octet(door):
    c = door.client()
    value = ('"A, \\"B\\" <c>" <sip:alice@192.0.2.7:5062;transport=udp;x=%41>'
             ';q=0.5;+sip.instance="<urn:x>"')
    answer = c.login(contact=value, expires=300)
    assert answer.all("Contact") == [value + ";expires=300"]


def test_an_older_request_of_the_same_registration_is_refused(door):
    c = door.client()
    c.login(cseq=10)
    old = c.prove(c.ask(cseq=10).challenge("SHA-256"), cseq=9)
    assert old.status == 500
    assert door.event(id=old.id)["reason"] == "cseq_old"


def test_a_binding_ends_by_itself(make_door):
    door = make_door(top="expires 1s 60s\n")
    door.client().login(expires=1)
    until(lambda: door.status()["registrations"] == 0, timeout=5)


def test_whose_domain_it_is_does_not_depend_on_its_spelling(door):
    for domain in ("EXAMPLE.test", "127.0.0.1", f"127.0.0.1:{door.port}"):
        c = door.client()
        c.domain = domain
        assert c.login().status == 200, domain
    assert door.status()["registrations"] == 1  # the same phone, three times at another port
    c = door.client()
    c.domain = "elsewhere.example"
    stranger = c.login(call_id=secrets.token_hex(4))
    assert stranger.status == 404
    assert door.event(id=stranger.id)["reason"] == "domain"


def test_at_the_limit_the_oldest_gives_way(door):
    for n in range(11):
        c = door.client()
        answer = c.login(contact=f"<{at(n)}>")
        assert answer.status == 200
    assert at(0) not in contacts(answer) and len(contacts(answer)) == 10
    many = c.login(contact=", ".join(f"<{at(n)}>" for n in range(11)))
    assert many.status == 503 and 5 <= int(many.get("Retry-After")) <= 30
    assert door.event(id=many.id)["reason"] == "contact_limit"


def test_a_rebooted_phone_leaves_no_ghosts(door):
    for n in range(3):  # the same port with another contact, then the same contact elsewhere
        c = door.client()
        assert len(contacts(c.login(contact=f"<sip:alice@127.0.0.1:{7000 + n}>"))) == 1
        assert len(contacts(c.login(contact=f"<sip:alice-{n}@127.0.0.1>"))) == 1
        c.login(contact=f"<sip:alice-{n}@127.0.0.1>", expires=0)
    assert door.status()["registrations"] == 0


def test_where_the_trunk_refuses_the_first_stay(make_door):
    door = make_door(lambda d: d.trunk(users=("alice",), more="    contacts 2 refuse\n"))
    for n in range(2):
        assert door.client().login(contact=f"<{at(n)}>").status == 200
    third = door.client().login(contact=f"<{at(2)}>")
    assert third.status == 503 and 5 <= int(third.get("Retry-After")) <= 30
    assert door.event(id=third.id)["reason"] == "contact_limit"
    assert door.status()["registrations"] == 2


def test_ipv6_serves_like_ipv4(make_door):
    door = make_door(host="::1")
    c = door.client()
    answer = c.login()
    assert answer.status == 200
    assert ";rport=" in answer.get("Via") and ";received=::1" in answer.get("Via")
    event = door.event(event="registration", id=answer.id)
    assert (event["src"], event["listener"]) == ("::1", f"udp:[::1]:{door.port}")
    c.domain = "[::1]"
    assert c.login().status == 200
    moved = door.client(source=("::1", 0)).prove(c.ask().challenge("SHA-256"))
    assert moved.status == 200


def test_a_trunk_may_take_no_registrations(make_door):
    door = make_door(lambda d: d.trunk(kind="trunk", users=("alice",), more="    register no\n"))
    answer = door.client().login()
    assert answer.status == 403
    assert door.event(id=answer.id)["reason"] == "register_off"
