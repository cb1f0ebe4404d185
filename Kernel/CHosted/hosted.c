// What the hosted platform asks of Linux in a call or two each. chosted.h says what they do.

#ifndef BAREMETAL
#define _GNU_SOURCE
#include "chosted.h"
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

uint64_t chosted_now(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uintptr_t chosted_map_stack(size_t size, size_t guard) {
  void *start = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                     -1, 0);
  if (start == MAP_FAILED) return 0;
  if (mprotect(start, guard, PROT_NONE) == 0) return (uintptr_t)start;
  (void)munmap(start, size);
  return 0;
}

void chosted_unmap(uintptr_t start, size_t size) { (void)munmap((void *)start, size); }

int64_t chosted_wall_time(uint32_t *rest) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return *rest = 0, 0;
  *rest = (uint32_t)now.tv_nsec;
  return now.tv_sec;
}

struct chosted_memory chosted_memory(void) {
  struct mallinfo2 state = mallinfo2();
  struct chosted_memory sizes = {
      state.arena + state.hblkhd, state.uordblks + state.hblkhd, state.fordblks};
  return sizes;
}

uint64_t chosted_entropy(void) {
  uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) bits = chosted_now();
  return bits;
}

void chosted_exit(int status) { exit(status); }
#endif
typedef int hosted_is_not_empty;
