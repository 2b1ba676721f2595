/* The questions of `moat init` about the provider's place: Entra's cloud and tenant, or the URLs of
 * a provider that Moat does not know, and the roots to trust there. */
#include "../profile/check_profile.h"
#include "../profile/check_value.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "init_guide.h"
#include "rewrite.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The check of an answer is not given the guide. */
static const guide *asking;

/* ---- Entra's ---- */

int guide_ask_cloud(guide *g) {
  static ask_choice choices[] = {
      {.name = "global", .text = "login.microsoftonline.com; nearly everybody, GCC too"},
      {.name = "usgov", .text = "login.microsoftonline.us; US Government, GCC High and DoD"},
      {.name = "china", .text = "login.partner.microsoftonline.cn; operated by 21Vianet"}};
  if (!guide_is_asked(g, KEY_CLOUD) || !guide_is_open(g, KEY_CLOUD)) return GUIDE_SKIPPED;
  bool is_personal =
      strcmp(g->a->options.key[KEY_TENANT] ? g->given->value[KEY_TENANT] : "", "consumers") == 0;
  for (size_t i = 1; i < COUNT(choices); i++)
    choices[i].refusal = is_personal ? "has no personal accounts, and the tenant is given" : NULL;
  guide_step("Which cloud is the app registered in?");
  return ask_one("Cloud", guide_known(g, KEY_CLOUD, ""), choices, COUNT(choices), NULL,
                 g->given->value[KEY_CLOUD]);
}

/* Then personal accounts are no choice. */
static bool is_national(const guide *g) {
  const char *cloud = guide_known(g, KEY_CLOUD, "global");
  return strcmp(cloud, "global") != 0;
}

/* A value that is still to be asked for does not count, though a person may have given it before.
 */
static const char *known_before(int key, int asked) {
  bool is_to_come = key > asked && guide_is_open(asking, key) && guide_is_asked(asking, key);
  return is_to_come ? "" : guide_known(asking, key, "");
}

/* Whether an answer is right, and fits to what is known. */
static const char *check_fit(int key, const char *answer) {
  static profile whole;
  int place;
  const char *wrong = check_value(key, answer);
  for (int k = 0; k < KEYS && !wrong; k++) {
    const char *value = k == key ? answer : known_before(k, key);
    memcpy(whole.value[k], value, strlen(value) + 1);
  }
  if (wrong) return wrong;
  profile_fill(&whole);
  return profile_conflict(&whole, &place);
}

static const char *check_tenant(int key, const char *answer) {
  (void)key;
  return check_fit(KEY_TENANT, answer);
}

/* A profile that needs nobody has a tenant of its own: no word stands for that. */
static int ask_own_tenant(guide *g) {
  guide_step("The tenant that the app is registered in: its domain or its ID, which is the GUID at "
             "Overview, `Directory (tenant) ID`.");
  return ask_text("Tenant", guide_known(g, KEY_TENANT, NULL), check_tenant, KEY_TENANT,
                  g->given->value[KEY_TENANT]);
}

int guide_ask_tenant(guide *g) {
  static const ask_choice choices[] = {
      {.name = "common", .text = "any organizational directory, and personal accounts"},
      {.name = "organizations", .text = "any organizational directory"},
      {.name = "consumers", .text = "personal Microsoft accounts only"}};
  if (!guide_is_asked(g, KEY_TENANT) || !guide_is_open(g, KEY_TENANT)) return GUIDE_SKIPPED;
  asking = g;
  if (guide_needs_nobody(g)) return ask_own_tenant(g);
  guide_step(
      "The registration's `Supported account types` say which tenant to sign in at. For "
      "`this organizational directory only (single tenant)` give its domain or its ID, which "
      "is the GUID at Overview, `Directory (tenant) ID`. For the others:");
  return ask_one("Tenant", guide_known(g, KEY_TENANT, "common"), choices,
                 COUNT(choices) - is_national(g), check_tenant, g->given->value[KEY_TENANT]);
}

/* ---- URLs and roots ---- */

static int ask_url(guide *g, int key, const char *question, const char *otherwise,
                   ask_check *check) {
  if (!guide_is_asked(g, key) || !guide_is_open(g, key)) return GUIDE_SKIPPED;
  return ask_text(question, guide_known(g, key, otherwise), check, key, g->given->value[key]);
}

/* The first of the URLs. */
int guide_ask_authorize_url(guide *g) {
  asking = g;
  int first = guide_needs_nobody(g) ? KEY_TOKEN_URL : KEY_AUTHORIZE_URL;
  if (profile_provider(g->given)->is_unknown && guide_is_open(g, first))
    guide_step("The provider's documentation has its URLs; https, each of them.");
  return ask_url(g, KEY_AUTHORIZE_URL, "Authorize URL, where a person signs in", NULL, check_fit);
}

int guide_ask_token_url(guide *g) {
  asking = g;
  const char *question = guide_needs_nobody(g) ? "Token URL, where tokens are asked for"
                                               : "Token URL, where codes are exchanged";
  return ask_url(g, KEY_TOKEN_URL, question, NULL, check_fit);
}

int guide_ask_device_url(guide *g) {
  return ask_url(g, KEY_DEVICE_URL, "Device authorization URL; Enter if there is none", "",
                 check_value);
}

/* The file is read here, as it will be read when a server is asked. */
static const char *check_roots(int key, const char *answer) {
  const char *wrong = check_value(key, answer);
  if (wrong) return wrong;
  memcpy(asking->a->profile.value[KEY_CA], answer, strlen(answer) + 1);
  return rewrite_check_files(asking->a) ? "cannot be used" : NULL;
}

int guide_ask_roots(guide *g) {
  asking = g;
  return ask_url(g, KEY_CA, "PEM file of the roots to trust; Enter for the system's", "",
                 check_roots);
}
