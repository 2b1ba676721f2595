/* Limits, and nothing else: no macro here switches a feature or changes a public struct. To set
 * some of them, define MOAT_CONFIG_HEADER as "your.h". Every other limit keeps its default. */
#ifndef MOAT_CONFIG_H
#define MOAT_CONFIG_H

#ifdef MOAT_CONFIG_HEADER
#include MOAT_CONFIG_HEADER
#endif

/* Milliseconds that one whole exchange may take, if moat_config.timeout_ms is 0. */
#ifndef MOAT_TIMEOUT_MS
#define MOAT_TIMEOUT_MS 30000
#endif

/* Largest size in bytes of the status line and headers of one answer, including interim (1xx)
 * answers. The same limit holds for the line of each chunk size, and for the trailers. None of
 * this is kept whole, so a larger limit costs time but no memory. */
#ifndef MOAT_HTTP_HEAD_MAX
#define MOAT_HTTP_HEAD_MAX 16384
#endif

/* A body that does not fit the work buffer is read to its end, so that the connection can be kept.
 * If more than this many bytes are left, the connection is closed instead. At least 1. */
#ifndef MOAT_HTTP_DROP_MAX
#define MOAT_HTTP_DROP_MAX 65536
#endif

/* Upper bound of moat_wait_ms(), in milliseconds, while a connection is being made. It is a
 * polling interval: a name lookup and the change to the next address offer nothing to wait on. */
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
