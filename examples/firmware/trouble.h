/* Tells the person at the device what went wrong. */
#ifndef TROUBLE_H
#define TROUBLE_H

void trouble(const char *what, int result);

#endif
