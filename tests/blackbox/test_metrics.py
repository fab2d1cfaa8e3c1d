# SPDX-License-Identifier: Apache-2.0
"""/metrics as a scraper reads it: the format by a parser of our own, and that counters are right."""
import http.client
import os
import re
import signal
import socket

from conftest import ROOT, UnixConnection, ask_socket, free_port, keep, until

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


class Family:
    def __init__(self, name, kind, text):
        self.name, self.kind, self.help = name, kind, text
        self.samples = {}  # (name, labels as sorted pairs) -> value


def labels_of(text):
    pairs, at = [], 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, f"no label at {at} of {text!r}"
        pairs.append((found[1], re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), found[2])))
        at = found.end()
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a label twice: {text}"
    return tuple(sorted(pairs))


def parse(text):
    """Families by name; whatever the format 0.0.4 forbids is an assertion."""
    assert text.endswith("\n"), "the last line ends too"
    families, family, help_line = {}, None, None
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            _, _, name, words = line.split(" ", 3)
            assert name not in families, f"{name} twice"
            help_line = (name, words)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert help_line and help_line[0] == name, f"{name} has no help before its type"
            assert kind in ("counter", "gauge", "histogram", "summary"), line
            family = families[name] = Family(name, kind, help_line[1])
        else:
            found = SAMPLE.fullmatch(line)
            assert found, f"no sample: {line!r}"
            allowed = [family.name + s for s in SUFFIXES.get(family.kind, ("",))]
            assert found[1] in allowed, f"{line!r} stands behind {family.name}"
            key = (found[1], labels_of(found[2] or ""))
            assert key not in family.samples, f"twice: {line!r}"
            family.samples[key] = float(found[3])
    return families


def scrape(door):
    link = UnixConnection(door.control)
    try:
        link.request("GET", "/metrics")
        answer = link.getresponse()
        body = answer.read()
    finally:
        link.close()
    keep("GET /metrics", body)
    assert answer.status == 200
    assert answer.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    return parse(body.decode())


def value(families, name, **labels):
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    family = families.get(name) or families[base]
    return family.samples[(name, tuple(sorted(labels.items())))]


def assert_never_falls(before, after):
    for name, family in before.items():
        for (sample, labels), old in family.samples.items():
            is_count = family.kind == "counter" or sample.endswith(("_bucket", "_count", "_sum"))
            if is_count and name != "sipward_role_cpu_seconds_total":
                assert after[name].samples[(sample, labels)] >= old, (sample, labels)


def test_the_page_has_every_family_of_the_list_in_its_order(door):
    listed = re.findall(r'SW_METRIC\(\w+, "(\w+)", "(\w+)", "([^"]*)"',
                        (ROOT / "src/obs/metric.def").read_text())
    page = scrape(door)
    assert [(f.name, f.kind) for f in page.values()] == [(n, k) for n, k, _ in listed]
    for name, _, labels in listed:
        for _, pairs in page[name].samples:
            assert {k for k, _ in pairs} - {"le"} == set(labels.split()), name


def test_names_follow_their_types(door):
    for f in scrape(door).values():
        assert f.name.startswith(("sipward_", "process_")), f.name
        assert f.name.endswith("_total") == (f.kind == "counter"), f.name
        assert f.help.endswith("."), f.name


def test_all_series_of_a_trunk_are_there_from_the_start_with_0(door):
    page = scrape(door)
    for alg in ("sha-256", "sha-512-256"):
        assert value(page, "sipward_accepted_total", trunk="staff", factor="digest", alg=alg) == 0
    for reason in ("digest_wrong", "digest_user_off", "identity_aor", "table_full"):
        assert value(page, "sipward_refused_total", trunk="staff", reason=reason) == 0
    assert value(page, "sipward_warnings_total", trunk="staff", warning="digest_md5") == 0
    at = f"{door.host}:{door.port}"
    for by in ("udp", "tcp"):
        assert value(page, "sipward_challenges_total", listener=f"{by}:{at}") == 0
        assert value(page, "sipward_requests_total", transport=by, method="REGISTER",
                     verdict="allowed") == 0
    assert value(page, "sipward_udp_kernel_drops_total", listener=f"udp:{at}") == 0


def test_a_login_and_a_wrong_password_are_counted_where_they_belong(door):
    assert door.client().login().status == 200
    assert door.client(password="wrong").login().status == 403
    assert door.client("mallory").login().status == 403
    page = scrape(door)
    assert value(page, "sipward_accepted_total", trunk="staff", factor="digest",
                 alg="sha-256") == 1
    assert value(page, "sipward_refused_total", trunk="staff", reason="digest_wrong") == 1
    assert value(page, "sipward_refused_total", trunk="", reason="digest_no_user") == 1
    assert value(page, "sipward_refused_total", trunk="staff", reason="digest_no_user") == 0
    assert value(page, "sipward_challenges_total", listener=f"udp:{door.host}:{door.port}") == 3
    assert value(page, "sipward_requests_total", transport="udp", method="REGISTER",
                 verdict="refused") == 2
    assert value(page, "sipward_decision_seconds_count", transport="udp") == 6
    assert value(page, "sipward_reasons_total", reason="challenged") == 3


def test_buckets_only_grow_and_end_with_the_count(door):
    for _ in range(5):
        door.client().ask()
    f = scrape(door)["sipward_decision_seconds"]
    ends = [(float(dict(labels)["le"]), n) for (name, labels), n in f.samples.items()
            if name.endswith("_bucket") and ("transport", "udp") in labels]
    assert ends == sorted(ends) and ends[-1] == (float("inf"), 5)
    assert [n for _, n in ends] == sorted(n for _, n in ends)


def test_counters_go_on_over_reloads_and_a_trunk_that_comes_back_finds_its_own(door):
    assert door.client().login().status == 200
    first = scrape(door)
    door.write(door.trunk(name="other"))
    assert door.cli("reload").code == 0
    assert door.client().login().status == 200
    second = scrape(door)
    assert value(second, "sipward_accepted_total", trunk="other", factor="digest",
                 alg="sha-256") == 1
    assert not any(("trunk", "staff") in labels
                   for _, labels in second["sipward_accepted_total"].samples)
    door.write(door.trunk())
    assert door.cli("reload").code == 0
    third = scrape(door)
    assert_never_falls(first, third)
    assert value(third, "sipward_accepted_total", trunk="staff", factor="digest",
                 alg="sha-256") == 1
    assert value(third, "sipward_config_generation") == 3


def test_a_refused_reload_leaves_all_series_and_the_generation(door):
    before = scrape(door)
    door.write("trunk broken {\n")
    assert door.cli("reload").code == 4
    after = scrape(door)
    assert_never_falls(before, after)
    assert value(after, "sipward_config_generation") == 1
    assert value(after, "sipward_refused_total", trunk="staff", reason="digest_wrong") == 0


def test_octets_of_strangers_are_in_no_label(door):
    c = door.client()
    c.prove(c.ask().challenge("SHA-256"), user="intruder{x}")
    c.ask("INTRUDER")
    for f in scrape(door).values():
        for _, labels in f.samples:
            assert not any("intruder" in v.lower() or "@" in v for _, v in labels), f.name


def test_what_the_kernel_drops_is_counted_for_its_listener(door):
    """More than a buffer holds, while the door is stopped."""
    pids = [door.process.pid]
    pids += [int(p) for p in os.popen(f"ps -o pid= --ppid {door.process.pid}").read().split()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            for _ in range(20000):
                s.sendto(b"x" * 1200, (door.host, door.port))
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
    at = f"udp:{door.host}:{door.port}"
    until(lambda: value(scrape(door), "sipward_udp_kernel_drops_total", listener=at) > 0)
    assert any(x["kernel_drops"] > 0 for x in door.status()["listeners"])


def written(page):
    return value(page, "sipward_store_seconds_count", store="sqlite", op="write")


def test_the_store_and_the_process_are_there(make_door):
    door = make_door(keeps=True)
    page = scrape(door)
    assert value(page, "sipward_store_up", store="sqlite") == 1
    assert value(page, "sipward_journal_waiting_bytes") == 0
    assert door.client().login().status == 200
    until(lambda: written(scrape(door)) > 0)
    until(lambda: value(scrape(door), "sipward_journal_waiting_bytes") == 0)
    assert door.status()["store"]["journal"]["synced"]
    assert value(page, "process_resident_memory_bytes") > 1 << 20
    assert value(page, "process_start_time_seconds") > 1.6e9
    until(lambda: value(scrape(door), "sipward_role_up", role="worker", worker="0") == 1)
    assert value(page, "sipward_events_dropped_total", worker="0") == 0


def test_readyz_lists_each_part(door):
    link = UnixConnection(door.control)
    link.request("GET", "/readyz")
    body = link.getresponse().read().decode()
    link.close()
    for part in ('"ready":true', '"missing":[]', '"listeners":[{', '"store":{', '"workers":{'):
        assert part in body, body


def ask_tcp(port, target, method="GET", host=None):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request(method, target, headers={"Host": host} if host else {})
        answer = link.getresponse()
        return answer.status, answer.getheader("Allow"), answer.read().decode()
    finally:
        link.close()


def test_the_admin_address_answers_four_addresses_to_this_machine(make_door):
    port = free_port()
    make_door(top=f"admin 127.0.0.1:{port}\n")
    status, _, body = ask_tcp(port, "/metrics")
    assert status == 200 and parse(body)
    assert ask_tcp(port, "/healthz")[0] == 200
    assert ask_tcp(port, "/readyz")[0] == 200
    assert ask_tcp(port, "/v1/status")[0] == 200
    assert ask_tcp(port, "/v1/users")[0] == 404
    assert ask_tcp(port, "/v1/stop", method="POST")[:2] == (405, "GET, HEAD")
    assert ask_tcp(port, "/metrics", host="rebound.example")[0] == 403


def admin_pid(door):
    return [r for r in door.status()["roles"] if r["role"] == "admin"][0]["pid"]


def test_the_admin_address_outlives_a_reload_and_its_role(make_door):
    port = free_port()
    door = make_door(top=f"admin 127.0.0.1:{port}\n")
    assert ask_tcp(port, "/healthz")[0] == 200
    assert ask_socket(door.control, "/v1/reload", "POST")[0] == 200
    assert ask_tcp(port, "/healthz")[0] == 200
    admin = admin_pid(door)
    os.kill(admin, signal.SIGKILL)
    until(lambda: door.is_ready() and admin_pid(door) != admin)
    assert ask_tcp(port, "/healthz")[0] == 200


def test_the_admin_address_moves_and_goes_with_the_configuration(make_door):
    old, new = free_port(), free_port()
    door = make_door(top=f"admin 127.0.0.1:{old}\n")
    door.write(door.trunk(), top=f"admin 127.0.0.1:{new}\n")
    code, answer = ask_socket(door.control, "/v1/reload", "POST")
    assert code == 200 and "SW035" not in str(answer)
    assert ask_tcp(new, "/healthz")[0] == 200
    assert not is_served(old)
    door.write(door.trunk())
    assert ask_socket(door.control, "/v1/reload", "POST")[0] == 200
    assert not is_served(new)


def is_served(port):
    try:
        return ask_tcp(port, "/healthz")[0] == 200
    except ConnectionRefusedError:
        return False


def test_an_admin_address_that_is_taken_is_named_with_its_owner(make_door):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        door = make_door(top=f"admin 127.0.0.1:{port}\n", start=False)
        door.spawn("-c", door.conf)
        assert door.process.wait(timeout=10) != 0
        door.process = None
        said = door.said()
        assert f"tcp 127.0.0.1:{port} is taken by" in said and f"(pid {os.getpid()})" in said
        assert "change the admin line" in said
        door.write(door.trunk())
        door.start()
        door.write(door.trunk(), top=f"admin 127.0.0.1:{port}\n")
        code, answer = ask_socket(door.control, "/v1/reload", "POST")
        assert code == 422 and "change the admin line" in str(answer)
        assert door.client().login().status == 200
