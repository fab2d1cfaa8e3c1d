# SPDX-License-Identifier: Apache-2.0
"""Real phones of Debian 12, driven without a screen."""
import pathlib
import subprocess
import time

from conftest import CANARY, environment, free_port, until

HERE = pathlib.Path(__file__).parent


class Linphone:
    """linphonec: MD5 and SHA-256."""

    def __init__(self, folder, door, user, password=None, expires=None, transport="udp"):
        self.door, self.user = door, user
        self.proxy = f"sip:{door.host}:{door.port}"
        if transport != "udp":
            self.proxy += f";transport={transport}"
        self.password = password or CANARY[user]
        home = folder / "linphone"
        (home / ".local/share/linphone").mkdir(parents=True)
        self.rc, self.out = home / "rc", home / "out"
        self.port = free_port()
        port = {"udp": 0, "tcp": 0, transport: self.port}
        self.rc.write_text(f"[sip]\nsip_port={port['udp']}\nsip_tcp_port={port['tcp']}\n"
                           "sip_tls_port=0\n"
                           f"contact=sip:{user}@127.0.0.1\n")
        if expires:
            self.rc.write_text(
                self.rc.read_text() + f"[proxy_0]\nreg_proxy={self.proxy}\n"
                f"reg_identity=sip:{user}@127.0.0.1\nreg_expires={expires}\n"
                f"reg_sendregister=1\n[auth_info_0]\nusername={user}\n"
                f"passwd={self.password}\nrealm=example.test\n")
        self.process = subprocess.Popen(
            ["linphonec", "-c", self.rc, "-d", "0"], stdin=subprocess.PIPE,
            stdout=open(self.out, "ab"), stderr=subprocess.STDOUT,
            env=environment(HOME=str(home)))
        time.sleep(2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def heard(self):
        return self.out.read_text(errors="replace")

    def status(self):
        """The answer to `status register`, asked anew."""
        at = len(self.heard())
        self.say("status register")
        return until(lambda: [x for x in self.heard()[at:].splitlines() if "regist" in x],
                     message=self.heard)[-1]

    def register(self):
        if "reg_proxy" not in self.rc.read_text():
            self.say(f"register sip:{self.user}@127.0.0.1 "
                     f"{self.proxy} {self.password}")
        return self.is_registered()

    def is_registered(self):
        def look():
            time.sleep(0.2)
            return "registered, identity" in self.status()

        return until(look, timeout=8, message=self.heard)


def run(folder, name, *command, timeout=15):
    """A program that ends by itself, or is ended: its exit code and its text."""
    with open(folder / name, "wb") as out:
        p = subprocess.Popen([str(x) for x in command], stdin=subprocess.DEVNULL, stdout=out,
                             stderr=subprocess.STDOUT, cwd=folder,
                             env=environment(HOME=str(folder)))
        try:
            code = p.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
            code = None
    return code, (folder / name).read_text(errors="replace")


def sipsak(folder, door, user, password=None, transport="udp"):
    return run(folder, "sipsak.out", "sipsak", "-v", "-U", "-E", transport, "-s",
               f"sip:{user}@{door.host}:{door.port}", "-C", f"sip:{user}@127.0.0.1:5999",
               "-u", user, "-a", password or CANARY[user], "-x", 60, "-H", "127.0.0.1")


def sipp(folder, door, user, password=None, transport="udp"):
    return run(folder, "sipp.out", "sipp", f"{door.host}:{door.port}", "-t",
               {"udp": "u1", "tcp": "t1"}[transport], "-sf", HERE / "sipp_register.xml", "-s",
               user, "-au", user, "-ap", password or CANARY[user], "-i", "127.0.0.1", "-p", free_port(), "-m", 1,
               "-timeout", 10, "-timeout_error", "-nostdin")


class Baresip:
    """baresip 1.0.0: MD5 only, and nothing at all when SHA-256 is offered too."""

    def __init__(self, folder, door, user, password=None, transport="udp"):
        home = folder / "baresip"
        home.mkdir()
        (home / "config").write_text(
            "sip_listen 127.0.0.1:0\nmodule_path /usr/lib/baresip/modules\n"
            "module stdio.so\nmodule g711.so\nmodule_app account.so\nmodule_app menu.so\n")
        (home / "accounts").write_text(
            f"<sip:{user}@127.0.0.1>;auth_user={user};auth_pass={password or CANARY[user]};"
            f'outbound="sip:{door.host}:{door.port};transport={transport}";regint=60\n')
        (home / "contacts").write_text("")
        self.out = home / "out"
        self.process = subprocess.Popen(
            ["baresip", "-f", home], stdin=subprocess.PIPE, stdout=open(self.out, "ab"),
            stderr=subprocess.STDOUT, env=environment(HOME=str(home)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def heard(self):
        return self.out.read_text(errors="replace")

    def is_alive(self):
        return self.process.poll() is None
