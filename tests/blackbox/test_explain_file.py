# SPDX-License-Identifier: Apache-2.0
"""`sipward explain FILE`: a recorded message, judged without a door."""
import json
import pathlib

import pytest

from conftest import sipward

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
CONF = str(VECTORS / "conf" / "good" / "01-minimal.conf")


def refused(table):
    """Messages of a table that get an answer or an account: file, reason, octet, rule."""
    for line in (VECTORS / "sip" / table).read_text().splitlines():
        if line and not line.startswith("#"):
            name, reason, _, octet, rule = line.split("\t")[:5]
            if reason != "ok" and "keepalive" not in name and "response" not in name:
                yield name, reason, octet, rule


def rows(table):
    """Message, reason and reason on a stream of each row."""
    for line in (VECTORS / "sip" / table).read_text().splitlines():
        if line and not line.startswith("#"):
            name, reason, _, _, _, stream = line.split("\t")[:6]
            yield name, reason, stream


def explain(name, *args):
    return sipward("explain", str(VECTORS / "sip" / name), "-c", CONF, *args)


@pytest.mark.parametrize("table", ["edge.txt", "rfc4475.txt", "rfc5118.txt", "flows.txt"])
def test_every_refused_message_names_its_octet_and_rule(table):
    seen = 0
    for name, reason, octet, rule in refused(table):
        ran = explain(name, "--json")
        assert ran.code == 0, (name, ran)
        told = json.loads(ran.out)
        if told["reason"] == "stray_response":
            continue
        assert told["reason"] == reason, name
        assert told["account"]["fault"]["at"] == int(octet), name
        assert told["account"]["fault"]["rule"] == rule, name
        seen += 1
    assert seen > 0


@pytest.mark.parametrize("table", ["edge.txt", "rfc4475.txt", "rfc5118.txt", "flows.txt"])
def test_on_a_stream_each_message_is_what_its_row_says(table):
    parse = {reason for _, reason, _ in rows(table)} | {s.rstrip("!") for _, _, s in rows(table)}
    for name, _, stream in rows(table):
        ran = explain(name, "--over", "tcp", "--json")
        if stream == "more":
            assert ran.code == 1 and ("ends within a message" in ran.err or
                                      "holds a keep-alive" in ran.err), (name, ran)
            continue
        if ran.code == 1:
            assert "holds more than one message" in ran.err, (name, ran)
            continue
        told = json.loads(ran.out)["reason"]
        if told == "stray_response":
            continue
        if stream == "ok":
            assert told not in parse - {"ok"}, name
        else:
            assert told == stream.rstrip("!"), name


def test_messages_of_call_flows_are_read_as_datagrams():
    for name, reason, _ in rows("flows.txt"):
        if reason != "ok":
            continue
        told = json.loads(explain(name, "--json").out)
        assert told["class"] not in ("parse", "internal") or told["reason"] == "stray_response", name


def test_the_octet_stands_above_a_caret():
    ran = explain("rfc4475/badinv01.msg", "--from", "198.51.100.7:5062")
    lines = ran.out.splitlines()
    assert lines[0] == "REFUSED  header_syntax   INVITE from 198.51.100.7:5062 udp", ran.out
    assert lines[1].endswith(": octet 217 (line 7, column 29)"), ran.out
    assert lines[2][lines[3].index("^"):] == ";,;,,", ran.out
    assert lines[4].startswith("  RFC 3261 25.1, param: "), ran.out


def test_a_good_message_is_challenged_as_by_a_door():
    ran = explain("edge/ok-register.msg")
    assert ran.code == 0 and ran.out.startswith("CHALLENGED  challenged"), ran


def test_a_stream_needs_a_length_and_a_datagram_does_not():
    assert explain("edge/no-content-length-tcp.msg").out.startswith("CHALLENGED")
    ran = explain("edge/no-content-length-tcp.msg", "--over", "tcp")
    assert ran.out.startswith("REFUSED  length_gone"), ran.out


def test_the_limit_of_a_message_is_that_of_the_configuration(tmp_path):
    conf, file = tmp_path / "c.conf", tmp_path / "m.msg"
    text = pathlib.Path(CONF).read_text()
    octets = (VECTORS / "sip" / "edge" / "ok-register.msg").read_bytes()
    for limit, length, starts in [("1k", 5000, "REFUSED  body_too_large"), ("1k", 3000, "CHALLENGED"),
                                  ("64k", 5000, "CHALLENGED")]:
        body = b"Content-Length: %d\r\n" % length
        file.write_bytes(octets.replace(b"Content-Length: 0\r\n", body) + b"b" * length)
        conf.write_text(text + f"\nlimit message {limit}\n")
        ran = sipward("explain", str(file), "-c", str(conf), "--over", "tcp")
        assert ran.out.startswith(starts), (limit, length, ran)


@pytest.mark.parametrize("name, args, code, says", [
    ("edge/two-pipelined.msg", ["--over", "tcp"], 1, "holds more than one message"),
    ("rfc4475/clerr.msg", ["--over", "tcp"], 1, "ends within a message"),
    ("edge/keepalive-ping.msg", [], 1, "holds a keep-alive"),
    ("edge/keepalive-ping.msg", ["--over", "tcp"], 1, "holds a keep-alive"),
    ("edge/gone.msg", [], 1, "cannot read"),
    ("edge", [], 1, "cannot read"),
    ("edge/ok-register.msg", ["--over", "sctp"], 2, "--over takes udp or tcp, not sctp"),
    ("edge/ok-register.msg", ["--from", "phone"], 2, "--from takes IP:PORT, not phone"),
    ("edge/ok-register.msg", ["--last"], 2, "exclude each other"),
    ("edge/ok-register.msg", ["--control", "/x"], 2, "without a door"),
])
def test_what_cannot_be_judged_is_said_in_a_sentence(name, args, code, says):
    ran = explain(name, *args)
    assert (ran.code, ran.out) == (code, "") and says in ran.err, ran
    assert ran.err.count("\n") == 1, ran


def test_other_wrong_usage(tmp_path):
    empty, large = tmp_path / "empty.msg", tmp_path / "large.msg"
    empty.write_bytes(b"")
    large.write_bytes(b"x" * (1 << 20) + b"x")
    bad = tmp_path / "bad.conf"
    bad.write_text("nonsense yes\n")
    good = str(VECTORS / "sip" / "edge" / "ok-register.msg")
    for args, code, says in [
        ([str(empty), "-c", CONF], 1, "is empty"),
        ([str(large), "-c", CONF], 1, "larger than 1 MiB"),
        ([good, "-c", str(bad)], 4, "realm is missing"),
        ([good, "-c", str(tmp_path / "none.conf")], 4, "does not exist"),
        (["--from", "192.0.2.1"], 2, "which one?"),
        (["--last", "--over", "udp"], 2, "go with a FILE"),
        (["no-such-thing"], 2, "no such file"),
    ]:
        ran = sipward("explain", *args)
        assert (ran.code, ran.out) == (code, "") and says in ran.err, (args, ran)
