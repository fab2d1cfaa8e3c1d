/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sock.h"

#include <arpa/inet.h>
#include <errno.h>

socklen_t sw_sock_name(const struct sw_addr *a, union sw_sock_name *out)
{
	memset(out, 0, sizeof(*out));
	if (a->family == SW_FAMILY_4) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(a->port);
		memcpy(&out->v4.sin_addr, a->ip, 4);
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(a->port);
	out->v6.sin6_scope_id = a->scope;
	memcpy(&out->v6.sin6_addr, a->ip, 16);
	return sizeof(out->v6);
}

struct sw_addr sw_sock_addr(const union sw_sock_name *name)
{
	struct sw_addr a = { 0 };

	if (name->any.sa_family == AF_INET) {
		a.family = SW_FAMILY_4;
		a.port = ntohs(name->v4.sin_port);
		memcpy(a.ip, &name->v4.sin_addr, 4);
	} else if (name->any.sa_family == AF_INET6) {
		a.family = SW_FAMILY_6;
		a.port = ntohs(name->v6.sin6_port);
		a.scope = name->v6.sin6_scope_id;
		memcpy(a.ip, &name->v6.sin6_addr, 16);
	}
	return a;
}

bool sw_sock_local(int fd, struct sw_addr *out)
{
	union sw_sock_name name;
	socklen_t length = sizeof(name);

	if (getsockname(fd, &name.any, &length) != 0)
		return false;
	*out = sw_sock_addr(&name);
	return out->family != SW_FAMILY_NONE;
}

bool sw_sock_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

enum sw_sock_opened sw_sock_failed(int error, const char **why)
{
	*why = strerrordesc_np(error);
	if (!*why)
		*why = "unknown error";
	switch (error) {
	case EADDRINUSE:
		return SW_SOCK_TAKEN;
	case EADDRNOTAVAIL:
		return SW_SOCK_NO_ADDRESS;
	case EACCES:
	case EPERM:
		return SW_SOCK_DENIED;
	default:
		return SW_SOCK_FAILED;
	}
}
