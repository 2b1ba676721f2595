/* moat: OAuth 2.0 for gateways and scripts, from the authorize URL to a token that stays fresh. */
#include "commands/commands.h"

#include "child.h"
#include "memory.h"
#include "signals.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* A missing stdin, stdout or stderr would become the next file that is opened. So it is opened
 * here, stdin for writing and the others for reading: using them fails, as it should. */
static void fill_descriptors(void) {
  struct pollfd fds[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};
  (void)poll(fds, 3, 0);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fds[fd].revents & POLLNVAL)
      (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* No secret of this process goes to disk by way of a core dump or a debugger. The hard limit stays,
 * as otherwise a child could not get its own limit back. */
static void forbid_dumps(void) {
  (void)getrlimit(RLIMIT_CORE, &child_core);
  const struct rlimit none = {0, child_core.rlim_max};
  (void)setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
  (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* The process is protected before it looks at its arguments. */
int main(int argc, char **argv) {
  static account a;
  fill_descriptors();
  forbid_dumps();
  memory_give();
  signals_catch();
  child_umask = umask(077);
  int status = options_parse(&a.options, commands, argc, argv);
  if (status) return status;
  if (a.options.version) return version_show(a.options.json);
  if (a.options.help) return help_show(&a.options);
  status = log_begin(&a);
  if (!status) status = a.options.command->run(&a);
  account_close(&a);
  if (status) signals_die(); /* what was done all the same stays a success */
  return status;
}
