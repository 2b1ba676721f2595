/* The table of commands: their names, their functions, and what --help says. */
#include "commands.h"

/* In the order in which a person needs them. */
const command commands[] = {
    {"init", CMD_INIT, cmd_init, TAKES_NAME, " [OPTION...]", "writes a profile",
     "Writes the profile NAME: which client of which provider it stands for. At a terminal it asks "
     "for what the options do not say, and explains it; elsewhere it needs --client-id, and "
     "--secret-file unless there is no secret. Everything is checked before anything is written. "
     "The secret is never an argument. It stays in a file whose path is remembered, or it is typed "
     "or read from stdin, and stored for you alone."},
    {"login", CMD_LOGIN, cmd_login, TAKES_NAME, " [--browser | --device | --paste]",
     "signs in, all in one",
     "Opens a browser, or prints the URL to open, and waits for a person to sign in. The browser "
     "then comes back to this machine, or the address that it ended at is pasted here. With "
     "--device it shows an address and a code to enter on any other device. Without an option it "
     "uses the browser if there is a display or $BROWSER, else a device code if the provider "
     "offers that to "
     "this client, else the paste. Then it stores the grant. A grant that works is not replaced by "
     "one of another account, unless you say so at a terminal or by --account."},
    {"url", CMD_URL, cmd_url, TAKES_NAME, " [OPTION...]", "prints the URL to sign in at",
     "Prints the authorize URL, and nothing else, on stdout. Open it in a browser and sign in "
     "within ten minutes; then give the address that the browser ends at to `moat exchange`."},
    {"exchange", CMD_EXCHANGE, cmd_exchange, TAKES_NAME, " < REDIRECT",
     "takes the redirect, stores the grant",
     "Reads the address that the browser ended at from stdin (or its query, or the code alone), "
     "checks that it answers the last sign-in begun, and exchanges its code for tokens. A code is "
     "sent once: after that only a new sign-in helps."},
    {"refresh", CMD_REFRESH, cmd_refresh, TAKES_NAME, "", "refreshes the grant now",
     "Exchanges the refresh token for new tokens, whether that is due or not. A refresh every few "
     "weeks keeps a grant alive that would die of idleness."},
    {"keep", CMD_KEEP, cmd_keep, TAKES_NAMES, "", "keeps grants alive, from a timer",
     "Refreshes each grant whose last refresh is over 20 hours old, or as old as `keep_days` in "
     "the profile says, and brings the files of its `export = FORMAT:PATH` lines up to date. "
     "Without a NAME it takes all profiles. Run it once a day. What is wrong comes on stderr, in "
     "one line with the name of the profile first; it prints nothing while all is well. It warns "
     "30, 14, 3 and 1 days before a client secret, an unused grant or a root ends, once each, and "
     "runs the profile's `on_trouble` once for each new trouble. A grant that has ended, or that "
     "pauses after a refusal, is not tried again. The exit status is the first of 5, 3, 1 and 4 "
     "that any of the profiles came to."},
    {"token", CMD_TOKEN, cmd_token, TAKES_NAME, " [--json | --format FORMAT]",
     "prints an access token that is valid",
     "Prints the access token, and nothing else, on stdout. It asks the server only when the "
     "stored one is about to expire. Many calls at once make one request. With --json it prints an "
     "object of access_token, token_type, expires_in, expires_at and scope, as far as they are "
     "known.\n"
     "  header     the field of a request, for curl: curl -H @<(moat token NAME --format header)\n"
     "  xoauth2    the first message to a mail server, for the mailbox of --user."},
    {"status", CMD_STATUS, cmd_status, TAKES_NAME, " [--json]", "says how the grant stands",
     "Says whether somebody is signed in and until when, without asking the server. The exit "
     "status is 0 when somebody is signed in. It is 3 when somebody has to sign in, even while the "
     "last token is still valid."},
    {"list", CMD_LIST, cmd_list, TAKES_NOTHING, " [--json]", "says how all profiles stand",
     "Prints a line for each profile: its name, its provider, whether somebody is signed in, and "
     "what ends next, as far as that is known: the client secret, a grant that nobody refreshes, "
     "or a root of trust. The server is not asked. With --json it prints an array of objects."},
    {"history", CMD_HISTORY, cmd_history, TAKES_NAME, "", "shows the last exchanges",
     "Shows the last hundred exchanges with the server, the newest at the end: the time, the "
     "command, what came of it (good, or what is needed: sign-in, wait, clock, profile, device), "
     "the server's word for it, and the number that its support asks for. It shows no secret."},
    {"doctor", CMD_DOCTOR, cmd_doctor, TAKES_NAME, " [--json]", "looks for what is wrong",
     "Looks at the clock, the profile, the files, the grant, what the provider said last, what "
     "ends next, the roots of trust, and the way to the server as far as a handshake of TLS. Each "
     "line says ok, warning or problem, and what to do. It asks the provider for nothing and "
     "changes nothing. The exit status is the first of 5, 3, 1 and 4 that any problem came to; "
     "that of warnings is 0. With --json it prints an array of objects."},
    {"set", CMD_SET, cmd_set, TAKES_PAIRS, " [--rediscover]", "changes values of a profile",
     "Sets keys of the profile; `KEY=` takes a value away. All else stays: the grant, the secret, "
     "other keys and comments. Everything is checked before anything is written. The keys are "
     "those of the file, such as scope or token_url."},
    {"secret", CMD_SECRET, cmd_secret, TAKES_FILE, " [--secret-expires DATE]",
     "replaces the client secret",
     "Takes the secret from stdin, or asks for it at a terminal, and stores it for you alone. With "
     "a FILE, the path is remembered instead. The last day of the old secret goes with it. Nobody "
     "has to sign in again."},
    {"export", CMD_EXPORT, cmd_export, TAKES_NAME, " --format FORMAT [-o FILE]",
     "writes the grant for another program",
     "  ballerina  Config.toml of the OneDrive connector: refreshToken, clientId, clientSecret.\n"
     "  env        for a shell to source: REFRESH_TOKEN, CLIENT_ID, CLIENT_SECRET, TOKEN_URL, "
     "SCOPE, ACCESS_TOKEN, EXPIRES_AT. Missing values are set to the empty string.\n"
     "  json       an object of client_id, client_secret, token_url, refresh_token, "
     "access_token, token_type, expires_at, scope. Missing values are left out.\n"
     "  onedrive   the file refresh_token of the OneDrive client for Linux (abraunegg).\n"
     "  rclone     token and client_secret in the section of rclone.conf that has the profile's "
     "client_id.\n"
     "In a file that exists, only these are changed. Secrets are masked on a terminal. An access "
     "token is exported only while it is valid."},
    {"import", CMD_IMPORT, cmd_import, TAKES_NAME, " --format FORMAT [--force] < FILE",
     "takes a grant over from another program",
     "Takes the refresh token from another program's configuration, or from a file that has "
     "nothing else (token), and proves it by a refresh. If that is refused, what was stored before "
     "is stored again. A client_id in the file has to be that of the profile. A grant that is "
     "alive is replaced only with --force."},
    {"git-credential", CMD_GIT_CREDENTIAL, cmd_git_credential, TAKES_ACTION, "",
     "answers git's question for a password",
     "For git: git config credential.https://HOST.helper '!moat git-credential NAME'. The action "
     "get answers with an access token, for https and for hosts in git_hosts of the profile. All "
     "other actions do nothing."},
    {"introspect", CMD_INTROSPECT, cmd_introspect, TAKES_NAME, " [--json]",
     "asks what the access token is good for",
     "Asks the profile's introspection_url about a valid access token (RFC 7662), and prints what "
     "it says: whether it is active, scope, who has it, and until when. The exit status is 1 if "
     "the token is not active there."},
    {"userinfo", CMD_USERINFO, cmd_userinfo, TAKES_NAME, "", "asks whose grant it is",
     "Asks the profile's userinfo_url with a valid access token (OpenID Connect), and prints its "
     "JSON object. Most providers want openid in the scope."},
    {"logout", CMD_LOGOUT, cmd_logout, TAKES_NAME, " [--local]",
     "revokes the grant, and forgets it",
     "Revokes the grant at the profile's revocation_url (RFC 7009), and erases the tokens stored "
     "on "
     "this machine in any case. The exit status is 4 if the grant could not be revoked. Without a "
     "revocation_url, or with --local, the provider is not told."},
    {"remove", CMD_REMOVE, cmd_remove, TAKES_NAME, " [--yes] [--local]", "removes a profile",
     "Removes the profile, its tokens, and a secret that Moat stored. A client that init "
     "--register made is deleted at the provider first; if that fails for now, the exit status is "
     "4 and nothing is removed. It asks at a terminal; elsewhere it needs --yes. A file given with "
     "--secret-file stays. Of anything else the provider is not told."},
    {"help", 0, NULL, TAKES_COMMAND, "", "describes a command", ""},
    {.name = NULL},
};
