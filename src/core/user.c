/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/user.h>

#include "base/buf.h"
#include "base/secret.h"

#define REALM_MAX 256

static bool set_form(struct sw_user *u, enum sw_form form, struct sw_hash *h, unsigned algs,
		     struct sw_slice realm, struct sw_slice password)
{
	char text[SW_NAME_MAX + 1 + REALM_MAX];
	struct sw_buf name = sw_buf_over(text, sizeof(text));

	sw_buf_put(&name, sw_user_name(u));
	if (form == SW_FORM_NAME_AT_REALM) {
		sw_buf_char(&name, '@');
		sw_buf_put(&name, realm);
	}
	bool ok = sw_buf_ok(&name);

	for (unsigned alg = SW_ALG_MD5; ok && alg < SW_ALG_COUNT; alg++)
		if (algs & SW_ALG_BIT(alg))
			ok = sw_digest_ha1(h, (enum sw_alg)alg, sw_buf_slice(&name), realm,
					   password, &u->ha1[form][alg]);
	u->algs[form] = (uint8_t)algs;
	return ok;
}

bool sw_user_set_password(struct sw_user *u, struct sw_hash *h, unsigned algs,
			  struct sw_slice realm, struct sw_slice password)
{
	unsigned plain = SW_ALG_PLAIN(algs);

	sw_secret_wipe(u->ha1, sizeof(u->ha1));
	if (set_form(u, SW_FORM_NAME, h, plain, realm, password) &&
	    set_form(u, SW_FORM_NAME_AT_REALM, h, plain, realm, password))
		return true;
	memset(u->algs, 0, sizeof(u->algs));
	sw_secret_wipe(u->ha1, sizeof(u->ha1));
	return false;
}
