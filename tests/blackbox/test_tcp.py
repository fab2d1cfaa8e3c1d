# SPDX-License-Identifier: Apache-2.0
"""Registrations over TCP, and what connections may and may not do."""
import os
import resource
import socket
import threading
import time

import pytest

from conftest import REALM, until


def bare(door, host="127.0.0.1"):
    """A connection that says nothing by itself."""
    s = socket.create_connection((door.host, door.port), timeout=5, source_address=(host, 0))
    return s


def read_to_end(s, timeout=5):
    s.settimeout(timeout)
    came = b""
    while True:
        try:
            octets = s.recv(65536)
        except ConnectionResetError:
            return came
        if not octets:
            return came
        came += octets


def test_a_phone_registers_refreshes_and_unregisters(door):
    phone = door.tcp()
    answer = phone.login()
    assert answer.status == 200
    event = door.event(event="registration", subject="alice")
    assert (event["transport"], event["listener"]) == ("tcp", f"tcp:127.0.0.1:{door.port}")
    assert (event["src"], event["sport"]) == ("127.0.0.1", phone.port)
    assert phone.login(expires=120).status == 200
    assert door.status()["registrations"] == 1
    until(lambda: door.connections() == {"open": 1, "proven": 1, "limit": 10000})
    assert phone.login(expires=0).status == 200
    assert door.status()["registrations"] == 0
    phone.close()
    until(lambda: door.connections()["open"] == 0)


def test_answers_come_back_by_the_same_connection_whatever_via_says(door):
    phones = [door.tcp(), door.tcp("bob")]
    phones[0].port = phones[1].port  # Via and Contact name the other
    assert phones[0].login().status == 200
    assert phones[1].hear(timeout=0.2) is None


def test_several_messages_in_one_segment_are_answered_in_order(door):
    phone = door.tcp()
    phone.send(b"".join(phone.request(cseq=n) for n in range(1, 41)))
    answers = [phone.hear() for _ in range(40)]
    assert [a.status for a in answers] == [401] * 40
    assert [a.get("CSeq") for a in answers] == [f"{n} REGISTER" for n in range(1, 41)]


def test_one_message_in_many_segments_is_one_message(door):
    phone = door.tcp()
    octets = phone.request()
    phone.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(0, len(octets), 7):
        phone.send(octets[i:i + 7])
        time.sleep(0.001)
    assert phone.hear().status == 401
    assert phone.hear(timeout=0.1) is None


def test_a_ping_gets_its_pong_and_a_single_line_end_none(door):
    s = bare(door)
    s.sendall(b"\r\n")
    s.settimeout(0.3)
    with pytest.raises(TimeoutError):
        s.recv(10)
    s.sendall(b"\r\n")
    assert s.recv(10) == b"\r\n"
    assert door.status()["verdicts"] == {}


def test_a_peer_that_has_said_its_last_word_still_gets_its_answer(door):
    phone = door.tcp()
    phone.send(phone.request())
    phone.sock.shutdown(socket.SHUT_WR)
    assert phone.hear().status == 401
    assert phone.is_closed()


def test_a_wrong_password_is_refused_and_leaves_the_connection(door):
    phone = door.tcp(password="wrong")
    assert phone.login().status == 403
    until(lambda: door.count("digest_wrong") == 1)
    assert door.connections() == {"open": 1, "proven": 0, "limit": 10000}
    phone.password = "canary-Vb4e-alice"
    assert phone.login().status == 200


@pytest.mark.parametrize("name, octets, reason", [
    ("noise", b"\x00\x01\x02\x03", "not_sip"),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), "not_sip"),
    ("HTTP", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "not_sip"),
    ("a line", b"hello\r\n\r\n", "not_sip"),
    ("a bare LF", b"\n", "not_sip"),
    ("what keeps a NAT open over UDP", b"\0\0\0\0", "not_sip"),
])
def test_what_is_no_sip_is_closed_without_a_word(door, name, octets, reason):
    s = bare(door)
    s.sendall(octets)
    assert read_to_end(s) == b""
    assert door.event(verdict="dropped", reason=reason)["transport"] == "tcp"
    until(lambda: door.connections()["open"] == 0)


@pytest.mark.parametrize("length", [None, "x", "-1", "99999999999"])
def test_without_a_length_to_trust_the_answer_is_400_and_the_end(door, length):
    phone = door.tcp()
    field = f"Content-Length: {length}\r\n".encode() if length else b""
    phone.send(phone.request().replace(b"Content-Length: 0\r\n", field) + phone.request())
    answer = phone.hear()
    assert answer.status == 400, answer.octets
    assert phone.is_closed()


def test_options_from_where_somebody_is_proven_are_answered_and_prove_nobody(door):
    stranger = door.tcp("bob")
    assert stranger.ask("OPTIONS", uri=f"sip:{REALM}").status == 401
    assert door.client().login().status == 200
    pinged = stranger.ask("OPTIONS", uri=f"sip:{REALM}")
    assert pinged.status == 200 and pinged.get("Allow") == "REGISTER, OPTIONS"
    until(lambda: door.cli("explain", pinged.id).code == 0)
    assert "has proven itself from this address within the hour" in \
        door.cli("explain", pinged.id).out
    assert door.connections()["proven"] == 0
    assert stranger.ask("REGISTER").status == 401


def big(phone, size):
    """A request of so many octets, which a body fills."""
    octets = phone.request(method="OPTIONS")
    head = octets.replace(b"Content-Length: 0\r\n", b"Content-Length: %6d\r\n")
    body = size - len(head) - 3  # "%6d" becomes six digits
    return head % body + b"b" * body


def test_a_message_of_256_kib_is_read_and_one_more_octet_is_not(door):
    phone = door.tcp()
    octets = big(phone, 256 * 1024)
    assert len(octets) == 256 * 1024
    phone.send(octets)
    assert phone.hear().status in (401, 407)
    phone.send(phone.request())
    assert phone.hear().status == 401
    phone.send(big(phone, 256 * 1024 + 1)[:4000])
    answer = phone.hear()
    assert answer.status in (413, 513), answer.octets
    assert phone.is_closed()


def test_slow_senders_and_silent_strangers_are_closed_in_time(door):
    """All deadlines side by side: 5 s for a header, 10 s for a message, 30 s for a proof."""
    proven, silent, header, body = door.tcp(), bare(door), bare(door), door.tcp("bob")
    assert proven.login().status == 200
    began = time.monotonic()
    header.sendall(b"REGISTER sip:example.test SIP/2.0\r\n")
    body.send(body.request(fields=()).replace(b"Length: 0\r\n", b"Length: 10\r\n"))
    trickling = bare(door)
    ends = {}

    def trickle():
        try:
            while True:
                trickling.sendall(b"R")
                time.sleep(0.2)
        except OSError:
            pass

    def wait(name, s):
        read_to_end(s, timeout=40)
        ends[name] = time.monotonic() - began

    threads = [threading.Thread(target=wait, args=x) for x in
               (("header", header), ("body", body.sock), ("silent", silent),
                ("trickling", trickling))] + [threading.Thread(target=trickle)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert 4.8 < ends["header"] < 7 and 4.8 < ends["trickling"] < 7
    assert 9.8 < ends["body"] < 12
    assert 29 < ends["silent"] < 32
    for reason, n in (("deadline_header", 2), ("deadline_body", 1), ("deadline_proof", 1)):
        assert door.count(reason) == n
        event = door.event(reason=reason)
        assert (event["level"], event["verdict"], event["src"]) == ("info", "dropped", "127.0.0.1")
    assert proven.login().status == 200  # silent all the time


def test_a_peer_that_does_not_read_is_closed_and_keeps_nobody_waiting(door):
    slow, other = door.tcp(), door.tcp("bob")
    slow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.sock.setblocking(False)
    octets = b"".join(slow.request() for _ in range(500))
    end = time.monotonic() + 20
    while door.count("slow_reader") == 0:
        assert time.monotonic() < end
        try:
            slow.sock.send(octets)
        except BlockingIOError:
            time.sleep(0.2)
        except OSError:
            pass
        assert other.ask().status == 401
    assert door.count("slow_reader") == 1
    assert door.event(reason="slow_reader")["sport"] == slow.port


def test_a_connection_that_ends_in_a_message_is_counted(door):
    s = bare(door)
    s.sendall(b"REGISTER sip:example.test SIP/2.0\r\n")
    s.close()
    until(lambda: door.count("stream_cut") == 1)


def test_a_reset_harms_nobody(door):
    for _ in range(20):
        phone = door.tcp()
        phone.send(phone.request() * 3)
        phone.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        phone.close()
    assert door.tcp().login().status == 200


def test_one_source_cannot_take_all_connections(make_door):
    door = make_door(top="workers 1\nlimit connections 16\n")
    greedy = [bare(door, "127.0.0.2") for _ in range(12)]
    until(lambda: door.count("conn_source") == 4)
    phone = door.tcp()
    assert phone.login().status == 200
    assert door.connections() == {"open": 9, "proven": 1, "limit": 16}
    assert door.event(reason="conn_source")["src"] == "127.0.0.2"
    for s in greedy:
        s.close()


def test_one_source_has_no_more_of_several_workers(make_door):
    door = make_door(top="workers 4\nlimit connections 128\n")
    greedy = [bare(door, "127.0.0.2") for _ in range(64)]
    until(lambda: door.count("conn_source") + door.connections()["open"] == 64)
    assert door.connections()["open"] <= 16 and door.connections()["limit"] == 128
    for s in greedy:
        s.close()


def test_no_worker_is_full_before_all_of_them_are(make_door):
    door = make_door(top="workers 4\nlimit connections 100\n")
    many = [bare(door, f"127.0.{n // 200}.{2 + n % 200}") for n in range(100)]
    until(lambda: door.connections()["open"] == 100)
    assert door.count("conn_limit") + door.count("conn_source") == 0
    phone = door.tcp()  # somebody makes room
    assert phone.login().status == 200
    assert door.count("conn_limit") == 1 and door.connections()["open"] == 100
    for s in many:
        s.close()


def test_at_the_limit_the_greediest_source_makes_room(make_door):
    door = make_door(top="workers 1\nlimit connections 10\n")
    greedy = [bare(door, "127.0.0.2") for _ in range(7)]
    others = [bare(door, f"127.0.0.{n}") for n in (3, 4, 5)]
    until(lambda: door.connections()["open"] == 10)
    phone = door.tcp()
    assert phone.login().status == 200
    assert door.count("conn_limit") == 1
    assert door.event(reason="conn_limit")["src"] == "127.0.0.2"
    assert read_to_end(greedy[-1]) == b""
    for s in greedy + others:
        s.close()


def test_without_descriptors_it_waits_and_does_not_spin(make_door):
    door = make_door(top="workers 1\n")
    worker = door.role("worker 0")
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (3, 4096))
    s = bare(door)
    event = door.event(reason="conn_files")
    assert (event["src"], event["level"]) == (None, "info")
    time.sleep(0.5)
    assert door.client().login().status == 200  # UDP goes on
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (4096, 4096))
    s.sendall(b"\r\n\r\n")
    assert s.recv(10) == b"\r\n"
    assert 2 <= door.count("conn_files") < 20


def test_a_thousand_idle_connections_cost_little(make_door):
    door = make_door(top="limit connections 9000\n")
    first = door.tcp()
    assert first.login().status == 200
    before = door.resident_kib()
    idle = [bare(door) for _ in range(1000)]
    until(lambda: door.connections()["open"] == 1001)
    each = (door.resident_kib() - before) * 1024 / 1000
    assert each < 4096, f"{each} octets each"
    assert first.login().status == 200
    for s in idle:
        s.close()
    until(lambda: door.connections()["open"] == 1)


def test_a_hundred_reloads_drop_no_connection(door):
    phones = [door.tcp(), door.tcp("bob")]
    for phone in phones:
        assert phone.login().status == 200
    for n in range(100):
        assert door.cli("reload").code == 0
        if n % 10 == 0:
            assert phones[n % 2].login().status == 200
    assert door.status()["generation"]["number"] == 101
    for phone in phones:
        assert phone.login().status == 200
    assert door.connections()["open"] == 2


def test_a_listener_that_goes_takes_its_connections_with_it_after_their_answers(make_door):
    door = make_door()
    phone = door.tcp()
    assert phone.login().status == 200
    text = door.conf.read_text()
    door.conf.write_text("".join(x for x in text.splitlines(True) if "tcp" not in x))
    phone.send(phone.request())
    assert door.cli("reload").code == 0
    assert phone.hear().status == 401
    assert phone.is_closed()
    with pytest.raises(ConnectionRefusedError):
        bare(door)
    door.conf.write_text(text)
    assert door.cli("reload").code == 0
    assert door.tcp().login().status == 200


def test_at_the_end_what_has_come_is_answered(make_door):
    door = make_door()
    phone = door.tcp()
    assert phone.login().status == 200
    phone.send(phone.request())
    began = time.monotonic()
    assert door.stop() == 0
    assert time.monotonic() - began < 5
    assert phone.hear().status == 401
    assert phone.is_closed()


@pytest.mark.parametrize("way", ["reload", "stop"])
def test_the_end_cuts_no_answer_off(make_door, way):
    door = make_door()
    phone = door.tcp()
    phone.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    phone.sock.setblocking(False)
    phone.sock.send(b"".join(phone.request(contact=None) for _ in range(700)))
    time.sleep(0.2)
    if way == "reload":
        text = door.conf.read_text()
        door.conf.write_text("".join(x for x in text.splitlines(True) if "listen tcp" not in x))
        assert door.cli("reload").code == 0
        came = read_to_end(phone.sock)
    else:
        stopping = threading.Thread(target=door.stop)
        stopping.start()
        came = read_to_end(phone.sock)
        stopping.join()
    assert came.count(b"SIP/2.0 401") > 80
    assert came.endswith(b"\r\n\r\n"), came[-100:]


def test_a_tcp_port_that_is_taken_is_named_with_its_owner(make_door):
    door = make_door(start=False)
    with socket.create_server((door.host, door.port)):
        door.spawn("-c", door.conf)
        assert door.process.wait(timeout=10) == 1
        assert f"tcp {door.host}:{door.port} is taken by" in door.said()
        assert f"(pid {os.getpid()})" in door.said()
    door.process = None


def test_the_bindings_of_a_connection_end_with_it(door):
    phone, other = door.tcp(), door.client("bob")
    assert phone.login().status == 200 and other.login().status == 200
    assert door.status()["registrations"] == 2
    phone.close()
    until(lambda: door.status()["registrations"] == 1)
    again = door.tcp()
    assert again.login().status == 200
    assert door.status()["registrations"] == 2


def test_the_built_in_user_agent_registers_over_tcp(door):
    ran = door.cli("register", "alice", "--server", f"tcp:{door.host}:{door.port}",
                   "--password-file", door.secret("alice"), "--wire")
    assert ran.code == 0, ran
    assert f"tcp {door.host}:{door.port}" in ran.out
    assert "Via: SIP/2.0/TCP" in ran.out and ";transport=tcp>" in ran.out
    assert "200  registered for 300 s; ends with this connection" in ran.out
    assert door.event(event="registration")["transport"] == "tcp"


def test_the_built_in_user_agent_finds_a_door_that_has_tcp_alone(make_door):
    door = make_door(start=False)
    text = door.conf.read_text()
    door.conf.write_text("".join(x for x in text.splitlines(True) if "udp" not in x))
    door.start()
    ran = door.cli("register", "alice", "--password-file", door.secret("alice"), "--json")
    assert ran.code == 0, ran
    assert f'"server":"tcp:{door.host}:{door.port}"' in ran.out
    assert door.cli("register", "alice", "--password-file", door.secret("bob")).code == 5


def test_the_built_in_user_agent_says_why_it_has_no_answer(make_door):
    door = make_door(start=False)
    with socket.create_server((door.host, door.port)) as deaf:
        where = f"tcp:{door.host}:{door.port}"
        ran = door.cli("register", "alice", "--server", where, "--timeout", "300ms",
                       "--password-file", door.secret("alice"))
        assert ran.code == 6 and "no answer from tcp" in ran.err and "drops TCP" in ran.err
        deaf.accept()[0].close()
        threading.Thread(target=lambda: deaf.accept()[0].close(), daemon=True).start()
        ran = door.cli("register", "alice", "--server", where, "--password-file",
                       door.secret("alice"))
        assert ran.code == 6 and "closed the connection without an answer" in ran.err, ran
    ran = door.cli("register", "alice", "--server", where, "--password-file",
                   door.secret("alice"))
    assert ran.code == 6 and "nothing listens on tcp" in ran.err


def test_one_account_cannot_take_all_connections(make_door):
    door = make_door(top="workers 1\nlimit connections 20\n")
    alices = [door.tcp()]
    assert alices[0].login().status == 200
    for _ in range(19):
        alices.append(door.tcp())
        assert alices[-1].login(contact=None).status == 200
    until(lambda: door.count("conn_user") == 12)  # an eighth, and at least eight
    assert door.connections() == {"open": 8, "proven": 8, "limit": 20}
    assert door.event(reason="conn_user")["sport"] in {p.port for p in alices[1:13]}
    assert door.tcp("bob").login().status == 200
    assert alices[0].login().status == 200  # has the binding


def test_requests_that_wait_their_turn_close_nobody(door):
    phones = []
    for _ in range(60):
        phones.append(door.tcp())
        assert phones[-1].login(contact=None).status == 200
    for phone in phones:
        octets = b"".join(phone.request(fields=["X: " + "x" * 600]) for _ in range(60))
        phone.sock.setblocking(False)
        phone.sock.send(octets)
    until(lambda: door.status()["verdicts"].get("challenged", 0) >= 60 * 30, 20)
    assert door.connections() == {"open": 60, "proven": 60, "limit": 10000}


def test_one_account_does_not_hold_what_long_messages_of_others_need(door):
    for _ in range(64):
        phone = door.tcp()
        assert phone.login(contact=None).status == 200
        phone.send(phone.request().replace(b"Length: 0\r\n", b"Length: 200000\r\n") + b"x" * 34000)
    bob = door.tcp("bob")
    assert bob.login().status == 200
    octets = big(bob, 40000)
    bob.send(octets[:33500])
    time.sleep(0.1)
    bob.send(octets[33500:])
    assert bob.hear().status == 407
    assert door.status()["registrations"] == 1


def test_who_has_the_password_has_proven_it_whatever_is_asked_for(door):
    phone = door.tcp("bob")
    assert phone.login("INVITE", uri=f"sip:alice@{REALM}").status == 404
    until(lambda: door.connections()["proven"] == 1)
