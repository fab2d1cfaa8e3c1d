/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources for tests: the folder tests/vectors/conf, whose file names play faults, and text in
 * memory. No mode of the work tree counts, because git keeps none.
 */
#ifndef SIPWARD_TEST_SOURCE_H
#define SIPWARD_TEST_SOURCE_H

#include "conf/conf.h"

/* Paths are relative to tests/vectors/conf. NAME.open, NAME.denied, NAME.pipe … are what they say. */
extern const struct sw_conf_source vectors_source;

/* Files in memory; the list ends with a NULL path. */
struct memory_file {
	const char *path;
	const char *text;
};
struct sw_conf_source memory_source(const struct memory_file *files);

/* 2026-11-23T08:00:00Z, a Monday on which the vectors play. */
#define TEST_NOW ((struct sw_wall){ INT64_C(1795420800) * SW_US_PER_S })

/* Load text as "test.conf", RUNTIME, with the user's password file "p" in memory. */
struct sw_conf *load_text(const char *text, struct sw_diags *diags);

/* Is there a diagnostic of this rule? */
bool has_rule(const struct sw_diags *d, enum sw_lint rule);

#endif
