/* A port to begin with: copy the folder, rename what has "template" in its name, and fill in one
 * function after the other. Each one that is not filled in yet answers MOAT_E_PORT, so that nothing
 * seems to work that does not. port/README.md says what, in which order, and how to check it. */
#ifndef MOAT_TEMPLATE_H
#define MOAT_TEMPLATE_H

#include <moat/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The `void *io` of moat_template_stream: one connection. */
typedef struct {
  int state;
  int32_t error; /* the platform's own number for the last failure */
} moat_template_net;

extern const moat_stream_ops moat_template_stream;

/* The `void *ctx` of moat_template_platform: the state of one account. */
typedef struct {
  int32_t error;
} moat_template;

extern const moat_platform moat_template_platform;

#ifdef __cplusplus
}
#endif
#endif
