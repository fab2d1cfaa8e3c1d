/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/read.h"

#include "conf/line.h"

#define OTHERS_WRITE 02

/* A file that is being read; those below wait for it. */
struct frame {
	struct sw_words words;
	const char *path;
	const struct sw_stmt *include; /* that named it; NULL: the configuration itself */
	unsigned depth;
	struct sw_stmt *block; /* that is open */
	unsigned forgiven;     /* closing braces that a missing one leaves over */
	struct frame *below;
};

struct opened {
	struct sw_slice path;
	const struct sw_stmt *include;
};

struct reader {
	const struct sw_conf_source *source;
	struct sw_arena *arena;
	struct sw_diags *diags;
	struct sw_conf_doc *doc;
	struct frame *top;
	struct opened *opened; /* doc->files of them */
	bool is_full;          /* told that there are too many */
	bool no_memory;
};

struct sw_place sw_read_place(const struct sw_stmt *s, size_t word)
{
	return sw_words_place(s->file, &s->word[word], s->word[0].text);
}

struct sw_place sw_read_span(const struct sw_stmt *s, size_t from, size_t to)
{
	struct sw_place at = sw_read_place(s, from);

	while (to > from && s->word[to].line != at.line)
		to--;
	at.width = s->word[to].col + s->word[to].width - at.col;
	return at;
}

struct sw_slice sw_read_path(struct sw_arena *arena, const struct sw_conf_text *file,
			     struct sw_slice path)
{
	size_t dir = file->path.n;
	char *p;

	while (dir > 0 && file->path.p[dir - 1] != '/')
		dir--;
	if (dir == 0 || (path.n > 0 && path.p[0] == '/'))
		return sw_arena_copy(arena, path);
	p = sw_arena_alloc(arena, dir + path.n + 1, 1);
	if (!p)
		return (struct sw_slice){ 0 };
	memcpy(p, file->path.p, dir);
	if (path.n > 0)
		memcpy(p + dir, path.p, path.n);
	return (struct sw_slice){ p, dir + path.n };
}

static void not_closed(struct reader *r, const struct sw_stmt *block, const struct sw_stmt *before)
{
	struct sw_place at = before ? sw_read_place(before, 0)
				    : sw_read_span(block, 0, block->words - 1);

	r->doc->is_partial = true;
	if (!before) {
		sw_diag_add(r->diags, SW_LINT_BLOCK_OPEN, &at, "this block is not closed");
		sw_diag_help(r->diags, "put } on a line of its own behind its last line");
		return;
	}
	sw_diag_add(r->diags, SW_LINT_BLOCK_OPEN, &at,
		    "a block cannot open here: the one of line %u is not closed",
		    block->word[0].line);
	sw_diag_help(r->diags, "put } on a line of its own before this one");
}

static void append(struct sw_stmt **first, struct sw_stmt **last, struct sw_stmt *s)
{
	if (*last)
		(*last)->next = s;
	else
		*first = s;
	*last = s;
}

/* Does the line name a block without opening it? What follows belongs to it all the same. */
static bool lacks_brace(const struct sw_line *l)
{
	const struct sw_key *k = sw_key_find(SW_KEY_TOP, l->word[0].text);

	return k && k->often == SW_KEY_BLOCK && !l->has_open;
}

static void tell_brace(struct reader *r, const struct sw_stmt *s)
{
	struct sw_place at = sw_read_place(s, s->words - 1);

	if (s->is_broken)
		return;
	sw_diag_add(r->diags, SW_LINT_KEY_FORM, &at, "{ is missing at the end of this line");
	if (s->words == 2)
		sw_diag_help(r->diags, "%.*s %.*s {", SW_DIAG_S(s->word[0].text),
			     SW_DIAG_S(s->word[1].text));
}

static struct sw_stmt *keep_stmt(struct reader *r, struct sw_line *l)
{
	struct sw_stmt *s = sw_arena_alloc(r->arena, 1, sizeof(*s));
	struct frame *f = r->top;

	if (!s) {
		r->no_memory = true;
		return NULL;
	}
	s->file = f->words.file;
	s->word = l->word;
	s->words = l->words;
	s->because = l->because;
	s->is_block = l->opens;
	s->is_broken = l->is_bad;
	if (!f->block && lacks_brace(l)) {
		tell_brace(r, s);
		s->is_block = true;
	}
	if (l->opens && f->block) {
		not_closed(r, f->block, s);
		f->forgiven++;
		f->block = NULL;
	}
	if (f->block)
		append(&f->block->first, &f->block->last, s);
	else
		append(&r->doc->first, &r->doc->last, s);
	return s;
}

static void close_block(struct reader *r, struct sw_line *l)
{
	struct frame *f = r->top;

	if (f->block) {
		f->block = NULL;
		return;
	}
	if (f->forgiven > 0) {
		f->forgiven--;
		return;
	}
	r->doc->is_partial = true;
	sw_line_bad(&f->words, l, SW_LINT_BRACE, &l->brace, "} closes nothing");
}

static bool push(struct reader *r, const char *path, const struct sw_stmt *include, unsigned depth)
{
	struct frame *f = sw_arena_alloc(r->arena, 1, sizeof(*f));

	if (!f) {
		r->no_memory = true;
		return false;
	}
	f->path = path;
	f->include = include;
	f->depth = depth;
	f->below = r->top;
	r->top = f;
	return true;
}

static void note_step(struct reader *r, struct sw_read_step step)
{
	struct sw_conf_doc *doc = r->doc;
	struct sw_read_step *list = sw_line_grow(r->arena, doc->step, doc->steps, sizeof(*list));

	r->no_memory |= !list;
	if (!list)
		return;
	doc->step = list;
	doc->step[doc->steps++] = step;
}

/* The files of one include, the first on top. They are opened when their turn comes. */
static void include(struct reader *r, const struct sw_stmt *s, unsigned depth)
{
	struct sw_slice pattern = sw_read_path(r->arena, s->file, s->word[1].text);
	struct sw_place at = sw_read_place(s, 1);
	const char *const *paths = NULL;
	size_t n = 0;

	if (!pattern.p) {
		r->no_memory = true;
		return;
	}
	if (!r->source->glob(r->source->arg, pattern.p, r->arena, &paths, &n)) {
		r->doc->is_partial = true;
		sw_diag_add(r->diags, SW_LINT_FILE_DENIED, &at, "cannot list %s", pattern.p);
		return;
	}
	note_step(r, (struct sw_read_step){ .pattern = pattern, .path = paths, .paths = n });
	if (n > 0 && depth > SW_READ_DEPTH) {
		sw_diag_add(r->diags, SW_LINT_INCLUDE_DEEP, &at, "includes are %u levels deep here",
			    depth);
		return;
	}
	while (n > 0 && push(r, paths[n - 1], s, depth))
		n--;
}

static void take_line(struct reader *r, struct sw_line *l)
{
	struct frame *f = r->top;
	struct sw_stmt *s;
	bool is_top = !f->block;

	if (l->words == 0) {
		if (l->closes)
			close_block(r, l);
		f->forgiven += l->opens;
		return;
	}
	s = keep_stmt(r, l);
	if (!s)
		return;
	if (s->is_block)
		f->block = s;
	else if (l->closes && f->block) /* "register no }" */
		f->block = NULL;
	if (is_top && !s->is_broken && s->words == 2 && !s->word[0].quoted &&
	    sw_slice_eq(s->word[0].text, SW_LIT("include")))
		include(r, s, f->depth + 1);
}

static struct sw_place include_place(const struct frame *f)
{
	if (f->include)
		return sw_read_place(f->include, 1);
	return (struct sw_place){ .file = sw_slice_of(f->path) };
}

static void help_init(struct reader *r, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash && slash > path)
		sw_diag_help(r->diags, "mkdir -p %.*s", (int)(slash - path), path);
	sw_diag_help(r->diags, "%s init --for phones --realm example.com > %s", sw_diag_program,
		     path);
}

static void not_read(struct reader *r, enum sw_conf_got got)
{
	struct sw_place at = include_place(r->top);
	const char *path = r->top->path;

	r->doc->is_partial = true;
	switch (got) {
	case SW_CONF_MISSING:
		sw_diag_add(r->diags, SW_LINT_FILE_GONE, &at, "%s does not exist", path);
		if (!r->top->include)
			help_init(r, path);
		return;
	case SW_CONF_DENIED:
		sw_diag_add(r->diags, SW_LINT_FILE_DENIED, &at, "%s cannot be read by this user",
			    path);
		return;
	case SW_CONF_IS_DIR:
		sw_diag_add(r->diags, SW_LINT_FILE_DENIED, &at, "%s is a directory", path);
		if (r->top->include)
			sw_diag_help(r->diags, "include %s/*.conf", path);
		return;
	case SW_CONF_NO_FILE:
		sw_diag_add(r->diags, SW_LINT_FILE_DENIED, &at, "%s is no regular file", path);
		return;
	case SW_CONF_TOO_LARGE:
		sw_diag_add(r->diags, SW_LINT_FILE_LARGE, &at, "%s is larger than 1 MiB", path);
		return;
	default:
		sw_diag_add(r->diags, SW_LINT_FILE_DENIED, &at, "%s cannot be read", path);
		return;
	}
}

/* What it says is read all the same: one fault hides no other. */
static void check_mode(struct reader *r, const struct sw_conf_file *f)
{
	struct sw_place at = include_place(r->top);

	if (!(f->mode & OTHERS_WRITE))
		return;
	sw_diag_add(r->diags, SW_LINT_FILE_OPEN, &at,
		    "%s can be changed by every user of this machine (mode %04o)", r->top->path,
		    f->mode);
	sw_diag_help(r->diags, "chmod o-w %s", r->top->path);
}

/* May this file be read now? Each file is read once, so no chain of includes is endless. */
static bool is_due(struct reader *r, struct sw_slice path)
{
	struct sw_place at = include_place(r->top);
	struct opened *list;

	for (size_t i = 0; i < r->doc->files; i++) {
		if (!sw_slice_eq(path, r->opened[i].path))
			continue;
		sw_diag_add(r->diags, SW_LINT_INCLUDE_TWICE, &at, "%s was read already",
			    r->top->path);
		if (r->opened[i].include)
			sw_diag_help(r->diags, "see %.*s:%u",
				     SW_DIAG_S(r->opened[i].include->file->path),
				     r->opened[i].include->word[0].line);
		return false;
	}
	if (r->doc->files == SW_READ_FILES) {
		if (!r->is_full)
			sw_diag_add(r->diags, SW_LINT_INCLUDE_DEEP, &at,
				    "more than %u files are included", SW_READ_FILES);
		r->is_full = true;
		return false;
	}
	list = sw_line_grow(r->arena, r->opened, r->doc->files, sizeof(*list));
	if (!list) {
		r->no_memory = true;
		return false;
	}
	r->opened = list;
	r->opened[r->doc->files++] = (struct opened){ path, r->top->include };
	return true;
}

static bool open_top(struct reader *r, const struct sw_slice *given)
{
	struct frame *f = r->top;
	struct sw_conf_text *file = sw_arena_alloc(r->arena, 1, sizeof(*file));
	struct sw_conf_file got = { 0 };
	enum sw_conf_got how = SW_CONF_GOT;

	if (!file) {
		r->no_memory = true;
		return false;
	}
	if (!is_due(r, sw_slice_of(f->path)))
		return false;
	if (given)
		got.text = sw_arena_copy(r->arena, *given);
	else
		how = r->source->read(r->source->arg, f->path, SW_READ_MAX, r->arena, &got);
	if (how == SW_CONF_GOT && got.text.n > SW_READ_MAX)
		how = SW_CONF_TOO_LARGE;
	if (how != SW_CONF_GOT) {
		not_read(r, how);
		return false;
	}
	check_mode(r, &got);
	*file = (struct sw_conf_text){ sw_slice_of(f->path), got.text, r->doc->files, f->depth };
	note_step(r, (struct sw_read_step){ .file = file });
	sw_words_check(file, r->diags);
	sw_words_init(&f->words, file, r->diags, r->arena);
	return true;
}

static void read_all(struct reader *r, const struct sw_slice *text)
{
	while (r->top && !r->no_memory) {
		struct frame *f = r->top;
		struct sw_line l = { 0 };

		if (!f->words.file && !open_top(r, f->include ? NULL : text)) {
			r->top = f->below;
			continue;
		}
		if (!sw_line_read(&f->words, &l)) {
			r->no_memory = true;
			return;
		}
		take_line(r, &l);
		if (!l.is_last)
			continue;
		if (f->block)
			not_closed(r, f->block, NULL);
		f->block = NULL;
		for (struct frame **at = &r->top; *at; at = &(*at)->below) {
			if (*at != f)
				continue;
			*at = f->below; /* an include on its last line may lie above it */
			break;
		}
	}
}

struct sw_conf_doc *sw_read(const struct sw_conf_source *source, const char *path,
			    const struct sw_slice *text, struct sw_arena *arena,
			    struct sw_diags *diags)
{
	struct sw_slice own = sw_arena_copy(arena, sw_slice_of(path));
	struct reader r = { .source = source, .arena = arena, .diags = diags };

	r.doc = sw_arena_alloc(arena, 1, sizeof(*r.doc));
	if (!own.p || !r.doc)
		return NULL;
	r.doc->path = own;
	if (push(&r, own.p, NULL, 0))
		read_all(&r, text);
	return r.no_memory ? NULL : r.doc;
}
