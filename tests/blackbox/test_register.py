# SPDX-License-Identifier: Apache-2.0
"""`sipward register`: the built-in phone narrates, and its exit code says how it went."""
import json
import os
import pty
import re
import signal
import socket
import subprocess
import termios
import threading

import pytest

from conftest import CANARY, REALM, SIPWARD, environment, free_port, keep, sipward, until


def register(door, *args, user="alice", file=True, **more):
    password = ["--password-file", door.secret("alice")] if file else []
    return door.cli("register", user, *password, *args, **more)


def test_each_step_is_told(md5_door):
    ran = register(md5_door)
    assert ran.code == 0, ran
    lines = ran.out.splitlines()
    assert len(lines) == 4, ran
    assert lines[0] == f"→ REGISTER sip:{REALM}" + " " * 20 + f"udp 127.0.0.1:{md5_door.port}"
    assert re.fullmatch(r"← 401  challenged: SHA-256, SHA-512-256, MD5   \d+\.\d ms", lines[1])
    assert lines[2] == "→ REGISTER  Digest SHA-256, nc 1"
    assert re.fullmatch(r"← 200  registered for 300 s {20}\d+\.\d ms", lines[3])
    event = md5_door.event(event="registration")
    assert (event["subject"], event["alg"]) == ("alice", "sha-256")
    assert event["ua"] == "sipward/0.1.0"


@pytest.mark.parametrize("alg", ["sha-256", "sha-512-256", "md5"])
def test_all_algorithms(md5_door, alg):
    ran = register(md5_door, "--alg", alg, "--expires", "120")
    assert ran.code == 0 and f"Digest {alg.upper()}, nc 1" in ran.out, ran
    assert "registered for 120 s" in ran.out
    assert md5_door.event(event="registration")["alg"] == alg


def test_a_refusal_gives_the_id_that_explains_it(door):
    ran = door.cli("register", "alice", "--password", "wrong")
    assert ran.code == 5, ran
    found = re.search(r"^← 403  refused, id ([0-9A-Z]{6})\. The wire does not say why; "
                      r"the operator can:  (.*)$", ran.out, re.M)
    assert found, ran
    event = door.event(id=found[1])
    assert (event["reason"], event["status"]) == ("digest_wrong", 403)
    assert f"explain {found[1]} -c {door.conf}" in found[2]
    assert door.status()["registrations"] == 0


def test_an_unknown_name_looks_the_same(door):
    wrong = door.cli("register", "alice", "--password", "wrong")
    nobody = door.cli("register", "nobody", "--password", "wrong")
    assert nobody.code == wrong.code == 5

    def mask(ran):
        return re.sub(r"\d+\.\d ms|[0-9A-Z]{6}", "*", ran.out)

    assert mask(nobody) == mask(wrong)


def test_what_is_asked_for_and_not_offered_is_refused(door):
    ran = register(door, "--alg", "md5")
    assert ran.code == 5 and "--alg asks for MD5" in ran.out, ran


def test_a_contact_of_its_own_and_the_end_of_registrations(door):
    contact = "sip:alice@192.0.2.7:5062;transport=udp"
    assert register(door, "--contact", contact).code == 0
    assert register(door).code == 0
    assert door.status()["registrations"] == 2
    ran = register(door, "--contact", contact, "--unregister")
    assert ran.code == 0 and "unregistered, other contacts left: 1" in ran.out, ran
    assert register(door, "--unregister").code == 0
    assert door.status()["registrations"] == 0


def test_options_reaches_the_door(door):
    bare = register(door, "--options", file=False)
    assert bare.code == 5 and "give --password-file" in bare.out, bare
    ran = register(door, "--options")
    assert ran.code == 0 and "→ OPTIONS" in ran.out, ran
    assert "← 200  answered, the proof was accepted" in ran.out, ran
    bare = register(door, "--options", file=False)
    assert bare.code == 0 and "← 200  answered, no proof was asked for" in bare.out, bare


def test_the_wire_shows_messages_and_never_the_password(door):
    ran = register(door, "--wire")
    assert ran.code == 0, ran
    for text in (f"    REGISTER sip:{REALM} SIP/2.0", "    WWW-Authenticate: Digest",
                 "    Authorization: Digest username=\"alice\"", "    SIP/2.0 200 OK"):
        assert text in ran.out, ran
    assert CANARY["alice"] not in ran.out


def test_json_is_one_object(door):
    ran = register(door, "--json")
    assert ran.code == 0, ran
    said = json.loads(ran.out)
    assert (said["result"], said["status"], said["exit"]) == ("ok", 200, 0)
    assert [s.get("sent") or s["status"] for s in said["steps"]] == \
           ["REGISTER", 401, "REGISTER", 200]
    assert len(re.findall(r'"ms":\d+\.\d[,}]', ran.out)) == 2, ran
    said = json.loads(door.cli("register", "alice", "--password", "wrong", "--json").out)
    assert (said["result"], said["exit"]) == ("refused", 5)
    assert door.event(id=said["id"])["reason"] == "digest_wrong"


def test_too_brief_and_a_foreign_domain_have_their_sentences(door):
    brief = register(door, "--expires", "10")
    assert brief.code == 1 and "--expires 60" in brief.out, brief
    foreign = register(door, "--domain", "elsewhere.example")
    assert foreign.code == 1 and "--domain" in foreign.out, foreign


def test_the_server_may_be_named(make_door):
    door = make_door(host="::1")
    for server in (f"[::1]:{door.port}", f"udp:[::1]:{door.port}"):
        ran = sipward("register", "alice", "--password-file", door.secret("alice"),
                      "--server", server)
        assert ran.code == 0 and "→ REGISTER sip:[::1] " in ran.out, ran
    door = make_door()
    ran = sipward("register", f"alice@{REALM}", "--password-file", door.secret("alice"),
                  "--server", f"localhost:{door.port}")
    assert ran.code == 0 and f"→ REGISTER sip:{REALM} " in ran.out, ran


def test_silence_has_its_own_exit_code():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        ran = sipward("register", "alice", "--password", "x", "--server", f"127.0.0.1:{port}",
                      "--timeout", "700ms")
        assert ran.code == 6 and f"no answer from udp 127.0.0.1:{port} in 700 ms" in ran.err, ran
        assert "again, no answer yet" in ran.out  # repeated after 500 ms
        s.settimeout(0.5)
        assert s.recv(4096) == s.recv(4096)
    ran = sipward("register", "alice", "--password", "x", "--server",
                  f"127.0.0.1:{free_port()}")
    assert ran.code == 6 and "nothing listens" in ran.err, ran


def test_a_name_that_nobody_knows():
    ran = sipward("register", "alice", "--password", "x", "--server", "no-such-host.invalid")
    assert ran.code == 1 and "no-such-host.invalid" in ran.err, ran


def test_a_password_file_that_all_can_read_is_refused(door, tmp_path):
    path = tmp_path / "open.secret"
    path.write_text("x\n")
    path.chmod(0o644)
    ran = register(door, "--password-file", path, file=False)
    assert ran.code == 1 and "chmod" in ran.err, ran
    ran = register(door, "--password-file", tmp_path / "none", file=False)
    assert ran.code == 1 and "none" in ran.err, ran


def test_without_a_password_and_a_terminal_it_says_so(door):
    ran = register(door, file=False)
    assert ran.code == 2 and "--password-file" in ran.err, ran


def test_the_password_is_asked_for_on_a_terminal_without_echo(door):
    leader, follower = pty.openpty()
    p = subprocess.Popen([SIPWARD, "register", "alice", "-c", door.conf], stdin=follower,
                         stdout=subprocess.PIPE, stderr=follower, env=environment())
    os.close(follower)
    seen = b""
    while b"Password of alice: " not in seen:
        seen += os.read(leader, 100)
    os.write(leader, CANARY["alice"].encode() + b"\n")
    out, _ = p.communicate(timeout=10)
    seen += os.read(leader, 1000)
    os.close(leader)
    keep("a prompt", seen + out)
    assert p.returncode == 0 and b"registered for 300 s" in out


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGTSTP"])
def test_a_signal_at_the_prompt_leaves_the_echo_on(door, name):
    number = getattr(signal, name)
    leader, follower = pty.openpty()
    # A group of its own, with its parent in another one: else nothing stops it (POSIX orphans).
    p = subprocess.Popen([SIPWARD, "register", "alice", "-c", door.conf], stdin=follower,
                         stdout=subprocess.PIPE, stderr=follower, env=environment(),
                         process_group=0)

    def has_echo():
        return bool(termios.tcgetattr(follower)[3] & termios.ECHO)

    def prompted():
        seen = b""
        while b"Password of alice: " not in seen:
            seen += os.read(leader, 100)

    prompted()
    assert not has_echo()
    p.send_signal(number)
    if name == "SIGTSTP":
        until(lambda: os.waitpid(p.pid, os.WUNTRACED | os.WNOHANG)[0] == p.pid, timeout=10)
        assert has_echo()
        p.send_signal(signal.SIGCONT)
        prompted()
        os.write(leader, CANARY["alice"].encode() + b"\n")
        number = 0
    p.communicate(timeout=10)
    assert has_echo() and p.returncode == -number
    os.close(leader)
    os.close(follower)


def test_a_password_on_the_command_line_is_not_repeated():
    for args in (("--password=hunter2-canary", "--password=hunter2-canary"),
                 ("--pasword=hunter2-canary",), ("--json=hunter2-canary",)):
        ran = sipward("register", "alice", *args)
        assert ran.code == 2 and "hunter2" not in ran.out + ran.err, ran
    ran = sipward("--password=hunter2-canary", "register")
    assert ran.code == 2 and "hunter2" not in ran.out + ran.err, ran


def test_the_password_is_gone_from_ps():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        p = subprocess.Popen([SIPWARD, "register", "alice", "--password", "seen-in-ps",
                              "--server", "127.0.0.1:%d" % s.getsockname()[1]],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env=environment())
        s.settimeout(5)
        s.recv(4096)
        with open(f"/proc/{p.pid}/cmdline", "rb") as f:
            assert b"seen-in-ps" not in f.read()
        p.kill()
        p.wait()


def a_server_that_says(*answers):
    """One that answers each request in turn with these lines; gives its port."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(5)

    def serve():
        with s:
            for answer in answers:
                request, source = s.recvfrom(4096)
                keep = [x for x in request.decode().split("\r\n")
                        if x.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
                s.sendto("\r\n".join(["SIP/2.0 " + answer[0], *keep, *answer[1:],
                                      "Content-Length: 0", "", ""]).encode(), source)

    threading.Thread(target=serve, daemon=True).start()
    return s.getsockname()[1]


def dared(nonce, more=""):
    return ("401 Unauthorized", f'WWW-Authenticate: Digest realm="r", nonce="{nonce}", '
            f'algorithm=SHA-256, qop="auth"{more}')


OTHERS = [
    ([dared("a"), dared("b", ", stale=true"), ("200 OK", "Contact: <sip:alice@192.0.2.1>")], 1,
     "stale nonce", "does not list our Contact"),
    ([dared("a"), dared("b")], 5, "challenged again"),
    ([("500 Oops",)], 1, "500  Oops"),
    ([("503 Busy", "Retry-After: 9")], 1, "try again later", "in 9 s"),
    ([("405 No",)], 1, "does not take this method"),
    ([("400 Bad\x1b[31m",)], 6, ""),
    ([("302 Moved",)], 1, "302  Moved"),
]


@pytest.mark.parametrize("answers,code,words", [(a, c, w) for a, c, *w in OTHERS])
def test_other_answers_have_their_sentences(answers, code, words):
    port = a_server_that_says(*answers)
    ran = sipward("register", "alice", "--password", "x", "--server", f"127.0.0.1:{port}",
                  "--timeout", "1s")
    assert ran.code == code, ran
    for word in words:
        assert word in ran.out, ran
    assert "\x1b" not in ran.out + ran.err


def test_what_a_server_says_cannot_command_the_terminal():
    for more in ((), ("--wire",), ("--json", "--wire")):
        port = a_server_that_says(("500 a\u202eb\u0085c\u2028\u00e9\\", "X: \x9b31m\u2066"))
        ran = sipward("register", "alice", "--password", "x", "--server", f"127.0.0.1:{port}",
                      *more)
        assert ran.code == 1, ran
        assert not re.search("[\u0080-\u009f\u2028-\u202e\u2066-\u2069\x1b]", ran.out + ran.err), ran
        said = json.loads(ran.out)["message"] if "--json" in more else ran.out
        assert "a\\xe2\\x80\\xaeb\\xc2\\x85c\\xe2\\x80\\xa8\u00e9" in said, ran


def test_an_id_that_a_shell_would_run_is_not_repeated():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(5)

    def serve():
        with s:
            request, source = s.recvfrom(4096)
            keep = [x for x in request.decode().split("\r\n")
                    if x.split(":")[0] in ("Via", "From", "Call-ID", "CSeq")]
            s.sendto("\r\n".join(["SIP/2.0 403 No", *keep, "To: <sip:a@b>;tag=`halt`xx",
                                  "Content-Length: 0", "", ""]).encode(), source)

    threading.Thread(target=serve, daemon=True).start()
    ran = sipward("register", "alice", "--password", "x", "--server",
                  "127.0.0.1:%d" % s.getsockname()[1])
    assert ran.code == 5 and "halt" not in ran.out, ran
