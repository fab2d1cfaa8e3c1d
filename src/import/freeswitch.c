/* SPDX-License-Identifier: Apache-2.0 */
#include "import/freeswitch.h"

#include <stdalign.h>
#include <stdlib.h>

#include <expat.h>

#include "base/buf.h"
#include "base/secret.h"

#define VALUE_MAX 1024
#define DEPTH_MAX 64
#define PIECE     32768
#define TOKEN_MAX (1u << 20)

const char *const sw_freeswitch_words[SW_ROW_PARTS] = {
	[SW_ROW_NAME] = "id",
	[SW_ROW_AOR] = "number-alias",
	[SW_ROW_NUMBER] = "effective_caller_id_number",
	[SW_ROW_HA1 + SW_ALG_MD5] = "a1-hash",
	[SW_ROW_DOMAIN] = "domain",
};

/* A value of the user that is open, copied: expat's own goes with its element. */
struct value {
	char room[VALUE_MAX];
	struct sw_slice text;
};

/* The files of this folder stand inside this domain. */
struct sw_freeswitch_part {
	struct sw_freeswitch_part *next;
	struct sw_slice path, domain;
	char text[];
};

struct file {
	struct sw_rows *to;
	struct sw_freeswitch_folder *folder; /* NULL: it stands alone */
	struct sw_slice inside;              /* domain of the file that includes this one */
	const char *path;
	XML_Parser parser;
	unsigned depth, user_depth; /* user_depth 0: none is open */
	unsigned domain_depth;
	uint64_t line; /* of the user */
	struct value domain, id, alias, password, a1, number;
	const char *refused;
};

static void refuse(struct file *f, const char *why)
{
	if (f->refused)
		return;
	f->refused = why;
	(void)XML_StopParser(f->parser, XML_FALSE);
}

static void set(struct file *f, struct value *v, const char *text)
{
	struct sw_slice s = sw_slice_of(text);

	if (s.n > sizeof(v->room)) {
		refuse(f, "a value is longer than 1024 octets");
		return;
	}
	memcpy(v->room, s.p, s.n);
	v->text = (struct sw_slice){ v->room, s.n };
}

static void wipe(struct value *v)
{
	sw_secret_wipe(v->room, sizeof(v->room));
	v->text = (struct sw_slice){ 0 };
}

static const char *attribute(const char **list, const char *name)
{
	for (; list[0]; list += 2)
		if (strcmp(list[0], name) == 0)
			return list[1];
	return NULL;
}

static bool is_reference(struct sw_slice s)
{
	for (; s.n > 0; s = sw_slice_from(s, 1))
		if (sw_slice_has_prefix(s, SW_LIT("$${")))
			return true;
	return false;
}

/* "a/b" of "a/b/c.xml"; nothing of a bare name. */
static struct sw_slice parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (struct sw_slice){ path, slash ? (size_t)(slash - path) : 0 };
}

/* What is included is read anyway; only whose domain it is must be known. */
static void note_part(struct file *f, const char *data)
{
	struct sw_slice here = parent_of(f->path), d = f->domain.text, there;
	struct sw_freeswitch_part *p;
	struct sw_buf b;

	if (sw_slice_has_prefix(sw_slice_of(data), SW_LIT("./")))
		data += 2;
	there = parent_of(data);
	p = malloc(sizeof(*p) + here.n + there.n + d.n + 1);
	if (!p) {
		refuse(f, "no memory");
		return;
	}
	b = sw_buf_over(p->text, here.n + there.n + d.n + 1);
	if (data[0] != '/')
		sw_buf_put(&b, here);
	if (data[0] != '/' && there.n > 0)
		sw_buf_char(&b, '/');
	sw_buf_put(&b, there);
	p->path = sw_buf_slice(&b);
	sw_buf_put(&b, d);
	p->domain = sw_slice_from(sw_buf_slice(&b), p->path.n);
	p->next = f->folder->first;
	f->folder->first = p;
}

static void take_include(struct file *f, const char **list)
{
	const char *cmd = attribute(list, "cmd"), *data = attribute(list, "data");

	if (!cmd || strcmp(cmd, "include") != 0)
		return;
	if (!f->folder)
		refuse(f, "it includes other files, which are not read: import the whole folder");
	else if (data && f->domain_depth > 0)
		note_part(f, data);
}

static struct sw_slice find_inside(const struct file *f)
{
	struct sw_slice here = parent_of(f->path);

	for (const struct sw_freeswitch_part *p = f->folder ? f->folder->first : NULL; p;
	     p = p->next)
		if (sw_slice_eq(p->path, here))
			return p->domain;
	return (struct sw_slice){ 0 };
}

void sw_freeswitch_forget(struct sw_freeswitch_folder *folder)
{
	while (folder->first) {
		struct sw_freeswitch_part *p = folder->first;

		folder->first = p->next;
		free(p);
	}
}

static void begin_user(struct file *f, const char **list)
{
	const char *type = attribute(list, "type");
	const char *id = attribute(list, "id"), *alias = attribute(list, "number-alias");

	if (type && strcmp(type, "pointer") == 0) /* in a group: it stands elsewhere */
		return;
	f->user_depth = f->depth;
	f->line = XML_GetCurrentLineNumber(f->parser);
	if (id)
		set(f, &f->id, id);
	if (alias)
		set(f, &f->alias, alias);
}

/* <param name="password" value="…"/> and <variable …/> of the user alone, not of its gateways. */
static void take_pair(struct file *f, const char *element, const char **list)
{
	static const char param[] = "param", variable[] = "variable";
	const char *name = attribute(list, "name"), *value = attribute(list, "value");

	if (!name || !value || f->depth != f->user_depth + 2)
		return;
	if (strcmp(element, param) == 0 && strcmp(name, "password") == 0)
		set(f, &f->password, value);
	else if (strcmp(element, param) == 0 && strcmp(name, "a1-hash") == 0)
		set(f, &f->a1, value);
	else if (strcmp(element, variable) == 0 && strcmp(name, "effective_caller_id_number") == 0)
		set(f, &f->number, value);
}

static void begin(void *arg, const char *element, const char **list)
{
	struct file *f = arg;
	const char *name;

	if (++f->depth > DEPTH_MAX) {
		refuse(f, "elements stand deeper in each other than 64");
		return;
	}
	if (f->user_depth > 0) {
		take_pair(f, element, list);
		return;
	}
	if (strcmp(element, "X-PRE-PROCESS") == 0) {
		take_include(f, list);
	} else if (strcmp(element, "user") == 0) {
		begin_user(f, list);
	} else if (strcmp(element, "domain") == 0) {
		name = attribute(list, "name");
		f->domain_depth = f->depth;
		set(f, &f->domain, name ? name : "");
	}
}

static bool has_reference(struct file *f)
{
	const struct {
		const struct value *v;
		enum sw_row_part part;
	} all[] = {
		{ &f->id, SW_ROW_NAME },
		{ &f->alias, SW_ROW_AOR },
		{ &f->password, SW_ROW_PASSWORD },
		{ &f->a1, (enum sw_row_part)(SW_ROW_HA1 + SW_ALG_MD5) },
		{ &f->number, SW_ROW_NUMBER },
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(all); i++) {
		if (!is_reference(all[i].v->text))
			continue;
		sw_rows_bad(f->to, f->line, all[i].part,
			    "only FreeSWITCH knows what stands for this $${name}: write the value");
		return true;
	}
	return false;
}

/* The hash is of the domain that the file names, if it names one. */
static bool domain_is_ours(struct file *f)
{
	struct sw_slice d = f->domain_depth > 0 ? f->domain.text : f->inside;

	if (d.n == 0 || is_reference(d) || f->to->realm.n == 0 ||
	    sw_slice_eq_nocase(d, f->to->realm))
		return true;
	sw_rows_bad(f->to, f->line, SW_ROW_DOMAIN,
		    "the a1-hash is of another domain than ours (%.*s), so it is good for nothing "
		    "here: set the password anew",
		    (int)f->to->realm.n, f->to->realm.p);
	return false;
}

/* The address of its own name stays beside the alias. */
static struct sw_slice both_aors(const struct file *f, struct sw_buf *b)
{
	if (f->alias.text.n == 0 || sw_slice_eq(f->alias.text, f->id.text))
		return (struct sw_slice){ 0 };
	sw_buf_put(b, f->id.text);
	sw_buf_char(b, ';');
	sw_buf_put(b, f->alias.text);
	return sw_buf_slice(b);
}

static void take_user(struct file *f)
{
	char room[2 * VALUE_MAX + 1];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	struct sw_row row = {
		.line = f->line,
		.name = f->id.text,
		.aors = both_aors(f, &b),
		.has_password = f->password.text.n > 0,
		.password = f->password.text,
	};

	if (has_reference(f))
		return;
	/* what it shows as its number is its own extension more often than not */
	if (f->number.text.n > 0 && !sw_slice_eq(f->number.text, f->id.text))
		row.numbers = f->number.text;
	if (!row.has_password) {
		row.ha1[SW_ALG_MD5] = f->a1.text;
		if (row.ha1[SW_ALG_MD5].n > 0 && !domain_is_ours(f))
			return;
	}
	sw_rows_take(f->to, &row);
}

static void forget_user(struct file *f)
{
	f->user_depth = 0;
	wipe(&f->id);
	wipe(&f->alias);
	wipe(&f->password);
	wipe(&f->a1);
	wipe(&f->number);
}

static void end(void *arg, const char *element)
{
	struct file *f = arg;

	(void)element;
	if (f->refused)
		return;
	if (f->depth == f->user_depth) {
		take_user(f);
		forget_user(f);
	} else if (f->depth == f->domain_depth) {
		f->domain_depth = 0;
		wipe(&f->domain);
	}
	f->depth--;
}

static void doctype(void *arg, const char *name, const char *system, const char *public,
		    int has_internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_internal;
	refuse(arg, "a document type is declared: a directory needs none, take it away");
}

static bool say(struct file *f)
{
	uint64_t line = XML_GetCurrentLineNumber(f->parser);

	sw_rows_bad(f->to, line, SW_ROW_WHOLE, "%s%s", f->refused ? "" : "this is no XML: ",
		    f->refused ? f->refused : XML_ErrorString(XML_GetErrorCode(f->parser)));
	return false;
}

/* Expat starts a tag or comment anew with each piece: a long one would cost its square. */
static bool is_token_too_long(const struct file *f, uint64_t fed)
{
	XML_Index at = XML_GetCurrentByteIndex(f->parser);

	return fed - (at > 0 ? (uint64_t)at : 0) > TOKEN_MAX;
}

static bool parse(struct file *f, struct sw_feed *feed)
{
	uint64_t fed = 0;

	sw_feed_drop_mark(feed);
	for (;;) {
		struct sw_slice s = sw_feed_look(feed, PIECE);
		bool last = s.n <= PIECE && feed->is_end;
		size_t n = s.n < PIECE ? s.n : PIECE;

		if (feed->error != 0)
			return false;
		if (XML_Parse(f->parser, s.p, (int)n, last) != XML_STATUS_OK)
			return say(f);
		sw_feed_take(feed, n);
		fed += n;
		if (last)
			return true;
		if (is_token_too_long(f, fed)) {
			refuse(f, "a tag or a comment is longer than 1 MiB");
			return say(f);
		}
	}
}

/* Expat's memory has passwords in it: it is wiped when it goes, so its length stands before it. */
#define HEAD alignof(max_align_t)

static void *take_memory(size_t n)
{
	char *p = n < SIZE_MAX - HEAD ? malloc(n + HEAD) : NULL;

	if (!p)
		return NULL;
	memcpy(p, &n, sizeof(n));
	return p + HEAD;
}

static void give_memory(void *at)
{
	char *p = at;
	size_t n;

	if (!p)
		return;
	p -= HEAD;
	memcpy(&n, p, sizeof(n));
	sw_secret_wipe(p, n + HEAD);
	free(p);
}

static void *change_memory(void *at, size_t n)
{
	void *p = take_memory(n);
	size_t had;

	if (!at || !p)
		return p;
	memcpy(&had, (char *)at - HEAD, sizeof(had));
	memcpy(p, at, had < n ? had : n);
	give_memory(at);
	return p;
}

static const XML_Memory_Handling_Suite memory = { take_memory, change_memory, give_memory };

bool sw_freeswitch_file(struct sw_rows *to, struct sw_feed *feed,
			struct sw_freeswitch_folder *folder, const char *path)
{
	struct file f = { .to = to,
			  .folder = folder,
			  .path = path,
			  .parser = XML_ParserCreate_MM("UTF-8", &memory, NULL) };
	bool ok;

	if (!f.parser) {
		sw_rows_bad(to, 0, SW_ROW_WHOLE, "no memory");
		return false;
	}
	f.inside = find_inside(&f);
	XML_SetUserData(f.parser, &f);
	XML_SetElementHandler(f.parser, begin, end);
	XML_SetStartDoctypeDeclHandler(f.parser, doctype);
	ok = parse(&f, feed);
	XML_ParserFree(f.parser);
	forget_user(&f);
	return ok;
}
