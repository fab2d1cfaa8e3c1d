/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document: what a load has read, as octets from which other processes build the same snapshot
 * by the same loader. Files stand in it in the order of reading, with their names, so lines and
 * places stay what they were; in place of each secret stands what was made of it (HA1 values of
 * users). No password is in it, and no seal key: it is written from a snapshot, which has neither
 * in its text.
 *
 * Whoever reads one need not trust who wrote it. All lengths are checked; what the loader asks for
 * must be what comes next, so no document costs more than its length; and its text is read by the
 * same parser as a file's. What it says is another matter: a writer
 * may name any user and any listener.
 *
 * Octets are of this machine and this build: it goes from one process to another, never to a disk.
 */
#ifndef SIPWARD_DOCUMENT_H
#define SIPWARD_DOCUMENT_H

#include "conf/conf.h"

/* What goes before what the text says, and what only the one who starts the door knows. */
struct sw_document_head {
	enum sw_log_form log_form; /* AUTO: the configuration decides */
	bool is_demo;
	bool is_bare; /* without the HA1 values: for who has nothing to do with users */
};

/* Octets that it takes. 0: more than a document can have. c was loaded with RUNTIME depth. */
size_t sw_document_size(const struct sw_conf *c, const struct sw_document_head *head);

/* Write it into memory of that size. false: it does not fit. Whoever keeps it wipes it. */
SW_MUST bool sw_document_write(const struct sw_conf *c, const struct sw_document_head *head,
			       void *memory, size_t size);

/*
 * The snapshot of a document, with its log form applied; head (or NULL) gets what goes before it.
 * seal has no key, but says whether there is one (is_withheld). A bare one gives users with the
 * algorithms that there are HA1 values for, and without these. NULL: diags says why. Nothing of
 * `octets` is needed afterwards; they must not change meanwhile.
 */
struct sw_conf *sw_document_load(struct sw_slice octets, struct sw_document_head *head,
				 struct sw_wall now, struct sw_diags *diags);

#endif
