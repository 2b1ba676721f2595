#include "lan9118.h"

#include "board.h"

#define LAN(offset) REGISTER(0x40200000u + (offset))
#define NVIC_ENABLE REGISTER(0xE000E100u)

enum {
  RX_DATA = 0x00,
  TX_DATA = 0x20,
  RX_STATUS = 0x40,
  TX_STATUS = 0x48,
  IRQ_CONFIG = 0x54,
  INT_STATUS = 0x58,
  INT_ENABLE = 0x5C,
  BYTE_TEST = 0x64,
  FIFO_INT = 0x68,
  RX_CONFIG = 0x6C,
  TX_CONFIG = 0x70,
  HW_CONFIG = 0x74,
  RX_FIFO = 0x7C,
  TX_FIFO = 0x80,
  MAC_COMMAND = 0xA4,
  MAC_DATA = 0xA8
};

/* Registers behind MAC_COMMAND */
enum { MAC_CONTROL = 1, MAC_ADDRESS_HIGH = 2, MAC_ADDRESS_LOW = 3, MII_ACCESS = 6, MII_DATA = 7 };

enum {
  BUSY_READ = 0x40000000,
  MII_BUSY = 1,
  PHY = 1 << 11, /* its address */
  PHY_STATUS = 1 << 6,
  PHY_LINK = 4,
  MAC_DUPLEX = 1 << 20,
  MAC_SEND = 1 << 3,
  MAC_RECEIVE = 1 << 2,
  FRAMES = 0x00FF0000, /* the number of frames, in the FIFO registers */
  FREE_BYTES = 0xFFFF,
  WHOLE_FRAME = 0x3000, /* the first and last segment at once */
  RX_ERROR = 0x8000,
  RX_LEVEL = 1 << 3,
  INTERRUPT = 13,
  CHECKSUM = 4
};

static struct {
  uint32_t word; /* the next word of the outgoing frame, and how many of its bytes are filled */
  unsigned filled;
  uint32_t words; /* words left of the incoming frame */
} now;

static void mac_wait(void) {
  while (LAN(MAC_COMMAND) & 0x80000000u)
    ;
}

static uint32_t mac_read(uint32_t index) {
  mac_wait();
  LAN(MAC_COMMAND) = 0x80000000u | BUSY_READ | index;
  mac_wait();
  return LAN(MAC_DATA);
}

static void mac_write(uint32_t index, uint32_t value) {
  mac_wait();
  LAN(MAC_DATA) = value;
  LAN(MAC_COMMAND) = 0x80000000u | index;
  mac_wait();
}

bool lan9118_link(void) {
  mac_write(MII_ACCESS, PHY | PHY_STATUS | MII_BUSY);
  while (mac_read(MII_ACCESS) & MII_BUSY)
    ;
  return (mac_read(MII_DATA) & PHY_LINK) != 0;
}

bool lan9118_init(uint8_t address[6]) {
  if (LAN(BYTE_TEST) != 0x87654321u) return false;
  LAN(HW_CONFIG) = 1; /* reset */
  while (LAN(HW_CONFIG) & 1)
    ;
  LAN(HW_CONFIG) = 0x00050000;
  LAN(INT_ENABLE) = 0;
  LAN(INT_STATUS) = 0xFFFFFFFFu;
  LAN(FIFO_INT) = 0x48000000;
  LAN(IRQ_CONFIG) = 0x111; /* enabled, push-pull, active high */
  uint32_t low = mac_read(MAC_ADDRESS_LOW), high = mac_read(MAC_ADDRESS_HIGH);
  for (unsigned i = 0; i < 4; i++)
    address[i] = (uint8_t)(low >> 8 * i);
  address[4] = (uint8_t)high;
  address[5] = (uint8_t)(high >> 8);
  LAN(TX_CONFIG) = 2;
  LAN(RX_CONFIG) = 0;
  mac_write(MAC_CONTROL, MAC_DUPLEX | MAC_SEND | MAC_RECEIVE);
  NVIC_ENABLE = 1u << INTERRUPT;
  return true;
}

/* ---- Out ---- */

void lan9118_send_begin(size_t n) {
  while ((LAN(TX_FIFO) & FREE_BYTES) < n + 16)
    ;
  LAN(TX_DATA) = WHOLE_FRAME | (uint32_t)n;
  LAN(TX_DATA) = (uint32_t)n << 16 | (uint32_t)n;
  now.word = now.filled = 0;
}

void lan9118_send_put(const uint8_t *p, size_t n) {
  for (size_t i = 0; i < n; i++) {
    now.word |= (uint32_t)p[i] << 8 * now.filled;
    if (++now.filled < 4) continue;
    LAN(TX_DATA) = now.word;
    now.word = now.filled = 0;
  }
}

void lan9118_send_end(void) {
  if (now.filled) LAN(TX_DATA) = now.word;
  while (LAN(TX_FIFO) & FRAMES)
    (void)LAN(TX_STATUS);
}

/* ---- In ---- */

bool lan9118_pending(void) {
  return (LAN(RX_FIFO) & FRAMES) != 0;
}

size_t lan9118_receive_begin(void) {
  uint32_t status = LAN(RX_STATUS), n = status >> 16 & 0x3FFF;
  now.words = (n + 3) / 4;
  return status & RX_ERROR || n < CHECKSUM ? 0 : n - CHECKSUM;
}

uint32_t lan9118_receive_word(void) {
  now.words--;
  return LAN(RX_DATA);
}

void lan9118_receive_end(void) {
  while (now.words)
    (void)lan9118_receive_word();
}

/* ---- The interrupt, which only ends a sleep ---- */

void lan9118_wake(void) {
  LAN(INT_STATUS) = 0xFFFFFFFFu;
  LAN(INT_ENABLE) = RX_LEVEL;
}

void Lan_Handler(void);
void Lan_Handler(void) {
  LAN(INT_ENABLE) = 0;
}
