/* What went wrong, in words, for whoever stands before the device. */
#ifndef TROUBLE_H
#define TROUBLE_H

void trouble(const char *what, int result);

#endif
