/* The Makefile converts the roots to DER files, and the assembler includes those unchanged. */
#include "roots.h"

#define ROOT(name)                                                                                 \
  __asm__(".section .rodata." #name ", \"a\"\n" #name "_begin: .incbin \"" #name ".der\"\n" #name  \
          "_end:\n.previous\n");                                                                   \
  extern const unsigned char name##_begin[], name##_end[]

ROOT(root_p256);
#ifndef PROFILE_TINY
ROOT(root_rsa);
ROOT(root_p384);
#endif

const root_t roots[ROOTS] = {{root_p256_begin, root_p256_end},
#ifndef PROFILE_TINY
                             {root_rsa_begin, root_rsa_end},
                             {root_p384_begin, root_p384_end}
#endif
};
