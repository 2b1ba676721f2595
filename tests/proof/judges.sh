#!/bin/bash
# judges.sh: nobody but verdict.c judges an answer. HTTP statuses near the word, names of OAuth errors
# in strings, Entra's numbers of trouble that passes, and results that are turned into an exit status
# or a sign-in are looked for in everything else, a line at a time. As TAP.
set -u
cd "$(dirname "$0")/../.." || exit
judge=$(find src -name verdict.c)

# FILE | what the line has | why it is no verdict on an answer; `*` is any line
allowed='
response.c | h->status >= 100 && h->status < 1000 | what is a status at all
response.c | h->status == 101 | framing: nobody asked for another protocol
response.c | h->status < 200 | framing: an interim answer
response_fields.h | h->status >= 200 && h->status != 204 && h->status != 304 | framing: what has a body
response.c | h->status_decides = h->status >= 300 | of a 2xx alone the body is needed
proxy.c | moat__http_status(&p->http) < 300 | RFC 9110 9.3.6: a 2xx is a tunnel
discovery.c | r->status == 404 | RFC 8414 3.1: there is another place to look
discovery.c | r->status >= 300 | metadata is in a 2xx
grant_revoke.c | r->status < 300 | RFC 7009 2.2: a 2xx has revoked the token, whatever else it says
query.c | c->error.status < 300 | the same, of a body that did not fit
grant_introspect.c | r->status >= 300 | answers are in a 2xx
grant_register.c | r->status >= 300 | the same
grant_unregister.c | r->status == 401 || r->status == 404 | RFC 7592 2.3: there is no such client
grant_unregister.c | r->status < 300 | RFC 7592 2.3: a 2xx has deleted the client
grant_userinfo.c | r->status >= 300 | the same
grant_userinfo.c | r->status != 401 && r->status != 403 | RFC 6750 3.1: the name that goes with the status, for the judge
grant_userinfo.c | r->status == 401 ? MOAT__LIT("invalid_token") | the same
challenge.c | values[ERROR], "in | which kind of a challenge of a service it is
token.c | r->status >= 200 && r->status < 300 | tokens are in a 2xx
alert_text.c | * | not a status: TLS alerts in words
account_refresh.c | MOAT__LIT("invalid_grant") | the name under which a dead grant is remembered
entra_advice.c | * | sentences for people about these numbers
use.c | r == 200 | what an API says to the access token
use.c | "HTTP/1.1 200" | the same, as a comment has it
tap.c | sizeof "HTTP/1.1 200" | how long a status line is
tls_context.c | status == PSA_ERROR_INSUFFICIENT_MEMORY | not HTTP: a result of PSA
key_psa.c | status == PSA_ERROR_ | the same
grant_state.c | status != CLI_SIGN_IN | the exit status, which the verdict has chosen
keep.c | WEXITSTATUS(status) <= CLI_PROFILE | the exit status of another process of keep
import.c | if (status == CLI_SIGN_IN | the exit status, which the verdict has chosen
logout.c | e->status == 400 && moat_judge(e).cause | RFC 6749 5.2: a 401 is about the client, and not about the token
export.c | status != AGAIN | whether the file has changed meanwhile
signin.c | status != CLI_SIGN_IN | the same
secret.c | status == CLI_MISUSE | whose mistake it is, before anything is sent
init_grant.c | r == MOAT_E_FOREIGN && !stays ? forget_foreign(a) : CLI_OK | what is stored, and nobody was asked
await_redirect.c | if (status == 400) | a page of the listener, which moat_redirect_request() chose
await_redirect.c | if (status == 404) | the same
await_redirect.c | answer(now.visitor, 200 | a page of the listener after a sign-in
init_questions.c | status == ASK_BACK | which question comes next
init_questions.c | if (status > CLI_OK) return status | the same
write_page.c | status == 200 | the same: its colour
write_page.c | status == 405 | the same: its header
write_page.c | case 200: | the same: reason phrases
write_page.c | case 400: | the same
write_page.c | case 404: | the same
write_page.c | case 405: | the same
write_page.c | case 409: | the same
write_page.c | case 431: | the same
'

# The judge's own names and numbers, so that new ones are looked for as well.
names=$(grep -oP '[a-z_]+(?=\\0)' "$judge" | sort -u)
numbers=$(sed -n '/passing\[\]/,/;/p' "$judge" | grep -oE '[0-9]{5,}' | paste -sd'|')
[ -n "$names" ] && [ -n "$numbers" ] || { echo "not ok 1 - $judge has its names and numbers"; exit 1; }
# "invalid_" is as good as a name to strncmp().
beginnings=$(awk '{ for (i = index($0, "_"); i && i < length($0); i++) print substr($0, 1, i) }' <<< "$names" | sort -u)

compare='\s*([=!<>]=|[<>])\s*'
constant='\b(?-i:[A-Z][A-Z0-9_]{2,})\b' status='\b\w*status\w*\)?'
common='(20[0-4]|30[0-8]|4[0-3][0-9]|5[0-2][0-9])\b' # under whatever name
suspicious="$compare$common|status.*\b[1-9][0-9]{2}\b|\b[1-9][0-9]{2}\b.*status|\bcase\s+[1-9][0-9]{2}\b|$status\s*/\s*100\b"
suspicious+="|$status$compare$constant|$constant$compare[\w.>()-]*status|\bcase\s+(?-i:HTTP)\w+"
suspicious+="|[\"0]($(paste -sd'|' <<< "$names"))(\\\\0|\")|\"($(paste -sd'|' <<< "$beginnings"))\"|\b($numbers)\b"
suspicious+="|\bMOAT_E_.*\b(CLI_|\w*sign_?in\w*\()|\b(CLI_|\w*sign_?in\w*\().*\bMOAT_E_"

look() { grep -rniP --include='*.[ch]' "$suspicious" "$@" | grep -v "^$judge:"; } # FILE:LINE:TEXT

n=0
report() { # NAME OFFENDERS: passes when there are none
  n=$((n + 1))
  if [ -z "$2" ]; then echo "ok $n - $1"; else
    echo "not ok $n - $1"
    printf '%s\n' "$2" | sed 's/^/# /'
  fi
}

found=$(look src examples port)
left=$found unused=
while IFS='|' read -r file text reason; do
  [ -n "$reason" ] || continue
  file=${file% } text=${text% } text=${text# }
  [ "$text" != '*' ] || text=:
  printf '%s\n' "$found" | grep -F "/$file:" | grep -qF -- "$text" || unused+="$file: $text"$'\n'
  left=$(printf '%s\n' "$left" | awk -v f="/$file:" -v t="$text" '!index($0, f) || !index($0, t)')
done <<< "$allowed"
report 'no other file judges an answer' "$left"
report 'what is allowed is still there' "$unused"

# What has to be caught, a line each.
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
missed=
while read -r seed; do
  printf '%s\n' "$seed" > "$seeds/seed.c"
  [ -n "$(look "$seeds")" ] || missed+="$seed"$'\n'
done <<'SEEDS'
if (e->status >= 500) return LATER;
if (moat_error(&c)->status==429) wait();
return 400 <= e.status && retry;
bool later = code >= 500;
  case 503: return LATER;
if (error.http_status / 100 == 5) later();
if (moat__is_nocase(e->error, "invalid_grant")) sign_in();
static const char names[] = "slow_down\0access_denied\0";
return e->provider_code == 50196;
if (e->status == HTTP_TOO_MANY_REQUESTS) wait();
bool later = HTTP_UNAVAILABLE <= answer.status;
  case HTTP_UNAVAILABLE: return LATER;
if (!(e->status - 503)) return LATER;
if ((moat_error(&c)->status ^ 429) == 0) wait();
static const int statuses[] = {429, 503};
if (moat_span_equal(e->error, moat_str("Invalid_Grant"))) erase();
if (!strcmp(name, "INVALID_CLIENT")) return PROFILE;
if (strncmp(e, "invalid_", 8) == 0) erase();
if (!memcmp(e->error.p, "access_den", 10)) erase();
  case MOAT_E_OAUTH: return CLI_SIGN_IN;
return r == MOAT_E_STATUS ? CLI_LATER : CLI_OK;
if (r == MOAT_E_OAUTH) return sign_in(a);
SEEDS
report 'a second judge is caught' "$missed"
echo "1..$n"
[ -z "$left$unused$missed" ]
