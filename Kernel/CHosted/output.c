// Standard output that never holds up the loop: a ring of bytes, written as far as a reader takes
// them. The descriptor may be shared with other processes, so it is not made non-blocking; instead
// no more is written than poll has promised room for, and a terminal is opened a second time.

#ifndef BAREMETAL
#define _GNU_SOURCE
#include "chosted.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  ring_size = 65536,
  // Output is written when so much waits, even if the loop does not.
  eager = 32768,
  // A pipe that is writable takes so much without blocking: PIPE_BUF, pipe(7). Sockets more.
  portion = 4096,
};
static unsigned char ring[ring_size];
static size_t head, used;
static uint64_t dropped;
// Where to write; whether that can be done without asking poll. -1: not looked at yet.
static int output = -1, is_free;

void chosted_prepare_output(void) {
  struct stat status;
  if (output >= 0) return;
  output = STDOUT_FILENO;
  if (fstat(STDOUT_FILENO, &status) != 0) return;
  if (S_ISREG(status.st_mode)) is_free = 1;
  if (S_ISCHR(status.st_mode)) {
    int own = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) {
      output = own;
      is_free = 1;
    }
  }
}

int chosted_flush(void) {
  if (used > 0) chosted_prepare_output();
  while (used > 0) {
    size_t count = used < ring_size - head ? used : ring_size - head;
    if (!is_free) {
      struct pollfd room = {.fd = output, .events = POLLOUT, .revents = 0};
      if (poll(&room, 1, 0) <= 0) return 1;
      if (count > portion) count = portion;
    }
    ssize_t written = write(output, ring + head, count);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return 1;
      // Nobody will ever take it: the descriptor is closed or broken.
      dropped += used;
      used = 0;
      return 0;
    }
    head = (head + (size_t)written) % ring_size;
    used -= (size_t)written;
  }
  return 0;
}

void chosted_flush_all(int patience) {
#ifndef HOSTED
  (void)fflush(stdout);
#endif
  while (chosted_flush()) {
    struct pollfd room = {.fd = output, .events = POLLOUT, .revents = 0};
    int answer = poll(&room, 1, patience);
    if (answer == 0 || (answer < 0 && errno != EINTR)) break;
    if (answer < 0 && chosted_signal() != 0 && patience < 0) patience = 1000;
  }
  dropped += used;
  used = 0;
}

static void append(const unsigned char *bytes, size_t count) {
  size_t fitting = count < ring_size - used ? count : ring_size - used;
  for (size_t index = 0; index < fitting; index++)
    ring[(head + used + index) % ring_size] = bytes[index];
  used += fitting;
  dropped += count - fitting;
}

void chosted_write(const void *bytes, size_t count) {
#ifndef HOSTED
  // Ordinary Swift prints through the C library's buffer: what was printed before stays before.
  if (__fpending(stdout) > 0 && !chosted_flush()) (void)fflush(stdout);
#endif
  if (used + count > eager) (void)chosted_flush();
  append(bytes, count);
}

uint64_t chosted_output_drops(void) { return dropped; }

#ifdef HOSTED
// Where Embedded Swift's `print` sends each byte.
int putchar(int character) {
  unsigned char byte = (unsigned char)character;
  chosted_write(&byte, 1);
  return character;
}
#endif
#endif
typedef int output_is_not_empty;
