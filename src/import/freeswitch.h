/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users of a FreeSWITCH: the <user> elements of its directory, in one file of XML or in all of a
 * folder. A file that declares a document type is refused, so there are no entities to expand;
 * a value that FreeSWITCH itself would fill in ($${name}) makes its row a bad one.
 */
#ifndef SIPWARD_FREESWITCH_H
#define SIPWARD_FREESWITCH_H

#include "import/feed.h"
#include "import/row.h"

/*
 * What the files of one folder say of each other: the folders that stand inside a <domain> by an
 * include. Zeroed: nothing. Files must come before the folders beside them.
 */
struct sw_freeswitch_folder {
	struct sw_freeswitch_part *first;
};
void sw_freeswitch_forget(struct sw_freeswitch_folder *folder);

/*
 * One file. folder: of which it is one; NULL: it stands alone, and one that includes others is
 * refused. false: that, or it is no XML, or could not be read; told so.
 */
SW_MUST bool sw_freeswitch_file(struct sw_rows *to, struct sw_feed *feed,
				struct sw_freeswitch_folder *folder, const char *path);

/* Words for sw_rows.words. */
extern const char *const sw_freeswitch_words[SW_ROW_PARTS];

#endif
