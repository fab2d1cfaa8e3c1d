# SPDX-License-Identifier: Apache-2.0
"""What is no request: silent, counted, nothing kept. Faulty requests: told what is wrong."""
import os
import pathlib
import random
import time

from conftest import SIPWARD, until

DEADLINE_S = 5


def counted(door, reason, n):
    until(lambda: door.count(reason) == n, timeout=DEADLINE_S,
          message=lambda: f"{reason}: {door.status()['reasons']}")


def test_garbage_is_silent_and_counted(door):
    c = door.client()
    rows = [b"", b"\x00" * 5, b"hello\r\n\r\n", b"\xff" * 1000, b"GET / HTTP/1.1\r\n\r\n",
            b"\r\n\r\n\r\n\r\n", os.urandom(300), b"SIP/2.0", b"REGISTER"]
    for octets in rows:
        c.send(octets)
    until(lambda: sum(door.status()["reasons"].values()) == len(rows), timeout=DEADLINE_S,
          message=lambda: str(door.status()["reasons"]))
    assert c.hear(timeout=0.2) is None
    status = door.status()
    assert status["verdicts"] == {"dropped": len(rows)}
    assert status["registrations"] == 0
    assert c.ask().status == 401  # and it serves on


def test_keep_alives_are_dropped_and_not_counted(door):
    c = door.client()
    for octets in (b"\r\n\r\n", b"\r\n", b"\x00", b"\x00\x00\x00\x00", b"\n"):
        c.send(octets)
    assert c.hear(timeout=0.2) is None
    assert c.ask().status == 401
    status = door.status()
    assert status["verdicts"] == {"challenged": 1}
    assert status["reasons"] == {"challenged": 1}


def test_responses_that_nobody_asked_for_are_dropped(door):
    c = door.client()
    octets = c.request("OPTIONS")
    line_end = octets.index(b"\r\n")
    for status in (b"100 Trying", b"200 OK", b"401 Unauthorized", b"999 What"):
        c.send(b"SIP/2.0 " + status + octets[line_end:])
    counted(door, "stray_response", 4)
    assert c.hear(timeout=0.2) is None


def test_64_kib_are_taken_as_they_are(door):
    c = door.client()
    size = 65507  # the longest that UDP over IPv4 carries
    c.send(b"\x41" * size)
    counted(door, "not_sip", 1)
    octets = c.request("MESSAGE", uri="sip:bob@example.test")
    body = octets.replace(b"Content-Length: 0", b"Content-Length: 60000") + b"x" * 60000
    c.send(body)
    answer = c.hear()
    assert answer.status == 407 and len(answer.octets) < 2000
    octets = c.request("MESSAGE", uri="sip:bob@example.test")
    c.send(octets.replace(b"User-Agent: ", b"X-Long: " + b"y" * 20000 + b"\r\nUser-Agent: "))
    answer = c.hear()
    assert answer.status == 513
    assert door.event(id=answer.id)["reason"] == "too_large"


FAULTS = [
    (b"Content-Length: 0", b"Content-Length: 5", 400, "length"),
    (b"Content-Length: 0", b"Content-Length: x", 400, "length"),
    (b"User-Agent", b"From: <sip:eve@example.test>;tag=2\r\nUser-Agent", 400, "header_twice"),
    (b"User-Agent: blackbox/1", b"User-Agent: a\x01b", 400, "line_end"),
    (b"To: <", b"To: \r\n <", 401, "challenged"),
    (b"User-Agent: blackbox/1", b"Expires: 5\r\nExpires: 6", 400, "header_twice"),
    (b" REGISTER\r\nContact", b" INVITE\r\nContact", 400, "cseq_method"),
    (b"Max-Forwards: 70\r\nFrom", b"From", 401, "challenged"),
]


def test_a_faulty_request_is_told_what_is_wrong(door):
    for old, new, status, reason in FAULTS:
        c = door.client()
        octets = c.request()
        assert old in octets
        before = door.count(reason)
        c.send(octets.replace(old, new, 1))
        answer = c.hear(timeout=0.5)
        assert (answer and answer.status) == status, (new, answer and answer.line)
        counted(door, reason, before + 1)
    assert door.status()["registrations"] == 0


def is_sanitized():
    """Sanitizers keep what was freed."""
    octets = pathlib.Path(SIPWARD).read_bytes()
    return b"__asan_init" in octets or b"__tsan_init" in octets


def test_no_control_octet_comes_back(door):
    for dirt in (b"\x01", b"\rX: y", b"\nX: y", b"\n b", b"\x00", b"\x7f"):
        for behind in (b"\r\nTo: <", b"\r\nCall-ID: ", b"\r\nCSeq: ", b"\r\nMax-Forwards: "):
            c = door.client()
            c.send(c.request().replace(behind, dirt + behind, 1))
            c.hear(timeout=0.05)  # refused or silent; it looks at each octet of an answer
    assert "allowed" not in door.status()["verdicts"]


def test_strangers_leave_nothing_behind(door):
    """Few enough for a test: what counts is that nothing grows with them."""
    rng = random.Random(1)
    c = door.client()
    base = c.request()

    def flood(n):
        for i in range(n):
            octets = bytearray(base)
            if i % 3 == 0:
                octets[rng.randrange(len(octets))] = rng.randrange(256)
            elif i % 3 == 1:
                octets = bytearray(rng.randbytes(rng.randrange(200)))
            c.send(bytes(octets))
            if i % 32 == 31:
                time.sleep(0.002)

    flood(5000)
    c.close()
    before = door.resident_kib()
    c = door.client()
    flood(20000)
    c.close()
    time.sleep(0.3)
    assert door.status()["registrations"] == 0
    if not is_sanitized():
        assert door.resident_kib() - before < 1024
    assert door.client().login().status == 200
