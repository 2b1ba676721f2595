#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <sys/time.h>

#endif
