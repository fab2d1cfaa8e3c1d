# SPDX-License-Identifier: Apache-2.0
"""A system call that a process is made to make: what code that runs in it could do (x86-64)."""
import ctypes
import os
import platform
import time

ATTACH, DETACH, GETREGS, SETREGS, PEEKTEXT = 16, 17, 12, 13, 1
SYSCALL = 0x050F  # the instruction, as the low half of a word
NAMES = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss "
         "fs_base gs_base ds es fs gs").split()


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in NAMES]


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def is_possible():
    return platform.machine() == "x86_64" and os.geteuid() == 0


def ptrace(what, pid, address=None, data=None):
    ctypes.set_errno(0)
    got = libc.ptrace(what, pid, address, data)
    if ctypes.get_errno():
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got


def attach(pid):
    ptrace(ATTACH, pid)
    os.waitpid(pid, 0x40000000)  # __WALL: it has stopped


def inject(pid, number, *args):
    """Let it make this call in place of the one that it waits in."""
    end = time.monotonic() + 5
    while True:
        attach(pid)
        registers = Registers()
        ptrace(GETREGS, pid, None, ctypes.byref(registers))
        at = registers.rip - 2
        if ptrace(PEEKTEXT, pid, at) & 0xFFFF == SYSCALL:
            break
        ptrace(DETACH, pid)  # it computes: another moment
        assert time.monotonic() < end, "it never waits"
        time.sleep(0.01)
    registers.rip, registers.rax, registers.orig_rax = at, number, (1 << 64) - 1
    for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), [*args, 0, 0, 0, 0, 0, 0]):
        setattr(registers, name, value & ((1 << 64) - 1))
    ptrace(SETREGS, pid, None, ctypes.byref(registers))
    ptrace(DETACH, pid)
