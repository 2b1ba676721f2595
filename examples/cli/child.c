/* Moat protects itself in ways that are inherited, and other programs do not expect them. */
#include "child.h"

#include <signal.h>
#include <sys/stat.h>

mode_t child_umask = 022;
struct rlimit child_core;

void child_restore(void) {
  (void)signal(SIGPIPE, SIG_DFL);
  (void)signal(SIGXFSZ, SIG_DFL);
  (void)umask(child_umask);
  (void)setrlimit(RLIMIT_CORE, &child_core);
}
