/* wire PORT: counts the packets on the loopback device from and to a TCP port until its input ends,
 * and prints their number and the bytes that TCP carried in them. It needs the right to open a
 * packet socket, and exits with 77 without. "ready" says that it listens. */
#define _DEFAULT_SOURCE /* SO_RCVBUFFORCE */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { V6_HEADER = 40, TCP_HEADER = 20 };

static long packets, bytes;

static int word(const unsigned char *p) {
  return p[0] << 8 | p[1];
}

static void count(const unsigned char *p, ssize_t n, int port) {
  bool v6 = p[0] >> 4 == 6;
  int header = v6 ? V6_HEADER : (p[0] & 15) * 4;
  if (n < header + TCP_HEADER || p[v6 ? 6 : 9] != IPPROTO_TCP) return;
  const unsigned char *tcp = p + header;
  if (word(tcp) != port && word(tcp + 2) != port) return;
  packets++;
  bytes += n - header - (tcp[12] >> 4) * 4;
}

/* Loopback shows each packet twice: as it leaves, and as it arrives. */
static void count_waiting(int fd, int port) {
  static unsigned char packet[128 * 1024];
  struct sockaddr_ll at;
  socklen_t size = sizeof at;
  ssize_t n;
  while ((n = recvfrom(fd, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&at, &size)) >=
         0)
    if (at.sll_pkttype == PACKET_OUTGOING) count(packet, n, port);
}

static int open_loopback(void) {
  int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)), room = 16 << 20;
  struct sockaddr_ll lo = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  lo.sll_ifindex = (int)if_nametoindex("lo");
  if (fd < 0 || bind(fd, (struct sockaddr *)&lo, sizeof lo)) return -1;
  return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) ? -1 : fd;
}

static bool lost_some(int fd) {
  struct tpacket_stats stats;
  socklen_t size = sizeof stats;
  return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) || stats.tp_drops;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int port = atoi(argv[1]);
  int fd = open_loopback();
  if (fd < 0) return 77;
  if (write(1, "ready\n", 6) != 6) return 1;
  struct pollfd wait[] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  do {
    poll(wait, 2, -1);
    count_waiting(fd, port);
  } while (!wait[1].revents);
  count_waiting(fd, port);
  if (lost_some(fd)) return 1;
  printf("%ld %ld\n", packets, bytes);
  return 0;
}
