/* SPDX-License-Identifier: Apache-2.0 */
#include "core/host.h"

#include "base/addr.h"
#include "base/hex.h"
#include "core/lex.h"

/* Three colons before an embedded IPv4 address come from a slip in RFC 3261's grammar. */
static bool parse_ip6(struct sw_slice text, struct sw_addr *out)
{
	char two[64];

	if (sw_addr_parse(text, out))
		return memchr(text.p, ':', text.n) != NULL;
	if (text.n > sizeof(two) || !memchr(text.p, '.', text.n))
		return false;
	for (size_t i = 0; i + 3 <= text.n; i++) {
		if (memcmp(text.p + i, ":::", 3) != 0)
			continue;
		memcpy(two, text.p, i);
		memcpy(two + i, text.p + i + 1, text.n - i - 1);
		return sw_addr_parse((struct sw_slice){ two, text.n - 1 }, out);
	}
	return false;
}

/* The first octet that cannot stand in an IPv6 address, or the bracket that comes too early. */
static const char *bad_ip6(struct sw_slice text)
{
	const char *p = text.p;

	while (p < text.p + text.n && (sw_hex_digit(*p) >= 0 || *p == ':' || *p == '.'))
		p++;
	return p;
}

static bool read_ip6(struct lex *lx, struct sw_host *out)
{
	const char *close = memchr(lx->p, ']', lex_left(lx));

	if (!close)
		return sw_fault_at(&lx->stop, bad_ip6(lex_rest(lx)), SW_RULE_HOST_IP6);
	out->kind = SW_HOST_IP6;
	out->text = (struct sw_slice){ lx->p, (size_t)(close - lx->p) };
	lx->p = close + 1;
	return parse_ip6(out->text, &out->ip) ||
	       sw_fault_at(&lx->stop, bad_ip6(out->text), SW_RULE_HOST_IP6);
}

/* Labels of letters, digits and inner hyphens; a dot may stand at the end (RFC 3261 25.1). */
static bool read_labels(struct lex *lx, const char **last)
{
	struct sw_slice label;

	do {
		bool any = lex_run(lx, CH_LABEL, &label);

		*last = label.p;
		if (!any || *label.p == '-' || lx->p[-1] == '-')
			return sw_fault_at(&lx->stop, any && *label.p == '-' ? label.p : lx->p,
					   SW_RULE_HOST_NAME);
		if (!lex_char(lx, '.'))
			return true;
	} while (lex_at_class(lx, CH_LABEL) || lex_at(lx, '.'));
	return true;
}

/* The first octet at which a text stops being an IPv4 address. */
static const char *bad_ip4(struct sw_slice text)
{
	struct lex lx = lex_of(text);
	uint64_t v;

	for (unsigned n = 0; n < 4; n++) {
		if (!lex_number(&lx, 255, &v) || (n < 3 && !lex_char(&lx, '.')))
			break;
	}
	return lx.p;
}

/* An IPv6 address to which somebody forgot the brackets: the likely cause is the better rule. */
static bool is_bare_ip6(struct sw_slice text)
{
	struct sw_addr ip;

	text.n = (size_t)(bad_ip6(text) - text.p);
	return parse_ip6(text, &ip);
}

/* hostname or IPv4address: what ends in a label that begins with a digit must be an address. */
static bool read_name(struct lex *lx, struct sw_host *out)
{
	const char *mark = lx->p, *last;

	if (!read_labels(lx, &last))
		return false;
	out->text = lex_since(lx, mark);
	out->kind = SW_HOST_NAME;
	if (*last < '0' || *last > '9')
		return true;
	out->kind = SW_HOST_IP4;
	if (sw_addr_parse(out->text, &out->ip))
		return true;
	if (lex_at(lx, ':') && is_bare_ip6((struct sw_slice){ mark, (size_t)(lx->end - mark) }))
		return sw_fault_at(&lx->stop, mark, SW_RULE_HOST_IP6);
	return sw_fault_at(&lx->stop, bad_ip4(out->text), SW_RULE_HOST_IP4);
}

/* An IPv4 address that no name goes on from. Takes nothing else. */
static bool read_ip4(struct lex *lx, struct sw_host *out)
{
	uint8_t ip[4];
	struct lex at = { .p = sw_addr_read_ip4(lx->p, lx->end, ip), .end = lx->end };

	if (!at.p || lex_at_class(&at, CH_LABEL) || lex_at(&at, '.'))
		return false;
	out->kind = SW_HOST_IP4;
	out->text = lex_since(&at, lx->p);
	out->ip.family = SW_FAMILY_4;
	memcpy(out->ip.ip, ip, sizeof(ip));
	lx->p = at.p;
	return true;
}

bool sw_host_read(struct lex *lx, struct sw_host *out)
{
	if (lex_at_class(lx, CH_DIGIT) && read_ip4(lx, out))
		return true;
	return lex_char(lx, '[') ? read_ip6(lx, out) : read_name(lx, out);
}

bool sw_host_read_port(struct lex *lx, uint16_t *port)
{
	uint64_t v;

	if (!lex_number(lx, 65535, &v))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_PORT);
	*port = (uint16_t)v; /* 0 is in the grammar, and written by who has none: none is given */
	return true;
}

bool sw_host_read_with_port(struct lex *lx, struct sw_host *out)
{
	return sw_host_read(lx, out) && (!lex_mark(lx, ':') || sw_host_read_port(lx, &out->port));
}

static bool read_whole(struct lex *lx, struct sw_host *out)
{
	if (!sw_host_read_with_port(lx, out))
		return false;
	return lx->p == lx->end || sw_fault_at(&lx->stop, lx->p, SW_RULE_SENT_BY);
}

enum sw_reason sw_host_parse_why(struct sw_slice text, struct sw_host *out, struct sw_fault *why)
{
	struct lex lx = lex_of(text);
	struct sw_host h = { 0 };

	if (!read_whole(&lx, &h)) {
		*why = lx.stop;
		return SW_R_URI_SYNTAX;
	}
	*out = h;
	return SW_OK;
}

enum sw_reason sw_host_parse(struct sw_slice text, struct sw_host *out)
{
	struct sw_fault why;

	return sw_host_parse_why(text, out, &why);
}
