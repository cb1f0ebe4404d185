// Linux calls that Swift cannot import (variadic ones, fork) or that have to happen between fork
// and exec. Everything here is a static inline function: there is nothing to link.

#ifndef PORTHOLE_CLINUX_H
#define PORTHOLE_CLINUX_H

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/// Starts a program with umask 077 and default signals, in a session of its own if asked.
///
/// `death_signal` (0 for none) reaches it when the calling thread ends, however that ends. The three
/// descriptors become its standard ones; all others are closed. Returns its pid, or -errno.
static inline pid_t linux_spawn(
    const char *file, char *const argv[], int input, int output, int error, int own_session,
    int death_signal) {
  int report[2];
  if (pipe(report) != 0) return -errno;
  fcntl(report[0], F_SETFD, FD_CLOEXEC);
  fcntl(report[1], F_SETFD, FD_CLOEXEC);
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) {
    int failure = errno;
    close(report[0]);
    close(report[1]);
    return -failure;
  }
  if (child == 0) {
    // Only async-signal-safe calls from here on: the parent may have threads.
    if (own_session) setsid();
    umask(077);
    if (death_signal != 0) {
      prctl(PR_SET_PDEATHSIG, death_signal);
      if (getppid() != parent) _exit(127);
    }
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    // Above the standard three first, so that no dup2 overwrites a source of another one.
    int from[3] = {fcntl(input, F_DUPFD, 3), fcntl(output, F_DUPFD, 3), fcntl(error, F_DUPFD, 3)};
    for (int index = 0; index < 3; index++) dup2(from[index], index);
    syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    for (int index = 0; index < 3; index++) fcntl(from[index], F_SETFD, FD_CLOEXEC);
    execvp(file, argv);
    int failure = errno;
    ssize_t ignored = write(report[1], &failure, sizeof failure);
    (void)ignored;
    _exit(127);
  }
  close(report[1]);
  int failure = 0;
  ssize_t count;
  do {
    count = read(report[0], &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count == (ssize_t)sizeof failure) {
    waitpid(child, 0, 0);
    return -failure;
  }
  return child;
}

/// Opens a descriptor that becomes readable when the process has ended; -1 on error.
static inline int linux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

/// A copy of another process's descriptor, which a debugger of it could have; -1 on error.
static inline int linux_pidfd_getfd(int pidfd, int descriptor) {
  return (int)syscall(438 /* SYS_pidfd_getfd */, pidfd, descriptor, 0);
}

/// Opens a descriptor for the signals of a set; -1 on error.
static inline int linux_signal_descriptor(const sigset_t *set) {
  return signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/// Takes the next signal from such a descriptor; 0 if there is none. `is_sent`: a process sent it,
/// and not the terminal, which gives its signals to all processes in the foreground.
static inline int linux_take_signal(int descriptor, int *is_sent) {
  struct signalfd_siginfo info;
  if (read(descriptor, &info, sizeof info) != sizeof info) return 0;
  *is_sent = info.ssi_code <= 0;  // SI_USER, SI_QUEUE...; the kernel's own are positive
  return (int)info.ssi_signo;
}

/// Opens a descriptor that becomes readable when a file is written to; -1 on error.
static inline int linux_watch(const char *path) {
  int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor >= 0 && inotify_add_watch(descriptor, path, IN_MODIFY) < 0) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

/// Sends bytes with a descriptor beside them (SCM_RIGHTS) over a unix socket; -1 on error.
static inline ssize_t linux_send_descriptor(
    int socket, int descriptor, const void *bytes, size_t count) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct iovec part = {(void *)bytes, count};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.room;
  message.msg_controllen = sizeof control.room;
  struct cmsghdr *right = CMSG_FIRSTHDR(&message);
  right->cmsg_level = SOL_SOCKET;
  right->cmsg_type = SCM_RIGHTS;
  right->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(right), &descriptor, sizeof(int));
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

/// The process that listens where a unix socket is connected to, or connected where it listens; 0 if
/// that is not known. `struct ucred` is shown only to those that ask for GNU's extensions.
static inline pid_t linux_peer(int descriptor) {
  struct {
    pid_t process;
    uid_t user;
    gid_t group;
  } peer = {0, 0, 0};
  socklen_t size = sizeof peer;
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.process : 0;
}

/// copy_file_range(2), which the C library shows only to those that ask for GNU's extensions.
static inline ssize_t linux_copy_range(
    int source, off_t *from, int target, off_t *to, size_t count) {
  return (ssize_t)syscall(SYS_copy_file_range, source, from, target, to, count, 0u);
}

/// fork(), which Swift hides: the child may only call async-signal-safe functions.
static inline pid_t linux_fork(void) { return fork(); }

/// A pipe whose ends no other program inherits; -1 on error.
static inline int linux_pipe(int *ends) {
  return (int)syscall(SYS_pipe2, ends, O_CLOEXEC);
}

/// Closes all descriptors from `first` on. Async-signal-safe.
static inline void linux_close_from(unsigned first) { syscall(SYS_close_range, first, ~0U, 0); }

/// Whether a waited-for status is an exit, and its value.
static inline int linux_exited(int status) { return WIFEXITED(status); }
static inline int linux_exit_status(int status) { return WEXITSTATUS(status); }
static inline int linux_term_signal(int status) { return WTERMSIG(status); }

/// The bytes in blocks of the C library's heap that are in use.
static inline size_t linux_allocated(void) { return mallinfo2().uordblks; }

#endif
