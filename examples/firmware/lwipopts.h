/* lwIP without an OS, for one connection at a time. It uses as little RAM as possible for a TLS
 * handshake with a chain of several certificates. Each line that takes RAM tells its purpose. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* no interrupt calls lwIP */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_SINGLE_NETIF 1
#define LWIP_STATS 0
#define LWIP_RAW 0
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define LWIP_UDP 1
#ifdef PROFILE_TINY
#define LWIP_ICMP 0 /* nobody pings the device; saves 640 bytes of flash */
#endif
#define LWIP_TCP 1
#define LWIP_DNS 1
#define LWIP_DHCP 1
#define LWIP_DHCP_DOES_ACD_CHECK 0 /* would take 8 s */
#define LWIP_ACD 0
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_CHKSUM_ALGORITHM 3

#define MEM_ALIGNMENT 4
#define TCP_MSS 1460
#define TCP_WND (2 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_QUEUE_OOSEQ 0
#define TCP_OVERSIZE 0   /* a record is written at once, so no room is kept for more */
#define MEM_SIZE 4096    /* copies of unacknowledged bytes: TCP_SND_BUF, and more */
#define PBUF_POOL_SIZE 5 /* frames: for the window, and for other traffic */
#define PBUF_POOL_BUFSIZE LWIP_MEM_ALIGN_SIZE(TCP_MSS + 40 + 14 + 4)
#define MEMP_NUM_PBUF 2
#define MEMP_NUM_UDP_PCB 2 /* DHCP, DNS */
#define MEMP_NUM_TCP_PCB 3 /* the connection, and earlier ones that are still closing */
#define MEMP_NUM_TCP_PCB_LISTEN 0
#define LWIP_TCP_PCB_NUM_EXT_ARGS 0
#define MEMP_NUM_TCP_SEG 8
#define ARP_TABLE_SIZE 4
#define DNS_TABLE_SIZE 2
#define DNS_MAX_NAME_LENGTH 64 /* with the zero; a longer host is MOAT_E_DNS */

/* The name server of a test may use any port. */
#define DNS_SERVER_PORT network_dns_port
extern unsigned short network_dns_port;

#endif
