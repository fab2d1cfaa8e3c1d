# SPDX-License-Identifier: Apache-2.0
"""A door per test on a free port of loopback, and the ears that listen to all it says.

SIPWARD names the program, default build/debug/sipward. Everything that a door or a command
prints, logs or answers is kept; at the end no password, HA1 or key of the tests may be in it.
"""
import base64
import functools
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

import sipclient

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIPWARD = os.environ.get("SIPWARD", str(ROOT / "build" / "debug" / "sipward"))
SINGLE = bool(os.environ.get("SIPWARD_SINGLE"))  # the roles are threads of one process
REALM = "example.test"
CANARY = {"alice": "canary-Vb4e-alice", "bob": "canary-tQ9m-bob", "carol": "canary-Zk2x-carol",
          "dora": "canary-77Ls-dora"}
printed = []  # (by whom, octets)
seal_keys = []  # of all doors


def keep(who, octets):
    printed.append((who, octets))


def free_port(host="127.0.0.1"):
    """Free for UDP and TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_DGRAM) as s, \
                socket.socket(family, socket.SOCK_STREAM) as t:
            s.bind((host, 0))
            try:
                t.bind((host, s.getsockname()[1]))
            except OSError:
                continue
            return s.getsockname()[1]


def environment(**more):
    """Ours must not find a door of whoever runs the tests."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SIPWARD")}
    return {**clean, "NO_COLOR": "1", "LC_ALL": "C.UTF-8", **more}


class Ran:
    def __init__(self, done):
        self.code = done.returncode
        self.out, self.err = done.stdout.decode(), done.stderr.decode()

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


def sipward(*args, timeout=20, env=None, stdin=b""):
    done = subprocess.run([SIPWARD, *map(str, args)], input=stdin, capture_output=True,
                          timeout=timeout, env=environment(**(env or {})))
    keep(f"sipward {args[0] if args else ''}", done.stdout + done.stderr)
    return Ran(done)


def until(what, timeout=5.0, message="nothing happened"):
    """What the function gives, once it gives something."""
    end = time.monotonic() + timeout
    while True:
        got = what()
        if got:
            return got
        assert time.monotonic() < end, message() if callable(message) else message
        time.sleep(0.02)


@functools.cache
def has_sandbox():
    """Builds for sanitizers and coverage have none, and some kernels lack a layer."""
    done = subprocess.run([SIPWARD, "-vv"], capture_output=True, env=environment())
    row = [x for x in done.stdout.decode().splitlines() if x.startswith("sandbox")][0]
    return "seccomp, landlock " in row


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(5)
        self.sock.connect(str(self.path))


def ask_socket(path, target, method="GET"):
    link = UnixConnection(path)
    try:
        link.request(method, target)
        answer = link.getresponse()
        body = answer.read()
    finally:
        link.close()
    keep(f"{method} {target}", body)
    return answer.status, json.loads(body)


class Door:
    """A daemon of its own: configuration, process, log."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.host, self.port = "127.0.0.1", free_port()
        self.conf = folder / "sipward.conf"
        self.control = folder / "control.sock"
        self.log = folder / "log.json"
        self.store = "memory"
        self.sandbox = "sandbox required\n" if has_sandbox() and not SINGLE else ""
        self.process = None

    def keep_users(self):
        """In a database of its own, sealed by a key of its own."""
        key = self.folder / "seal.key"
        key.touch(mode=0o600)
        seal_keys.append(os.urandom(32))
        key.write_bytes(seal_keys[-1])
        self.store = f"sqlite {self.folder}/sipward.db\nseal-key file:{key}"

    def secret(self, user):
        path = self.folder / f"{user}.secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(CANARY[user] + "\n")
        return path

    def trunk(self, name="staff", algs="sha-256 sha-512-256", users=("alice", "bob"), more="",
              kind="phones"):
        lines = "".join(f"    user {u} file:{self.secret(u)}\n" for u in users)
        return f"{kind} {name} {{\n    accept digest {algs}\n{lines}{more}}}\n"

    def write(self, *blocks, top="", listen=None):
        self.conf.write_text(
            f"realm {REALM}\nlisten udp {listen or f'{self.host}:{self.port}'}\n"
            f"listen tcp {listen or f'{self.host}:{self.port}'}\nstore {self.store}\n"
            f"{self.sandbox}run {self.folder}\ncontrol {self.control}\n"
            f"log json level debug file {self.log}\n{top}" + "".join(blocks))

    def spawn(self, *args, before=None):
        out = open(self.folder / "serve.out", "ab")
        err = open(self.folder / "serve.err", "ab")
        if SINGLE and "--single" not in args:
            args = ("--single", *args)
        self.process = subprocess.Popen([SIPWARD, "serve", *map(str, args)], stdout=out,
                                        stderr=err, stdin=subprocess.DEVNULL,
                                        env=environment(), preexec_fn=before)
        out.close()
        err.close()

    def said(self):
        return "".join((self.folder / f"serve.{x}").read_text() for x in ("out", "err"))

    def is_ready(self):
        assert self.process.poll() is None, f"the door ended: {self.said()}"
        try:
            return ask_socket(self.control, "/readyz")[0] == 200
        except OSError:
            return False

    def start(self):
        self.spawn("-c", self.conf)
        until(self.is_ready, message=lambda: f"not ready: {self.said()}")
        return self

    def status(self):
        code, body = ask_socket(self.control, "/v1/status")
        assert code == 200
        return body

    def cli(self, command, *args, **more):
        return sipward(command, *args, "-c", self.conf, **more)

    def client(self, user="alice", **more):
        more.setdefault("password", CANARY.get(user, "none"))
        return sipclient.Client((self.host, self.port), user, domain=REALM, **more)

    def tcp(self, user="alice", **more):
        more.setdefault("password", CANARY.get(user, "none"))
        return sipclient.Tcp((self.host, self.port), user, domain=REALM, **more)

    def connections(self):
        return self.status()["connections"]

    def events(self, **want):
        """Lines of the log whose keys have these values."""
        if not self.log.exists():
            return []
        lines = [x for x in self.log.read_text().split("\n")[:-1]]
        rows = [json.loads(x) for x in lines]
        return [r for r in rows if all(r.get(k) == v for k, v in want.items())]

    def event(self, **want):
        """The last such line; it may be on its way."""
        return until(lambda: self.events(**want),
                     message=lambda: f"no event {want} in\n{self.log.read_text()}")[-1]

    def count(self, reason):
        return self.status()["reasons"].get(reason, 0)

    def roles(self):
        """Name and pid of each role that lives: "worker 0", "store", "admin"."""
        try:
            children = pathlib.Path(
                f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        except FileNotFoundError:
            return {}
        found = {}
        for pid in children:
            try:
                title = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if title.startswith("sipward: "):
                found[title[len("sipward: "):]] = int(pid)
        return found

    def role(self, name):
        return until(lambda: self.roles().get(name), message=f"there is no {name}")

    def resident_kib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0])

    def stop(self):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process = None
            for name in ("serve.out", "serve.err", "log.json", "sipward.db", "sipward.db-wal"):
                if (self.folder / name).exists():
                    keep(name, (self.folder / name).read_bytes())
        return code


@pytest.fixture
def make_door(tmp_path):
    """A function that makes doors; they end with the test, and must end well."""
    doors = []

    def make(*blocks, top="", listen=None, start=True, host=None, keeps=False,
             sandbox=None):
        d = Door(tmp_path / f"door{len(doors)}")
        doors.append(d)
        if keeps:
            d.keep_users()
        d.sandbox = sandbox or d.sandbox
        if host:
            d.host, d.port = host, free_port(host)
            listen = f"[{host}]:{d.port}" if ":" in host else f"{host}:{d.port}"
        d.write(*[b(d) if callable(b) else b for b in blocks] or [d.trunk()], top=top,
                listen=listen)
        return d.start() if start else d

    yield make
    codes = [d.stop() for d in doors]
    assert all(c in (None, 0) for c in codes), [d.said() for d in doors]


@pytest.fixture
def door(make_door):
    """Phones that know SHA-256 and SHA-512-256; alice and bob."""
    return make_door()


@pytest.fixture
def md5_door(make_door):
    """Phones that may use MD5 too."""
    return make_door(lambda d: d.trunk(algs="sha-256 sha-512-256 md5",
                                       more="    md5 until 2099-12-31\n"))


def secrets_of_the_tests():
    """Passwords and every HA1, in the spellings that a careless program could print."""
    for user, password in CANARY.items():
        yield password.encode()
        yield base64.b64encode(password.encode()).rstrip(b"=")
        yield password.encode().hex().encode()
        for alg in sipclient.ALGS:
            for name in (user, f"{user}@{REALM}"):
                for realm in (REALM, "localhost"):
                    ha1 = sipclient.ha1(alg, name, realm, password)
                    yield ha1.encode()
                    yield ha1.upper().encode()
                    yield base64.b64encode(bytes.fromhex(ha1)).rstrip(b"=")
                    yield bytes.fromhex(ha1)
    for key in seal_keys:
        yield key
        yield key.hex().encode()
        yield base64.b64encode(key).rstrip(b"=")


@pytest.fixture(scope="session", autouse=True)
def no_secret_is_ever_printed():
    yield
    everything = printed + [("an answer", x) for x in sipclient.heard]
    for secret in secrets_of_the_tests():
        for who, octets in everything:
            assert secret not in octets, f"{secret!r} was printed by {who}"
