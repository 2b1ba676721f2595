/* The commands. Each returns the exit status; main() cleans up. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "../account/account.h"
#include "../account/log_exchange.h"

int cmd_init(account *a);
int cmd_login(account *a);
int cmd_url(account *a);
int cmd_exchange(account *a);
int cmd_refresh(account *a);
int cmd_token(account *a);
int cmd_status(account *a);
int cmd_export(account *a);
int cmd_import(account *a);
int cmd_git_credential(account *a);
int cmd_introspect(account *a);
int cmd_userinfo(account *a);
int cmd_logout(account *a);
int cmd_keep(account *a);
int cmd_history(account *a);
int cmd_doctor(account *a);
int cmd_list(account *a);
int cmd_set(account *a);
int cmd_secret(account *a);
int cmd_remove(account *a);

/* All commands, in the order in which a person needs them. The last one has no name. */
extern const command commands[];

/* --version, with --json or without. A CLI_ status. */
int version_show(bool json);

#endif
