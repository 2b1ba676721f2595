/* A port to begin with. Copy the folder, rename everything with "template" in its name, and fill in
 * one function after another. A function that is not filled in returns MOAT_E_PORT, so no
 * missing function can look as if it worked. port/README.md gives the order and how to check
 * each. */
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
