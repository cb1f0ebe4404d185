/* What the hosted platform asks of Linux. Embedded Swift has no module for the C library, so
   these are functions of our own, inline and without variadics or macros. Header only. */
#ifndef CHOSTED_SHIM_H
#define CHOSTED_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <malloc.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* Nanoseconds of the monotonic clock; through the vDSO, no system call. */
static inline uint64_t chosted_now(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The time of day: seconds since 1970, and nanoseconds into `rest`. */
static inline int64_t chosted_wall_time(uint32_t *rest) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return *rest = 0, 0;
  *rest = (uint32_t)now.tv_nsec;
  return now.tv_sec;
}

/* Waits for input (if `wants_input`) or until `timeout` nanoseconds have passed; -1 is for ever.
   Returns 1 if there is input or its end, 0 if not. A signal ends the wait. */
static inline int chosted_wait(int wants_input, int64_t timeout) {
  struct pollfd input = {.fd = wants_input ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0};
  struct timespec span = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
  return ppoll(&input, 1, timeout < 0 ? (struct timespec *)0 : &span, 0) > 0;
}

/* Reads what is there; 0 at the end of input or on an error. Call when chosted_wait said so. */
static inline size_t chosted_read(void *buffer, size_t count) {
  ssize_t got = read(STDIN_FILENO, buffer, count);
  return got > 0 ? (size_t)got : 0;
}

/* Gives standard output a buffer of `size` bytes; `print` writes into the same one. */
static inline void chosted_buffer_output(size_t size) {
  setvbuf(stdout, (char *)0, _IOFBF, size);
}

/* Bytes that can be written before the buffer must be emptied. */
static inline size_t chosted_output_room(void) {
  size_t size = __fbufsize(stdout);
  size_t used = __fpending(stdout);
  return size > used ? size - used : 0;
}

/* Puts bytes into the buffer of standard output. */
static inline void chosted_write(const void *bytes, size_t count) {
  (void)fwrite(bytes, 1, count, stdout);
}

/* Empties the buffer if somebody takes it now. */
static inline void chosted_flush(void) {
  if (__fpending(stdout) == 0) return;
  struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&output, 1, 0) > 0) (void)fflush(stdout);
}

/* Bytes of the C library's heap: from the system, in blocks in use, and free within. */
struct chosted_memory {
  uint64_t capacity, used, free;
};
static inline struct chosted_memory chosted_memory(void) {
  struct mallinfo2 state = mallinfo2();
  struct chosted_memory sizes = {
      state.arena + state.hblkhd, state.uordblks + state.hblkhd, state.fordblks};
  return sizes;
}

/* 64 random bits. */
static inline uint64_t chosted_entropy(void) {
  uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) bits = chosted_now();
  return bits;
}

/* Ends the process; the buffer is written first. */
__attribute__((noreturn)) static inline void chosted_exit(int status) { exit(status); }

/* Reads the process's arguments, each ended by a zero; returns how many bytes. Arguments that do
   not fit whole are left out. */
static inline size_t chosted_read_arguments(void *buffer, size_t size) {
  int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t got = read(file, buffer, size);
  (void)close(file);
  while (got > 0 && ((char *)buffer)[got - 1]) got--;
  return got > 0 ? (size_t)got : 0;
}

/* Starts this process's image again in its place, with arguments as read above. */
__attribute__((noreturn)) static inline void chosted_restart(const void *arguments, size_t size) {
  (void)fflush(stdout);
  char *words[256];
  size_t count = 0;
  for (size_t at = 0; at < size && count < 255; count++) {
    words[count] = (char *)arguments + at;
    at += strlen(words[count]) + 1;
  }
  words[count] = (char *)0;
  (void)execv("/proc/self/exe", words);
  _exit(4);
}

#endif
