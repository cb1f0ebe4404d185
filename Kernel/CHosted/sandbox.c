// The sandbox: a filter of system calls that the process can never take off again (seccomp(2)).
// SANDBOX.md in Kernel/Hosted says why each call is there; a test compares the two.

#ifndef BAREMETAL
#define _GNU_SOURCE
#include "chosted.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// A call is allowed if the low word of `argument`, masked, is `value`; mask 0 allows all.
struct rule {
  int number, argument;
  uint32_t mask, value;
};

enum { own_process = -1 };  // stands for the process's id
#define ALWAYS(call) {SYS_##call, 0, 0, 0}

static const struct rule rules[] = {
    ALWAYS(read), ALWAYS(write), ALWAYS(poll), ALWAYS(epoll_wait), ALWAYS(epoll_ctl),
    ALWAYS(timerfd_settime), ALWAYS(clock_gettime), ALWAYS(pread64), ALWAYS(pwrite64),
    ALWAYS(fdatasync), ALWAYS(brk), ALWAYS(munmap), ALWAYS(mremap), ALWAYS(getrandom),
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_mprotect, 2, PROT_EXEC, 0},
    ALWAYS(rt_sigreturn), ALWAYS(rt_sigaction), ALWAYS(rt_sigprocmask), ALWAYS(restart_syscall),
    ALWAYS(getpid), ALWAYS(gettid),
    {SYS_tgkill, 0, UINT32_MAX, (uint32_t)own_process},
    ALWAYS(exit_group),
};

enum { rule_count = sizeof rules / sizeof rules[0], x32 = 0x40000000 };

#define LOAD(field) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (field))
#define MASK(bits) (struct sock_filter) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (bits))
#define END(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, (action))
#define EQUAL(k, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), yes, no)
#define ANY(k, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (k), yes, no)

int chosted_enter_sandbox(void) {
  struct sock_filter code[8 + rule_count * 6];
  unsigned short size = 0;
  uint32_t own = (uint32_t)getpid();
  code[size++] = LOAD(offsetof(struct seccomp_data, arch));
  code[size++] = EQUAL(AUDIT_ARCH_X86_64, 1, 0);
  code[size++] = END(SECCOMP_RET_KILL_PROCESS);
  code[size++] = LOAD(offsetof(struct seccomp_data, nr));
  code[size++] = ANY(x32, 0, 1);
  code[size++] = END(SECCOMP_RET_KILL_PROCESS);
  for (unsigned index = 0; index < rule_count; index++) {
    const struct rule *rule = &rules[index];
    code[size++] = EQUAL((uint32_t)rule->number, 0, rule->mask ? 5 : 1);
    if (rule->mask) {
      uint32_t field = offsetof(struct seccomp_data, args) + 8 * (uint32_t)rule->argument;
      code[size++] = LOAD(field);  // the low word: little-endian
      code[size++] = MASK(rule->mask);
      code[size++] = EQUAL(rule->value == (uint32_t)own_process ? own : rule->value, 1, 0);
      code[size++] = END(SECCOMP_RET_KILL_PROCESS);
    }
    code[size++] = END(SECCOMP_RET_ALLOW);
  }
  code[size++] = END(SECCOMP_RET_KILL_PROCESS);
  struct sock_fprog program = {size, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
  // TSYNC: for the disks' threads too.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0;
}
#endif
typedef int sandbox_is_not_empty;
