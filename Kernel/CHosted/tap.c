// A TAP interface of the host as a network card: a frame for each read and write. Opened before the
// sandbox, which lets nothing through but these.

#ifndef BAREMETAL
#define _GNU_SOURCE
#include "chosted.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int chosted_open_tap(const char *name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  if (strlen(name) >= sizeof request.ifr_name) return -1;
  memcpy(request.ifr_name, name, strlen(name));
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  int descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return -1;
  if (ioctl(descriptor, TUNSETIFF, &request) == 0) return descriptor;
  (void)close(descriptor);
  return -1;
}

size_t chosted_tap_receive(int descriptor, void *buffer, size_t count) {
  ssize_t got = read(descriptor, buffer, count);
  return got > 0 ? (size_t)got : 0;
}

int chosted_tap_send(int descriptor, const void *frame, size_t count) {
  return write(descriptor, frame, count) == (ssize_t)count;
}
#endif
typedef int tap_is_not_empty;
