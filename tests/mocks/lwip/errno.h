/* lwIP's errno is this machine's. */
#ifndef MOCK_LWIP_ERRNO_H
#define MOCK_LWIP_ERRNO_H

#include <errno.h>

#endif
