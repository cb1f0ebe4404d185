// A Linux process for tests of the GDB client: two threads, one of which counts for ever.

#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

volatile unsigned long counter;
volatile int wish; // 1: leave with status 7, 2: abort
volatile unsigned char scratch[16384];

__attribute__((noinline)) void tick(void) { counter++; }

static void *work(void *unused) {
  pthread_setname_np(pthread_self(), "worker");
  for (;;) {
    tick();
    usleep(1000);
  }
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, work, 0);
  while (wish == 0) usleep(1000);
  if (wish == 1) exit(7);
  abort();
}
