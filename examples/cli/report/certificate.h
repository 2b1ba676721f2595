/* Why a certificate was refused. */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "../cli.h"

/* For the detail of a MOAT_E_CERT or MOAT_E_CERT_DATE: what is wrong, and what to do. */
const char *certificate_text(int32_t detail);
const char *certificate_advice(int32_t detail);

#endif
