/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where Digest credentials were refused. They are read a second time for that: those who judge
 * them need not carry what only an account of a refusal wants to know.
 */
#ifndef SIPWARD_AUTHFAULT_H
#define SIPWARD_AUTHFAULT_H

#include <sipward/reason.h>
#include <sipward/rule.h>

/*
 * The octet and the rule, in the value of an Authorization or Proxy-Authorization field that was
 * refused with this reason. false: the reason is not one of the grammar of credentials.
 */
bool sw_authfault_find(struct sw_slice value, enum sw_reason reason, struct sw_fault *out);

#endif
