/* What no library offers in Swift: system calls by number and by name, and the seconds of a PC's clock. */
#pragma once

/* The call `number` with arguments that make nothing happen: zeros, or what is given first. */
static inline long cprobe_call(long number, long first, long third) {
#ifdef BAREMETAL
  (void)number, (void)first;
  return third;
#else
  long result;
  register long fourth __asm__("r10") = 0;
  register long fifth __asm__("r8") = 0;
  register long sixth __asm__("r9") = 0;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(first), "S"(0), "d"(third), "r"(fourth), "r"(fifth),
                     "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
#endif
}

/* getpid as a 32-bit program calls it. */
static inline long cprobe_call32(void) {
#ifdef BAREMETAL
  return 0;
#else
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
  return result;
#endif
}

/* The second that the battery-backed clock shows, as it stands in its register (MC146818). */
static inline int cprobe_clock_second(void) {
#ifdef BAREMETAL
  unsigned char value;
  __asm__ volatile("outb %b1, $0x70\n inb $0x71, %0" : "=a"(value) : "a"(0));
  return value;
#else
  return 0;
#endif
}

#ifndef BAREMETAL
extern int pipe2(int *, int), socketpair(int, int, int, int *), memfd_create(const char *, unsigned);
extern long read(int, void *, unsigned long), write(int, const void *, unsigned long);
extern int close(int);

/* A pipe, or a pair of connected sockets, that do not block. */
static inline int cprobe_pair(int is_socket, int *reader, int *writer) {
  int ends[2] = {-1, -1};
  enum { nonblock = 04000, unix_family = 1, stream = 1 };
  int status = is_socket ? socketpair(unix_family, stream | nonblock, 0, ends)
                         : pipe2(ends, nonblock);
  *reader = ends[0];
  *writer = ends[1];
  return status;
}

/* A file, which epoll cannot watch. */
static inline int cprobe_file(void) { return memfd_create("probe", 0); }

/* Takes up to two bytes; how many, 0 at the end, -1 if there are none. */
static inline long cprobe_take(int descriptor) {
  char bytes[2];
  return read(descriptor, bytes, sizeof bytes);
}

static inline void cprobe_put(int descriptor, unsigned long count) {
  (void)!write(descriptor, "............", count);
}

static inline void cprobe_end(int descriptor) { (void)close(descriptor); }
#endif
