/* The TransportInterface of coreMQTT, as its manual describes it. */
#ifndef MOCK_TRANSPORT_INTERFACE_H
#define MOCK_TRANSPORT_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

typedef struct NetworkContext NetworkContext_t;
typedef int32_t (*TransportRecv_t)(NetworkContext_t *network, void *p, size_t n);
typedef int32_t (*TransportSend_t)(NetworkContext_t *network, const void *p, size_t n);

typedef struct {
  TransportRecv_t recv;
  TransportSend_t send;
  NetworkContext_t *pNetworkContext;
} TransportInterface_t;

#endif
