// How a Linux process ends when something is wrong: with words, and where it happened.

#ifndef BAREMETAL
#define _GNU_SOURCE
#include "chosted.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int (*is_guard)(uintptr_t);

static void say(const char *text, size_t count) {
  while (count > 0) {
    ssize_t written = write(STDERR_FILENO, text, count);
    if (written <= 0) return;
    text += written;
    count -= (size_t)written;
  }
}

void chosted_complain(const char *text) { say(text, strlen(text)); }

// The disposition is the default again (SA_RESETHAND): returning repeats the fault, which now
// ends the process where the fault is.
static void faulted(int number, siginfo_t *information, void *context) {
  (void)context;
  static const char text[] = "*** panic: stack overflow\n";
  (void)chosted_flush();
  if (number == SIGSEGV && is_guard && is_guard((uintptr_t)information->si_addr))
    say(text, sizeof text - 1);
}

static void catch_fault(int number, int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = faulted;
  action.sa_flags = SA_SIGINFO | SA_RESETHAND | flags;
  (void)sigaction(number, &action, 0);
}

void chosted_catch_faults(void) {
  catch_fault(SIGILL, 0);  // Swift's run-time checks end in one
  catch_fault(SIGSEGV, 0);
}

void chosted_catch_overflow(int (*check)(uintptr_t)) {
  static char stack[16 * 1024];
  is_guard = check;
  stack_t own = {.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
  if (sigaltstack(&own, 0) == 0) catch_fault(SIGSEGV, SA_ONSTACK);
}

void chosted_panic(const char *message, size_t count) {
  chosted_flush_all(1000);
  say("*** panic: ", 11);
  say(message, count);
  say("\n", 1);
  abort();
}
#endif
typedef int faults_is_not_empty;
