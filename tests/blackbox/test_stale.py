# SPDX-License-Identifier: Apache-2.0
"""A nonce that has become too old: told so, and answered again without anybody noticing."""
import time

from conftest import until
from phones import Linphone

LIFE_S = 10  # the shortest that the configuration takes


def test_a_nonce_grows_stale_and_the_phone_goes_on(make_door, tmp_path):
    door = make_door(top=f"nonce-life {LIFE_S}s\n")
    c = door.client("bob")
    challenge = c.ask().challenge("SHA-256")
    with Linphone(tmp_path, door, "alice") as phone:
        phone.register()
        assert c.prove(challenge, nc=1).status == 200
        time.sleep(LIFE_S + 1.1)

        late = c.prove(challenge, nc=2)
        assert late.status == 401 and late.challenge("SHA-256").stale
        assert door.event(id=late.id)["reason"] == "digest_stale"
        # An old nonce is stale whatever the response: nothing is verified, nothing can be guessed.
        wrong = c.prove(challenge, nc=3, password="wrong")
        assert wrong.status == 401 and wrong.challenge("SHA-256").stale
        assert c.prove(late.challenge("SHA-256")).status == 200

        # With the old nonce or, since linphone 5.1 forgets its nonce when an Authentication-Info
        # brings no next one, with none; then with the one that it is given.
        phone.say("unregister")
        until(lambda: door.status()["registrations"] == 1)
    assert door.count("digest_wrong") == 0
    assert not door.events(verdict="refused")
