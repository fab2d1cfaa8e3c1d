/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users of an Asterisk: the sections of type auth in its pjsip.conf, with templates, and the
 * address of the endpoint that names them. What Asterisk itself logs in with elsewhere
 * (outbound_auth) is no user. Other files that it includes are not read: the file is refused.
 */
#ifndef SIPWARD_ASTERISK_H
#define SIPWARD_ASTERISK_H

#include "import/feed.h"
#include "import/row.h"

/* Does a file with this first line that says something look like one? */
bool sw_asterisk_is(struct sw_slice line);

/* The whole file is held in memory meanwhile. false: refused, and told so. */
SW_MUST bool sw_asterisk_file(struct sw_rows *to, struct sw_feed *feed);

/* Words for sw_rows.words. */
extern const char *const sw_asterisk_words[SW_ROW_PARTS];

#endif
