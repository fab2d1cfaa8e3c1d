/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short messages between roles over a socket pair that keeps their borders (SOCK_SEQPACKET).
 * Nothing here waits: a full socket refuses the message.
 */
#ifndef SIPWARD_IPC_H
#define SIPWARD_IPC_H

#include <sipward/slice.h>

enum sw_ipc_type {
	SW_IPC_NONE = 0,
#define SW_IPC(symbol, number) SW_IPC_##symbol = (number),
#include "share/ipc.def"
#undef SW_IPC
};

/* Codes of RELOADED: it serves, the old one goes on as it was, what was asked for is refused. */
enum sw_ipc_code {
	SW_IPC_DONE = 0,
	SW_IPC_FAILED = 1,
	SW_IPC_REFUSED = 4,
};

/* Codes of STORE_ASK. */
enum sw_store_ask {
	SW_ASK_PUT = 1, /* apply the lines of the descriptor; {"skip_bad":true,"try":true}, both
			   may be left out; try: say what would become of it, and change nothing */
	SW_ASK_LIST,    /* {"after":"alice","limit":100}, both may be left out */
	SW_ASK_SHOW,    /* {"name":"alice"} */
};

/* Codes of STORE_ANSWER. Only DONE changed anything. */
enum sw_store_answer {
	SW_ANSWER_DONE = 0, /* the report, the list, the user */
	SW_ANSWER_BAD_ROWS, /* the report, with the bad rows */
	SW_ANSWER_NO_USER,  /* {"message":…}: nobody has this name */
	SW_ANSWER_BAD_ASK,  /* {"message":…}: not understood */
	SW_ANSWER_FAILED,   /* {"message":…}: the database, or memory */
};

/* Text of PREPARE. */
struct sw_ipc_prepare {
	int64_t since_us;     /* wall: when the parent has made it */
	uint32_t sockets;     /* SOCKETs that follow */
	uint32_t connections; /* of all workers, that may be open at once */
	uint32_t is_demo;     /* 0 or 1 */
};

#define SW_IPC_TEXT 32000

struct sw_ipc {
	uint32_t type; /* enum sw_ipc_type; checked by receive */
	uint32_t code;
	uint32_t n;
	char text[SW_IPC_TEXT];
};

/* Two ends, non-blocking, close-on-exec. */
SW_MUST bool sw_ipc_pair(int fd[2]);

/* Text that is too long is cut. false: the other end is full or gone. */
SW_MUST bool sw_ipc_send(int fd, enum sw_ipc_type type, uint32_t code, struct sw_slice text);

/* Likewise, and the other end gets a copy of the descriptor `passed`; below 0: none goes along. */
SW_MUST bool sw_ipc_send_fd(int fd, enum sw_ipc_type type, uint32_t code, struct sw_slice text,
			    int passed);

enum sw_ipc_got {
	SW_IPC_NOTHING, /* none waits */
	SW_IPC_GOT,
	SW_IPC_GONE, /* the other end is closed */
};

/* A message of an unknown type or a wrong length is dropped and counts as NOTHING. */
SW_MUST enum sw_ipc_got sw_ipc_receive(int fd, struct sw_ipc *out);

/*
 * Likewise; *passed is the descriptor that came along, close-on-exec and the caller's from here
 * on, or -1. sw_ipc_receive takes none: what comes along then is closed by the kernel.
 */
SW_MUST enum sw_ipc_got sw_ipc_receive_fd(int fd, struct sw_ipc *out, int *passed);

#endif
