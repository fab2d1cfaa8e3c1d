/* SPDX-License-Identifier: Apache-2.0 */
/* The Contacts of a REGISTER (RFC 3261 20.10), read and checked: what the client wants. */
#ifndef SIPWARD_CONTACT_H
#define SIPWARD_CONTACT_H

#include "sip/registrar.h"

#define SW_CONTACT_PARAMS_MAX 12  /* parameters of a Contact's URI: comparing them is quadratic */
#define SW_INSTANCE_MAX       128 /* octets of a +sip.instance */

/*
 * Fill reg->want, or reg->star. Of the same URI twice the last counts, but both are counted: there
 * are at most SW_CONTACTS_MAX values, because each is compared with those before it.
 */
SW_MUST enum sw_reason sw_contact_read(const struct step *s, struct sw_registration *reg);

/* Where the n-th Contact that is to be bound, from 0, stands in the request; NULL: nowhere. */
const char *sw_contact_bound(const struct sw_registration *reg, size_t n);

#endif
