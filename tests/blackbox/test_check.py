# SPDX-License-Identifier: Apache-2.0
"""`sipward check` and `sipward init` as commands: exit codes, forms, and what they never print."""
import json
import os
import re

import pytest

from conftest import CANARY, sipward

TOP = "realm example.test\nlisten udp 127.0.0.1:5060\nstore memory\n"


@pytest.fixture
def conf(tmp_path):
    """A function that writes a configuration with one user, whose password is in a file."""
    secret = tmp_path / "alice.secret"
    secret.touch(mode=0o600)
    secret.write_text(CANARY["alice"] + "\n")

    def write(top="", algs="sha-256", user=f"alice file:{secret}"):
        path = tmp_path / "sipward.conf"
        text = f"{TOP}{top}phones staff {{\n    accept digest {algs}\n    user {user}\n}}\n"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))
        return path

    write.secret = secret
    return write


def test_a_good_file_is_told_in_one_sentence_per_trunk(conf):
    for args in ((), ("--strict",), ("--runtime",)):
        ran = sipward("check", conf(), *args)
        assert ran.code == 0 and ran.err == "", ran
        told = "".join(x for x in ran.out.splitlines(True) if not x.startswith("sandbox"))
        assert told.startswith("ok   1 listener, 1 trunk, 1 user of its own   0 warnings\nstaff "), ran


def test_a_warning_counts_only_when_it_is_asked_to(conf):
    path = conf(algs="md5")
    ran = sipward("check", "-c", path)
    assert ran.code == 0 and "warning SW001" in ran.out, ran
    assert "0 errors, 1 warning.   More:" in ran.out, ran
    assert sipward("check", path, "--strict").code == 4


def test_an_error_is_shown_with_its_place(conf):
    path = conf(top="relm x\n")
    ran = sipward("check", path)
    assert ran.code == 4 and ran.out.startswith(f"{path}:4:1: error SW201"), ran
    assert "did you mean realm?" in ran.out, ran


def test_it_answers_in_json(conf):
    said = json.loads(sipward("check", conf(), "--json").out)
    assert (said["ok"], said["errors"], said["users"]) == (True, 0, 1)
    assert said["trunks"][0]["name"] == "staff"
    ran = sipward("check", conf(algs="md5"), "--json", "--strict")
    said = json.loads(ran.out)
    assert ran.code == 4 and not said["ok"] and said["diagnostics"][0]["code"] == "SW001", ran
    said = json.loads(sipward("check", conf(), "--print", "json").out)
    assert said["phones"]["staff"]["accept"] == [["digest", "sha-256"]]
    ran = sipward("check", conf(top="relm x\n"), "--print", "json")
    assert ran.code == 4 and ran.out == "" and "SW201" in ran.err, ran


def test_why_explains_a_rule_or_lists_them():
    ran = sipward("check", "--why", "sw001")
    assert ran.code == 0 and ran.out.startswith("SW001  warning: "), ran
    ran = sipward("check", "--why", "foo")
    assert ran.code == 1 and "there is no rule foo" in ran.err, ran
    assert "  SW027  a secret that others can read or change\n" in ran.err, ran


@pytest.mark.parametrize("args", [("a", "b"), ("--print", "xml"), ("--why",), ("--strickt",),
                                  ("-c", "a", "b")], ids=" ".join)
def test_wrong_usage_is_two(args):
    ran = sipward("check", *args)
    assert ran.code == 2 and ran.out == "" and "check --help" in ran.err, ran


def test_runtime_reads_secrets_and_looks_for_the_folder_of_the_log(conf, tmp_path):
    path = conf(top=f"log file {tmp_path}/none/log\n")
    assert sipward("check", path).code == 0
    ran = sipward("check", path, "--runtime")
    assert ran.code == 4 and f"mkdir -p {tmp_path}/none" in ran.out, ran
    conf.secret.unlink()
    assert sipward("check", conf()).code == 0
    ran = sipward("check", conf(), "--runtime")
    assert ran.code == 4 and "SW022" in ran.out, ran


def test_a_secret_must_be_a_file_and_ours_alone(conf, tmp_path):
    conf.secret.chmod(0o602)
    ran = sipward("check", conf(), "--runtime")
    assert ran.code == 4 and "SW027" in ran.out and "chmod o-rwx" in ran.out, ran
    conf.secret.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(conf.secret, 65533, 0)
        ran = sipward("check", conf(), "--runtime")
        assert ran.code == 4 and "SW027" in ran.out and "user 65533" in ran.out, ran
    os.mkfifo(tmp_path / "pipe", 0o600)
    writer = os.open(tmp_path / "pipe", os.O_RDWR)  # open, and silent
    ran = sipward("check", conf(user=f"alice file:{tmp_path}/pipe"), "--runtime", timeout=5)
    assert ran.code == 4 and "no regular file" in ran.out, ran
    ran = sipward("check", conf(top=f"include {tmp_path}/pipe\n"), timeout=5)
    assert ran.code == 4 and "no regular file" in ran.out, ran
    os.close(writer)


def test_a_configuration_that_others_can_write_is_refused(conf):
    path = conf()
    path.chmod(0o666)
    ran = sipward("check", path)
    assert ran.code == 4 and "SW115" in ran.out and f"chmod o-w {path}" in ran.out, ran


SPILLED = ["alice {}\xe4", "alice {}\x01", "alice \\\n    {}\xe4", "\"alice {}", "alice {} }}"]


@pytest.mark.parametrize("user", SPILLED, ids=repr)
def test_a_password_in_the_file_is_not_printed(conf, door, user):
    """By check, a start, and a reload; the search at the end of all tests covers their logs too."""
    user = user.format(CANARY["alice"])
    ran = sipward("check", conf(user=user))
    assert ran.code == 4 and CANARY["alice"] not in ran.out + ran.err, ran
    assert sipward("serve", "-c", conf(user=user)).code == 4
    text = door.conf.read_text()
    door.conf.write_bytes((text + f"phones more {{ user {user}\n").encode("latin-1"))
    ran = door.cli("reload")
    assert ran.code == 4 and CANARY["alice"] not in ran.out + ran.err, ran


def test_nothing_that_turns_text_round_gets_to_the_terminal(conf):
    path = conf()
    path.write_text(path.read_text() + "# admin \u202e\u2066realm\u2069\n", encoding="utf-8")
    ran = sipward("check", path)
    assert ran.code == 4 and "SW114" in ran.out, ran
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", ran.out), ran


def test_init_makes_a_file_that_passes(tmp_path):
    ran = sipward("init", "--for", "phones", "--realm", "example.test", "--user", "alice", "bob")
    assert ran.code == 0, ran
    path = tmp_path / "sipward.conf"
    path.write_text(ran.out)
    assert sipward("check", "--strict", path).code == 0
    steps = [ran.err.index(x) for x in ("mkdir -p", "/etc/sipward/sipward.conf", "secret/alice'",
                                        "secret/bob'", "check --runtime", " serve")]
    assert steps == sorted(steps), ran


def test_init_leaves_the_users_to_the_store(tmp_path):
    ran = sipward("init", "--for", "phones", "--realm", "example.test")
    assert ran.code == 0 and not re.search(r"^\s+user\s", ran.out, re.M), ran
    path = tmp_path / "sipward.conf"
    path.write_text(ran.out)
    assert sipward("check", "--strict", path).code == 0
    assert ran.err.endswith(" user add NAME\n") and "secret" not in ran.err, ran


@pytest.mark.parametrize("args", [(), ("--for", "phones"), ("--for", "sbc", "--realm", "a.test"),
                                  ("--for", "phones", "--realm", "not a host")], ids=" ".join)
def test_init_says_what_it_lacks(args):
    ran = sipward("init", *args)
    assert ran.code == 2 and ran.out == "" and ran.err.strip(), ran


def test_a_rule_is_explained_in_json_too():
    ran = sipward("check", "--why", "SW001", "--json")
    told = json.loads(ran.out)
    assert ran.code == 0 and (told["rule"], told["severity"]) == ("SW001", "warning") and told["why"]
    ran = sipward("check", "--why", "XX", "--json")
    assert ran.code == 1 and json.loads(ran.out)["error"]["code"] == "no_rule", ran
