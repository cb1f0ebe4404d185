// The peer of the guest Ticks, as the only process of a Linux guest: a timer of 1 ms, 2,000 times, each
// against the moment at which it was due. Prints "late by p50 N, p99 N, worst N ns; N early, N skipped".
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ticks = 2000, period = 1000000 };

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

int main(void) {
  static int64_t late[ticks];
  int early = 0;
  uint64_t skipped = 0;
  int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  int64_t start = now();
  struct itimerspec each = {.it_interval = {.tv_nsec = period}};
  each.it_value.tv_sec = (start + period) / 1000000000;
  each.it_value.tv_nsec = (start + period) % 1000000000;
  if (timer < 0 || timerfd_settime(timer, TFD_TIMER_ABSTIME, &each, NULL) != 0) return 1;
  for (int count = 0; count < ticks; count++) {
    uint64_t expirations;
    if (read(timer, &expirations, sizeof expirations) != sizeof expirations) return 1;
    int64_t after = now() - start - (int64_t)(count + 1 + skipped) * period;
    early += after < 0;
    late[count] = after < 0 ? 0 : after;
    skipped += expirations - 1;
  }
  qsort(late, ticks, sizeof *late, compare);
  printf("late by p50 %lld, p99 %lld, worst %lld ns; %d early, %llu skipped\n", (long long)late[ticks / 2],
         (long long)late[ticks * 99 / 100], (long long)late[ticks - 1], early, (unsigned long long)skipped);
  fflush(stdout);
  sleep(1);
  return reboot(RB_POWER_OFF);
}
