# SPDX-License-Identifier: Apache-2.0
"""A network between phones and door that delays, loses, doubles and reorders datagrams."""
import heapq
import random
import select
import socket
import threading
import time

from conftest import until
from harm import PHONES, SOAK, import_users
from load import Load

PEOPLE = 60


class Relay(threading.Thread):
    """Each phone has a socket of its own towards the door, as behind a NAT."""

    def __init__(self, door, dice, loss=0.15, twice=0.2, delay_s=0.25):
        super().__init__(daemon=True)
        self.server, self.dice = (door.host, door.port), dice
        self.loss, self.twice, self.delay_s = loss, twice, delay_s
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.host, self.port = self.front.getsockname()
        self.back = {}    # phone: our socket towards the door
        self.phone = {}   # that socket: the phone
        self.waiting = []  # (when, number, socket, octets, to)
        self.number = self.lost = self.doubled = 0
        self.is_over = False

    def pass_on(self, sock, octets, to):
        if self.dice.random() < self.loss:
            self.lost += 1
            return
        copies = 1 + (self.dice.random() < self.twice)
        self.doubled += copies - 1
        for _ in range(copies):
            self.number += 1
            when = time.monotonic() + self.dice.random() ** 3 * self.delay_s
            heapq.heappush(self.waiting, (when, self.number, sock, octets, to))

    def take(self, sock):
        octets, source = sock.recvfrom(65536)
        if sock is not self.front:
            self.pass_on(self.front, octets, self.phone[sock])
            return
        if source not in self.back:
            self.back[source] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.back[source].bind(("127.0.0.1", 0))
            self.phone[self.back[source]] = source
        self.pass_on(self.back[source], octets, self.server)

    def run(self):
        while not self.is_over:
            ready, _, _ = select.select([self.front, *self.phone], [], [], 0.002)
            for sock in ready:
                self.take(sock)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, _, sock, octets, to = heapq.heappop(self.waiting)
                sock.sendto(octets, to)


def test_phones_register_through_a_bad_network_and_nothing_is_applied_twice(make_door):
    door = make_door(PHONES, keeps=True, top="workers 2\n")
    import_users(door, PEOPLE)
    relay = Relay(door, random.Random())
    relay.start()
    with Load(relay, PEOPLE, at_once=PEOPLE) as load:
        until(lambda: load.registered > 5 * PEOPLE * SOAK, timeout=30 * SOAK)
    load.check()
    assert relay.lost > PEOPLE and relay.doubled > PEOPLE
    assert door.status()["again"] > 0
    # Each answer that a phone took was of one request: what was allowed is what they sent, once.
    sent = sum(p.cseq for p in load.phones)
    assert PEOPLE * 5 < door.status()["verdicts"]["allowed"] <= sent
    relay.is_over = True
    relay.join()
