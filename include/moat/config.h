/* Limits, and nothing else: no macro here switches a feature or changes a public struct.
 * Define MOAT_CONFIG_HEADER as "your.h" to set some of them; each one left out keeps its default.
 */
#ifndef MOAT_CONFIG_H
#define MOAT_CONFIG_H

#ifdef MOAT_CONFIG_HEADER
#include MOAT_CONFIG_HEADER
#endif

/* Milliseconds one exchange may take with everything in it, where moat_config.timeout_ms is 0. */
#ifndef MOAT_TIMEOUT_MS
#define MOAT_TIMEOUT_MS 30000
#endif

/* Bytes of status line and headers that one answer may have, interim (1xx) answers included. The
 * line of each chunk size may have as many, and so may the trailers. They are skipped, not stored,
 * so a larger limit costs time but no memory. */
#ifndef MOAT_HTTP_HEAD_MAX
#define MOAT_HTTP_HEAD_MAX 16384
#endif

/* Bytes that are read of a body that does not fit the work buffer, so that the connection can be
 * kept; it is closed where there are more. At least 1. */
#ifndef MOAT_HTTP_DROP_MAX
#define MOAT_HTTP_DROP_MAX 65536
#endif

/* The longest moat_wait_ms() while a connection is being made: the resolver and the change to the
 * next address have no handle of their own to wait on. */
#ifndef MOAT_CONNECT_POLL_MS
#define MOAT_CONNECT_POLL_MS 200
#endif

/* Upper bound of a Retry-After, in seconds. */
#ifndef MOAT_RETRY_AFTER_MAX
#define MOAT_RETRY_AFTER_MAX 3600
#endif

/* Sent as User-Agent. */
#ifndef MOAT_USER_AGENT
#define MOAT_USER_AGENT "moat/0.1"
#endif

#endif
