// Waiting: one epoll set with the input, a timer, an event that signals raise, and what devices
// watch. All are edge-triggered, like interrupts, so that nothing has to be read or re-armed to
// keep quiet. Made when first needed: a program that never waits pays for none of it.

#ifndef BAREMETAL
#define _GNU_SOURCE
#include "chosted.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

// The machine's fixed lines (Kernel/Machine/Line.swift), and what is no line.
enum { line_timer = 0, line_console = 1, line_wake = 2, room_for_output = 64 };

static int set = -1, timer = -1, event = -1;
static uint64_t armed;
// Regular files cannot be watched; they are always ready. 1: says so at the next wait.
static int is_input_file, has_news, watches_output;
static volatile sig_atomic_t signal_number;

static int watch(int descriptor, uint32_t events, uint32_t line) {
  struct epoll_event entry;
  memset(&entry, 0, sizeof entry);
  entry.events = events | EPOLLET;
  entry.data.u32 = line;
  return epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &entry);
}

// A first signal asks the loop to end the program; a second does not ask.
static void signalled(int number) {
  int before = errno;
  if (signal_number != 0) _exit(128 + number);
  signal_number = number;
  uint64_t one = 1;
  if (event >= 0) (void)!write(event, &one, sizeof one);
  errno = before;
}

void chosted_catch_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = signalled;
  action.sa_flags = SA_RESTART;
  (void)sigaction(SIGINT, &action, 0);
  (void)sigaction(SIGTERM, &action, 0);
}

int chosted_signal(void) { return signal_number; }

void chosted_prepare_wait(void) {
  if (set >= 0) return;
  set = epoll_create1(EPOLL_CLOEXEC);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (set < 0 || timer < 0 || event < 0 || watch(timer, EPOLLIN, line_timer) != 0 ||
      watch(event, EPOLLIN, line_wake) != 0) {
    static const char text[] = "the host gives no descriptors to wait with";
    chosted_panic(text, sizeof text - 1);
  }
  if (watch(STDIN_FILENO, EPOLLIN, line_console) != 0) is_input_file = has_news = 1;
}

int chosted_watch(int descriptor, unsigned line) {
  chosted_prepare_wait();
  return watch(descriptor, EPOLLIN, line) == 0;
}

static void arm(uint64_t deadline) {
  if (deadline == armed) return;
  armed = deadline;
  struct itimerspec span;
  memset(&span, 0, sizeof span);
  if (deadline != UINT64_MAX) {
    span.it_value.tv_sec = (time_t)(deadline / 1000000000u);
    span.it_value.tv_nsec = (long)(deadline % 1000000000u);
  }
  (void)timerfd_settime(timer, TFD_TIMER_ABSTIME, &span, 0);
}

uint64_t chosted_wait(uint64_t deadline) {
  chosted_prepare_wait();
  if (chosted_flush() && !watches_output) {
    watches_output = 1;
    (void)watch(STDOUT_FILENO, EPOLLOUT, room_for_output);
  }
  uint64_t lines = 0;
  if (has_news) lines = 1u << line_console;
  has_news = 0;
  // Set before the look at `signal_number`: a signal from here on leaves the event raised.
  if (signal_number != 0) return lines | 1u << line_wake;
  if (deadline != 0) arm(deadline);
  struct epoll_event events[16];
  int count = epoll_wait(set, events, 16, deadline == 0 || lines != 0 ? 0 : -1);
  for (int index = 0; index < count; index++) {
    uint32_t line = events[index].data.u32;
    if (line == room_for_output) (void)chosted_flush();
    else lines |= (uint64_t)1 << line;
  }
  return lines;
}

size_t chosted_read(void *buffer, size_t count) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (poll(&input, 1, 0) <= 0) return 0;
  ssize_t got = read(STDIN_FILENO, buffer, count);
  if (got > 0 && is_input_file) has_news = 1;
  return got > 0 ? (size_t)got : 0;
}
#endif
typedef int wait_is_not_empty;
