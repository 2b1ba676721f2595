/* The rest of a program around README.md's example: with a root that is no certificate, so that it
 * ends before the network. */
#include <moat/moat.h>

extern const unsigned char root_der[];
extern const size_t root_der_size;
int refresh(const char *refresh_token);

const unsigned char root_der[] = {0};
const size_t root_der_size = sizeof root_der;

int main(void) {
  return refresh("RT") == MOAT_E_CERT ? 0 : 1;
}
