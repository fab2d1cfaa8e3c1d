# SPDX-License-Identifier: Apache-2.0
"""Phones that register again and again while a test does harm, and note what they were promised.

Each registration carries a number in its Contact, so that a query tells which one the door has.
What was answered with 200 must be there afterwards, or something newer that was sent since.
"""
import re
import secrets
import selectors
import socket
import threading
import time

import sipclient

PASSWORD = "load-Qm3x-everybody"
REALM = "example.test"
T1 = 0.3  # seconds until a request is sent again, then twice as long each time
TRIES = 9
STATUS = re.compile(rb"SIP/2\.0 (\d{3}) ")
CALL = re.compile(rb"\r\nCall-ID: ([^\r]+)\r\n")
CSEQ = re.compile(rb"\r\nCSeq: (\d+) ")
NONCE = re.compile(rb'algorithm=SHA-256,.*?nonce="([^"]+)"|nonce="([^"]+)"[^\r]*algorithm=SHA-256[,\r]')
LEFT = re.compile(rb";expires=(\d+)")
NUMBER = re.compile(rb";n=(\d+)")


def names(n):
    return [f"u{i}" for i in range(n)]


class Phone:
    def __init__(self, name, sock):
        self.name, self.sock = name, sock
        self.ha1 = sipclient.ha1("SHA-256", name, REALM, PASSWORD)
        self.call_id = secrets.token_hex(8)
        self.port = sock.getsockname()[1]
        self.cseq = self.nc = self.number = 0
        self.nonce = None
        self.sent = None       # what is on its way
        self.acked = 0         # number of the last one that was answered with 200
        self.at_least = 0      # what a query must find: acked, unless others came in between
        self.asks = False      # only a query
        self.leaves = False    # it unregisters
        self.tries = 0
        self.due = self.since = 0.0

    def write(self):
        self.cseq += 1
        uri = f"sip:{REALM}"
        lines = [f"REGISTER {uri} SIP/2.0",
                 f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{secrets.token_hex(8)}",
                 "Max-Forwards: 70",
                 f"From: <sip:{self.name}@{REALM}>;tag=1", f"To: <sip:{self.name}@{REALM}>",
                 f"Call-ID: {self.call_id}", f"CSeq: {self.cseq} REGISTER"]
        if not self.asks:
            lines += [f"Contact: <sip:{self.name}@127.0.0.1:{self.port};n={self.number}>",
                      f"Expires: {0 if self.leaves else 3600}"]
        if self.nonce:
            self.nc += 1
            count, cnonce = f"{self.nc:08x}", secrets.token_hex(4)
            asked = sipclient.digest("SHA-256", f"REGISTER:{uri}")
            proof = sipclient.digest(
                "SHA-256", f"{self.ha1}:{self.nonce}:{count}:{cnonce}:auth:{asked}")
            lines.append(
                f'Authorization: Digest username="{self.name}", realm="{REALM}", '
                f'nonce="{self.nonce}", uri="{uri}", algorithm=SHA-256, qop=auth, nc={count}, '
                f'cnonce="{cnonce}", response="{proof}"')
        return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


class Load(threading.Thread):
    """with Load(door, 200) as load: …; afterwards check(load)."""

    def __init__(self, door, n=200, at_once=16, pause=0.0, per_socket=4):
        super().__init__(daemon=True)
        self.server = (door.host, door.port)
        self.selector = selectors.DefaultSelector()
        self.at_once, self.pause = at_once, pause
        self.phones = []
        for i, name in enumerate(names(n)):
            if i % per_socket == 0:
                sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sock.bind(("127.0.0.1", 0))
                sock.setblocking(False)
                self.selector.register(sock, selectors.EVENT_READ)
            self.phones.append(Phone(name, sock))
        self.by_call = {p.call_id.encode(): p for p in self.phones}
        self.waiting = []      # phones whose turn comes
        self.busy = set()
        self.registered = 0    # 200 to a REGISTER with a Contact
        self.by_status = {}
        self.wrong = []        # answers that must not come
        self.silent = []       # requests that nobody ever answered
        self.slowest = 0.0     # seconds from a request to its answer
        self.answered = []     # (when, seconds, phone)
        self.keep = None       # a list: proven requests, and who sent them, are kept
        self.found = {}        # numbers that a query found, of each phone
        self.left = {}         # and their seconds
        self.is_over = False

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *why):
        self.stop()

    def stop(self):
        self.is_over = True
        self.join()

    def begin(self, phone, again=False):
        if not again and not phone.asks:
            phone.number += 1
        phone.sent = phone.write()
        phone.tries = 0
        phone.since = time.monotonic()
        self.busy.add(phone)
        self.send(phone)

    def send(self, phone):
        phone.due = time.monotonic() + T1 * 2 ** min(phone.tries, 3)
        phone.tries += 1
        if self.keep is not None and phone.nonce:
            self.keep.append((phone.sent, phone))
        try:
            phone.sock.sendto(phone.sent, self.server)
        except OSError:
            pass  # the door is not there for the moment: it is sent again

    def rest(self, phone):
        phone.sent = None
        self.busy.discard(phone)
        self.waiting.append(phone)

    def take(self, octets):
        call, cseq = CALL.search(octets), CSEQ.search(octets)
        phone = self.by_call.get(call and call[1])
        if not phone or not phone.sent or int(cseq[1]) != phone.cseq:
            return
        status = int(STATUS.match(octets)[1])
        self.by_status[status] = self.by_status.get(status, 0) + 1
        now = time.monotonic()
        self.answered.append((now, now - phone.since, phone))
        self.slowest = max(self.slowest, now - phone.since)
        if status == 401:
            nonce = NONCE.search(octets)
            phone.nonce, phone.nc = (nonce[1] or nonce[2]).decode(), 0
            self.begin(phone, again=True)
        elif status == 200 and phone.asks:
            self.found[phone.name] = [int(x) for x in NUMBER.findall(octets)]
            self.left[phone.name] = [int(x) for x in LEFT.findall(octets)]
            self.rest(phone)
        elif status == 200:
            self.registered += 1
            phone.acked = phone.at_least = phone.number
            self.rest(phone)
        elif status == 503 and self.is_over:
            self.rest(phone)
        elif status == 503:
            phone.due = now + 0.1
            phone.tries = 0
            phone.sent = phone.write()  # as a phone does after Retry-After, but sooner
        else:
            self.wrong.append(octets)
            self.rest(phone)

    def turn(self):
        for key, _ in self.selector.select(0.02):
            for _ in range(16):
                try:
                    self.take(key.fileobj.recv(65536))
                except OSError:
                    break
        now = time.monotonic()
        for phone in [p for p in self.busy if p.due <= now]:
            if phone.tries >= TRIES:
                self.silent.append(phone.name)
                self.rest(phone)
            else:
                self.send(phone)

    def run(self):
        self.waiting = list(self.phones)
        while not self.is_over or self.busy:
            while not self.is_over and self.waiting and len(self.busy) < self.at_once:
                self.begin(self.waiting.pop(0))
            self.turn()
            if self.pause:
                time.sleep(self.pause)

    def ask_all(self):
        """Each phone asks what the door has of it; by the same two messages it shows it serves."""
        self.found = {}
        for phone in self.phones:
            phone.asks, phone.nonce = True, None
        todo = list(self.phones)
        while todo or self.busy:
            while todo and len(self.busy) < self.at_once:
                self.begin(todo.pop())
            self.turn()
        for phone in self.phones:
            phone.asks = False

    def check(self):
        """Nothing that was promised is lost, and nobody was told anything wrong."""
        assert self.wrong == [], self.wrong[:3]
        assert self.silent == [], self.silent
        self.ask_all()
        assert self.silent == [] and self.wrong == [], (self.silent, self.wrong[:3])
        lost = [(p.name, p.acked, self.found.get(p.name)) for p in self.phones
                if p.acked and not (len(self.found.get(p.name, [])) == 1 and
                                    p.at_least <= self.found[p.name][0] <= p.number)]
        assert lost == [], f"{len(lost)} of {len(self.phones)} are lost: {lost[:5]}"

    def close(self):
        for phone in self.phones:
            phone.sock.close()
        self.selector.close()
