# SPDX-License-Identifier: Apache-2.0
"""A small SIP client for what no phone does: it says exactly what a test wants said.

UDP and TCP over IPv4 and IPv6, digest with MD5, SHA-256 and SHA-512-256, everything in the clear so that
a test can change any part of it.
"""
import hashlib
import secrets
import socket

ALGS = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
heard = []  # every datagram that came back, for the search for secrets at the end


def digest(alg, text):
    return hashlib.new(ALGS[alg], text.encode()).hexdigest()


def ha1(alg, user, realm, password):
    return digest(alg, f"{user}:{realm}:{password}")


class Challenge:
    """One WWW-Authenticate or Proxy-Authenticate value."""

    def __init__(self, value, proxy):
        scheme, _, rest = value.partition(" ")
        assert scheme == "Digest", value
        self.proxy = proxy
        self.param = {}
        for part in rest.split(","):
            name, _, text = part.strip().partition("=")
            assert name not in self.param, value
            self.param[name] = text.strip('"')
        self.alg = self.param.get("algorithm", "MD5")
        self.nonce = self.param["nonce"]
        self.stale = self.param.get("stale", "false") == "true"


class Answer:
    """A response, or a request that came in, taken apart."""

    def __init__(self, octets):
        self.octets = octets
        head, _, self.body = octets.decode().partition("\r\n\r\n")
        self.line, *lines = head.split("\r\n")
        self.fields = [tuple(x.strip() for x in line.split(":", 1)) for line in lines]
        version, status, self.phrase = self.line.split(" ", 2)
        assert version == "SIP/2.0", self.line
        self.status = int(status)

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        assert len(values) <= 1, (name, values)
        return values[0] if values else None

    @property
    def challenges(self):
        return [Challenge(v, False) for v in self.all("WWW-Authenticate")] + \
               [Challenge(v, True) for v in self.all("Proxy-Authenticate")]

    def challenge(self, alg):
        return next(c for c in self.challenges if c.alg == alg)

    @property
    def id(self):
        return self.get("To").partition(";tag=")[2][:6]


class Client:
    """One socket, one user. Each request is a new transaction of one Call-ID unless told."""
    transport = "UDP"

    def __init__(self, server, user="alice", password="", domain="example.test", source=None):
        self.server, self.user, self.password, self.domain = server, user, password, domain
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self.open(family, source or ("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        host, self.port = self.sock.getsockname()[:2]
        self.host = f"[{host}]" if ":" in host else host
        self.contact = f"<sip:{user}@{self.host}:{self.port}>"
        self.call_id = secrets.token_hex(8)
        self.cseq = 0

    def open(self, family, source):
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind(source)

    def close(self):
        self.sock.close()

    def uri(self, method):
        return f"sip:{self.domain}" if method == "REGISTER" else f"sip:bob@{self.domain}"

    def proof(self, challenge, method, uri, *, nc=1, password=None, user=None, change=None):
        """The credentials for a challenge; change replaces parameters, None leaves one away."""
        alg, realm = challenge.alg, challenge.param["realm"]
        user = user or self.user
        cnonce, count = secrets.token_hex(8), f"{nc:08x}"
        secret = ha1(alg, user, realm, self.password if password is None else password)
        asked = digest(alg, f"{method}:{uri}")
        param = {
            "username": f'"{user}"', "realm": f'"{realm}"', "nonce": f'"{challenge.nonce}"',
            "uri": f'"{uri}"', "algorithm": alg, "qop": "auth", "nc": count,
            "cnonce": f'"{cnonce}"',
            "response": '"%s"' % digest(
                alg, f"{secret}:{challenge.nonce}:{count}:{cnonce}:auth:{asked}"),
        }
        param.update(change or {})
        name = "Proxy-Authorization" if challenge.proxy else "Authorization"
        return f"{name}: Digest " + ", ".join(f"{k}={v}" for k, v in param.items() if v)

    def request(self, method="REGISTER", *, uri=None, to=None, contact="own", expires=None,
                fields=(), cseq=None, call_id=None, branch=None, ua="blackbox/1"):
        self.cseq = cseq or self.cseq + 1
        uri = uri or self.uri(method)
        aor = f"sip:{self.user}@{self.domain}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.host}:{self.port};rport;branch="
            + (branch or "z9hG4bK" + secrets.token_hex(8)),
            "Max-Forwards: 70",
            f"From: <{aor}>;tag={self.call_id[:6]}",
            f"To: <{to or (aor if method == 'REGISTER' else uri)}>",
            f"Call-ID: {call_id or self.call_id}",
            f"CSeq: {self.cseq} {method}",
        ]
        if method == "REGISTER" and contact:
            lines.append("Contact: " + (self.contact if contact == "own" else contact))
        if expires is not None:
            lines.append(f"Expires: {expires}")
        if ua:
            lines.append(f"User-Agent: {ua}")
        lines += [*fields, "Content-Length: 0", "", ""]
        return "\r\n".join(lines).encode()

    def send(self, octets):
        self.sock.sendto(octets, self.server)

    def hear(self, timeout=2.0):
        """The next answer, or None when nothing comes."""
        self.sock.settimeout(timeout)
        try:
            octets, source = self.sock.recvfrom(65536)
        except TimeoutError:
            return None
        assert source[:2] == self.server[:2], f"an answer from {source}"
        return self.check(octets)

    def check(self, octets):
        heard.append(octets)
        bare = octets.replace(b"\r\n", b"")
        assert not any(x < 32 or x == 127 for x in bare), f"a control octet in {octets}"
        return Answer(octets)

    def ask(self, method="REGISTER", **more):
        self.send(self.request(method, **more))
        answer = self.hear()
        assert answer, f"no answer to {method}"
        return answer

    def prove(self, challenge, method="REGISTER", *, nc=1, password=None, user=None, change=None,
              fields=(), **more):
        """The same request with credentials for a challenge."""
        uri = more.get("uri") or self.uri(method)
        proof = self.proof(challenge, method, uri, nc=nc, password=password, user=user,
                           change=change)
        return self.ask(method, fields=[*fields, proof], **more)

    def login(self, method="REGISTER", alg="SHA-256", **more):
        """Ask, be challenged, prove."""
        plain = {k: v for k, v in more.items() if k not in ("password", "nc", "change")}
        return self.prove(self.ask(method, **plain).challenge(alg), method, **more)


class Tcp(Client):
    """The same over one connection. What came is kept until it is a whole message."""
    transport = "TCP"

    def open(self, family, source):
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.bind(source)
        self.sock.settimeout(5)
        self.sock.connect(self.server)
        self.came = b""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.contact = self.contact.replace(">", ";transport=tcp>")

    def send(self, octets):
        self.sock.settimeout(5)
        self.sock.sendall(octets)

    def more(self, timeout):
        """Some octets; b"" when the door has closed, None when nothing comes."""
        self.sock.settimeout(timeout)
        try:
            return self.sock.recv(65536)
        except TimeoutError:
            return None
        except ConnectionResetError:
            return b""

    def hear(self, timeout=2.0):
        """The next answer, or None when none comes."""
        while True:
            head, end, rest = self.came.partition(b"\r\n\r\n")
            length = [int(x[15:]) for x in head.split(b"\r\n") if x[:15] == b"Content-Length:"]
            if end and length and len(rest) >= length[0]:
                self.came = rest[length[0]:]
                return self.check(head + end + rest[:length[0]])
            octets = self.more(timeout)
            if not octets:
                return None
            self.came += octets

    def is_closed(self, timeout=2.0):
        """Does the door close, without another octet?"""
        return self.came == b"" and self.more(timeout) == b""
