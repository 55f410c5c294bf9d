// common/certificates.h: the CA certificates to trust, in whatever image we run.
#pragma once
#include <string>

/// What SSL_CERT_FILE names, else the system's own, else those beside the executable (`sluice install`); empty: none.
std::string trusted_certificates();

/// Names them to OpenSSL, and so to libpq's sslrootcert=system, ours and pg_dump's, where it would look for them in
/// vain: its folder is fixed when it is built, and only Debian's family has it. What the user set stays. Before any
/// thread.
void name_certificates();
