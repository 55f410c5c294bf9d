/* Linked into every static program: look names up in files and DNS only, whatever /etc/nsswitch.conf says.
 *
 * For any other service (systemd's resolve and myhostname, mdns, sss) glibc loads a shared object of the machine the
 * program runs on, which was made for that machine's glibc: in a static program made with another one that is a crash. */
#include <nss.h>

__attribute__((constructor)) static void look_names_up_without_shared_objects(void) {
    __nss_configure_lookup("hosts", "files dns");
    __nss_configure_lookup("passwd", "files");
    __nss_configure_lookup("group", "files");
    __nss_configure_lookup("services", "files");
    __nss_configure_lookup("protocols", "files");
}
