/* SPDX-License-Identifier: Apache-2.0 */
/* Option tags in Supported, Require and Proxy-Require (RFC 3261 19.2): who can what. */
#ifndef SIPWARD_OPTION_H
#define SIPWARD_OPTION_H

#include "sip/state.h"

/* Does a field of the request list this tag? Case does not matter (RFC 3261 7.3.1). */
bool sw_option_has(const struct sw_msg *m, enum sw_field field, struct sw_slice tag);

/*
 * Does Require or Proxy-Require ask for nothing but what is known here? Proxy-Require is for every
 * hop, Require for the last one alone; both are looked at before credentials are (RFC 3261 16.3,
 * 10.3). SW_R_EXTENSION: no; SW_R_HEADER_SYNTAX: it is no list of tags.
 */
SW_MUST enum sw_reason sw_option_check(const struct step *s);

/* "Unsupported" with those that are not known (RFC 3261 8.2.2.3); nothing where all are. */
void sw_option_write_unknown(struct step *s);

/* "Supported" with those that are. */
void sw_option_write_known(struct step *s);

#endif
